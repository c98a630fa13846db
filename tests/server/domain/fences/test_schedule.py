"""Hours of the week: what their text means, at which instants they hold, how they read."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.fences.hours import HoursError, read_hours, write_hours
from server.domain.fences.schedule import Schedule, in_force
from server.domain.fences.sentence import schedule_sentence

HELSINKI = "Europe/Helsinki"


def a_schedule(text, time_zone=HELSINKI, *holidays):
    days = read_hours(text)
    dates = frozenset(map(date.fromisoformat, holidays))
    return Schedule(week=days[:7], on_holidays=days[7], holidays=dates, time_zone=time_zone)


def holds(schedule, local):
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(schedule.time_zone))
    return in_force(schedule, round(at.timestamp() * 1000))


LUNCH = a_schedule("Mon-Fri 11:00-15:00; Sat 10:00-12:00, 13:00-14:00; PH off", HELSINKI, "2026-12-25")


@pytest.mark.parametrize(
    ("local", "wanted"),
    [
        ("2026-11-23T10:59:59.999", False),
        ("2026-11-23T11:00", True),
        ("2026-11-23T14:59:59.999", True),
        ("2026-11-23T15:00", False),
        ("2026-11-28T11:59", True),
        ("2026-11-28T12:30", False),
        ("2026-11-28T13:30", True),
        ("2026-11-29T13:30", False),
        ("2026-12-25T12:00", False),  # a Friday, and a holiday
        ("2026-12-18T12:00", True),
    ],
)
def test_hours_hold_from_the_first_minute_to_before_the_last_by_the_local_clock(local, wanted):
    assert holds(LUNCH, local) == wanted


def test_an_evening_over_midnight_belongs_to_the_day_on_which_it_began():
    nights = a_schedule("Fri,Sat 22:00-06:00", HELSINKI, "2026-11-28")
    assert [holds(nights, f"2026-11-{day}T05:59") for day in (27, 28, 29)] == [False, True, False]
    assert [holds(nights, f"2026-11-{day}T22:00") for day in (26, 27, 28)] == [False, True, False]
    assert not holds(nights, "2026-11-28T06:00")


def test_hours_follow_the_clock_when_it_changes():
    """In summer 11:00 is another instant than in winter; the hour that comes twice counts twice."""
    noon = a_schedule("11:00-12:00")
    for day, utc_hour in (("2026-03-28", 9), ("2026-03-29", 8), ("2026-10-24", 8), ("2026-10-25", 9)):
        at = datetime.fromisoformat(f"{day}T{utc_hour:02}:00+00:00").timestamp() * 1000
        assert [in_force(noon, round(at) + minutes * 60_000) for minutes in (-1, 0, 59, 60)] == [
            False,
            True,
            True,
            False,
        ]
    night = a_schedule("03:00-04:00")
    midnight = datetime(2026, 10, 25, tzinfo=UTC).timestamp() * 1000
    assert sum(in_force(night, round(midnight) + minute * 60_000) for minute in range(300)) == 120


def test_holidays_have_hours_of_their_own_when_they_are_given():
    market = a_schedule("Mon-Fri 08:00-18:00; PH 10:00-12:00", "UTC", "2026-12-25")
    assert holds(market, "2026-12-25T11:00")
    assert not holds(market, "2026-12-25T09:00")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("MON – FRI 11.00", None),
        ("mon–fri 11:00–15:00", "Mon-Fri 11:00-15:00"),
        ("Monday to Friday 11 - 15", "Mon-Fri 11:00-15:00"),
        ("Mo-Fr 11:00-15:00;", "Mon-Fri 11:00-15:00"),
        ("Mon,Wed 9-10; Thu 9-10", "Mon,Wed,Thu 09:00-10:00"),
        ("24/7; Sun off", "Mon-Sat 00:00-24:00"),
        ("Fri-Mon 22:00-06:00", "Mon,Fri-Sun 22:00-06:00"),
        ("Mon-Fri,PH 08:00-16:00; Wed 10:00-12:00", "Mon,Tue,Thu,Fri 08:00-16:00; Wed 10:00-12:00; PH 08:00-16:00"),
        ("Mon 20:00-00:00", "Mon 20:00-24:00"),
        ("Mon 10:00", None),
        ("Mon 10:00-10:00", None),
        ("Mon 10:60-11:00", None),
        ("Mon 10:00-25:00", None),
        ("Mon-PH 10:00-11:00", None),
        ("Mon 10:00-12:00, Wed 13:00-14:00", None),
        ("", None),
        ("Mon off", None),
        ("weekly", None),
        ("Mon 10-11;" * 100, None),
    ],
)
def test_hours_are_read_as_people_write_them(text, same):
    if same is None:
        with pytest.raises(HoursError, match=r"write|a day runs|a whole day is"):
            read_hours(text)
    else:
        assert write_hours(read_hours(text)) == same


SPANS = st.lists(
    st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda span: span[0] != span[1]),
    max_size=3,
    unique=True,
).map(lambda spans: tuple((start, end if end > start else end + 1440) for start, end in spans))
WEEKS = st.lists(SPANS, min_size=8, max_size=8).map(tuple).filter(any)


@given(WEEKS)
def test_hours_that_are_written_read_the_same(days):
    assert read_hours(write_hours(days)) == days


@given(WEEKS, st.integers(0, 10 * 365 * 1440), st.sampled_from(["UTC", HELSINKI, "Asia/Kathmandu", "America/St_Johns"]))
def test_hours_hold_where_some_span_of_the_local_day_or_the_evening_before_has_the_minute(days, minute, zone):
    schedule = Schedule(week=days[:7], on_holidays=days[7], time_zone=zone)
    at = datetime(2020, 1, 1, tzinfo=UTC).timestamp() + minute * 60
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    now = local.hour * 60 + local.minute
    wanted = any(a <= now < b for a, b in days[local.weekday()])
    wanted |= any(a <= now + 1440 < b for a, b in days[(local.weekday() - 1) % 7])
    assert in_force(schedule, round(at * 1000)) == wanted


@pytest.mark.parametrize(
    ("schedule", "sentence"),
    [
        (LUNCH, "Mon to Fri 11:00–15:00, Sat 10:00–12:00 and 13:00–14:00, not on holidays (Europe/Helsinki)"),
        (a_schedule("Mon,Tue,Thu 22:00-06:00", "UTC"), "Mon, Tue, Thu 22:00–06:00 (UTC)"),
        (a_schedule("09:00-17:00", "UTC"), "every day 09:00–17:00 (UTC)"),
        (a_schedule("24/7", "UTC", "2026-12-25"), "at all hours, not on holidays (UTC)"),
        (a_schedule("Sun 24/7; PH 10-12", "UTC"), "Sun all day, holidays 10:00–12:00 (UTC)"),
    ],
)
def test_hours_read_as_a_sentence(schedule, sentence):
    assert schedule_sentence(schedule) == sentence
