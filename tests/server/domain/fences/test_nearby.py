"""A week becomes hours when only what is near a fence is worked on, and the facts are those of the week."""

from math import cos, pi, radians, sin
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.engine.advance import advance
from server.domain.engine.fix import Fix
from server.domain.engine.rules import Rules
from server.domain.engine.state import fresh
from server.domain.fences.fence import Fence
from server.domain.fences.geojson import read_fence
from server.domain.fences.index import FenceIndex
from server.domain.fences.nearby import box_around, near, windows

LON, LAT = 24.94, 60.17
NOON_MS = 1_795_348_800_000
M_PER_DEG = 111_195.0
DEPOT = {
    "type": "Feature",
    "id": "depot",
    "geometry": {"type": "Point", "coordinates": [LON, LAT]},
    "properties": {"radius_m": 100, "dwell_s": 60},
}


def a_fix(second: float, east_m: float, north_m: float, speed_mps: float) -> Fix:
    lon = LON + east_m / (M_PER_DEG * cos(radians(LAT)))
    lat = LAT + north_m / M_PER_DEG
    return Fix(NOON_MS + round(1000 * second), round(lon * 1e7), round(lat * 1e7), speed_mps, -1.0, 4.0)


def rounds(random: Random, hours: int = 8) -> list[Fix]:
    """A van that drives in circles of 8 km through the fence, stands now and then, and loses reception."""
    found, second, turn = [], 0.0, random.random()
    while second < hours * 3600:
        kind, angle = random.random(), 2 * pi * turn
        east, north = 4000 * (1 - cos(angle)) + random.gauss(0, 4), 4000 * sin(angle) + random.gauss(0, 4)
        if kind < 0.02:
            second += random.choice([300.0, 2400.0])  # a tunnel, a break
        elif kind < 0.06:
            stands = random.choice([30, 200, 1200])
            found += [
                a_fix(second + s, east + random.gauss(0, 3), north + random.gauss(0, 3), 0.0)
                for s in range(0, stands, 20)
            ]
            second += stands
        else:
            found.append(a_fix(second, east, north, 12.0))
            step_s = random.choice([5, 10, 30])
            second += step_s
            turn += 12.0 * step_s / (2 * pi * 4000)
    return found


def told(fence: Fence, fixes: list[Fix]) -> set[tuple[str, int]]:
    done = advance(fresh(), fixes, vehicle="van-1", rules=Rules(), fences=FenceIndex([fence]))
    return {(one.kind, one.at_ms) for one in done.facts if one.fence}


def near_ones(fence: Fence, fixes: list[Fix]) -> list[tuple[int, int]]:
    at_ms, lon, lat = np.array([(fix.at_ms, fix.lon_e7, fix.lat_e7) for fix in fixes], dtype=np.int64).T
    return windows(at_ms, near(box_around(fence), lon, lat))


@given(seed=st.integers(0, 100_000))
def test_what_is_left_out_changes_nothing(seed: int) -> None:
    """What a dispatcher is shown before saving is what they will be told afterwards."""
    fence, fixes = read_fence(DEPOT), rounds(Random(seed))
    found: set[tuple[str, int]] = set()
    for first, last in near_ones(fence, fixes):
        found |= told(fence, fixes[first:last])
    assert found == told(fence, fixes)


def test_a_way_that_leads_past_between_two_fixes_is_near() -> None:
    """A crossing has both ends outside."""
    far_apart = [a_fix(0, -9000, 50, 30.0), a_fix(600, 9000, 50, 30.0), a_fix(900, 9000, 9000, 30.0)]
    assert near_ones(read_fence(DEPOT), far_apart) == [(0, 3)]
    assert near_ones(read_fence(DEPOT), far_apart[1:]) == []


def test_windows_that_are_close_in_time_are_one() -> None:
    """The rules begin anew in each, so that what belongs together stays together."""
    fixes = [a_fix(second, 0 if second in (0, 1800, 9000) else 9000, 0, 5.0) for second in range(0, 9060, 60)]
    spans = near_ones(read_fence(DEPOT), fixes)
    assert [(fixes[first].at_ms - NOON_MS) // 1000 for first, _ in spans] == [0, 7740]


def test_the_antimeridian_is_nothing_special() -> None:
    """Fiji has fences too."""
    ring = [[179.99, -17], [180.01, -17], [180.01, -16.99], [179.99, -16.99], [179.99, -17]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    fence = read_fence({"type": "Feature", "id": "f", "geometry": geometry, "properties": {}})
    lon = (np.array([179.995, -179.995]) * 1e7).astype(np.int64)
    assert near(box_around(fence), lon, np.full(2, -169_950_000)).all()
    assert not near(box_around(fence), np.array([0]), np.array([-169_950_000])).any()
