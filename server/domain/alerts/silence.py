"""When a gateway is silent: longer than the setting says, and longer than it is used to be. Pure.

A box that reports once an hour is not silent after five minutes; it is after three of its own intervals.
"""

from statistics import median

import msgspec

REMEMBERED = 5
MISSED = 3
SELDOM_S = 60.0
"""Who speaks more often than this is watched by the setting alone."""


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """How often a gateway speaks: the last pauses between its words, in seconds."""

    heard_ms: int
    pauses_s: tuple[float, ...]


def heard(pulse: Pulse, at_ms: int) -> Pulse:
    """It spoke again."""
    pauses = (*pulse.pauses_s, (at_ms - pulse.heard_ms) / 1000)
    return Pulse(heard_ms=at_ms, pauses_s=pauses[-REMEMBERED:])


def interval_s(pulse: Pulse) -> float:
    """How long it usually pauses; one long silence among many words does not make it a box that seldom speaks."""
    return median(pulse.pauses_s) if pulse.pauses_s else 0.0


def silent_at_ms(pulse: Pulse, silent_after_s: float) -> int:
    """When its silence is worth telling."""
    usual = interval_s(pulse)
    after_s = max(silent_after_s, MISSED * usual if usual > SELDOM_S else 0.0)
    return pulse.heard_ms + round(after_s * 1000)
