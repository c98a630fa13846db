"""The index against the slow reference: which positions are in or near which fences, and by how much."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.fences.index import FenceIndex
from tests.server.domain.fences.places import FENCES, LAT, LON, SIZE_M, beside
from tests.server.domain.fences.reference import GEOD, a_circle, a_corridor, an_area, outside_m

GOOD_M = 0.02
"""Positions are rounded to 1e-7 degrees: 11 mm."""


def near(fences, places, reach_m=0.0, at_ms=None):
    """{(position, fence): outside_m} of places (lon_e7, lat_e7)."""
    lon, lat = np.array(places, dtype=np.int64).reshape(-1, 2).T
    at_ms = np.zeros(len(lon), dtype=np.int64) if at_ms is None else np.array(at_ms)
    found = FenceIndex(fences).near(at_ms, lon, lat, np.full(len(lon), float(reach_m)))
    pairs = list(zip(found.position.tolist(), found.fence.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    return dict(zip(pairs, found.outside_m.tolist(), strict=True))


@given(st.data(), FENCES, st.sampled_from([0, 12, 300, 5000]))
def test_distances_are_those_of_the_geodesic_to_the_edge(data, fence, reach_m):
    """A van at 999 m of a circle of 1,000 m is inside at every latitude; and no pair is missed."""
    places = data.draw(st.lists(beside(fence), min_size=1, max_size=5))
    found = near([fence], places, reach_m)
    limit = fence.margin_m + reach_m
    for number, (lon, lat) in enumerate(places):
        wanted = outside_m(fence, lon / 1e7, lat / 1e7)
        said = found.get((number, 0), np.inf)
        if wanted > limit:
            assert said == np.inf or wanted - said < GOOD_M
        elif said == np.inf:
            assert wanted > limit - GOOD_M
        else:
            assert said == pytest.approx(max(wanted, -limit), abs=GOOD_M + 1e-7 * abs(wanted))


@given(LON, LAT, SIZE_M.filter(lambda size: size < 2_000_000), st.floats(0, 360))
def test_a_circle_ends_at_its_radius_at_every_latitude(lon, lat, radius_m, bearing):
    places = [GEOD.fwd(lon, lat, bearing, radius_m + more)[:2] for more in (-1, -0.05, 0.05, 1, 24.9, 25.1)]
    found = near([a_circle(lon, lat, radius_m)], [(round(x * 1e7), round(y * 1e7)) for x, y in places])
    assert [number for number, _ in found] == [0, 1, 2, 3, 4]
    assert [outside <= 0 for outside in found.values()] == [True, True, False, False, False]


def moved(fence, change):
    return type(fence)(
        **{name: getattr(fence, name) for name in fence.__struct_fields__}
        | {"geometry": type(fence.geometry)(type=fence.geometry.type, parts=change(fence.geometry.parts))}
    )


@given(st.data(), FENCES, st.sampled_from([-360, 360]))
def test_a_fence_that_is_written_one_turn_further_is_the_same(data, fence, turn):
    places = data.draw(st.lists(beside(fence), min_size=1, max_size=5))
    other = moved(
        fence, lambda parts: tuple(tuple(tuple((x + turn, y) for x, y in line) for line in part) for part in parts)
    )
    assert near([other], places, 40) == pytest.approx(near([fence], places, 40), abs=0.0011)


@given(st.data(), FENCES.filter(lambda fence: fence.kind == "area"), st.integers(0, 11))
def test_where_a_ring_begins_and_which_way_it_runs_do_not_matter(data, fence, first):
    places = data.draw(st.lists(beside(fence), min_size=1, max_size=5))

    def turned(ring):
        start = first % (len(ring) - 1)
        return tuple(reversed((*ring[start:-1], *ring[: start + 1])))

    other = moved(fence, lambda parts: tuple(tuple(turned(ring) for ring in part) for part in parts))
    assert near([other], places, 40) == pytest.approx(near([fence], places, 40), abs=0.0011)


@given(st.data(), st.lists(FENCES, min_size=1, max_size=6))
def test_the_answer_does_not_depend_on_the_batch_or_on_other_fences(data, fences):
    """Facts may not depend on how positions arrived, so neither may this, to the last bit."""
    places = [data.draw(beside(fence)) for fence in fences]
    found = near(fences, places, 40)
    for number, place in enumerate(places):
        for other, fence in enumerate(fences):
            assert near([fence], [place], 40).get((0, 0)) == found.get((number, other))


def at(lon, lat):
    return round(lon * 1e7), round(lat * 1e7)


SQUARE = [(24.0, 60.0), (25.0, 60.0), (25.0, 61.0), (24.0, 61.0)]


def test_edges_are_straight_in_lon_and_lat():
    """The great circle between two corners on 60 degrees north runs 105 m north of the parallel, in the middle."""
    found = near([an_area([SQUARE])], [at(24.5, 60.0002), at(24.5, 59.9999), at(24.5, 60)])
    assert found == {(0, 0): pytest.approx(-22.28, abs=0.01), (1, 0): pytest.approx(11.14, abs=0.01), (2, 0): 0}


def test_the_edge_of_a_hole_is_an_edge():
    hole = [(24.4, 60.4), (24.6, 60.4), (24.6, 60.6), (24.4, 60.6)]
    found = near([an_area([SQUARE, hole])], [at(24.5, 60.5), at(24.5, 60.4001), at(24.5, 60.3999), at(24.5, 60.2)])
    assert found == {(1, 0): pytest.approx(11.14, abs=0.01), (2, 0): pytest.approx(-11.14, abs=0.01), (3, 0): -25}


BAND = [(-180, -10), (180, -10), (180, 10), (-180, 10)]
HALVES = [[(170, 0), (180, 0), (180, 10), (170, 10)]], [[(-180, 0), (-170, 0), (-170, 10), (-180, 10)]]
ROUND_NORTH = [(-180, 60), (-60, 60), (60, 60), (180, 60)]
ANTARCTICA = [(-180, -84), (-90, -70), (0, -75), (90, -70), (180, -84), (180, -90), (-180, -90)]
CAP = [(-180, 60), (180, 60), (180, 90), (-180, 90)]
WORLD = [(-180, -90), (180, -90), (180, 90), (-180, 90)]


@pytest.mark.parametrize(
    ("fence", "inside", "outside"),
    [
        (an_area([BAND]), [(0, 0), (180, 9.9), (-180, 0), (90, -9)], [(0, 11), (180, -11)]),
        (an_area(*HALVES), [(179.99999, 5), (180, 5), (-180, 5), (-175, 1)], [(165, 5), (180, 11)]),
        (an_area([ROUND_NORTH]), [(0, 90), (180, 61), (-180, 61), (0, 60.1)], [(0, 59), (180, 59.9)]),
        (an_area([ANTARCTICA]), [(0, -90), (180, -85), (-180, -89), (90, -71)], [(180, -83), (0, -74)]),
        (an_area([CAP]), [(0, 90), (180, 61), (-180, 70), (10, 89.999)], [(0, 59), (-180, 59)]),
        (an_area([WORLD]), [(0, 90), (180, 0), (-180, -90), (10, 20)], []),
        (an_area([[(170, 0), (-170, 0), (-170, 10), (170, 10)]]), [(175, 5), (180, 5), (-175, 5)], [(0, 5)]),
        (an_area([[(179, 0), (181.5, 0), (181.5, 1), (179, 1)]]), [(-178.6, 0.5), (180, 0.5)], [(-178.4, 0.5)]),
        (an_area([[(0, 80), (90, 80), (90, 90), (0, 90)]]), [(45, 81), (0, 90), (-100, 90)], [(100, 85)]),
        (a_circle(0, 90, 1000), [(0, 90), (180, 89.9999), (-77, 89.9920)], [(0, 89.98)]),
        (a_corridor(((179, 0), (-179, 0)), width_m=200), [(180, 0), (-180, 0.0008), (179.5, 0)], [(0, 0), (180, 0.01)]),
    ],
)
def test_the_antimeridian_and_the_poles_are_places_like_others(fence, inside, outside):
    found = near([fence], [at(*place) for place in (*inside, *outside)])
    assert [number for (number, _), away in found.items() if away <= 0] == list(range(len(inside)))
    if fence.kind == "area" and len(inside) > 1 and fence.geometry.parts[0][0][0] != (0, 80):
        assert found[1, 0] < -20, "the seam is no edge"


def test_a_version_counts_from_its_beginning_to_before_its_end():
    old, new = (a_circle(25, 60, 100, from_ms=low, until_ms=high) for low, high in ((None, 1000), (1000, 2000)))
    found = near([old, new], [at(25, 60)] * 4, at_ms=[-5, 999, 1000, 2000])
    assert list(found) == [(0, 0), (1, 0), (2, 1)]


def test_an_outline_may_touch_itself():
    """Two blocks that meet at a corner, drawn in one go, are two blocks."""
    blocks = [(24, 60), (25, 60), (25, 61), (26, 61), (26, 62), (25, 62), (25, 61), (24, 61)]
    found = near([an_area([blocks])], [at(24.5, 60.5), at(25.5, 61.5), at(24.5, 61.5), at(25, 61)])
    assert [number for number, _ in found] == [0, 1, 3]


def test_without_fences_or_positions_nothing_is_near():
    assert near([], [at(25, 60)]) == near([a_circle(25, 60, 100)], []) == {}
