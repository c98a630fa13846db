"""Positions that are in or near fences, from candidates to metres. Pure, arrays."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from server.domain.fences.metres import Points, exact, nearest
from server.domain.fences.pieces import Pieces, spread

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
DECIMALS: Final = 3
"""Whole millimetres: so near is on the edge, and that is inside."""
NONE: Final = np.empty(0, dtype=np.int64)


class Near(NamedTuple):
    """Pairs of a position and a fence: inside, or outside by no more than its margin and the position's reach.

    `outside_m` is <= 0 inside; deep inside it says - (margin + reach), for further it is not measured.
    """

    position: Numbers
    fence: Numbers
    outside_m: Floats

    def at(self, which: npt.NDArray[np.generic]) -> "Near":
        """Some of them."""
        return Near(self.position[which], self.fence[which], self.outside_m[which])


NOT_NEAR: Final = Near(NONE, NONE, np.empty(0))


def measured(pieces: Pieces, position: Numbers, piece: Numbers, where: Points, reach_m: Floats) -> Near:
    """Those of the pairs that are near, ordered by position, then fence."""
    if not len(position):
        return NOT_NEAR
    is_run = piece < len(pieces.run_first)
    inside = _inside(pieces, position[~is_run], piece[~is_run], where)
    beside, metres = _beside(pieces, position[is_run], piece[is_run], where, reach_m)
    key = np.concatenate((inside, beside))
    if not len(key):
        return NOT_NEAR
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.concatenate(([0], (key[1:] != key[:-1]).nonzero()[0] + 1))
    away = np.minimum.reduceat(np.concatenate((np.full(len(inside), np.inf), metres))[order], first)
    within = order[first] < len(inside)
    position, fence = pieces.pair(key[first])
    limit = pieces.bounds.margin_m[fence] + reach_m[position]
    outside = np.where(within, -away, away - pieces.bounds.half_m[fence])
    outside = np.round(np.maximum(outside, -limit), DECIMALS) + 0.0  # no -0.0
    return Near(position, fence, outside).at(outside <= limit)


def _inside(pieces: Pieces, position: Numbers, piece: Numbers, where: Points) -> Numbers:
    """Keys of pairs whose position is on the fence's ground."""
    if not len(piece):
        return NONE
    part = pieces.ground[piece - len(pieces.run_first)]
    inside = shapely.intersects_xy(part, where.lon[position], where.lat[position])
    return pieces.key(position[inside], pieces.fence[piece[inside]])


def _beside(
    pieces: Pieces, position: Numbers, piece: Numbers, where: Points, reach_m: Floats
) -> tuple[Numbers, Floats]:
    """Keys of pairs, one for each edge that may be in reach, and the metres to it."""
    run, number = spread(pieces.run_first[piece], pieces.run_edges[piece])
    position, fence = position[run], pieces.fence[piece[run]]
    point, edge = where.at(position), pieces.edges.at(number)
    share, metres = nearest(point, edge)
    doubt = pieces.bounds.margin_m[fence] + reach_m[position] + metres / 100
    metres = exact(point, edge, share, metres, np.abs(metres - pieces.bounds.half_m[fence]) <= doubt)
    return pieces.key(position, fence), metres
