"""What a fence would have said: the same as it says when it is there, from what is stored, in the time that there is."""

from datetime import timedelta
from math import cos, radians

import pytest

from server.domain.fences.fence import Fence
from server.domain.fences.geojson import read_fence
from server.preview import Preview, nearest_first, preview
from server.store import facts
from tests.support.positions import NOON, a_position
from tests.support.stores import Stores, a_run_of, arrived
from wire.messages import Position

LON, LAT = 24.94, 60.17
M_PER_DEG = 111_195.0
DAY = timedelta(days=1)


def a_fence(**over: object) -> Fence:
    said = {"name": "Depot", "radius_m": 100, **over}
    return read_fence(
        {"type": "Feature", "id": "depot", "geometry": {"type": "Point", "coordinates": [LON, LAT]}, "properties": said}
    )


def at(second: float, east_m: float, north_m: float = 0.0, **said: float) -> Position:
    lon = LON + east_m / (M_PER_DEG * cos(radians(LAT)))
    return a_position(second, lon=round(lon, 7), lat=round(LAT + north_m / M_PER_DEG, 7), accuracy_m=4.0, **said)


def put(stores: Stores, **vans: list[Position]) -> None:
    for van, positions in vans.items():
        stores.record(arrived(a_run_of(positions), van.replace("_", "-")), now=NOON + DAY)


def tried(stores: Stores, fence: Fence, vans: list[str], **more: float) -> Preview:
    return preview(fence, vans, stores.telemetry, NOON - DAY, NOON + DAY, **more)


@pytest.fixture
def database_url() -> str:
    """SQLite is enough: what is asked of the database is tested with it."""
    return ""


def test_a_visit_a_short_one_and_a_crossing_are_told(stores: Stores) -> None:
    """The figures that a dispatcher looks at before saving."""
    stays = [at(s, -2000 + 10 * s) for s in range(0, 200, 5)] + [at(s, 0, speed_mps=0.0) for s in range(200, 500, 5)]
    stays += [at(s, 10 * (s - 500)) for s in range(500, 700, 5)]
    through = [at(s, -2000 + 30 * s, 20, speed_mps=30.0) for s in range(0, 150, 15)]
    short = [at(s, -2000 + 10 * s) for s in range(0, 400, 5)]
    put(stores, van_1=stays, van_2=through, van_3=short)
    found = tried(stores, a_fence(), ["van-1", "van-2", "van-3"])
    assert len(found.visits) == 2
    durations = {visit.vehicle: visit.duration_s for visit in found.visits}
    assert durations["van-1"] > 300
    assert durations["van-3"] < 90
    assert found.crossings == 1
    assert {vehicle for vehicle, _ in found.tracks} == {"van-1", "van-2", "van-3"}
    assert (found.vehicles, found.tried) == (3, 3)


def test_a_visit_that_goes_on_has_no_end(stores: Stores) -> None:
    """It lasts until the end of what was asked for."""
    put(stores, van_1=[at(s, 0) for s in range(0, 600, 10)])
    [visit] = tried(stores, a_fence(), ["van-1"]).visits
    assert (visit.left_ms, visit.duration_s) == (None, DAY.total_seconds())


def test_nothing_is_kept(stores: Stores) -> None:
    """It is a trial."""
    put(stores, van_1=[at(s, 0) for s in range(0, 600, 10)])
    assert tried(stores, a_fence(), ["van-1"]).facts
    with stores.database.reading() as connection:
        assert not facts.page(connection, vehicles=None, start_ms=0, end_ms=2**62, kinds=None, fence="depot", limit=9)


def test_a_large_fleet_is_looked_at_for_some_seconds_only(stores: Stores) -> None:
    """And the answer says how far it came; the nearest van comes first."""
    put(stores, far=[at(0, 9000)], near=[at(0, 300)], away=[at(0, 50_000)])
    with stores.database.reading() as connection:
        order = nearest_first(connection, a_fence(), None)
        assert nearest_first(connection, a_fence(), frozenset({"far", "away"})) == ["far", "away"]
        assert nearest_first(connection, a_fence(vehicles=["away", "none"]), None) == ["away"]
    assert order == ["near", "far", "away"]
    found = tried(stores, a_fence(), order, budget_s=-1.0)
    assert (found.vehicles, found.tried) == (3, 0)
