"""Fixes to positions: what is altered, what is not, and how sure the time is."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea import Fix
from gateway.clock import Clock, Stamp, boot_ms
from gateway.fixes import entry_of, rounded
from tests.support.nmea import a_fix
from tests.support.positions import positions
from wire.columns import row
from wire.encode import encode_up
from wire.messages import Position, Run, instant, milliseconds

HEARD = Stamp(at=datetime(2026, 11, 22, 13, tzinfo=UTC), quality="unknown", boot="b", mono_ms=7)


def position(fix: Fix, heard: Stamp = HEARD) -> Position:
    entry = entry_of(fix, heard)
    assert entry is not None
    assert isinstance(entry.record, Position)
    return entry.record


def test_a_fix_without_a_position_is_no_record() -> None:
    """ "No position" is said by the receiver's state, not by a row of nulls."""
    assert entry_of(a_fix(lon=None, lat=None), HEARD) is None


def test_the_receivers_own_error_counts_before_what_hdop_lets_expect() -> None:
    """Accuracy is one sigma per axis; fences and implausible jumps are judged by it."""
    assert position(a_fix(error_m=2.5, hdop=0.9)).accuracy_m == 2.5
    assert position(a_fix(error_m=None, hdop=0.9)).accuracy_m == 3.2
    assert position(a_fix(error_m=None, hdop=None)).accuracy_m is None


def test_a_fix_without_a_date_is_stamped_with_when_it_was_heard() -> None:
    """A cold receiver knows where it is before it knows the date; the position must not be lost for that."""
    entry = entry_of(a_fix(at=None, flags=("no_date",)), HEARD)
    assert entry is not None
    assert (entry.record.at, entry.record.clock, entry.boot, entry.mono_ms) == (HEARD.at, "unknown", "b", 7)
    dated = entry_of(a_fix(), HEARD)
    assert dated is not None
    assert (dated.record.clock, dated.boot, dated.mono_ms) == ("gnss", None, None)


@given(st.floats(allow_nan=False), st.floats(-90, 90), st.floats(allow_nan=False) | st.none())
def test_whatever_is_put_in_the_outbox_can_be_sent(speed: float, lat: float, alt: float | None) -> None:
    """A row that no message can carry would block all rows behind it for ever."""
    said = position(a_fix(speed_mps=speed, lat=lat, alt_m=alt))
    encode_up(Run(stream="s", seq_from=1, seq_to=1, records=((1, said),)))
    assert ("out_of_range" in said.flags) == (
        not 0 <= speed * 100 <= 2_000_000 or not (alt is None or -1e6 <= alt * 10 <= 1e7)
    )


def test_a_position_that_is_nowhere_is_refused() -> None:
    """The bridge lets none through; a recording might."""
    assert entry_of(a_fix(lat=91.0), HEARD) is None


@given(positions)
def test_rounding_leaves_place_and_time_alone(said: Position) -> None:
    """Bytes are saved on what a receiver does not really know, nowhere else."""
    less = rounded(said)
    assert (less.at, less.lon, less.lat, less.mode, less.flags) == (said.at, said.lon, said.lat, said.mode, said.flags)
    assert row(less)
    if said.speed_mps is not None:
        assert less.speed_mps is not None
        assert abs(less.speed_mps - said.speed_mps) <= 0.0501


def test_the_outbox_holds_exactly_what_arrives() -> None:
    """Whoever compares the two must not have to allow for roundings."""
    said = position(a_fix(lon=24.9384123456789, speed_mps=8.123456))
    assert (said.lon, said.speed_mps) == (24.9384123, 8.12)


def test_the_first_fix_says_what_time_it_is_and_has_been() -> None:
    """Boot time runs on through every correction, so what happened before the first fix can be placed."""
    clock = Clock()
    before = boot_ms()
    then = instant(milliseconds(datetime(2027, 1, 1, tzinfo=UTC)))
    assert clock.fix_heard(then)
    assert clock.quality == "gnss"
    assert abs((clock.now() - then).total_seconds()) < 5
    assert abs(milliseconds(then) - before - (clock.offset_ms or 0)) < 5_000
    assert not clock.fix_heard(instant(milliseconds(then) + 1)), "the next one says nothing new"
    assert clock.fix_heard(instant(milliseconds(then) + 3_600_000)), "unless time was wrong before"


def test_a_fix_that_was_late_in_the_line_does_not_set_the_clock_back() -> None:
    """A receiver may hold a burst back for seconds; the time was right before."""
    clock = Clock()
    clock.fix_heard(datetime(2027, 1, 1, 12, 0, 10, tzinfo=UTC))
    assert not clock.fix_heard(datetime(2027, 1, 1, 12, 0, 5, tzinfo=UTC))
