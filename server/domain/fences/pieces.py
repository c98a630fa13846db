"""All fences of an index as arrays: their edges in short runs, the parts of their grounds, a box for each. Pure."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from server.domain.fences.area import ground
from server.domain.fences.boxes import Boxes, doubled, together, widened
from server.domain.fences.edges import edges_of_grounds, edges_of_lines, in_the_world
from server.domain.fences.fence import Fence
from server.domain.fences.metres import Edges, edge_ends, edges, points

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
PLANE_M: Final = 5_000.0
PLANE_LAT: Final = 85.0
"""So near, and this side of it, the plane holds within 1 %."""
RUN: Final = 8
"""Edges in a run: a tree of runs is smaller, and few of them are measured for nothing."""
EVER: Final = 2**62


class Bounds(NamedTuple):
    """What the rules need of each fence."""

    half_m: Floats
    margin_m: Floats
    from_ms: Numbers
    until_ms: Numbers
    is_area: npt.NDArray[np.bool_]


class Discs(NamedTuple):
    """A circle that holds each run with its width: for saying quickly that something is not near."""

    lon: Floats
    lat: Floats
    metres: Floats
    """inf where the plane around its centre does not hold."""


class Pieces(NamedTuple):
    """Pieces are numbered: first the runs of edges, then the parts of grounds."""

    edges: Edges
    run_first: Numbers
    run_edges: Numbers
    """How many edges each run has."""
    ground: Any
    """Array of shapely polygons."""
    fence: Numbers
    """Whose each piece is."""
    bounds: Bounds
    reach: Boxes
    """Around each piece with its width and its margin; some pieces have two."""
    tight: Boxes
    """The same without the margin."""
    piece: Numbers
    """Whose each box is."""
    disc: Discs

    def key(self, number: Numbers, fence: Numbers) -> Numbers:
        """One number for a pair of a position, or a way, and a fence: in order of both."""
        return number * len(self.bounds.half_m) + fence

    def pair(self, key: Numbers) -> tuple[Numbers, Numbers]:
        """The pair again."""
        return np.divmod(key, len(self.bounds.half_m))


def _bounds_of(fences: Sequence[Fence]) -> Bounds:
    """Of each fence, in their order."""
    return Bounds(
        np.array([fence.half_m for fence in fences], dtype=np.float64),
        np.array([fence.margin_m for fence in fences], dtype=np.float64),
        np.array([-EVER if fence.from_ms is None else fence.from_ms for fence in fences], dtype=np.int64),
        np.array([EVER if fence.until_ms is None else fence.until_ms for fence in fences], dtype=np.int64),
        np.array([fence.kind == "area" for fence in fences], dtype=np.bool_),
    )


def pieces_of(fences: Sequence[Fence]) -> Pieces:
    """Of all of them."""
    bounds = _bounds_of(fences)
    grounds, ground_owner = _grounds(fences)
    outlines = edges_of_grounds(grounds, ground_owner)
    lines = edges_of_lines((number, fence) for number, fence in enumerate(fences) if fence.kind != "area")
    edge, owner = in_the_world(np.vstack((outlines[0], lines[0])), np.concatenate((outlines[1], lines[1])))
    first, size, run_owner = _runs(np.bincount(owner, minlength=len(fences)))
    box, half_m = _boxes(edge, first), bounds.half_m[run_owner]
    ground_box = Boxes(*shapely.bounds(grounds).reshape(-1, 4).T)
    reach = together(widened(box, half_m + bounds.margin_m[run_owner]), ground_box)
    tight = together(widened(box, half_m), ground_box)
    piece, turn = doubled(reach)
    edges_ = edges(points(edge[:, 0], edge[:, 1]), points(edge[:, 2], edge[:, 3]))
    return Pieces(
        edges_,
        first,
        size,
        grounds,
        np.concatenate((run_owner, ground_owner)),
        bounds,
        reach.at(piece).turned(turn),
        tight.at(piece).turned(turn),
        piece,
        _discs(edges_, box, first, size, half_m),
    )


def _grounds(fences: Sequence[Fence]) -> tuple[Any, Numbers]:
    """Polygons of all areas, ready to be asked, and whose each is."""
    found: list[Any] = []
    owner: list[int] = []
    for number, fence in enumerate(fences):
        if fence.kind == "area":
            parts = shapely.get_parts(ground(fence.geometry.parts))
            found += list(parts)
            owner += [number] * len(parts)
    grounds = np.array(found, dtype=object)
    shapely.prepare(grounds)
    return grounds, np.array(owner, dtype=np.int64)


def spread(first: Numbers, count: Numbers) -> tuple[Numbers, Numbers]:
    """Runs as their members: which run, and the number of each member."""
    run = np.arange(len(first)).repeat(count)
    return run, np.arange(len(run)) + (first - (count.cumsum() - count)).repeat(count)


def _runs(counts: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """First edge, number of edges and fence of each run, when fences have so many edges."""
    runs = -(-counts // RUN)
    owner, number = spread(np.zeros_like(runs), runs)
    begin = np.cumsum(counts) - counts
    first = begin[owner] + number * RUN
    return first, np.minimum(RUN, (begin + counts)[owner] - first), owner


def _boxes(edge: Floats, first: Numbers) -> Boxes:
    if not len(first):
        return Boxes(*np.empty((4, 0)))
    low, high = np.minimum(edge[:, :2], edge[:, 2:]), np.maximum(edge[:, :2], edge[:, 2:])
    return Boxes(*np.minimum.reduceat(low, first).T, *np.maximum.reduceat(high, first).T)


def _discs(edge: Edges, box: Boxes, first: Numbers, size: Numbers, half_m: Floats) -> Discs:
    lon, lat = (box.west + box.east) / 2, (box.south + box.north) / 2
    if not len(first):
        return Discs(lon, lat, lon)
    centre = np.repeat(points(lon, lat).xyz, size, axis=0)
    corners = (edge.start.xyz, edge_ends(edge).start.xyz)
    farthest = np.maximum.reduceat(np.max([np.linalg.norm(at - centre, axis=1) for at in corners], axis=0), first)
    metres = farthest * 1.01 + half_m + 10
    return Discs(lon, lat, np.where((metres < PLANE_M) & (np.abs(lat) < PLANE_LAT), metres, np.inf))
