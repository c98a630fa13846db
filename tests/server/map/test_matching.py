"""The roads of Helsinki, by the real Valhalla."""

from itertools import pairwise
from pathlib import Path

import pytest

from server.domain.engine.fix import DEFAULT_SIGMA_M, UNSAID, Fix
from server.domain.facts import fact
from server.domain.road_speeding import speedings
from server.map import matching
from server.map.matching import Roads, open_roads
from server.map.problems import MapError
from tests.support.extracts import helsinki_map
from tests.support.real import real_part

KMH = 1 / 3.6


@pytest.fixture(scope="module")
def roads() -> Roads:
    from importlib.util import find_spec

    real_part("pyvalhalla", find_spec("valhalla"), "install milepost[map]")
    return open_roads(str(helsinki_map()))


def a_way(*places: tuple[float, float], steps: int = 20, speed_kmh: float = 50.0) -> list[Fix]:
    """A fix a second from the first place to the last, straight between them, three metres beside the road."""
    found: list[Fix] = []
    for (lon1, lat1), (lon2, lat2) in pairwise(places):
        for step in range(steps):
            part = step / steps
            lon, lat = lon1 + part * (lon2 - lon1), lat1 + part * (lat2 - lat1) + 0.00003
            at_ms = 1_799_990_000_000 + 1000 * len(found)
            found.append(Fix(at_ms, round(lon * 1e7), round(lat * 1e7), speed_kmh * KMH, UNSAID, DEFAULT_SIGMA_M))
    return found


KAIVOKATU = ((24.9405, 60.1702), (24.9436, 60.1705))
"""In front of the railway station."""


def test_a_street_of_helsinki_has_the_limit_of_its_signs(roads: Roads) -> None:
    """30 km/h by OpenStreetMap; Valhalla's own guess of the speed would be another."""
    found = roads.match(a_way(*KAIVOKATU))
    assert {one.road for one in found} == {"Kaivokatu"}
    assert {one.limit_mps for one in found} == {round(30 * KMH, 3)}


def test_driving_fifty_there_is_a_fact(roads: Roads) -> None:
    """From the fixes to the fact, with nothing in between that is made up."""
    trip = fact("trip_ended", "van-1", 1_800_000_000_000, 1_800_000_300_000)
    [found] = speedings(trip, roads.match(a_way(*KAIVOKATU)))
    assert (found.body["road"], found.body["duration_s"]) == ("Kaivokatu", 19.0)
    assert speedings(trip, roads.match(a_way(*KAIVOKATU, speed_kmh=34))) == []


def test_off_the_map_there_are_no_roads(roads: Roads) -> None:
    """A trip to Stockholm is no fault of anyone's, nor a single fix."""
    far = a_way((18.05, 59.32), (18.06, 59.33))
    assert {(one.limit_mps, one.road) for one in roads.match(far)} == {(None, None)}
    assert [one.fix for one in roads.match(far)] == far
    assert len(roads.match(far[:1])) == 1
    assert roads.match([]) == []


def test_a_long_trip_is_matched_in_parts(roads: Roads, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part more is the same roads: each fix is in one part, and in its order."""
    way = a_way(*KAIVOKATU)
    whole = roads.match(way)
    monkeypatch.setattr(matching, "MOST_FIXES", 7)
    assert roads.match(way) == whole


def test_without_a_map_it_says_what_to_do(tmp_path: Path) -> None:
    """The log of a server that knows no limits."""
    with pytest.raises(MapError, match=r"\[map\] dir"):
        open_roads("")
    with pytest.raises(MapError, match="milepost map build"):
        open_roads(str(tmp_path))
