"""The sea of an extract, from its coastline: lines in, water polygons out.

OpenStreetMap draws the coast as lines only, land on the left and water on the right of their direction
(https://wiki.openstreetmap.org/wiki/Tag:natural=coastline). An extract holds a part of them, so the sea is whatever
they and the edge of the extract enclose on their right. When the lines contradict each other, or end in the middle of
the extract, no sea is drawn and the reason is said: a town under water is worse than a bay that looks like land.

Pure: no files. Coordinates are (lon, lat) in degrees; distances are compared with the size of the extract.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import shapely
from shapely.geometry import LineString, MultiLineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

REACH = 0.25
"""An end that was cut off by the extract is drawn on to its edge, at most so far (in shorter sides of the extract)."""


class Coast(NamedTuple):
    """One run of coastline. `cut`: whether the way goes on beyond its first and last point, outside the extract."""

    points: Sequence[tuple[float, float]]
    cut: tuple[bool, bool]


class Sea(NamedTuple):
    """Water polygons, and why there are none although there is a coast."""

    polygons: list[Polygon]
    problem: str | None


def sea(coast: Iterable[Coast], bounds: Bounds) -> Sea:
    """The water inside the bounds that lies to the right of the coast."""
    frame = box(*bounds)
    runs = [_to_the_edge(run, bounds) for run in coast if len(run.points) > 1]
    lines = _clipped(runs, frame)
    if not lines:
        return Sea([], None)
    if _loose_ends(lines, frame):
        return Sea([], "the coastline ends in the middle of the extract, so the sea is not drawn")
    faces = list(shapely.polygonize([shapely.union_all([*lines, frame.exterior])]).geoms)
    return _right_of(lines, faces)


def _to_the_edge(run: Coast, bounds: Bounds) -> LineString:
    west, south, east, north = bounds
    reach = REACH * min(east - west, north - south)
    points = list(run.points)
    for at_start, cut in zip((True, False), run.cut, strict=True):
        x, y = points[0 if at_start else -1]
        if not cut or not (west < x < east and south < y < north):
            continue
        far, edge = min((x - west, (west, y)), (east - x, (east, y)), (y - south, (x, south)), (north - y, (x, north)))
        if far <= reach:
            points.insert(0 if at_start else len(points), edge)
    return LineString(points)


def _clipped(runs: Sequence[LineString], frame: BaseGeometry) -> list[LineString]:
    merged = shapely.line_merge(MultiLineString(runs), directed=True) if runs else MultiLineString()
    inside = shapely.intersection(merged, frame)
    return [part for part in shapely.get_parts(inside) if isinstance(part, LineString) and part.length > 0]


def _loose_ends(lines: Sequence[LineString], frame: Polygon) -> bool:
    edge, hair = frame.exterior, 1e-7
    shapely.prepare(edge)
    return any(
        edge.distance(Point(end)) > hair
        for line in lines
        if not line.is_ring
        for end in (line.coords[0], line.coords[-1])
    )


def _right_of(lines: Sequence[LineString], faces: Sequence[Polygon]) -> Sea:
    """Each face is asked from both sides of every piece of coast that it touches; all answers must agree."""
    probes, is_water = [], []
    for line in lines:
        for (x0, y0), (x1, y1) in zip(line.coords[:-1], line.coords[1:], strict=True):
            step = 1e-3  # of the piece's own length: near enough to stay in the face beside it
            right = (y1 - y0) * step, (x0 - x1) * step
            middle = (x0 + x1) / 2, (y0 + y1) / 2
            probes += [
                Point(middle[0] + right[0], middle[1] + right[1]),
                Point(middle[0] - right[0], middle[1] - right[1]),
            ]
            is_water += [True, False]
    votes = [[0, 0] for _ in faces]
    for probe, face in zip(*shapely.STRtree(faces).query(probes, predicate="within"), strict=True):
        votes[face][is_water[probe]] += 1
    # A step of one thousandth can cross into the next face at a sharp bend: a few strays are no contradiction.
    if any(min(vote) > 0.1 * sum(vote) for vote in votes):
        return Sea([], "the coastline contradicts itself, so the sea is not drawn")
    return Sea([face for face, (land, water) in zip(faces, votes, strict=True) if water > land], None)
