"""Which fixes are believed. What is not is flagged with its reason, kept, and moves nothing.

A jump may claim an accuracy of a metre, so no single fix is proof: one that its neighbour before does not explain waits
for the next, which takes it back or confirms it. Each answer carries the event time of the fix that settled it.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from server.domain.engine.fix import Fix, metres

Reason = Literal["jump", "frozen", "vague", "null_island", "wrong_date"]

FASTEST_MPS = 70.0
HARDEST_MPS2 = 8.0
"""No vehicle gains or loses speed faster."""
STANDING_MPS = 1.0
FREE_M = 25.0
"""A step that nobody asks about, besides three sigma of both ends: multipath wanders so far."""
SHORT_S = 60.0
"""A vehicle that stood at both ends of so short a time stood in between."""
VAGUE_M = 150.0
FROZEN_MPS = 3.0
EARLIEST_MS = 1_577_836_800_000
"""2020-01-01: before Milepost was, so the receiver's date is wrong."""
NOWHERE_E7 = 10_000


class Belief(msgspec.Struct, array_like=True):
    """The last fix that was believed, and one that waits for the next."""

    last: Fix | None = None
    suspect: Fix | None = None


class Judged(NamedTuple):
    """A fix, the event time that settled it, and why it is not believed (empty: it is)."""

    fix: Fix
    decided_ms: int
    why: Reason | Literal[""]


def judge(belief: Belief, fixes: Iterable[Fix]) -> list[Judged]:
    """What becomes of these fixes, in order; one may still wait in `belief` afterwards."""
    found: list[Judged] = []
    for fix in fixes:
        last, suspect = belief.last, belief.suspect
        if why := _at_once(last, fix):
            found.append(Judged(fix, fix.at_ms, why))
        elif last is None or (suspect is None and plausible(last, fix)):
            belief.last = fix
            found.append(Judged(fix, fix.at_ms, ""))
        elif suspect is None:
            belief.suspect = fix
        else:
            _settle(belief, last, suspect, fix, found)
    return found


def plausible(one: Fix, other: Fix) -> bool:
    """Whether a vehicle seen at the first could be seen at the second."""
    free_m = FREE_M + 3 * (one.sigma_m + other.sigma_m)
    distance_m = metres(one, other)
    return distance_m <= free_m or distance_m <= free_m + _reach_m(one, other)


def _at_once(last: Fix | None, fix: Fix) -> Reason | Literal[""]:
    """What can be said of a fix without waiting."""
    if -NOWHERE_E7 < fix.lon_e7 < NOWHERE_E7 and -NOWHERE_E7 < fix.lat_e7 < NOWHERE_E7:
        return "null_island"
    if fix.sigma_m > VAGUE_M:
        return "vague"
    if (
        last is not None
        and fix.lon_e7 == last.lon_e7
        and fix.lat_e7 == last.lat_e7
        and fix.speed_mps >= FROZEN_MPS
        and fix.at_ms > last.at_ms
    ):
        return "frozen"
    return ""


def _settle(belief: Belief, last: Fix, suspect: Fix, fix: Fix, found: list[Judged]) -> None:
    """The next fix says which of the two before it to believe."""
    from_last, from_suspect = plausible(last, fix), plausible(suspect, fix)
    together = metres(suspect, fix) <= FREE_M + 3 * (suspect.sigma_m + fix.sigma_m)
    if from_suspect and (together or not from_last):
        found += [Judged(suspect, fix.at_ms, ""), Judged(fix, fix.at_ms, "")]
        belief.last, belief.suspect = fix, None
        return
    found.append(Judged(suspect, fix.at_ms, "jump"))
    if from_last:
        found.append(Judged(fix, fix.at_ms, ""))
        belief.last, belief.suspect = fix, None
    else:
        belief.suspect = fix


def _reach_m(one: Fix, other: Fix) -> float:
    """How far a vehicle gets between two fixes, with the speeds that it had there."""
    time_s = (other.at_ms - one.at_ms) / 1000
    fast_m = FASTEST_MPS * time_s
    if one.speed_mps < 0 or other.speed_mps < 0:
        return fast_m
    if time_s <= SHORT_S and one.speed_mps < STANDING_MPS and other.speed_mps < STANDING_MPS:
        return 0.0
    return min(fast_m, (one.speed_mps + other.speed_mps) / 2 * time_s + HARDEST_MPS2 * time_s**2 / 4)
