"""Who may have moved where in a window: from hypotheses to hypotheses.

Each window the places that a parcel can reach get a new hypothesis of its own time of entry, whose level is not known
yet: levels are never merged across entries. A parcel in somebody's hands has no steady level; it counts for the place
from which it was taken. Nothing leaves a vehicle that drives. Hazards are for a window of 10 s.
"""

from typing import Final, NamedTuple

import msgspec
import numpy as np

from server.domain.custody.arrays import Flags, Floats, Numbers
from server.domain.custody.geometry import AWAY, GONE, NONE, Table
from server.domain.custody.loading import PICKED, PICKED_IDLE
from server.domain.custody.radio import MUTE, STRENGTHS, strengths_prior
from server.domain.custody.state import Hypotheses

KEPT: Final = 18
"""Hypotheses of a parcel that are kept."""
OF_A_PLACE: Final = 5
"""Of these, for one place."""
FOLDED_MS: Final = 30_000
"""So often what has become alike is looked for: it takes that long."""
ALIKE_DB: Final = 0.5
CARRIED_DB: Final = 9.0
INHERITED: Final = 0.3
"""How much of what is known of a tag's strength holds in another place."""

PICKED_ODD: Final = 0.0003
"""From the floor, while only other vehicles stand there."""
OTHERS: Final = 0.0003
"""Into another vehicle that is being loaded."""
OTHERS_IDLE: Final = 0.00003
STRAIGHT: Final = 0.3
"""Of these, the share that is aboard before the window ends."""
BOARDS: Final = 0.35
OWN_SHARE: Final = 0.95
PUT_DOWN: Final = 0.06
OFF_OWN: Final = 0.0004
OFF_OTHER: Final = 0.003
OUT_PLANNED: Final = 0.08
OUT_ADJACENT: Final = 0.012
OUT_ODD: Final = 0.00005
DELIVERED: Final = 0.25
BACK: Final = 0.002
BACK_IN_HAND: Final = 0.2
RESTACKED: Final = 0.004
SHAKEN: Final = 0.0004
SHIFTED: Final = 0.0002
VANISHES: Final = 2e-6
REAPPEARS: Final = 1e-3


class Around(NamedTuple):
    """What each row (a parcel) has around it, by the scanners that it looks at (rows, K)."""

    scanner: Numbers
    own: Flags
    """The planned vehicle."""
    served: Floats
    """How likely a halt of this scanner's vehicle serves the parcel's stop."""
    adjacent: Floats
    """How adjacent that stop is to this halt."""
    busy: Floats
    """How likely this scanner's vehicle is being loaded."""


class Children(NamedTuple):
    """New hypotheses (rows, N)."""

    place: Numbers
    carried: Flags
    since: Numbers
    weight: Floats


def moved(now: Hypotheses, table: Table, around: Around, at_ms: int) -> Hypotheses:
    """A window of motion, and the table cut to its size again."""
    if at_ms % FOLDED_MS == 0:
        now = _folded(now)
    weight = np.exp(now.logw).sum(axis=2)
    children, left = _children(now, weight, table, around, at_ms)
    return _cut(_joined(now, left, children))


def _folded(now: Hypotheses) -> Hypotheses:
    """Of hypotheses that have come to say the same, one is kept.

    Else they fill the share of their place, and what begins anew there is cut off before a window speaks for it.
    """
    likeliest = now.logw.argmax(axis=2)
    at = likeliest[:, :, None, None]
    levels = np.concatenate([np.take_along_axis(one, at, axis=2)[:, :, 0] for one in (now.mean, now.var)], axis=2)
    who = np.stack([now.place, now.carried, now.since, likeliest], axis=2)
    alike = (who[:, :, None] == who[:, None, :]).all(axis=3)
    alike &= (np.abs(levels[:, :, None] - levels[:, None, :]) < ALIKE_DB).all(axis=3)
    alike |= np.eye(alike.shape[1], dtype=bool)  # a level that is not known yet is like no other
    first = alike.argmax(axis=2)  # the best come first
    kept = first == np.arange(alike.shape[1])
    into = first[:, None, :] == np.arange(alike.shape[1])[:, None]
    logw = np.log(np.maximum(into @ np.exp(now.logw), 1e-300))
    return msgspec.structs.replace(now, place=np.where(kept, now.place, NONE), logw=logw)


def _children(now: Hypotheses, weight: Floats, table: Table, around: Around, at_ms: int) -> tuple[Children, Floats]:
    place, carried = now.place, now.carried
    spots = place >= AWAY
    vehicle = np.where((place >= 0) & ~spots, place, 0)
    inside = (place >= 0) & ~spots
    stands = inside & table.standing[vehicle]
    where = np.where(spots, place, np.where(stands, table.spot[vehicle], NONE))
    lost = weight * VANISHES * (place != GONE)
    left = 1 - VANISHES * (place != GONE)
    from_gone = (weight * (place == GONE)).sum(axis=1)
    now_ms = np.full(len(place), at_ms)
    made: list[_Made] = [(np.full(len(place), GONE), False, lost.sum(axis=1), now_ms)]
    done: list[Numbers] = []
    for k in range(around.scanner.shape[1]):
        scanner = np.maximum(around.scanner[:, k], 0)
        known = around.scanner[:, k] >= 0
        stand = known & table.standing[scanner]
        drive = known & table.moving[scanner]
        spot, site = table.spot[scanner], table.at_site[scanner]
        first = stand & ~np.any([spot == other for other in done], axis=0) if done else stand
        done.append(np.where(stand, spot, NONE))
        own = around.own[:, k]
        served = OUT_ODD + OUT_PLANNED * around.served[:, k] + OUT_ADJACENT * around.adjacent[:, k]
        here = stand[:, None] & (where == spot[:, None])
        mine = inside & (place == scanner[:, None]) & known[:, None]
        floor = here & spots & first[:, None]
        c = carried
        in_ = here & ~mine
        share = np.where(own, OWN_SHARE, 1 - OWN_SHARE)[:, None]
        picked = _picked(around, table, spot)[:, None]
        # into this vehicle
        others = (OTHERS_IDLE + (OTHERS - OTHERS_IDLE) * around.busy[:, k])[:, None]
        enter = in_ * np.where(
            c,
            np.where(site[:, None], BOARDS * share, BACK_IN_HAND),
            np.where(spots, np.where(site[:, None], np.where(own[:, None], STRAIGHT * picked, others), BACK), 2e-5),
        )
        # out of it
        out = np.where(site, np.where(own, OFF_OWN, OFF_OTHER), served)[:, None]
        leave = (mine & here & ~c) * out * STRAIGHT
        taken = (mine & here & ~c) * out * (1 - STRAIGHT)
        down = np.where(site, PUT_DOWN, DELIVERED)[:, None]
        drop = (mine & here & c) * down + (floor & c) * down
        lift = (floor & ~c) * np.where(site[:, None], picked * (1 - STRAIGHT), BACK * 2)
        again = (mine & ~c) * np.where(stand, RESTACKED, SHAKEN)[:, None] + (mine & c & here) * 0.08
        sits = (mine & c & drive[:, None]) * 0.4
        stays = (mine & c & drive[:, None]) * 0.3
        shift = (floor & ~c) * SHIFTED
        left = left - enter - leave - taken - drop - lift - again - sits - stays - shift
        # a new entry is fresh; a parcel that was only moved keeps the time of its entry
        aboard = (weight * enter).sum(axis=1) + REAPPEARS * from_gone * stand / 4
        lying = (weight * (leave + drop + stays)).sum(axis=1) + REAPPEARS * from_gone * first / 4
        named = np.where(known, scanner, NONE)
        below = np.where(stand, spot, NONE)
        made.append(_here(named, aboard, weight * (again + sits), now.since, at_ms))
        made.append(_here(np.where(stand | drive, spot, NONE), lying, weight * shift, now.since, at_ms))
        made.append((named, True, (weight * taken).sum(axis=1), now_ms))
        made.append((below, True, (weight * lift).sum(axis=1), now_ms))
    return _stacked(made), np.maximum(left, 1e-6)


_Made = tuple[Numbers, bool, Floats, Numbers]
"""Of each row a place, whether it is carried, the weight, and since when."""


def _here(place: Numbers, fresh: Floats, same: Floats, since: Numbers, at_ms: int) -> _Made:
    kept = same.sum(axis=1)
    newest = np.take_along_axis(since, same.argmax(axis=1)[:, None], axis=1)[:, 0]
    return place, False, fresh + kept, np.where(kept > fresh, newest, at_ms)


def _stacked(made: list[_Made]) -> Children:
    place = np.stack([one[0] for one in made], axis=1)
    carried = np.broadcast_to(np.array([one[1] for one in made]), place.shape)
    return Children(
        place, carried, np.stack([one[3] for one in made], axis=1), np.stack([one[2] for one in made], axis=1)
    )


def _picked(around: Around, table: Table, spot: Numbers) -> Floats:
    """How soon a parcel is taken from the floor at a spot."""
    scanner = np.maximum(around.scanner, 0)
    there = (around.scanner >= 0) & table.standing[scanner] & (table.spot[scanner] == spot[:, None])
    own = there & around.own
    rate = (own * (PICKED_IDLE + (PICKED - PICKED_IDLE) * around.busy)).sum(axis=1)
    return np.where(own.any(axis=1), rate, PICKED_ODD)


def _joined(now: Hypotheses, left: Floats, children: Children) -> Hypotheses:
    rows, made = children.place.shape
    strength = np.log(_strengths(now))[:, None, :]
    strengths, scanners = len(STRENGTHS), now.mean.shape[3]
    none = (children.place == NONE) | (children.weight <= 1e-12)
    weight = np.log(np.where(none, 1e-300, children.weight))
    return Hypotheses(
        place=np.concatenate([now.place, np.where(none, NONE, children.place)], axis=1),
        carried=np.concatenate([now.carried, children.carried], axis=1),
        since=np.concatenate([now.since, children.since], axis=1),
        mute=np.concatenate([now.mute, np.repeat(_mute(now)[:, None], made, axis=1)], axis=1),
        logw=np.concatenate([now.logw + np.log(left)[:, :, None], weight[:, :, None] + strength], axis=1),
        mean=np.concatenate([now.mean, np.zeros((rows, made, strengths, scanners))], axis=1),
        var=np.concatenate([now.var, np.full((rows, made, strengths, scanners), np.nan)], axis=1),
    )


def _mute(now: Hypotheses) -> Floats:
    """Of each row, how likely its tag is silent wherever it goes: a dead battery goes along."""
    weight = np.exp(now.logw).sum(axis=2) * ((now.place != GONE) & (now.place != NONE))
    found: Floats = np.maximum((weight * now.mute).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-300), MUTE)
    return found


def _strengths(now: Hypotheses) -> Floats:
    """Of each row, how strong its tag may be somewhere else: about as it is, but its cover is another one."""
    prior = np.exp(strengths_prior())
    known = np.exp(now.logw).sum(axis=1)
    known = known / known.sum(axis=1, keepdims=True)
    wide = 0.5 * known
    wide[:, 1:] += 0.25 * known[:, :-1]
    wide[:, :-1] += 0.25 * known[:, 1:]
    found: Floats = INHERITED * wide + (1 - INHERITED) * prior
    return found / found.sum(axis=1, keepdims=True)


def _cut(wide: Hypotheses) -> Hypotheses:
    """The best of each place, and of these the best; what is cut off gives its weight to the best of its place."""
    weight = np.exp(wide.logw).sum(axis=2)
    weight = np.where(wide.place == NONE, 0.0, weight)
    code = wide.place * 2 + wide.carried
    same = code[:, :, None] == code[:, None, :]
    order = np.arange(weight.shape[1])
    before = (weight[:, None, :] > weight[:, :, None]) | (
        (weight[:, None, :] == weight[:, :, None]) & (order[None, None, :] < order[None, :, None])
    )
    rank = (same & before).sum(axis=2)
    score = np.log(weight + 1e-300) + np.where(rank == 0, 12.0, 0.0) - np.where(rank >= OF_A_PLACE, 1e4, 0.0)
    score = np.where(wide.place == NONE, -1e9, score)
    best = np.argsort(-score, axis=1, kind="stable")[:, :KEPT]
    chosen = np.zeros(weight.shape, dtype=bool)
    np.put_along_axis(chosen, best, values=True, axis=1)
    lost = np.where(chosen, 0.0, weight)
    gained = (same * lost[:, None, :]).sum(axis=2) * (rank == 0)
    grown = np.log1p(gained / np.maximum(weight, 1e-300))
    logw = wide.logw + np.where(chosen, grown, 0.0)[:, :, None]

    def take(values: np.ndarray) -> np.ndarray:
        index = best.reshape(best.shape + (1,) * (values.ndim - 2))
        return np.take_along_axis(values, index, axis=1)

    return Hypotheses(
        place=take(wide.place),
        carried=take(wide.carried),
        since=take(wide.since),
        mute=take(wide.mute),
        logw=take(logw),
        mean=take(wide.mean),
        var=take(wide.var),
    )
