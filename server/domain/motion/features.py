"""Figures of the way around a fix: speeds, how far it leads, how it turns, and the slow stretch that the fix lies in.

None depends on where or whither the way goes, nor on how often it was fixed. Metres, seconds, m/s; NaN: not known.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from server.domain.motion.windows import REACH, STEP_S, Floats, Numbers

SPANS: Final = (2, 3, 6, 9, 12, 18)
"""Steps to either side over which a figure is taken: 10 s to 90 s."""
NEAR: Final = 9
SLOW_MPS: Final = (2.0, 3.5)
"""Below the first few people drive for long; above the second nobody walks."""
STILL_MPS: Final = 0.4
WALKING_MPS: Final = (0.5, 2.0)
RUN: Final = 6
"""Steps of a drive, beside a slow stretch, that say how fast it was."""

Named = Iterator[tuple[str, Floats]]


class _Steps(NamedTuple):
    """`place` as in windows; `step` from each place to the next, `speed` on it, `far` is the distance from the fix."""

    place: Floats
    step: Floats
    speed: Floats
    far: Floats


def features(window: Floats) -> Floats:
    """One row for each fix, one column for each of NAMES."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([values for _, values in _all(_steps(window))], axis=1)


def _steps(window: Floats) -> _Steps:
    step = np.diff(window, axis=1)
    return _Steps(window, step, _length(step) / STEP_S, _length(window))


def _all(way: _Steps) -> Named:
    for offset in range(-NEAR, NEAR):
        yield f"speed {offset}", way.speed[:, REACH + offset]
    yield from chain.from_iterable(_span(way, steps) for steps in SPANS)
    yield from _turns(way)
    yield from chain.from_iterable(_slow(way, fast_mps) for fast_mps in SLOW_MPS)


def _span(way: _Steps, steps: int) -> Named:
    """So many steps before the fix and after it."""
    first, last = REACH - steps, REACH + steps
    before, after, both = way.speed[:, first:REACH], way.speed[:, REACH:last], way.speed[:, first:last]
    fastest_before, fastest_after, mean = _most(before), _most(after), _mean(both)
    net = _length(way.place[:, last] - way.place[:, first])
    yield f"fastest {steps}", np.fmax(fastest_before, fastest_after)
    yield f"slowest {steps}", np.fmin.reduce(both, axis=1)
    yield f"mean {steps}", mean
    yield f"median {steps}", _median(both)
    yield f"fastest before {steps}", fastest_before
    yield f"fastest after {steps}", fastest_after
    yield f"slower side {steps}", np.fmin(fastest_before, fastest_after)
    yield f"mean before {steps}", _mean(before)
    yield f"mean after {steps}", _mean(after)
    yield f"net {steps}", net
    yield f"net before {steps}", way.far[:, first]
    yield f"net after {steps}", way.far[:, last]
    yield f"straight {steps}", net / (mean * 2 * steps * STEP_S + 1.0)
    yield f"radius {steps}", _radius(way.place[:, first : last + 1])
    yield f"farthest {steps}", _most(way.far[:, first : last + 1])


def _turns(way: _Steps) -> Named:
    for offset in (-2, -1, 0, 1):
        one, two = way.step[:, REACH + offset - 1], way.step[:, REACH + offset]
        cross, dot = one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0], (one * two).sum(axis=1)
        yield f"turn {offset}", np.abs(np.arctan2(cross, dot))
        yield f"onward {offset}", dot / STEP_S**2
    yield "faster 1", way.speed[:, REACH] - way.speed[:, REACH - 1]
    yield "faster 2", way.speed[:, REACH + 1] - way.speed[:, REACH - 2]


def _slow(way: _Steps, fast_mps: float) -> Named:
    """The stretch around the fix without a step that is fast: a delivery begins and ends where the van stands."""
    fix = np.arange(len(way.speed))
    fast = way.speed >= fast_mps
    back, there_before = _first(fast[:, REACH - 1 :: -1])
    on, there_after = _first(fast[:, REACH:])
    begins, ends = REACH - back, REACH + on
    left = np.where(there_before[:, None], way.place[fix, begins], np.nan)
    found = np.where(there_after[:, None], way.place[fix, ends], np.nan)
    since_s, until_s = _known(back, there_before) * STEP_S, _known(on, there_after) * STEP_S
    column = np.arange(2 * REACH + 1)
    within = (column >= begins[:, None]) & (column <= ends[:, None])
    slow = np.where(within[:, :-1] & (column[:-1] < ends[:, None]), way.speed, np.nan)
    yield f"since {fast_mps}", since_s
    yield f"until {fast_mps}", until_s
    yield f"stretch {fast_mps}", since_s + until_s
    yield f"nearer end {fast_mps}", np.fmin(since_s, until_s)
    yield f"from begin {fast_mps}", _length(left)
    yield f"to end {fast_mps}", _length(found)
    yield f"from an end {fast_mps}", np.fmin(_length(left), _length(found))
    yield f"begin to end {fast_mps}", _length(found - left)
    yield f"walked before {fast_mps}", np.nansum(slow[:, :REACH], axis=1) * STEP_S
    yield f"walked after {fast_mps}", np.nansum(slow[:, REACH:], axis=1) * STEP_S
    yield f"fastest slow {fast_mps}", _most(slow)
    yield f"still {fast_mps}", _time_s(slow < STILL_MPS)
    yield f"walking {fast_mps}", _time_s((slow > WALKING_MPS[0]) & (slow < WALKING_MPS[1]))
    yield f"reach {fast_mps}", _most(np.where(within, way.far, np.nan))
    yield f"reach from begin {fast_mps}", _most(np.where(within, _length(way.place - left[:, None]), np.nan))
    yield f"reach from end {fast_mps}", _most(np.where(within, _length(way.place - found[:, None]), np.nan))
    driven = np.cumsum(np.nan_to_num(np.pad(way.speed, ((0, 0), (1, 0)))), axis=1)
    earlier, later = np.maximum(begins - RUN, 0), np.minimum(ends + RUN, 2 * REACH)
    yield f"drive before {fast_mps}", np.where(there_before, driven[fix, begins] - driven[fix, earlier], np.nan) / RUN
    yield f"drive after {fast_mps}", np.where(there_after, driven[fix, later] - driven[fix, ends], np.nan) / RUN


def _first(true: npt.NDArray[np.bool_]) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    """How many are false before the first true one, and whether there is one."""
    there = true.any(axis=1)
    return np.where(there, true.argmax(axis=1), REACH), there


def _known(steps: Numbers, there: npt.NDArray[np.bool_]) -> Floats:
    return np.where(there, steps.astype(np.float64), np.nan)


def _time_s(which: npt.NDArray[np.bool_]) -> Floats:
    return which.sum(axis=1).astype(np.float64) * STEP_S


def _length(vectors: Floats) -> Floats:
    length: Floats = np.hypot(vectors[..., 0], vectors[..., 1])
    return length


def _most(values: Floats) -> Floats:
    most: Floats = np.fmax.reduce(values, axis=1)
    return most


def _mean(values: Floats) -> Floats:
    known = np.isfinite(values).sum(axis=1)
    return np.nansum(values, axis=1) / np.where(known, known, np.nan)


def _median(values: Floats) -> Floats:
    known = np.isfinite(values).sum(axis=1)
    in_order, fix = np.sort(values, axis=1), np.arange(len(values))  # NaN comes last
    middle = (in_order[fix, np.maximum(known - 1, 0) // 2] + in_order[fix, known // 2]) / 2
    return np.where(known, middle, np.nan)


def _radius(places: Floats) -> Floats:
    """Root of the mean square distance from the middle."""
    from_middle = places - _mean(places)[:, None]
    return np.sqrt(_mean((from_middle**2).sum(axis=2)))


NAMES: Final = tuple(name for name, _ in _all(_steps(np.zeros((1, 2 * REACH + 1, 2)))))
