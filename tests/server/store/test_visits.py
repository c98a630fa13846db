"""Visits that go on, on each database."""

from sqlalchemy import insert

from server.store import fences
from server.store.schema import facts
from server.store.visits import open_visits
from tests.server.store.test_fences import a_feature
from tests.support.stores import NOW, Stores


def a_fact(number: int, kind: str, at_s: int, *, vehicle: str = "van-1", fence: str = "depot", withdrawn: bool = False):
    return {
        "id": f"f{number}",
        "vehicle_id": vehicle,
        "kind": kind,
        "at_ms": at_s * 1000,
        "decided_ms": at_s * 1000,
        "fence_id": fence,
        "body": {},
        "late_ms": None,
        "recorded_at": NOW,
        "revision": 1,
        "withdrawn_at": NOW if withdrawn else None,
    }


def visits(stores: Stores, *told: dict, sees: set[str] | None = None) -> list[tuple[str, str, int]]:
    with stores.database.writing() as connection:
        fences.put(connection, [a_feature("depot"), a_feature("dock")], by="a", now=NOW)
        connection.execute(insert(facts), list(told))
        found = open_visits(connection, sees)
    return [(row["fence_id"], row["vehicle_id"], row["entered_ms"]) for row in found]


def test_whoever_entered_and_did_not_leave_is_inside(stores: Stores) -> None:
    """By vehicle and fence; the last time counts."""
    told = [
        a_fact(1, "fence_entered", 10),
        a_fact(2, "fence_left", 20),
        a_fact(3, "fence_entered", 30),
        a_fact(4, "fence_entered", 10, vehicle="van-2"),
        a_fact(5, "fence_left", 20, vehicle="van-2"),
        a_fact(6, "fence_entered", 5, vehicle="van-2", fence="dock"),
    ]
    assert visits(stores, *told) == [("depot", "van-1", 30_000), ("dock", "van-2", 5_000)]


def test_what_was_withdrawn_or_is_not_seen_or_ended_is_left_out(stores: Stores) -> None:
    """Late data, teams, fences of yesterday."""
    told = [
        a_fact(1, "fence_entered", 10, withdrawn=True),
        a_fact(2, "fence_entered", 10, vehicle="van-2"),
        a_fact(3, "fence_entered", 10, vehicle="van-3", fence="gone"),
    ]
    assert visits(stores, *told, sees={"van-1", "van-3"}) == []
