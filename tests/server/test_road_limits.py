"""The second stage of speeding on real stores: what finished trips make of it, and what late data makes of that."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from math import cos, radians
from pathlib import Path

import pytest

from server.domain.engine.fix import Fix
from server.domain.facts import Fact
from server.domain.road_speeding import OnRoad
from server.road_limits import match_trips
from server.store import matched_trips
from tests.support.positions import NOON, a_position
from tests.support.stores import Stores, a_run_of, arrived
from wire.messages import Position

LON, LAT = 24.94, 60.17
M_PER_DEG = 111_195.0
LIMIT_MPS = 13.9
NOW = NOON + timedelta(hours=2)


@pytest.fixture
def stores(tmp_path: Path):
    made = Stores(tmp_path)
    yield made
    made.close()


def at(second: float, metre: float, speed_mps: float) -> Position:
    lon = LON + metre / (M_PER_DEG * cos(radians(LAT)))
    return a_position(second, lon=round(lon, 7), lat=LAT, speed_mps=speed_mps, accuracy_m=4.0)


def a_drive(fast: range = range(100, 160)) -> list[Position]:
    """Stands, drives east for five minutes, faster in between, and stands for ten minutes."""
    found, metre = [], 0.0
    for second in range(0, 1200, 2):
        speed = 0.0 if second < 60 or second > 360 else 20.0 if second in fast else 10.0
        metre += 2 * speed
        found.append(at(second, metre, speed))
    return found


def one_road(fixes: Sequence[Fix]) -> list[OnRoad]:
    """A map with one road everywhere."""
    return [OnRoad(fix=fix, limit_mps=LIMIT_MPS, road="Tie") for fix in fixes]


def bring(stores: Stores, positions: list[Position], stream: str = "a1b2", now: datetime = NOW) -> None:
    stores.record(arrived(a_run_of(positions, stream=stream)), now=now)


def match(stores: Stores, now: datetime = NOW, by: Callable[[Sequence[Fix]], list[OnRoad]] = one_road) -> int:
    """Until nothing waits; how many changes there were."""
    changes = 0
    while True:
        with stores.database.reading() as connection:
            if not matched_trips.waiting(connection, 1):
                return changes
        changes += len(match_trips(stores.database, stores.telemetry, by, now)[0])


def said(stores: Stores) -> list[Fact]:
    return [one for one in stores.facts("van-1") if one.kind == "road_speeding"]


def gist(facts: list[Fact]) -> list[tuple[str, int, int, dict[str, object]]]:
    return [(one.id, one.at_ms, one.decided_ms, one.body) for one in facts]


def trip_of(stores: Stores) -> Fact:
    [trip] = [one for one in stores.facts("van-1") if one.kind == "trip_ended"]
    return trip


def test_a_finished_trip_is_matched_once(stores: Stores) -> None:
    """Its speeding is told with the trip, and nothing is left to do."""
    bring(stores, a_drive())
    assert match(stores) == 1
    [found] = said(stores)
    assert found.body["trip"] == trip_of(stores).id
    assert (found.body["road"], found.body["max_speed_mps"], found.body["duration_s"]) == ("Tie", 20.0, 58.0)
    assert match_trips(stores.database, stores.telemetry, one_road, NOW) == ([], [])


def test_the_order_of_arrival_changes_nothing(tmp_path: Path) -> None:
    """In order; and with a part in the middle that comes when the rest was matched already."""
    drive, facts = a_drive(), []
    for name, pieces in {
        "whole": [drive],
        "late": [drive[:60] + drive[75:], drive[60:75]],
        "backwards": [drive[300:], drive[100:300], drive[:100]],
    }.items():
        (tmp_path / name).mkdir()
        stores = Stores(tmp_path / name)
        for number, piece in enumerate(pieces):
            later = NOW + timedelta(minutes=number)
            bring(stores, piece, stream=f"a1b{number}", now=later)
            match(stores, later)
        facts.append(gist(said(stores)))
        stores.close()
    assert len(facts[0]) == 1
    assert facts == [facts[0]] * 3


def test_a_late_fast_fix_confirms_a_lone_one(stores: Stores) -> None:
    """The trip says nearly the same as before; its speeding is new."""
    drive = a_drive(fast=range(100, 102))
    late = at(101, 480.0, 20.0)
    bring(stores, drive)
    assert match(stores) == 0
    before = trip_of(stores)
    bring(stores, [late], stream="b", now=NOW + timedelta(minutes=1))
    assert match(stores) == 1
    assert trip_of(stores).body | {"distance_m": 0} == before.body | {"distance_m": 0}
    assert [one.body["duration_s"] for one in said(stores)] == [1.0]


def test_what_late_data_shows_not_to_be_so_is_withdrawn(stores: Stores) -> None:
    """A slow fix between two fast ones; the fact stays in the table, marked, and says the same when it returns."""
    drive = a_drive(fast=range(100, 104))
    bring(stores, drive)
    match(stores)
    assert len(said(stores)) == 1
    bring(stores, [at(101, 470.0, 9.0)], stream="b", now=NOW + timedelta(minutes=1))
    assert match(stores) == 1
    assert said(stores) == []


def test_a_trip_that_late_data_withdraws_takes_its_facts_with_it(stores: Stores) -> None:
    """The trip went on: what ended it was a hole in the data. Its speeding belongs to the longer trip now."""
    drive = a_drive()
    far = [at(second, 2000.0 + 10 * (second - 362), 10.0) for second in range(362, 2400, 2)]
    bring(stores, [one for one in drive if one.at <= NOON + timedelta(seconds=340)])
    bring(stores, far[-60:], stream="b", now=NOW)
    match(stores)
    bring(stores, far[:-60], stream="c", now=NOW + timedelta(minutes=1))
    end = far[-1].at
    stands = [at((end - NOON).total_seconds() + more, 2000.0 + 10 * 2036, 0.0) for more in range(2, 900, 2)]
    bring(stores, stands, stream="d", now=NOW + timedelta(minutes=2))
    match(stores, NOW + timedelta(minutes=3))
    [found] = said(stores)
    assert found.body["trip"] == trip_of(stores).id


def test_what_changes_while_a_trip_is_matched_is_not_forgotten(stores: Stores) -> None:
    """The map is asked outside of any transaction: the old track's answer is thrown away."""
    drive = a_drive(fast=range(100, 104))
    bring(stores, drive)

    def slowly(fixes: Sequence[Fix]) -> list[OnRoad]:
        bring(stores, [at(101, 470.0, 9.0)], stream="b", now=NOW + timedelta(minutes=1))
        return one_road(fixes)

    assert match_trips(stores.database, stores.telemetry, slowly, NOW) == ([], [])
    match(stores, NOW + timedelta(minutes=2))
    assert said(stores) == []


def test_the_engine_leaves_these_facts_alone(stores: Stores) -> None:
    """It works the series through again, and knows nothing of roads."""
    bring(stores, a_drive())
    match(stores)
    before = gist(said(stores))
    bring(stores, [at(1100.5, 3600.0, 0.0)], stream="b", now=NOW + timedelta(minutes=1))
    assert gist(said(stores)) == before
