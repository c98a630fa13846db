"""When a report that is sent by itself is due, and of which days it is. Pure; `now` is a parameter.

A period is the local days from one occurrence to the next: a day's report is of the day before, a week's of the seven
days before, a month's from that day of the month before. It is due on the day after its last, at a local time.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Every = Literal["day", "week", "month"]
CATCH_UP = timedelta(days=7)
"""What was missed for longer (the server was off) is not sent afterwards, but for the newest."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How often, and when. `on`: for a week 1 (Monday) to 7; for a month 1 to 28, so that each month has it."""

    every: Every
    on: int = 1
    at: time = time(7)
    zone: str = "UTC"


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """The days of one report: start <= at < end. `key` names it among all of a schedule."""

    key: str
    start: datetime
    end: datetime
    due: datetime


def check(timing: Timing) -> None:
    """Refuse what is no day of a week or month; ValueError with what to write."""
    if timing.every == "week" and not 1 <= timing.on <= 7:
        raise ValueError("on: write 1 (Monday) to 7 (Sunday).")
    if timing.every == "month" and not 1 <= timing.on <= 28:
        raise ValueError("on: write 1 to 28; not every month has a later day.")


def due(timing: Timing, since: datetime, now: datetime) -> list[Period]:
    """What became due after `since` and up to `now`, oldest first: the newest, and what was missed for a few days."""
    found: list[Period] = []
    period = newest(timing, now)
    while period.due > since and (not found or now - period.due <= CATCH_UP):
        found.append(period)
        period = before(timing, period)
    return found[::-1]


def newest(timing: Timing, now: datetime) -> Period:
    """The last period that is due."""
    period = _ending(timing, _occurrence(timing, now.astimezone(ZoneInfo(timing.zone)).date()))
    return period if period.due <= now else before(timing, period)


def complete(timing: Timing, now: datetime) -> Period:
    """The last period that is over, whether its report is due already or waits for its time of the day."""
    return newest(msgspec.structs.replace(timing, at=time()), now)


def coming(timing: Timing, now: datetime) -> Period:
    """The period that is due next."""
    return _ending(timing, _next(timing, date.fromisoformat(newest(timing, now).key)))


def before(timing: Timing, period: Period) -> Period:
    """The period before this one."""
    return _ending(timing, _previous(timing, date.fromisoformat(period.key)))


def _ending(timing: Timing, day: date) -> Period:
    """The period that is due on a day."""
    zone = ZoneInfo(timing.zone)
    start, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (_previous(timing, day), day))
    return Period(key=day.isoformat(), start=start, end=end, due=datetime.combine(day, timing.at, zone).astimezone(UTC))


def _occurrence(timing: Timing, day: date) -> date:
    """The last day up to this one on which a report is due."""
    if timing.every == "day":
        return day
    if timing.every == "week":
        return day - timedelta(days=(day.isoweekday() - timing.on) % 7)
    return day.replace(day=timing.on) if day.day >= timing.on else _previous(timing, day.replace(day=timing.on))


def _previous(timing: Timing, day: date) -> date:
    if timing.every == "month":
        return (day.replace(day=1) - timedelta(days=1)).replace(day=timing.on)
    return day - timedelta(days=1 if timing.every == "day" else 7)


def _next(timing: Timing, day: date) -> date:
    if timing.every == "month":
        return (day.replace(day=1) + timedelta(days=calendar.monthrange(day.year, day.month)[1])).replace(day=timing.on)
    return day + timedelta(days=1 if timing.every == "day" else 7)
