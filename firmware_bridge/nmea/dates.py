"""The date of a time of day: told, or carried on over midnight; GPS week rollover; a floor below which no date is true.

A receiver without a fix may have any date in its clock, so only a date that came with a fix is carried to the next one.
GPS counts weeks modulo 1024 (IS-GPS-200): a receiver whose firmware is older than its last rollover says a date that is
19.6 years too early, and is right about everything else.
"""

from datetime import UTC, date, datetime, time, timedelta

from firmware_bridge.nmea.fields import DAY_MS, Refusals

ROLLOVER = timedelta(weeks=1024)
LIFETIME = timedelta(days=3653)
"""How long after its build a program is believed to run: a repaired date lies within ten years of the floor."""

GPS_EPOCH_WEEKS = (date(1980, 1, 6), date(1980, 1, 13))
"""What a receiver says before it knows any week: no rollover is counted from there."""

OLD = date(2020, 1, 1)
"""Recordings from before are rare, and rolled over dates of today lie there (until 2039)."""

_HALF_DAY_MS = DAY_MS // 2


class Dates:
    """What date it is, from the last one that was told."""

    def __init__(self, not_before: date | None, refused: Refusals) -> None:
        """`not_before` is the floor (a build date); None lets every date stand, with a flag when it is old."""
        self._not_before = not_before
        self._refused = refused
        self._known: tuple[date, int] | None = None

    def at(self, time_ms: int | None, told: date | None, *, confirmed: bool) -> tuple[datetime | None, list[str]]:
        """The instant, None when unknown, and the flags that say why or how.

        Args:
            time_ms: milliseconds since midnight; a leap second lies beyond the day's end.
            told: the date that the epoch's own sentences told.
            confirmed: the receiver had a fix, so its clock is GNSS time.
        """
        if time_ms is None:
            return None, ["no_time"]
        day = self._carried(time_ms) if told is None else told
        if day is None:
            return None, ["no_date"]
        if confirmed:
            self._known = (day, time_ms)
        flags = ["clock_unconfirmed"] if told is not None and not confirmed else []
        if time_ms >= DAY_MS:
            flags.append("leap_second")
        allowed, flag = self._allowed(day, confirmed=confirmed)
        if flag:
            flags.append(flag)
        if allowed is None:
            self._refused.add("date_refused")
            return None, flags
        return _instant(allowed, time_ms), flags

    def _carried(self, time_ms: int) -> date | None:
        """The last told date, moved over midnight when the time of day went round."""
        if self._known is None:
            return None
        day, then_ms = self._known
        round_ms = time_ms - then_ms
        days = 1 if round_ms < -_HALF_DAY_MS else -1 if round_ms > _HALF_DAY_MS else 0
        moved = _shifted(day, timedelta(days=days))
        return day if moved is None else moved

    def _allowed(self, day: date, *, confirmed: bool) -> tuple[date | None, str]:
        floor = self._not_before
        if floor is None:
            return day, "date_before_2020" if day < OLD else ""
        if day >= floor:
            return self._not_too_late(day, floor)
        unknown_week = GPS_EPOCH_WEEKS[0] <= day < GPS_EPOCH_WEEKS[1]
        repaired: date | None = day
        while repaired is not None and repaired < floor:
            repaired = _shifted(repaired, ROLLOVER)
        if not confirmed or unknown_week or repaired is None or repaired - floor > LIFETIME:
            return None, "date_refused"
        return repaired, "week_rollover"

    @staticmethod
    def _not_too_late(day: date, floor: date) -> tuple[date, str]:
        """Some receivers add a rollover too many: 19.6 years ahead."""
        earlier = _shifted(day, -ROLLOVER)
        if day - floor > LIFETIME and earlier is not None and earlier >= floor:
            return earlier, "week_rollover"
        return day, ""


def _shifted(day: date, by: timedelta) -> date | None:
    try:
        return day + by
    except OverflowError:
        return None


def _instant(day: date, time_ms: int) -> datetime | None:
    try:
        return datetime.combine(day, time(), UTC) + timedelta(milliseconds=time_ms)
    except OverflowError:
        return None
