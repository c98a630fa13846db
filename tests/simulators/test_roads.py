"""Vans on the real streets of Helsinki, San Francisco and Porto."""

from itertools import islice, pairwise

import pytest

from server.map.build import build
from simulators.drive import drive
from simulators.geometry import distance_m
from simulators.roads import CityError, open_city
from tests.support.extracts import helsinki_map, write_extract
from tests.support.real import data


@pytest.fixture(scope="module")
def city():
    return open_city(helsinki_map())


def test_a_route_follows_named_streets(city):
    """What is shown on the map must lie on the map's streets."""
    route = city.route((24.938, 60.166), (24.950, 60.176))
    assert route is not None
    assert 1000 < route.length_m < 4000
    names = {stretch.name for stretch in route.stretches}
    assert len(names & {"Annankatu", "Kaivokatu", "Mannerheimintie", "Unioninkatu", "Vilhonkatu", "Liisankatu"}) >= 1
    for before, after in pairwise(route.stretches):
        assert before.points[-1] == after.points[0]


def test_each_leg_begins_where_the_last_one_ended(city):
    """A van that jumps would be flagged as implausible, rightly."""
    for seed in range(6):
        for before, after in pairwise(islice(city.legs(seed), 20)):
            assert distance_m(before.end, after.start) < 6


def test_the_same_seed_takes_the_same_streets(city):
    """Also in another process, and after another van has asked."""
    first = list(islice(city.legs(5), 4))
    list(islice(city.legs(6), 2))
    assert list(islice(city.legs(5), 4)) == first
    assert list(islice(city.legs(6), 4)) != first


def test_a_van_drives_through_helsinki_as_fast_as_vans_do(city):
    """20 km/h is what a delivery round in a centre makes; nobody flies."""
    day = list(islice(drive(city.legs(1), seed=1), 3 * 3600))
    speeds = [truth.speed_mps for truth in day if truth.phase == "driving"]
    assert 3.5 < sum(speeds) / len(speeds) < 9
    assert max(speeds) < 17
    for before, after in pairwise(day):
        assert distance_m((before.lon, before.lat), (after.lon, after.lat)) < 20
    west, south, east, north = city.bounds
    assert all(west <= truth.lon <= east and south <= truth.lat <= north for truth in day)


@pytest.mark.parametrize("name", ["sf-downtown", pytest.param("porto_portugal", marks=pytest.mark.long)])
def test_other_cities_can_be_driven_in_too(name, tmp_path):
    """The demo takes any extract."""
    build(data(f"osm/{name}.osm.pbf"), tmp_path / "map")
    legs = list(islice(open_city(tmp_path / "map").legs(3), 5))
    assert all(leg.length_m >= 300 for leg in legs)


def test_what_is_no_city_is_refused_in_words(tmp_path):
    """Somebody gives the extract instead of the map folder, or a map of one street."""
    with pytest.raises(CityError, match="milepost map build"):
        open_city(tmp_path)
    street = ({"highway": "residential"}, [(24.90, 60.10), (24.901, 60.10)])
    build(write_extract(tmp_path / "street.osm.pbf", [street]), tmp_path / "map", threads=1)
    with pytest.raises(CityError, match="larger extract"):
        next(open_city(tmp_path / "map").legs(1))
