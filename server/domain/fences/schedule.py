"""When a fence counts: hours of the week in a place's own time, with holidays. Pure; `hours` reads and writes the text.

Minutes of the local day, by the wall clock: an hour that the clock skips in spring does not come, one that it repeats
in autumn counts twice.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

DAY_MIN = 24 * 60
Span = tuple[int, int]
"""From and until, in minutes of the local day; `until` beyond 24:00 runs into the next day, which it does not ask."""
Spans = tuple[Span, ...]


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A week, Monday first, and what holds on the dates in `holidays`."""

    week: tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
    on_holidays: Spans = ()
    holidays: frozenset[date] = frozenset()
    time_zone: str = "UTC"


def in_force(schedule: Schedule, at_ms: int) -> bool:
    """Whether the fence counts at this instant."""
    local = datetime.fromtimestamp(at_ms // 60_000 * 60, ZoneInfo(schedule.time_zone))
    minute, today = local.hour * 60 + local.minute, local.date()
    for start, end in _spans_of(schedule, today):
        if start <= minute < end:
            return True
    # Spans of an evening belong to the day on which they began.
    return any(minute + DAY_MIN < end for _, end in _spans_of(schedule, today - timedelta(days=1)))


def _spans_of(schedule: Schedule, day: date) -> Spans:
    if day in schedule.holidays:
        return schedule.on_holidays
    return schedule.week[day.weekday()]
