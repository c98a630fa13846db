"""Where a way between two positions passes through fences, as shares of the way. Pure, arrays.

Ways and the outlines of areas are straight in lon and lat and meet in that plane; circles and corridors are passed
where the way is nearer than their half width, in true metres.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from server.domain.fences.metres import Edges, along, edge_ends, exact, nearest, within

Floats = npt.NDArray[np.float64]
GOOD_M: Final = 0.001
ROUNDS: Final = 50
"""Two or three are enough for most."""


def met(way: Edges, edge: Edges, half_m: Floats, is_area: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Where each way meets the outline or is deepest in the circle or corridor: the share (nan: nowhere) and metres."""
    share, metres = _crossing(way, edge), np.zeros(len(half_m))
    round_ = (~is_area).nonzero()[0]
    if len(round_):
        share[round_], metres[round_] = _deepest(way.at(round_), edge.at(round_), half_m[round_], share[round_])
    return share, metres


def passed(way: Edges, edge: Edges, half_m: Floats, deepest: Floats, metres: Floats) -> tuple[Floats, Floats]:
    """The shares at which ways enter and leave circles and corridors, when both their ends are outside."""
    twice = np.concatenate((np.arange(len(deepest)), np.arange(len(deepest))))
    outside = np.repeat([0.0, 1.0], len(deepest))
    found = _border(way.at(twice), edge.at(twice), half_m[twice], outside, deepest[twice], metres[twice])
    return found[: len(deepest)], found[len(deepest) :]


def _crossing(way: Edges, edge: Edges) -> Floats:
    """Where two lines cross in the plane: nan for those that do not, and for parallel ones."""
    lon = edge.start.lon - way.start.lon
    lon -= 360 * np.rint((lon + (edge.turn - way.turn) / 2) / 360)
    lat = edge.start.lat - way.start.lat
    with np.errstate(divide="ignore", invalid="ignore"):
        slant = way.turn * edge.rise - way.rise * edge.turn
        of_way = (lon * edge.rise - lat * edge.turn) / slant
        of_edge = (lon * way.rise - lat * way.turn) / slant
        crosses = (of_way >= 0) & (of_way <= 1) & (of_edge >= 0) & (of_edge <= 1)
    return np.where(crosses, of_way, np.nan)


def _deepest(way: Edges, edge: Edges, half_m: Floats, crossing: Floats) -> tuple[Floats, Floats]:
    """Lines that do not cross are nearest at an end of one of them; the way's own ends are outside."""
    share, metres = _to_way(edge, way)
    longer = (edge.per_chord2 > 0).nonzero()[0]
    if len(longer):
        end_share, end_metres = _to_way(edge_ends(edge.at(longer)), way.at(longer))
        nearer = end_metres < metres[longer]
        share[longer[nearer]], metres[longer[nearer]] = end_share[nearer], end_metres[nearer]
    share = np.where(np.isnan(crossing), share, crossing)
    metres = np.where(np.isnan(crossing), metres, 0)
    return np.where(metres < half_m, share, np.nan), metres


def _to_way(edge: Edges, way: Edges) -> tuple[Floats, Floats]:
    share, metres = nearest(edge.start, way)
    return share, exact(edge.start, way, share, metres)


def _border(way: Edges, edge: Edges, half_m: Floats, outside: Floats, inside: Floats, metres_inside: Floats) -> Floats:
    """The share between one outside and one inside at which the way is half_m from the edge.

    The distance squared is nearly straight over the square of the way from where it is deepest, so the false position
    in those (Illinois: an end that stays twice counts half) is there in a few rounds.
    """
    low, high = np.zeros(len(half_m)), np.ones(len(half_m))
    under, over = _squares(metres_inside, half_m), _squares(_to_edge(way, edge, outside), half_m)
    share, was_in, done = inside, np.zeros(len(half_m)), np.zeros(len(half_m), dtype=np.bool_)
    for _ in range(ROUNDS):
        apart = np.where(over > under, over - under, 1)
        square = within((low * over - high * under) / apart)
        share = np.where(done, share, inside + np.sqrt(square) * (outside - inside))
        metres = _to_edge(way, edge, share)
        done |= np.abs(metres - half_m) < GOOD_M
        if done.all():
            break
        now = _squares(metres, half_m)
        is_in = now < 0
        over = np.where(is_in, np.where(was_in > 0, over / 2, over), now)
        under = np.where(is_in, now, np.where(was_in < 0, under / 2, under))
        low, high = np.where(is_in, square, low), np.where(is_in, high, square)
        was_in = np.where(is_in, 1.0, -1.0)
    return share


def _to_edge(way: Edges, edge: Edges, share: Floats) -> Floats:
    point = along(way, share)
    nearest_share, metres = nearest(point, edge)
    return exact(point, edge, nearest_share, metres)


def _squares(metres: Floats, half_m: Floats) -> Floats:
    return (metres - half_m) * (metres + half_m)
