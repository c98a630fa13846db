"""A vehicle's rules, one stretch of event time after another: state and items in, state and facts out. Pure.

Items are fixes and readings that are later than everything in the state, in the order of time and content, exact
repeats once. Cutting them into other stretches changes nothing. On the way copies of the state are kept, so that late
items can begin there.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from server.domain.engine import driving, motion, readings, visits
from server.domain.engine.driving import DAY_MS
from server.domain.engine.fix import Fix
from server.domain.engine.items import flag
from server.domain.engine.quality import Judged, judge
from server.domain.engine.readings import Reading
from server.domain.engine.rules import Rules, limit_at
from server.domain.engine.state import State, Totals, frozen, thawed
from server.domain.engine.told import Told
from server.domain.engine.visits import Crossed, Near
from server.domain.facts import Fact
from server.domain.fences.index import FenceIndex, Floats, Numbers

KEEP_EVERY_MS = 1_800_000
"""The state is kept at the first item of each half hour in which there is one."""
KEPT_DAYS = 2


class Kept(NamedTuple):
    """A state to begin at: everything up to `at_ms` is in it."""

    at_ms: int
    state: bytes


class Advanced(NamedTuple):
    """What the items made."""

    state: State
    facts: list[Fact]
    days: dict[int, Totals]
    """The days that were touched, whole: also what earlier items of them came to."""
    kept: list[Kept]


def advance(
    state: State,
    fixes: Sequence[Fix],
    said: Sequence[Reading] = (),
    *,
    vehicle: str,
    rules: Rules,
    fences: FenceIndex | None = None,
    horizon_ms: int | None = None,
) -> Advanced:
    """Work on the items; then, if `horizon_ms` is given, let time pass until there."""
    copied = thawed(frozen(state))
    assert copied is not None
    state, told = copied, Told(vehicle)
    days: dict[int, Totals] = {}
    kept: list[Kept] = []
    for some, more in _stretches(fixes, said):
        if state.at_ms > -(2**62):
            kept.append(Kept(state.at_ms, frozen(state)))
        _stretch(state, some, more, rules, fences, told)
        days |= state.totals
        _forget_days(state)
    if horizon_ms is not None:
        _pass_time(state, state.belief.last, horizon_ms, rules, told)
    days |= state.totals
    return Advanced(state, told.facts, days, kept)


def due_ms(state: State, rules: Rules) -> int | None:
    """When something becomes a fact if nothing is heard any more; None: nothing would."""
    return motion.silent_at_ms(state.motion, state.belief.last, rules)


def _stretches(fixes: Sequence[Fix], said: Sequence[Reading]) -> Iterator[tuple[Sequence[Fix], Sequence[Reading]]]:
    """The items cut where the half hour changes, so that the state can be kept in between."""
    fix_ms, said_ms = [fix.at_ms for fix in fixes], [one.at_ms for one in said]
    i = j = 0
    while i < len(fixes) or j < len(said):
        first_ms = min(fix_ms[i] if i < len(fixes) else said_ms[j], said_ms[j] if j < len(said) else fix_ms[i])
        end_ms = (first_ms // KEEP_EVERY_MS + 1) * KEEP_EVERY_MS
        to_i, to_j = bisect_left(fix_ms, end_ms, i), bisect_left(said_ms, end_ms, j)
        yield fixes[i:to_i], said[j:to_j]
        i, j = to_i, to_j


def _stretch(
    state: State, fixes: Sequence[Fix], said: Sequence[Reading], rules: Rules, fences: FenceIndex | None, told: Told
) -> None:
    """All rules over a few items. A fix is worked on when the item that settles it is there."""
    before = state.belief.last
    last_ms = max(fixes[-1].at_ms if fixes else state.at_ms, said[-1].at_ms if said else state.at_ms)
    believed = []
    for judged in judge(state.belief, fixes):
        if judged.why:
            told.decided_ms = judged.decided_ms
            flag(judged.fix, judged.why, told)
        else:
            believed.append(judged)
    places = _places(before, believed, fences, state.visits)
    waiting = iter(said)
    reading = next(waiting, None)
    for number, (fix, decided_ms, _) in enumerate(believed):
        while reading is not None and reading.at_ms <= decided_ms:
            _read(state, reading, before, rules, told)
            reading = next(waiting, None)
        _pass_time(state, before, decided_ms, rules, told)
        told.decided_ms = decided_ms
        _drive(state, before, fix, places.get(number), rules, told)
        before = fix
    while reading is not None:
        _read(state, reading, before, rules, told)
        reading = next(waiting, None)
    _pass_time(state, before, last_ms, rules, told)
    state.at_ms = last_ms


def _drive(state: State, before: Fix | None, fix: Fix, place: "_Place | None", rules: Rules, told: Told) -> None:
    """One believed fix."""
    if state.engine.on:
        readings.engine_runs(state, fix.at_ms, told)
    if before is not None:
        driving.count(state, before, fix)
        driving.harsh(state, before, fix, rules, told)
        if place is not None and place.crossed:
            visits.cross(state, before, fix, place.crossed, told)
    motion.step(state, fix, rules, told)
    if place is not None or state.visits:
        visits.step(state, fix, place.near if place is not None else (), told)
    if state.engine.on or state.engine.idling_ms >= 0 or state.engine.halt_ms:
        readings.idle(state, fix.at_ms, rules, told)
    limit = _limit(state, place, rules, fix.at_ms)
    if limit is not None or state.excess is not None:
        driving.speeding(state, fix, limit, rules, told)


def _read(state: State, reading: Reading, before: Fix | None, rules: Rules, told: Told) -> None:
    _pass_time(state, before, reading.at_ms, rules, told)
    told.decided_ms = reading.at_ms
    readings.engine_runs(state, reading.at_ms, told)
    readings.step(state, reading, rules, told)
    readings.idle(state, reading.at_ms, rules, told)


def _pass_time(state: State, last: Fix | None, to_ms: int, rules: Rules, told: Told) -> None:
    """What silence makes of a trip, when it has lasted long enough by then."""
    silent_ms = motion.silent_at_ms(state.motion, last, rules)
    if silent_ms is not None and silent_ms <= to_ms:
        assert last is not None
        told.decided_ms = silent_ms
        motion.fall_silent(state.motion, last, told)
        state.at_ms = max(state.at_ms, silent_ms)


class _Place(NamedTuple):
    """What the fences say of one fix."""

    near: list[Near]
    crossed: list[Crossed]


def _places(
    before: Fix | None, believed: list[Judged], fences: FenceIndex | None, visits: Collection[str]
) -> Mapping[int, _Place]:
    """The fences near each fix, asked for all at once."""
    if fences is None or not fences.fences or not believed:
        return {}
    way = [judged.fix for judged in believed]
    skipped = 0
    if before is not None:
        way.insert(0, before)
        skipped = 1
    found: dict[int, _Place] = {}
    near, crossed = fences.look(*_columns(way))
    entered = set(near.fence[near.outside_m <= 0].tolist())
    for number, which, outside_m in zip(*(part.tolist() for part in near), strict=True):
        if which not in entered and fences.fences[which].id not in visits:
            continue  # beside the way all the time: nothing begins and nothing ends
        place = found.setdefault(number - skipped, _Place([], []))
        place.near.append(Near(fences.fences[which], outside_m))
    for number, which, first, last in zip(*(part.tolist() for part in crossed), strict=True):
        place = found.setdefault(number + 1 - skipped, _Place([], []))
        place.crossed.append(Crossed(fences.fences[which], first, last))
    return found


def _columns(fixes: Sequence[Fix]) -> tuple[Numbers, Numbers, Numbers, Floats]:
    """Times, places, and how far each may be off."""
    table = np.array([(fix.at_ms, fix.lon_e7, fix.lat_e7) for fix in fixes], dtype=np.int64).T
    return table[0], table[1], table[2], np.array([2 * fix.sigma_m for fix in fixes])


def _limit(state: State, place: _Place | None, rules: Rules, at_ms: int) -> tuple[float, str | None] | None:
    """The lowest limit that holds here, and the fence that sets it (None: the vehicle's own)."""
    own = limit_at(rules, at_ms)
    limits = [] if own is None else [(own, "")]
    for fence, _ in place.near if place is not None else ():
        if fence.speed_limit_mps is not None and fence.id in state.visits:
            limits.append((fence.speed_limit_mps, fence.id))
    if not limits:
        return None
    mps, fence_id = min(limits)
    return mps, fence_id or None


def _forget_days(state: State) -> None:
    for day in [one for one in state.totals if one <= state.at_ms // DAY_MS - KEPT_DAYS]:
        del state.totals[day]
