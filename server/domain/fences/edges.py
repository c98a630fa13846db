"""The edges of many fences as rows: lon, lat, lon, lat in degrees, with the place of the fence whose they are. Pure.

The seam at 180 degrees between two halves of an area is no edge, nor are lines along a pole, which have no length.
"""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import shapely

from server.domain.fences.area import unwrapped
from server.domain.fences.fence import Fence

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Rows = tuple[Floats, Numbers]
WIDEST_DEG: Final = 90.0
"""Longer edges are split, so that the short way between their ends is along them."""


def edges_of_lines(fences: Iterable[tuple[int, Fence]]) -> Rows:
    """Of the lines of corridors and the centres of circles, which are edges without length."""
    rows: list[tuple[float, float, float, float]] = []
    owner: list[int] = []
    for number, fence in fences:
        for line in (line for part in fence.geometry.parts for line in part):
            corners = unwrapped(line)
            ends = corners[1:] or corners
            rows += [(*before, *after) for before, after in zip(corners, ends, strict=False)]
            owner += [number] * len(ends)
    return _rows(rows, owner)


def edges_of_grounds(parts: Any, owner: Numbers) -> Rows:
    """Of the outlines and holes of polygons."""
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    is_edge = ring[1:] == ring[:-1]
    rows, whose = np.hstack((corners[:-1], corners[1:]))[is_edge], owner[part[ring[:-1][is_edge]]]
    seam = (np.abs(rows[:, 0]) == 180) & (rows[:, 0] == rows[:, 2])
    at_pole = (np.abs(rows[:, 1]) == 90) & (rows[:, 1] == rows[:, 3])
    kept = ~seam & ~at_pole
    # An area of which nothing is left has no edge at all: it is the world.
    more = [_one_sided(rows[seam & (whose == number)], number) for number in np.unique(whose[seam])]
    return np.vstack((rows[kept], *(row for row, _ in more))), np.concatenate((whose[kept], *(of for _, of in more)))


def in_the_world(rows: Floats, owner: Numbers) -> Rows:
    """Edges in order of their fences, where positions are: about -180..180, wide ones split."""
    pieces = np.maximum(1, np.ceil(np.abs(rows[:, 2] - rows[:, 0]) / WIDEST_DEG)).astype(np.int64)
    row = np.repeat(np.arange(len(rows)), pieces)
    step = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin, way = rows[row, :2], (rows[:, 2:] - rows[:, :2])[row]
    found = np.hstack([begin + way * ((step + more) / pieces[row])[:, None] for more in (0, 1)])
    found[pieces[row] == 1] = rows[pieces == 1]
    found[:, ::2] -= 360 * np.round((found[:, :1] + found[:, 2:3]) / 720)
    order = np.argsort(owner[row], kind="stable")
    return found[order], owner[row][order]


def _one_sided(seams: Floats, owner: int) -> Rows:
    """Stretches of the antimeridian that have the area on one side only."""
    levels = sorted({*seams[:, 1], *seams[:, 3]})
    sides: Counter[tuple[float, float]] = Counter()
    for low, high in np.sort(seams[:, 1::2]):
        sides.update(stretch for stretch in pairwise(levels) if low <= stretch[0] and stretch[1] <= high)
    rows = [(180.0, low, 180.0, high) for (low, high), count in sides.items() if count == 1]
    return _rows(rows, [owner] * len(rows))


def _rows(rows: list[tuple[float, float, float, float]], owner: list[int]) -> Rows:
    return np.array(rows, dtype=np.float64).reshape(-1, 4), np.array(owner, dtype=np.int64)
