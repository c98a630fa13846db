"""The sea out of lines: land on the left, water on the right."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.map.coastline import Coast, sea

BOX = (0.0, 0.0, 1.0, 1.0)


def coast(*points, cut=(False, False)):
    return Coast(points, cut)


def area(found):
    return sum(polygon.area for polygon in found.polygons)


def test_water_lies_to_the_right_of_the_coast():
    """The one rule by which the sea can be told from the land."""
    northward = sea([coast((0.3, -0.5), (0.3, 1.5))], BOX)
    southward = sea([coast((0.3, 1.5), (0.3, -0.5))], BOX)
    assert area(northward) == pytest.approx(0.7)
    assert area(southward) == pytest.approx(0.3)


def test_a_coast_of_several_ways_is_one_coast():
    """Mappers split the coast anywhere."""
    found = sea([coast((0.3, 0.4), (0.5, 0.6)), coast((0.3, -0.5), (0.3, 0.4)), coast((0.5, 0.6), (0.5, 1.5))], BOX)
    assert found.problem is None
    assert 0.5 < area(found) < 0.7


def test_a_coast_that_lost_its_outer_nodes_is_drawn_on_to_the_edge():
    """Extracts may cut ways at the last node inside; the bay is still there."""
    found = sea([coast((0.3, 0.1), (0.3, 0.9), cut=(True, True))], BOX)
    assert found.problem is None
    assert area(found) == pytest.approx(0.7)


def test_a_coast_that_ends_in_the_middle_draws_no_sea_and_says_why():
    """A town under water is worse than a bay that looks like land."""
    found = sea([coast((0.3, -0.5), (0.5, 0.5))], BOX)
    assert found.polygons == []
    assert found.problem is not None
    assert "ends in the middle" in found.problem


def test_two_coasts_that_contradict_each_other_draw_no_sea():
    """One of them runs the wrong way round; nobody knows which."""
    found = sea([coast((0.3, -0.5), (0.3, 1.5)), coast((0.6, -0.5), (0.6, 1.5))], BOX)
    assert found.polygons == []
    assert found.problem is not None
    assert "contradicts" in found.problem


def test_an_extract_without_a_coast_has_no_sea():
    """Munich."""
    assert sea([], BOX) == ([], None)
    assert sea([coast((3.0, 3.0), (4.0, 4.0))], BOX) == ([], None)


@settings(max_examples=60, deadline=None)
@given(radii=st.lists(st.floats(0.05, 0.45), min_size=5, max_size=30))
def test_an_island_is_what_the_sea_leaves_out(radii):
    """Whatever its shape: sea and island make up the extract (an island's coast runs counter-clockwise)."""
    count = len(radii)
    ring = [
        (0.5 + r * math.cos(2 * math.pi * place / count), 0.5 + r * math.sin(2 * math.pi * place / count))
        for place, r in enumerate(radii)
    ]
    shoelace = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
    found = sea([coast(*ring, ring[0])], BOX)
    assert found.problem is None
    assert area(found) == pytest.approx(1 - shoelace)
