"""Ways between two positions that pass through fences while both their ends are outside. Pure, arrays."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from server.domain.fences.boxes import METRES_PER_DEG, short_way
from server.domain.fences.metres import Edges, Points, edges, within
from server.domain.fences.near import NONE, Near
from server.domain.fences.passing import met, passed
from server.domain.fences.pieces import Pieces, spread

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
SHARE_DECIMALS: Final = 9


class Crossed(NamedTuple):
    """Segments (from position `segment` to the next) with both ends outside of a fence that they pass through."""

    segment: Numbers
    fence: Numbers
    first_share: Floats
    last_share: Floats

    def at(self, which: npt.NDArray[np.generic]) -> "Crossed":
        """Some of them."""
        return Crossed(self.segment[which], self.fence[which], self.first_share[which], self.last_share[which])

    def entered_ms(self, at_ms: Numbers) -> Floats:
        """When each fence is entered: the version of a fence that counts is that of this instant."""
        before = at_ms[self.segment]
        return np.asarray(before + self.first_share * (at_ms[self.segment + 1] - before))


NOT_CROSSED: Final = Crossed(NONE, NONE, np.empty(0), np.empty(0))


def crossings(pieces: Pieces, segment: Numbers, piece: Numbers, where: Points, seen: Near) -> Crossed:
    """Those of the pairs of a segment and a piece that are crossings; `seen` has the fences about all positions."""
    is_run = piece < len(pieces.run_first)
    segment, piece = segment[is_run], piece[is_run]
    if not len(segment):
        return NOT_CROSSED
    some = _from_outside(pieces, segment, piece, seen)
    some = some[_may_touch(pieces, segment[some], piece[some], where)]
    if not len(some):
        return NOT_CROSSED
    run, number = spread(pieces.run_first[piece[some]], pieces.run_edges[piece[some]])
    segment, fence = segment[some][run], pieces.fence[piece[some][run]]
    way, edge = _ways(where, segment), pieces.edges.at(number)
    half_m, is_area = pieces.bounds.half_m[fence], pieces.bounds.is_area[fence]
    deepest, metres = met(way, edge, half_m, is_area)
    hit = (~np.isnan(deepest)).nonzero()[0]
    if not len(hit):
        return NOT_CROSSED
    first, last = deepest[hit], deepest[hit]
    round_ = (~is_area[hit]).nonzero()[0]
    if len(round_):
        part = hit[round_]
        first, last = first.copy(), last.copy()
        first[round_], last[round_] = passed(way.at(part), edge.at(part), half_m[part], deepest[part], metres[part])
    return _joined(pieces, pieces.key(segment[hit], fence[hit]), first, last)


def _from_outside(pieces: Pieces, segment: Numbers, piece: Numbers, seen: Near) -> Numbers:
    """The pairs whose segment begins and ends outside of the fence."""
    inside = seen.outside_m <= 0
    if not inside.any():
        return np.arange(len(segment))
    keys, fence = pieces.key(seen.position[inside], seen.fence[inside]), pieces.fence[piece]
    starts, stops = (_among(pieces.key(segment + more, fence), keys) for more in (0, 1))
    return (~starts & ~stops).nonzero()[0]


def _among(values: Numbers, in_order: Numbers) -> Mask:
    place = np.minimum(np.searchsorted(in_order, values), len(in_order) - 1)
    return np.asarray(in_order[place] == values)


def _may_touch(pieces: Pieces, segment: Numbers, piece: Numbers, where: Points) -> Mask:
    """False where the segment certainly stays outside of the disc around the piece, measured in the plane."""
    lat = pieces.disc.lat[piece]
    scale = METRES_PER_DEG * np.cos(np.radians(lat))
    x, y = scale * short_way(where.lon[segment] - pieces.disc.lon[piece]), METRES_PER_DEG * (where.lat[segment] - lat)
    dx = scale * short_way(where.lon[segment + 1] - where.lon[segment])
    dy = METRES_PER_DEG * (where.lat[segment + 1] - where.lat[segment])
    share = within(-(x * dx + y * dy) / np.maximum(dx * dx + dy * dy, 1e-9))
    # The plane's metres are too short by at most 2 %.
    return np.hypot(x + share * dx, y + share * dy) <= 1.02 * pieces.disc.metres[piece]


def _ways(where: Points, segment: Numbers) -> Edges:
    """From each position to the next, the short way."""
    start, end = where.at(segment), where.at(segment + 1)
    return edges(start, end._replace(lon=start.lon + short_way(end.lon - start.lon)))


def _joined(pieces: Pieces, key: Numbers, first: Floats, last: Floats) -> Crossed:
    """All meetings of a segment and a fence as one crossing; a corner that is only touched is none."""
    order = np.argsort(key, kind="stable")
    key = key[order]
    begin = np.concatenate(([0], (key[1:] != key[:-1]).nonzero()[0] + 1))
    first = np.round(np.minimum.reduceat(first[order], begin), SHARE_DECIMALS)
    last = np.round(np.maximum.reduceat(last[order], begin), SHARE_DECIMALS)
    return Crossed(*pieces.pair(key[begin]), first, last).at(first < last)
