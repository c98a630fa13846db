"""Segments that pass through fences between two positions, against what is near along their way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.fences.index import FenceIndex
from tests.server.domain.fences.places import FENCES, beside
from tests.server.domain.fences.reference import GEOD, a_circle, a_corridor, an_area, at, short

GOOD_M = 0.05


def crossed(fences, places, at_ms=None):
    """{(segment, fence): (first, last)} of the ways between places (lon_e7, lat_e7)."""
    lon, lat = np.array(places, dtype=np.int64).reshape(-1, 2).T
    at_ms = np.zeros(len(lon), dtype=np.int64) if at_ms is None else np.array(at_ms)
    found = FenceIndex(fences).crossed(at_ms, lon, lat)
    pairs = list(zip(found.segment.tolist(), found.fence.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    return dict(zip(pairs, zip(found.first_share.tolist(), found.last_share.tolist(), strict=True), strict=True))


def depths(fence, start, end, shares):
    """outside_m at shares of a way, and at most a kilometre: what is near is tested by itself."""
    turn = short((end[0] - start[0]) / 1e7)
    lon = (start[0] / 1e7 + np.array(shares) * turn + 180) % 360 - 180
    lat = (start[1] + np.array(shares) * (end[1] - start[1])) / 1e7
    lon, lat = np.rint(lon * 1e7).astype(np.int64), np.rint(lat * 1e7).astype(np.int64)
    found = FenceIndex([fence]).near(np.zeros(len(lon), np.int64), lon, lat, np.full(len(lon), 1000.0))
    depth = np.full(len(lon), 1000.0)
    depth[found.position] = found.outside_m
    return depth


SHARES = np.linspace(0, 1, 201)


@given(st.data(), FENCES)
def test_what_passes_through_is_found_with_where_it_enters_and_leaves(data, fence):
    """A van that halts on both sides of a zone drove through it, and its time inside follows from the shares."""
    start, end = data.draw(beside(fence)), data.draw(beside(fence))
    found, depth = crossed([fence], [start, end]), depths(fence, start, end, SHARES)
    if min(depth[0], depth[-1]) <= 0:
        assert not found
    elif min(depth) < -GOOD_M:
        assert found, "it passed through"
    if found:
        first, last = found[0, 0]
        inside = SHARES[depth < -GOOD_M]
        assert np.all((first <= inside) & (inside <= last))
        assert np.all(np.abs(depths(fence, start, end, [first, last])) < GOOD_M)


@given(st.data(), st.lists(FENCES, min_size=1, max_size=5))
def test_a_crossing_does_not_depend_on_the_batch_or_on_other_fences(data, fences):
    places = [data.draw(beside(fence)) for fence in fences for _ in range(2)]
    found = crossed(fences, places)
    for segment in range(len(places) - 1):
        for number, fence in enumerate(fences):
            assert crossed([fence], places[segment : segment + 2]).get((0, 0)) == found.get((segment, number))


@pytest.mark.parametrize("lat", [0, 60, -85])
def test_the_nearest_approach_to_a_circle_is_in_true_metres(lat):
    """Passing 999 m from the centre is through a circle of 1,000 m, 1,001 m is past it: to the north and to the east."""
    circle = a_circle(25, lat, 1000)
    for past_m, through in ((999, True), (1001, False)):
        north = GEOD.fwd(25, lat, 0, past_m)[1]
        assert bool(crossed([circle], [at(24, north), at(26, north)])) == through
        east = GEOD.fwd(25, lat, 90, past_m)[0]
        assert bool(crossed([circle], [at(east, lat - 0.05), at(east, lat + 0.05)])) == through


SQUARE = [(24.0, 60.0), (25.0, 60.0), (25.0, 61.0), (24.0, 61.0)]
DENT = [(0, 0), (1, 0), (1, 1), (0.6, 1), (0.6, 0.2), (0.4, 0.2), (0.4, 1), (0, 1)]


@pytest.mark.parametrize(
    ("places", "shares"),
    [
        ([(23.5, 60.5), (25.5, 60.5)], (0.25, 0.75)),
        ([(25.5, 60.5), (23.5, 60.5)], (0.25, 0.75)),
        ([(24.5, 60.5), (25.5, 60.5)], None),  # begins inside
        ([(24.0, 60.5), (25.5, 60.5)], None),  # begins on the edge, which is inside
        ([(23.5, 61.5), (24.5, 60.5 + 2), (25.5, 61.5)], None),  # above
        ([(23.5, 60.5), (24.5, 61.5)], None),  # touches a corner
    ],
)
def test_a_crossing_is_from_outside_to_outside(places, shares):
    found = crossed([an_area([SQUARE])], [at(*place) for place in places])
    assert found == ({(0, 0): pytest.approx(shares)} if shares else {})


def test_a_way_in_and_out_and_in_again_is_one_crossing():
    found = crossed([an_area([DENT])], [at(-0.5, 0.5), at(1.5, 0.5)])
    assert found == {(0, 0): pytest.approx((0.25, 0.75))}


def test_a_way_over_the_antimeridian_is_the_short_one():
    over, elsewhere = an_area([[(179.5, -1), (-179.5, -1), (-179.5, 1), (179.5, 1)]]), a_circle(0, 0, 10_000)
    found = crossed([over, elsewhere], [at(179, 0), at(-179, 0)])
    assert found == {(0, 0): pytest.approx((0.25, 0.75))}


def test_a_corridor_of_many_segments_is_crossed_once():
    corridor = a_corridor(((25, 60), (25, 60.1), (25.1, 60.1)), ((25.2, 60), (25.2, 60.2)), width_m=100)
    found = crossed([corridor], [at(24.9, 60.05), at(25.3, 60.05)])
    wide = 50 / GEOD.inv(25, 60.05, 26, 60.05)[2]
    assert found == {(0, 0): pytest.approx(((0.1 - wide) / 0.4, (0.3 + wide) / 0.4), abs=1e-6)}


def test_the_version_that_counts_is_that_of_the_entry():
    versions = [an_area([SQUARE], from_ms=low, until_ms=high) for low, high in ((None, 1000), (1000, None))]
    places = [at(23.5, 60.5), at(25.5, 60.5)]
    assert list(crossed(versions, places, [0, 3996])) == [(0, 0)]
    assert list(crossed(versions, places, [0, 4000])) == [(0, 1)]


@pytest.mark.parametrize("count", [300, 3000])
def test_a_long_drive_through_many_fences_says_what_each_of_its_ways_says(count):
    """Long batches go in blocks, and dense fences through the tree: both must find what one question at a time finds."""
    chance = np.random.default_rng(count)
    places = (chance.random((count, 2)) - 0.5) * (0.1, 0.05) + (179.99, 60.2)
    shapes = [
        lambda x, y: a_circle(x, y, 120),
        lambda x, y: an_area([[(x, y), (x + 0.002, y), (x + 0.001, y + 0.002)]]),
    ]
    index = FenceIndex([shapes[number % 2](*place) for number, place in enumerate(places.tolist())])
    lon = 179.99 + np.cumsum(chance.normal(0, 0.002, 300))
    lon, lat = ((lon + 180) % 360 - 180) * 1e7, (60.2 + np.cumsum(chance.normal(0, 0.001, 300))) * 1e7
    columns = [np.arange(300) * 1000, np.rint(lon).astype(np.int64), np.rint(lat).astype(np.int64), np.full(300, 8.0)]
    near, crossed = index.look(*columns)
    assert len(near.fence) > 10
    assert len(crossed.fence) > 0
    for number in range(299):
        some = [column[number : number + 2] for column in columns]
        at, over = index.near(*some), index.crossed(*some[:3])
        mine = near.position == number
        assert np.array_equal(at.fence[at.position == 0], near.fence[mine])
        assert np.array_equal(at.outside_m[at.position == 0], near.outside_m[mine])
        assert [*zip(*over[1:], strict=True)] == [*zip(*crossed.at(crossed.segment == number)[1:], strict=True)]
