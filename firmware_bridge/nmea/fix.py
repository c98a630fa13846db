"""The value that a receiver's epoch becomes, and its line of JSON. No decoding, no judging.

Units: WGS 84 degrees, metres, metres per second, degrees clockwise from true north, aware UTC.
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec

Mode = Literal["2d", "3d", "dead_reckoning", "simulated", "manual"]

USER_RANGE_ERROR_M = 5.0
"""One sigma of a single range, unassisted L1 in the open: the usual planning figure (GPS SPS performance standard)."""

FLAGS: dict[str, str] = {
    "no_time": "No sentence of the epoch had a time of day, so `at` is null.",
    "no_date": "No date was known yet, or none that a receiver with a fix vouched for, so `at` is null.",
    "date_before_2020": "An old recording, or a receiver whose week number rolled over. The date stands as said.",
    "week_rollover": "Whole rollovers of the GPS week (1024 weeks) were added, as the date lay before `--not-before`, "
    "or taken away, because it lay far in the future.",
    "date_refused": "The date lay before `--not-before` and no rollover explains it, so `at` is null.",
    "clock_unconfirmed": "There was no fix, and the date is the receiver's own clock: it may be wrong by years.",
    "leap_second": "The receiver said 23:59:60; `at` is the first second of the next day.",
    "time_repeated": "The epoch before had the same time and said something else: the receiver's clock stands "
    "still, or it sends faster than it counts.",
}
"""Every flag that a fix may carry, with what it means. The names are stable: other programs read them."""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver said about one instant. None is what it did not say; a number here is always finite.

    Without `lon` and `lat` the receiver had no fix then. `error_m` is the receiver's own estimate of the horizontal
    error, one sigma per axis (GST, else GBS). `alt_m` is above mean sea level.
    """

    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    alt_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    mode: Mode | None = None
    quality: int | None = None
    hdop: float | None = None
    satellites: int | None = None
    error_m: float | None = None
    flags: tuple[str, ...] = ()


def accuracy_m(fix: Fix) -> float | None:
    """One sigma per axis: what the receiver said, else what HDOP lets expect; None when neither is known.

    HDOP is the total horizontal sigma over the range's sigma, and the two axes share the total: so the root of two.
    """
    if fix.error_m is not None:
        return fix.error_m
    return None if fix.hdop is None else fix.hdop * USER_RANGE_ERROR_M / 2**0.5


def to_json(fix: Fix) -> bytes:
    """One JSON object without a line end, fields in the order of `Fix`; `at` is RFC 3339 with milliseconds and a Z."""
    fields = msgspec.structs.asdict(fix)
    if fix.at is not None:
        fields["at"] = fix.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode(fields)
