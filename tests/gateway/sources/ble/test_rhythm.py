"""How often a tag is heard in a window, and how often that would be usual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sources.ble.rhythm import GAPS, Rhythm


def played(gaps: list[float], rssi: int = -60) -> tuple[Rhythm, float]:
    """A rhythm after adverts with these gaps, and the time of the last one."""
    rhythm, now = Rhythm(), 0.0
    rhythm.heard(rssi, now, 0.0)
    for gap in gaps:
        now += gap
        rhythm.heard(rssi, now, 0.0)
    return rhythm, now


def test_a_window_says_how_often_how_loud_and_how_long_it_was_silent() -> None:
    """The custody filter weighs each of them."""
    rhythm = Rhythm()
    for now, rssi in ((1.0, -70), (2.0, -60), (6.0, -71)):
        rhythm.heard(rssi, now, 0.0)
    folded = rhythm.folded(10.0)
    assert (folded.adverts, folded.rssi_max_dbm, folded.rssi_sum_dbm, folded.gap_s) == (3, -60, -201, 4.0)
    rhythm.heard(-80, 11.0, 10.0)
    assert rhythm.folded(20.0)[:4] == (1, -80, -80, 9.0)


def test_the_silence_before_the_first_advert_of_a_window_counts_only_within_it() -> None:
    """A gap of an hour is not one of a window."""
    rhythm = Rhythm()
    rhythm.heard(-60, 0.0, 0.0)
    rhythm.folded(10.0)
    rhythm.heard(-60, 3607.0, 3600.0)
    assert rhythm.folded(3610.0).gap_s == 7.0


@pytest.mark.parametrize("interval_s", [0.1, 1.0, 5.0])
def test_the_interval_is_known_after_sixteen_gaps(interval_s: float) -> None:
    """Before that nobody may be told what to expect."""
    assert played([interval_s] * (GAPS - 1))[0].interval_s() is None
    assert played([interval_s] * GAPS)[0].interval_s() == pytest.approx(interval_s)


def test_an_absence_is_no_interval() -> None:
    """A parcel that was out of the van for a minute must not be expected once a minute afterwards."""
    rhythm, _ = played([1.0] * 8 + [60.0] + [1.0] * 7)
    assert rhythm.interval_s() == pytest.approx(1.0)


def test_lost_adverts_make_the_expectation_smaller_not_larger() -> None:
    """What is expected too often makes silence look like evidence."""
    rhythm, _ = played([1.0, 2.0, 1.0, 3.0] * 4)
    assert rhythm.interval_s() == pytest.approx(1.75)


@given(st.lists(st.floats(0.001, 1000), min_size=GAPS, max_size=60))
def test_the_interval_lies_among_the_gaps(gaps: list[float]) -> None:
    """No mixture of gaps may give a number that was never seen."""
    interval_s = played(gaps)[0].interval_s()
    assert interval_s is not None
    assert min(gaps[-GAPS:]) * 0.999 <= interval_s <= max(gaps[-GAPS:]) * 1.001
