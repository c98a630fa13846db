"""The functions behind the lists, on each database."""

import pytest

from server.store import fleet, newest
from server.store.poison import Unread, add_poison, list_poison
from tests.support.positions import a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived, later


@pytest.fixture
def vans(stores: Stores) -> Stores:
    """Five vehicles with a position each."""
    stores.record(*(arrived(a_run_of([a_position(n)]), f"van-{n}") for n in range(1, 6)))
    return stores


def ids(rows: list[dict]) -> list[str]:
    return [row["id"] for row in rows]


def test_a_list_goes_on_behind_the_last_one(vans: Stores) -> None:
    """Pages by cursor: nothing is skipped when something new comes between."""
    with vans.database.reading() as connection:
        assert ids(fleet.list_vehicles(connection, after="", limit=2)) == ["van-1", "van-2"]
        assert ids(fleet.list_vehicles(connection, after="van-2", limit=9)) == ["van-3", "van-4", "van-5"]
        assert ids(fleet.list_gateways(connection, after="van-4", limit=9)) == ["van-5"]


@pytest.mark.parametrize(("search", "found"), [("AN-3", ["van-3"]), ("%", []), ("_", []), ("van", 5), ("x", [])])
def test_a_search_is_for_the_letters_themselves(vans: Stores, search: str, found: list[str] | int) -> None:
    """A wildcard of SQL is a letter like any other."""
    with vans.database.reading() as connection:
        names = ids(fleet.list_vehicles(connection, after="", limit=9, search=search))
    assert names == found or len(names) == found


def test_every_vehicle_has_its_newest_position_once(vans: Stores) -> None:
    """Two boxes in one vehicle are one point on the map."""
    second = {**fleet.unclaimed("spare-box", later(60)), "vehicle_id": "van-2"}
    with vans.database.writing() as connection:
        fleet.add_gateways(connection, [second])
        points = newest.everywhere(connection)
        assert fleet.one_vehicle(connection, "van-2")["gateway"] == "spare-box"  # type: ignore[index]
    assert [row["vehicle_id"] for row in points] == [f"van-{n}" for n in range(1, 6)]


def test_adding_a_gateway_again_changes_nothing(vans: Stores) -> None:
    """Two groups may both think that it is new."""
    with vans.database.writing() as connection:
        fleet.add_gateways(connection, [fleet.unclaimed("van-1", later(99))])
        assert fleet.known_gateways(connection, ["van-1"])["van-1"]["first_seen_at"] == NOW


def test_a_last_will_leaves_what_the_gateway_said(vans: Stores) -> None:
    """It was written before; all else of it would be stale."""
    with vans.database.writing() as connection:
        fleet.set_status(connection, "van-1", {"version": "1"}, online=True, seen_at=later(5))
        fleet.set_status(connection, "van-1", None, online=False, seen_at=None)
        row = fleet.known_gateways(connection, ["van-1"])["van-1"]
    assert (row["online"], row["status"], row["last_seen_at"]) == (False, {"version": "1"}, later(5))


def test_poison_is_kept_once_and_counted(stores: Stores) -> None:
    """Its gateway sends it again and again, and must not push out the others."""
    message = Unread("milepost/v1/van-1/up", "a reason\0", b"\x00\xff", NOW)
    with stores.database.writing() as connection:
        add_poison(connection, [message, message])
        add_poison(connection, [message, message._replace(payload=b"other")])
        found = list_poison(connection, before=None, limit=9)
    assert [(row["payload"], row["times"]) for row in found] == [(b"other", 1), (b"\x00\xff", 3)]


def test_the_oldest_poison_goes_first(stores: Stores) -> None:
    """A broken box cannot fill the disk."""
    messages = [Unread("t", "r", bytes([n]), NOW) for n in range(9)]
    with stores.database.writing() as connection:
        add_poison(connection, messages, keep=3)
        assert [row["payload"][0] for row in list_poison(connection, before=None, limit=9)] == [8, 7, 6]
