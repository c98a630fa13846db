"""P2 through the real line: broker, server, stores; rows out of order, twice, with the server killed in between.

What the API says in the end is what the pure engine says of the day in order.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from server.domain.engine.fix import Fix
from server.domain.engine.memory import Memory
from server.domain.engine.rules import DEFAULT
from server.domain.facts import in_order
from server.said import said
from server.store import fences
from server.store.database import Database
from tests.support.journeys import Journey, a_circle, index
from tests.support.peers import Peer
from tests.support.servers import Server, a_server
from tests.support.waiting import until
from wire.messages import Position, instant

DEPOT = a_circle("depot", east_m=1000, radius_m=80, site=True, dwell_s=60)
GATE = a_circle("gate", east_m=2200, radius_m=12)
DRAWN = datetime(2026, 11, 1, tzinfo=UTC)
"""Fences count from when they are drawn, so those of these tests are drawn before the journey."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path) as running:
        database = Database("", running.data)
        with database.writing() as connection:
            fences.put(connection, [DEPOT, GATE], by="riikka", now=DRAWN)
        database.close()
        yield running


def a_day() -> list[Fix]:
    """Out to the depot, a while there, on through the gate, a jump, and a halt."""
    return Journey(every_s=5).drive(100).stand(400).drive(300).jump(400).drive(60).stand(700).fixes


def as_positions(fixes: list[Fix]) -> list[Position]:
    return [
        Position(at=instant(fix.at_ms), lon=fix.lon_e7 / 1e7, lat=fix.lat_e7 / 1e7, speed_mps=fix.speed_mps,
                 course_deg=fix.course_deg, accuracy_m=fix.sigma_m)
        for fix in fixes
    ]  # fmt: skip


def expected(vehicle: str, fixes: list[Fix]) -> list[dict[str, Any]]:
    memory = Memory(vehicle, DEFAULT, index(DEPOT, GATE))
    memory.absorb(fixes)
    memory.pass_time(2**50)
    return [said(fact) for fact in in_order(memory.facts.values())]


def told(server: Server, vehicle: str) -> list[dict[str, Any]]:
    """What the API says, without what depends on when it came."""
    answer = server.get(f"vehicles/{vehicle}/facts", **{"from": "2026-11-23T00:00Z", "to": "2026-11-24T00:00Z"})
    arrival = ("late", "recorded_at", "withdrawn", "revision", "instead_of")
    return [{name: value for name, value in fact.items() if name not in arrival} for fact in answer["items"]]


def by_id(facts: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    assert len({fact["id"] for fact in facts}) == len(facts)
    return {fact["id"]: fact for fact in facts}


def test_a_day_in_any_order_with_kills_is_told_as_the_day_in_order(server: Server) -> None:
    """kill -9 between any two steps: no fact is lost, none is doubled, and the odometer is the same."""
    random = Random(20261123)
    fixes = a_day()
    rows = as_positions(fixes)
    rows += random.choices(rows, k=30)
    random.shuffle(rows)
    with Peer(server.mqtt, "van-mess", rows_a_message=5) as mess, Peer(server.mqtt, "van-tidy") as tidy:
        tidy.put(as_positions(fixes))
        for start in range(0, len(rows), 60):
            mess.put(rows[start : start + 60])
            until(lambda done=start: mess.acked >= done, 30, "some acks")
            server.kill()
            server.start()
        mess.all_acked()
        tidy.all_acked()
    for van in ("van-mess", "van-tidy"):
        wanted = by_id(expected(van, fixes))
        until(lambda van=van, wanted=wanted: by_id(told(server, van)) == wanted, 60, f"the facts of {van}")
    assert {fact["fence"] for fact in told(server, "van-mess")} == {"depot", "gate", None}
    assert server.get("vehicles/van-mess")["odometer_m"] == server.get("vehicles/van-tidy")["odometer_m"]
    jumps = server.get("vehicles/van-mess/track", **{"from": "2026-11-23T00:00Z", "to": "2026-11-24T00:00Z"})
    assert jumps["properties"]["coordinateProperties"]["flags"].count("jump") == 1


def test_what_late_data_changes_is_in_the_history_of_the_fact(server: Server) -> None:
    """A dispatcher who acted on it can see what it said then."""
    fixes = a_day()
    late = [fix for fix in fixes if 60_000 < fix.at_ms - fixes[0].at_ms < 130_000]
    with Peer(server.mqtt, "van-1") as peer:
        peer.put(as_positions([fix for fix in fixes if fix not in late]))
        peer.all_acked()
        peer.put(as_positions(late))
        peer.all_acked()
    wanted = by_id(expected("van-1", fixes))
    until(lambda: by_id(told(server, "van-1")) == wanted, 60, "the facts")
    window = {"from": "2026-11-23T00:00Z", "to": "2026-11-24T00:00Z", "withdrawn": "true"}
    facts = server.get("vehicles/van-1/facts", **window)["items"]
    gone = [fact for fact in facts if fact["withdrawn"]]
    changed = [fact for fact in facts if fact["revision"] > 1 or fact["instead_of"]]
    assert gone or changed
    history = server.get(f"facts/{(gone or changed)[0]['id']}")
    assert history["history"] or history["moved_from"]


def test_a_restart_in_a_visit_changes_nothing(server: Server) -> None:
    """The state of a visit, a dwell, a trip is in the database."""
    fixes = a_day()
    with Peer(server.mqtt, "van-1") as peer:
        for start in range(0, len(fixes), 40):
            peer.put(as_positions(fixes[start : start + 40]))
            peer.all_acked()
            server.stop()
            server.start()
    wanted = by_id(expected("van-1", fixes))
    until(lambda: by_id(told(server, "van-1")) == wanted, 60, "the facts")
