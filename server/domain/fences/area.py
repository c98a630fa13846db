"""The ground that polygons cover, in the plane of lon and lat (RFC 7946, 3.1.1: edges are straight there). Pure.

The result, the ground, lies within -180..180 and is what a position is looked up in: what was written beyond is moved
back, an edge over the antimeridian goes the short way, a ring that runs round a pole holds the pole that is nearer.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from server.domain.fences.fence import Corner, Line

WORLD = shapely.box(-180, -90, 180, 90)
TOUCHES = ("Ring Self-intersection", "Interior is disconnected")
Ground = Any
"""A shapely Polygon or MultiPolygon (the library has no types)."""


class AreaError(ValueError):
    """Rings that enclose no area: says what to draw instead."""


def ground(parts: Iterable[Sequence[Line]]) -> Ground:
    """What the polygons (each its outline, then its holes) cover together."""
    grounds = [_polygon(part) for part in parts]
    return grounds[0] if len(grounds) == 1 else _areal(shapely.union_all(grounds))


def unwrapped(line: Line, *, whole_turns: bool = False) -> list[Corner]:
    """The line with each edge the short way, so that longitudes go on beyond 180.

    With `whole_turns` an edge of exactly 360 degrees stays as it is written.
    """
    lon, corners = line[0][0], [line[0]]
    for (before, _), (after, lat) in pairwise(line):
        lon += _step(after - before, whole_turns=whole_turns)
        corners.append((lon, lat))
    return corners


def _step(turn: float, *, whole_turns: bool) -> float:
    if -180 <= turn <= 180 or (whole_turns and abs(turn) == 360):
        return turn
    return (turn + 180) % 360 - 180


def _polygon(rings: Sequence[Line]) -> Ground:
    outline, *holes = (_ring(ring) for ring in rings)
    if all(-180 < lon < 180 for ring in (outline, *holes) for lon, _ in ring):
        return _valid(Polygon(outline, holes))
    found, cut = _in_the_world(_valid(Polygon(outline))), [_in_the_world(_valid(Polygon(hole))) for hole in holes]
    if not all(found.covers(hole) for hole in cut):
        raise AreaError("a hole lies outside of its outline; draw it inside")
    return _areal(found.difference(shapely.union_all(cut))) if cut else found


def _ring(ring: Line) -> list[Corner]:
    """A closed ring in the plane: as it is, along a pole, or as it is written where it turns by 360 degrees."""
    short = _closed(unwrapped(ring))
    whole = unwrapped(ring, whole_turns=True)
    if whole[-1] == whole[0] and whole != short and not _is_valid(short):
        # A band round the world, or a cap drawn along its pole: boxes from -180 to 180.
        return whole
    return short


def _closed(ring: list[Corner]) -> list[Corner]:
    turn = ring[-1][0] - ring[0][0]
    if abs(turn) < 1e-9:
        return [*ring[:-1], ring[0]]
    if abs(abs(turn) - 360) > 1e-9:
        raise AreaError("the outline runs round the world more than once; draw it once")
    # The pole on whose side the ring runs: lat, summed over the way round.
    side = sum((after[0] - before[0]) * (before[1] + after[1]) for before, after in pairwise(ring)) / turn
    pole = 90.0 if side > 0 else -90.0
    return [*ring, (ring[-1][0], pole), (ring[0][0], pole), ring[0]]


def _is_valid(ring: list[Corner]) -> bool:
    area = Polygon(ring)
    return bool(area.is_valid and area.area)


def _valid(area: Polygon) -> Ground:
    if not area.convex_hull.area:
        raise AreaError("its corners lie on one line and enclose nothing; draw an outline with an area")
    if area.is_valid:
        return area
    reason, _, where = shapely.is_valid_reason(area).partition("[")
    if reason in TOUCHES:
        # What is inside is not in doubt.
        return _areal(shapely.make_valid(area))
    place = ", ".join(f"{float(number):.5f}" for number in where.rstrip("]").split()[:2])
    words = "crosses itself" if reason == "Self-intersection" else f"is not a simple one ({reason.lower()})"
    raise AreaError(f"its outline {words} near {place} (lon, lat); draw it so that it does not, or split it into parts")


def _in_the_world(area: Ground) -> Ground:
    """The same ground within -180..180."""
    low, _, high, _ = area.bounds
    # Rounded to a micrometre: halves that are moved by a turn must still fit.
    turns = range(int((low + 180) // 360), int((high + 180) // 360) + 1)
    moved = [
        shapely.transform(area, lambda corners, turn=turn: np.round(corners - (360 * turn, 0), 11)) for turn in turns
    ]
    return _areal(shapely.union_all([_areal(shapely.intersection(part, WORLD)) for part in moved]))


def _areal(found: Ground) -> Ground:
    """Only what has an area: where shapes touch, overlays also say points and lines."""
    parts = [part for part in shapely.get_parts(found) if isinstance(part, Polygon) and part.area]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)
