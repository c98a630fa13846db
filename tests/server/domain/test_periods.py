"""When a report is due, and of which days it is: each period once, whatever clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.periods import CATCH_UP, Timing, before, check, coming, complete, due, newest

HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = ["UTC", "Europe/Helsinki", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]
timings = st.one_of(
    st.builds(Timing, every=st.just("day"), at=st.times(), zone=st.sampled_from(ZONES)),
    st.builds(Timing, every=st.just("week"), on=st.integers(1, 7), at=st.times(), zone=st.sampled_from(ZONES)),
    st.builds(Timing, every=st.just("month"), on=st.integers(1, 28), at=st.times(), zone=st.sampled_from(ZONES)),
)
instants = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def helsinki(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=HELSINKI)  # type: ignore[misc]


def test_a_weekly_report_is_of_the_week_before() -> None:
    """Monday at 7: from Monday to Sunday."""
    timing = Timing(every="week", zone="Europe/Helsinki")
    period = newest(timing, helsinki(2026, 11, 25, 12))
    assert (period.start, period.end) == (helsinki(2026, 11, 16), helsinki(2026, 11, 23))
    assert (period.due, period.key) == (helsinki(2026, 11, 23, 7), "2026-11-23")


def test_a_daily_report_is_of_yesterday_and_waits_for_its_time() -> None:
    """At 6:59 it is the day before yesterday's that was due last."""
    timing = Timing(every="day", zone="Europe/Helsinki")
    assert newest(timing, helsinki(2026, 11, 25, 6, 59)).key == "2026-11-24"
    assert newest(timing, helsinki(2026, 11, 25, 7)).key == "2026-11-25"
    assert newest(timing, helsinki(2026, 11, 25, 7)).end == helsinki(2026, 11, 25)


def test_what_is_over_can_be_sent_by_hand_before_its_time() -> None:
    """At 00:20 yesterday is complete, and its report is due at 7."""
    timing = Timing(every="day", zone="Europe/Helsinki")
    assert complete(timing, helsinki(2026, 11, 25, 0, 20)).end == helsinki(2026, 11, 25)
    assert newest(timing, helsinki(2026, 11, 25, 0, 20)).end == helsinki(2026, 11, 24)


def test_a_monthly_report_is_of_the_month_before() -> None:
    """Months differ in length."""
    timing = Timing(every="month", zone="Europe/Helsinki")
    period = newest(timing, helsinki(2026, 3, 5))
    assert (period.start, period.end) == (helsinki(2026, 2, 1), helsinki(2026, 3, 1))
    assert newest(Timing(every="month", on=15), datetime(2026, 1, 3, tzinfo=UTC)).key == "2025-12-15"


def test_a_day_of_25_hours_is_one_day() -> None:
    """On 25 October 2026 clocks go back in Helsinki."""
    period = newest(Timing(every="day", zone="Europe/Helsinki"), helsinki(2026, 10, 26, 8))
    assert period.end.astimezone(UTC) - period.start.astimezone(UTC) == timedelta(hours=25)


def test_a_time_that_clocks_skip_is_due_all_the_same() -> None:
    """On 29 March 2026 there is no 03:30 in Helsinki."""
    timing = Timing(every="day", at=time(3, 30), zone="Europe/Helsinki")
    assert newest(timing, helsinki(2026, 3, 29, 12)).due.astimezone(HELSINKI).date() == date(2026, 3, 29)


def test_what_was_missed_for_a_few_days_is_sent_and_older_is_not() -> None:
    """The server was off for a month: nobody wants thirty mails, and nobody wants none."""
    timing = Timing(every="day")
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert [period.key for period in due(timing, now - timedelta(days=3), now)] == [
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
    ]
    assert len(due(timing, now - timedelta(days=300), now)) == CATCH_UP.days
    assert len(due(Timing(every="month"), now - timedelta(days=300), now)) == 1


@pytest.mark.parametrize(
    "timing", [Timing(every="week", on=0), Timing(every="week", on=8), Timing(every="month", on=29)]
)
def test_a_day_that_does_not_come_each_time_is_refused(timing: Timing) -> None:
    """A report of the 31st would not be sent in June."""
    with pytest.raises(ValueError, match="write 1"):
        check(timing)


@given(timing=timings, now=instants)
def test_periods_meet_and_none_is_left_out(timing: Timing, now: datetime) -> None:
    """What one ends with, the next begins with."""
    period = newest(timing, now)
    assert period.start < period.end <= period.due + timedelta(hours=24)
    assert before(timing, period).end == period.start
    assert before(timing, coming(timing, now)) == period
    assert period.due <= now < coming(timing, now).due


@given(timing=timings, start=instants, hours=st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_each_period_is_due_once_however_often_one_looks(timing: Timing, start: datetime, hours: list[int]) -> None:
    """The ticker looks every few seconds, or once a week after an outage of the machine."""
    looks = [start + timedelta(hours=sum(hours[: place + 1])) for place in range(len(hours))]
    seen: list[str] = []
    since = start
    for now in looks:
        seen += [period.key for period in due(timing, since, now)]
        since = now
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    if all(gap <= 24 for gap in hours):
        assert seen == [period.key for period in _all(timing, start, looks[-1])]


def _all(timing: Timing, since: datetime, now: datetime) -> list:
    found = []
    period = newest(timing, now)
    while period.due > since:
        found.append(period)
        period = before(timing, period)
    return found[::-1]
