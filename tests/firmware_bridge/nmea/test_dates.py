"""Which day it is: midnight, leap seconds, rollovers, floors, and clocks that nobody vouches for."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea import Fix
from firmware_bridge.nmea.dates import LIFETIME, ROLLOVER, Dates
from firmware_bridge.nmea.fields import Refusals
from tests.support.nmea import heard, heard_and_counted, lines

PLACE = "6010.0000,N,02456.0000,E"
FLOOR = date(2026, 11, 1)


def rmc(clock: str, day: str, status: str = "A") -> str:
    return f"GPRMC,{clock},{status},{PLACE},0.0,0.0,{day},,"


def gga(clock: str) -> str:
    return f"GPGGA,{clock},{PLACE},1,08,1.0,12.0,M,,M,,"


def the_fix(*texts: str, not_before: date | None = None) -> Fix:
    fixes = heard(lines(*texts), not_before=not_before)
    assert len(fixes) == 1
    return fixes[0]


def test_the_date_rolls_over_midnight_between_sentences() -> None:
    """GGA comes first and has no date: at midnight the last date is yesterday's."""
    fixes = heard(lines(gga("235959"), rmc("235959", "311226"), gga("000000"), gga("000001"), rmc("000001", "010127")))
    assert [fix.at for fix in fixes] == [
        datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 0, 0, tzinfo=UTC),
        datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC),
    ]


def test_an_epoch_without_any_date_has_no_time() -> None:
    """A time of day alone would be a day that we made up."""
    fix = the_fix(gga("120000"))
    assert (fix.at, fix.flags, fix.lat) == (None, ("no_date",), pytest.approx(60.166666667))


def test_a_position_without_a_time_is_kept() -> None:
    """A fix is never thrown away for what it lacks."""
    fix = the_fix(f"GPGLL,{PLACE},,A,A")
    assert (fix.at, fix.flags, fix.lon) == (None, ("no_time",), pytest.approx(24.933333333))


def test_a_leap_second_is_a_time() -> None:
    """The next one must not stop a receiver; a datetime has no second 60, so it is the next day's first."""
    fix = the_fix(rmc("235960.50", "311226"))
    assert (fix.at, fix.flags) == (datetime(2027, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC), ("leap_second",))


@pytest.mark.parametrize(("yy", "year"), [("79", 2079), ("80", 1980), ("99", 1999), ("00", 2000), ("26", 2026)])
def test_years_of_two_digits_begin_with_gps_time(yy: str, year: int) -> None:
    """1980 is when GPS time began: 80 to 99 are of that century."""
    at = the_fix(rmc("120000", f"2203{yy}")).at
    assert at is not None
    assert at.year == year


def test_an_old_date_stands_in_a_recording_and_is_flagged() -> None:
    """A recording of 2009 is of 2009, unless somebody asks for the repair."""
    fix = the_fix(rmc("120000", "080407"))
    assert (fix.at, fix.flags) == (datetime(2007, 4, 8, 12, tzinfo=UTC), ("date_before_2020",))


def test_a_week_rollover_is_repaired_when_there_is_a_floor() -> None:
    """Receivers of old firmware are 19.6 years behind, and right about everything else."""
    fix = the_fix(rmc("120000", "080407"), not_before=FLOOR)
    assert (fix.at, fix.flags) == (datetime(2026, 11, 22, 12, tzinfo=UTC), ("week_rollover",))


def test_two_rollovers_are_repaired_as_well() -> None:
    """Firmware of the eighties lives in ships and trucks."""
    fix = the_fix(rmc("120000", "230887"), not_before=FLOOR)
    assert (fix.at, fix.flags) == (datetime(2026, 11, 22, 12, tzinfo=UTC), ("week_rollover",))


def test_a_rollover_too_many_is_taken_away() -> None:
    """A van from 2046 would be the newest position for 20 years."""
    fix = the_fix(rmc("120000", "080746"), not_before=FLOOR)
    assert (fix.at, fix.flags) == (datetime(2026, 11, 22, 12, tzinfo=UTC), ("week_rollover",))


@pytest.mark.parametrize("day", ["060180", "010100", "220899", "010121"])
def test_a_date_that_no_rollover_explains_is_unknown(day: str) -> None:
    """A clock that starts in 1980 or 2000 knows nothing: the position counts, the time is made by someone else."""
    fixes, counters = heard_and_counted(lines(rmc("120000", day)), not_before=FLOOR)
    assert [(fix.at, fix.flags, fix.lat is None) for fix in fixes] == [(None, ("date_refused",), False)]
    assert counters.refused == {"date_refused": 1}


def test_without_a_fix_the_date_is_the_receivers_own() -> None:
    """It may be wrong by years: it is told, marked, and never carried to a fix."""
    fixes = heard(lines(rmc("120000", "010121", "V"), gga("120001")))
    assert [(fix.at, fix.flags) for fix in fixes] == [
        (datetime(2021, 1, 1, 12, tzinfo=UTC), ("clock_unconfirmed",)),
        (None, ("no_date",)),
    ]


def test_a_date_of_zda_dates_the_epoch() -> None:
    """Receivers with GGA and ZDA only have no other."""
    fix = the_fix(gga("120000"), "GPZDA,120000,22,11,2026,00,00")
    assert fix.at == datetime(2026, 11, 22, 12, tzinfo=UTC)


@given(st.dates(FLOOR, FLOOR + LIFETIME), st.integers(1, 2), st.integers(0, 86_399_999))
def test_every_day_of_the_next_ten_years_survives_a_rollover(day: date, times: int, time_ms: int) -> None:
    """Whatever the true day, a receiver that is 1024 weeks behind is put right."""
    said = day - times * ROLLOVER
    at, _ = Dates(FLOOR, Refusals()).at(time_ms, said, confirmed=True)
    unknown_week = date(1980, 1, 6) <= said < date(1980, 1, 13)
    assert at is None if unknown_week else at is not None and at.date() == day


@given(st.lists(st.tuples(st.one_of(st.none(), st.dates()), st.integers(0, 86_400_999), st.booleans())))
def test_no_date_raises(said: list[tuple[date | None, int, bool]]) -> None:
    """Year 1 and year 9999 are in a receiver's power."""
    for floor in (None, FLOOR):
        dates = Dates(floor, Refusals())
        for day, time_ms, confirmed in said:
            dates.at(time_ms, day, confirmed=confirmed)
