"""Ranges of time as endpoints take them."""

from datetime import UTC, datetime, timedelta

from server.api.problems import Problem

AHEAD = timedelta(minutes=10)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def span(from_: datetime | None, to: datetime | None, now: datetime, longest: timedelta) -> tuple[int, int]:
    """The range in ms since 1970."""
    return in_ms(*range_of(from_, to, now, longest))


def in_ms(start: datetime, end: datetime) -> tuple[int, int]:
    """The first whole milliseconds that are not before these times."""
    return -((_EPOCH - start) // _MS), -((_EPOCH - end) // _MS)


def range_of(
    from_: datetime | None, to: datetime | None, now: datetime, longest: timedelta
) -> tuple[datetime, datetime]:
    """The range that is asked for: by default the last 24 hours, and whatever came in with a clock that is ahead."""
    try:
        end = aware(to) if to else now + AHEAD
        start = aware(from_) if from_ else (end if to else now) - timedelta(days=1)
    except OverflowError:
        raise Problem(422, "Times are in the years 1 to 9999.") from None
    if start >= end:
        raise Problem(422, "`from` has to be before `to`.")
    if end - start > longest:
        raise Problem(422, f"At most {longest.days} days at once. Ask for shorter ranges.")
    return start, end


def aware(at: datetime) -> datetime:
    """A time without a zone is meant in UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
