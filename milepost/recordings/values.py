"""What a recording holds: arrivals in whole numbers, and the lines that were refused. Numbers and times from text.

Units are those of `wire.columns`: ms since 1970, 1e-7 degrees, cm/s, 0.01 degrees, 0.1 m.
"""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from wire.columns import RANGES, Row
from wire.messages import milliseconds

UNSAID = -1.0
"""How phones write a speed, course or accuracy that they do not know."""


class Arrival(NamedTuple):
    """One position as it came: its line, whose it is, and the numbers of `wire.columns.Row`."""

    line: int
    vehicle: str
    at_ms: int
    lon_e7: int
    lat_e7: int
    alt_dm: int | None = None
    speed_cmps: int | None = None
    course_cdeg: int | None = None
    accuracy_dm: int | None = None
    satellites: int | None = None
    hdop_c: int | None = None
    mode: int | None = None
    clock: int = 0

    @property
    def row(self) -> Row:
        """The numbers alone."""
        return Row(*self[2:])


class Refused(NamedTuple):
    """A line that says no position, and why."""

    line: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Recording:
    """`rows` in the order of the file; `refused` is bad input, `notes` is what a reader may want to know besides."""

    rows: list[Arrival] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def whole(name: str, column: str, scale: float, text: str) -> int:
    """A number in its column's whole units; raises ValueError, in words, for what is none or out of range."""
    low, high = RANGES[column]
    try:
        value = float(text) * scale
    except ValueError:
        raise ValueError(f"{name} is {_short(text)}; expected a number") from None
    if not low <= value <= high or "_" in text:  # also false for NaN
        raise ValueError(f"{name} is {_short(text)}; expected a number from {low / scale:g} to {high / scale:g}")
    return round(value)


def said(name: str, column: str, scale: float, text: str | None) -> int | None:
    """The same for what may be missing: empty, or the -1 of phones."""
    if not text or not (text := text.strip()):
        return None
    if text[0] == "-" and _is_unsaid(text):
        return None
    return whole(name, column, scale, text)


def fitting(column: str, scale: float, value: float | None) -> int | None:
    """A number that a device said, or None when its column cannot hold it."""
    low, high = RANGES[column]
    if value is None or not math.isfinite(value) or not low <= value * scale <= high:
        return None
    return round(value * scale)


def at_ms(text: str) -> int:
    """RFC 3339 (without a zone: UTC), or seconds since 1970; raises ValueError in words."""
    if len(text) <= len("2026-11-22"):  # seconds, or a date that says no time of day
        return _seconds_ms(text)
    try:
        return _instant_ms(datetime.fromisoformat(text))
    except ValueError:
        return _unusual_ms(text.strip().upper())


def _unusual_ms(text: str) -> int:
    leap = ":60" in text[16:19]
    try:
        at = datetime.fromisoformat(text[:16] + ":59" + text[19:] if leap else text)
        return _instant_ms(at) + 1000 * leap
    except ValueError:
        return _seconds_ms(text)


def _instant_ms(at: datetime) -> int:
    moment = milliseconds(at if at.tzinfo else at.replace(tzinfo=UTC))
    low, high = RANGES["at_ms"]
    if not low <= moment <= high:
        raise ValueError
    return moment


def _seconds_ms(text: str) -> int:
    try:
        return whole("at", "at_ms", 1000, text)
    except ValueError:
        raise _no_time(text) from None


def _no_time(text: str) -> ValueError:
    return ValueError(f"at is {_short(text)}; expected a time as 2026-11-22T10:00:00Z, or seconds since 1970")


def _is_unsaid(text: str) -> bool:
    try:
        return float(text) == UNSAID
    except ValueError:
        return False


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...") if text else "empty"
