"""Which positions are in, near or past which fences: all fences of a fleet in one tree, asked for a batch at once.

Pure. Positions are one vehicle's, in order, in 1e-7 degrees; metres are true ones on WGS 84. What the answer says of a
position does not depend on the batch that it came in.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from server.domain.fences.boxes import Boxes, around, between
from server.domain.fences.crossings import NOT_CROSSED, Crossed, crossings
from server.domain.fences.fence import Fence
from server.domain.fences.metres import points
from server.domain.fences.near import NONE, NOT_NEAR, Near, measured
from server.domain.fences.pieces import Pieces, pieces_of

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
ON_EDGE_M: Final = 0.001
MOST_COMPARED: Final = 30_000
"""So many boxes of a batch and of fences are compared one with another; more are looked up in the tree."""
BLOCK: Final = 128
"""Positions that are looked at together: they are near each other, so that few fences are near any of them."""
Pairs = tuple[Numbers, Numbers]
NO_PAIRS: Final = (NONE, NONE)


class FenceIndex:
    """Made once for a set of fences; answers name them by their place in it."""

    def __init__(self, fences: Sequence[Fence]) -> None:
        self.fences = tuple(fences)
        self._pieces: Pieces = pieces_of(self.fences)
        self._tree = shapely.STRtree(self._pieces.reach.lines())

    def look(self, at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, reach_m: Floats) -> tuple[Near, Crossed]:
        """What `near` and `crossed` say, for less than both."""
        return self._look(at_ms, lon_e7, lat_e7, reach_m, ways=True)

    def near(self, at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, reach_m: Floats) -> Near:
        """All pairs of a position and a fence within reach, ordered by position, then fence."""
        return self._look(at_ms, lon_e7, lat_e7, reach_m, ways=False)[0]

    def crossed(self, at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers) -> Crossed:
        """All pairs of a segment and a fence that it passes through, ordered by segment, then fence."""
        return self.look(at_ms, lon_e7, lat_e7, np.full(len(lon_e7), ON_EDGE_M))[1]

    def _look(
        self, at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, reach_m: Floats, *, ways: bool
    ) -> tuple[Near, Crossed]:
        lon, lat = lon_e7 / 1e7, lat_e7 / 1e7
        beside, passing = self._candidates(lon, lat, reach_m, ways=ways)
        if not len(beside[0]) and not len(passing[0]):
            return NOT_NEAR, NOT_CROSSED
        where = points(lon, lat)
        seen = measured(self._pieces, *beside, where, reach_m)
        passed = crossings(self._pieces, *passing, where, seen)
        return (
            seen.at(self._in_force(seen.fence, at_ms[seen.position])),
            passed.at(self._in_force(passed.fence, passed.entered_ms(at_ms))),
        )

    def _candidates(self, lon: Floats, lat: Floats, reach_m: Floats, *, ways: bool) -> tuple[Pairs, Pairs]:
        """Pairs of a position and a piece that may be near, and of a segment and a piece that it may pass."""
        if not len(lon):
            return NO_PAIRS, NO_PAIRS
        place, way = around(lon, lat, reach_m), between(lon, lat) if ways else None
        if len(lon) <= BLOCK:
            return self._in_block(0, place, way)
        parts = [slice(begin, begin + BLOCK + 1) for begin in range(0, len(lon), BLOCK)]
        blocks = [self._in_block(part.start, place.at(part), way.at(part) if way else None) for part in parts]
        return _joined([near for near, _ in blocks]), _joined([passing for _, passing in blocks])

    def _in_block(self, begin: int, place: Boxes, way: Boxes | None) -> tuple[Pairs, Pairs]:
        """Of positions that follow each other, numbered from `begin`."""
        some = self._tree.query(place.whole())
        if not len(some):
            return NO_PAIRS, NO_PAIRS
        beside = self._meeting(begin, place, self._pieces.reach, some)
        return beside, self._meeting(begin, way, self._pieces.tight, some) if way else NO_PAIRS

    def _meeting(self, begin: int, box: Boxes, boxes: Boxes, some: Numbers) -> Pairs:
        """Pairs of a box and a piece, of which some can only be meant, whose boxes meet."""
        if len(some) * len(box.west) <= MOST_COMPARED:
            # Most are one vehicle's, far from most fences: comparing is faster than making shapes for a tree.
            number, which = box.column().meets(boxes.at(some)).nonzero()
            return number + begin, self._pieces.piece[some[which]]
        number, node = self._tree.query(box.lines())
        meets = box.at(number).meets(boxes.at(node))
        return number[meets] + begin, self._pieces.piece[node[meets]]

    def _in_force(self, fence: Numbers, at_ms: Numbers | Floats) -> npt.NDArray[np.bool_]:
        bounds = self._pieces.bounds
        return np.asarray((at_ms >= bounds.from_ms[fence]) & (at_ms < bounds.until_ms[fence]))


def _joined(pairs: list[Pairs]) -> Pairs:
    return np.concatenate([number for number, _ in pairs]), np.concatenate([piece for _, piece in pairs])
