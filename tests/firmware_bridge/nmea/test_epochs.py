"""Which sentences speak of one instant, and how soon the fix is given away."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea import Nmea, encode
from tests.support.nmea import NOON, a_drive, a_fix, heard, heard_and_counted, line, lines, places

PLACE = "6010.0000,N,02456.0000,E"
KINDS = (encode.rmc, encode.gga, encode.gll, encode.gns, encode.gsa, encode.vtg, encode.zda, encode.gst)
TIMED_FIRST = (encode.rmc, encode.gga, encode.gll, encode.gns, encode.zda, encode.gst)


@given(st.permutations(KINDS), st.sampled_from(TIMED_FIRST))
def test_the_order_of_the_sentences_does_not_matter(order: list, first: object) -> None:
    """Every maker has its own; the fix is the same. GSA and VTG have no time, so a cycle cannot begin with them."""
    order = [first, *(kind for kind in order if kind is not first)]
    drive = a_drive(5)
    said = b"".join(kind(fix) for fix in drive for kind in order)
    for eager in (False, True):
        assert heard(said, eager=eager) == drive


@pytest.mark.parametrize("talker", ["GP", "GN", "GL", "GA", "GB", "BD", "QZ", "GI", "IN"])
def test_any_talker_is_heard(talker: str) -> None:
    """GP is no longer the only one, and a chart plotter says IN."""
    assert heard(encode.epoch(a_fix(), talker=talker)) == [a_fix()]


def test_two_talkers_in_one_epoch_are_one_fix() -> None:
    """GP and GL each say their satellites; the van is in one place."""
    (fix,) = heard(
        encode.gga(a_fix(satellites=9), talker="GP")
        + encode.gga(a_fix(satellites=2), talker="GL")
        + encode.rmc(a_fix())
    )
    assert (fix.lon, fix.lat, fix.satellites) == (24.9384, 60.1699, 11)


def test_gn_already_counts_everybody() -> None:
    """GN's number is the sum; adding GP's would count twice."""
    (fix,) = heard(encode.gga(a_fix(satellites=11), talker="GN") + encode.gga(a_fix(satellites=9), talker="GP"))
    assert fix.satellites == 11


def test_gsa_knows_better_when_gga_stops_at_twelve() -> None:
    """GGA may not count beyond 12 before NMEA 4; a receiver with 19 satellites says 12."""
    said = encode.gga(a_fix(satellites=12)) + encode.gsa(a_fix(), used=range(1, 11), system=1)
    (fix,) = heard(said + encode.gsa(a_fix(), used=range(1, 9), system=2))
    assert fix.satellites == 18


def test_one_invalid_sentence_leaves_no_position() -> None:
    """A receiver without a fix repeats the last place in its other sentences: null is true, the stale one is not."""
    (fix,) = heard(lines(f"GPGGA,120000,{PLACE},1,08,1.0,12.0,M,,M,,", f"GPRMC,120000,V,{PLACE},0.0,0.0,221126,,"))
    assert (fix.lon, fix.lat, fix.alt_m, fix.mode, fix.error_m) == (None,) * 5
    assert fix.at == NOON


def test_a_gga_without_quality_needs_a_witness() -> None:
    """myguide-3100 leaves the field empty while it searches; alone that is no fix, with RMC's A it is."""
    searching = f"GPGGA,120000,{PLACE},,04,1.0,12.0,M,,M,,"
    assert heard(line(searching))[0].lat is None
    (fix,) = heard(lines(searching, f"GPRMC,120000,A,{PLACE},0.0,0.0,221126,,"))
    assert (fix.lat is None, fix.alt_m) == (False, 12.0)


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        (f"GPGGA,120000,{PLACE},6,00,,,M,,M,,", "dead_reckoning"),
        (f"GPRMC,120000,A,{PLACE},0.0,0.0,221126,,,E", "dead_reckoning"),
        (f"GPGLL,{PLACE},120000,A,E", "dead_reckoning"),
        (f"GNGNS,120000,{PLACE},EE,00,,,,,", "dead_reckoning"),
        (f"GPGGA,120000,{PLACE},8,08,1.0,12.0,M,,M,,", "simulated"),
        (f"GPRMC,120000,A,{PLACE},0.0,0.0,221126,,,S", "simulated"),
        (f"GPGGA,120000,{PLACE},7,08,1.0,12.0,M,,M,,", "manual"),
        (f"GPRMC,120000,A,{PLACE},0.0,0.0,221126,,,M", "manual"),
        (f"GPGGA,120000,{PLACE},1,03,1.0,,M,,M,,", "2d"),
        (f"GPGGA,120000,{PLACE},4,08,1.0,12.0,M,,M,,", "3d"),
        (f"GPRMC,120000,A,{PLACE},0.0,0.0,221126,,,A", "2d"),
    ],
)
def test_how_a_position_came_about_is_told(said: str, mode: str) -> None:
    """An estimate in a tunnel is no measurement, and a simulator is no van."""
    assert heard(line(said))[0].mode == mode


def test_gsa_decides_between_2d_and_3d() -> None:
    """Altitude and count only imply it; GSA says it."""
    (fix,) = heard(lines(f"GPGGA,120000,{PLACE},1,08,1.0,12.0,M,,M,,", "GPGSA,A,2,01,02,03,,,,,,,,,,1.0,1.0,1.0"))
    assert fix.mode == "2d"


def test_gst_is_believed_before_gbs() -> None:
    """GST is the position's own covariance; GBS is about detecting faults."""
    said = lines(f"GPGLL,{PLACE},120000,A,A", "GPGST,120000,1,1,1,1,2.0,2.0,2.0", "GPGBS,120000,9.0,9.0,9.0,,,,")
    assert heard(said)[0].error_m == 2.0


def test_a_statistic_of_another_instant_is_not_used() -> None:
    """Some receivers are a second behind with GST: an error of a fix that nobody reported."""
    fixes, counters = heard_and_counted(encode.gst(a_fix(error_m=9.0), talker="GN") + encode.epoch(a_fix(error_m=None)))
    assert fixes[0].error_m == 9.0  # the same instant
    late = encode.gst(a_fix(at=NOON - timedelta(seconds=1), error_m=9.0)) + encode.epoch(a_fix(error_m=None))
    fixes, counters = heard_and_counted(late)
    assert (fixes[0].error_m, counters.refused) == (None, {"unmatched": 1})


def test_the_last_epoch_of_a_file_counts() -> None:
    """A recording ends where the van was parked: that fix matters most. Its last line may have no end."""
    said = b"".join(encode.epoch(fix) for fix in a_drive(3))
    assert heard(said[:-2]) == a_drive(3)


def test_an_epoch_is_given_away_with_its_last_sentence() -> None:
    """Whoever waits for the next second's first sentence is a second late on the map."""
    nmea = Nmea()
    drive = a_drive(6)
    out = [nmea.feed(encode.epoch(fix)) for fix in drive]
    assert out[3:] == [[fix] for fix in drive[3:]]
    assert list(itertools.chain(*out)) == drive


def test_silence_ends_an_epoch_before_anything_is_learnt() -> None:
    """From the first second on: 100 ms of silence say that the receiver has said it all."""
    nmea = Nmea()
    assert nmea.feed(encode.epoch(a_fix())) == []
    assert nmea.idle() == [a_fix()]
    assert nmea.idle() == []


def test_silence_in_the_middle_of_a_sentence_ends_nothing() -> None:
    """USB and a busy machine pause anywhere."""
    nmea = Nmea()
    said = encode.epoch(a_fix())
    assert nmea.feed(said[:-20]) + nmea.idle() == []
    assert nmea.feed(said[-20:]) + nmea.idle() == [a_fix()]


def test_a_receiver_that_pauses_in_its_cycle_is_waited_for() -> None:
    """Once known, a pause before GGA is not taken for the end: its altitude would be lost every second."""
    nmea = Nmea()
    fixes = []
    for fix in a_drive(10):
        fixes += nmea.feed(encode.rmc(fix)) + nmea.idle()
        fixes += nmea.feed(encode.gga(fix)) + nmea.idle()
    assert [fix.alt_m for fix in fixes[1:]] == [12.5] * 9
    assert nmea.counters.refused == {"late": 1}


def test_a_slower_kind_is_waited_for() -> None:
    """Ten RMC a second and one GGA: the altitude belongs to its fix."""
    drive = a_drive(40, step_s=0.1)
    said = b"".join(encode.rmc(fix) + (encode.gga(fix) if i % 5 == 0 else b"") for i, fix in enumerate(drive))
    fixes = heard(said, eager=True)
    assert places(fixes) == places(drive)
    assert [fix.alt_m is not None for fix in fixes] == [i % 5 == 0 for i in range(40)]


def test_a_stopped_clock_makes_no_new_fixes() -> None:
    """Some receivers without a lock repeat their last sentences: a repetition confirms nothing."""
    for eager in (False, True):
        fixes, counters = heard_and_counted(encode.epoch(a_fix()) * 500, eager=eager)
        assert fixes == [a_fix()]
        assert counters.refused["repeated"] > 900


def test_another_place_at_the_same_time_is_kept_and_flagged() -> None:
    """A fix is never thrown away: a receiver that counts whole seconds only may speak five times in one."""
    fixes = heard(b"".join(encode.rmc(a_fix(lon=lon)) for lon in (24.1, 24.2, 24.3)))
    assert [(fix.lon, fix.flags) for fix in fixes] == [
        (24.1, ()),
        (24.2, ("time_repeated",)),
        (24.3, ("time_repeated",)),
    ]


def test_the_same_time_of_another_day_is_another_epoch() -> None:
    """A tracker that wakes at noon every day has the same time in every fix."""
    drive = [a_fix(at=NOON + timedelta(days=day)) for day in range(4)]
    for eager in (False, True):
        said = b"".join(encode.rmc(fix) for fix in drive)
        assert places(heard(said, eager=eager)) == places(drive)


def test_a_cold_start_without_times_is_heard_every_cycle() -> None:
    """No fix yet is news as well: the installer sees that the receiver is alive."""
    cycle = lines("GPRMC,,V,,,,,,,,,,N", "GPGGA,,,,,,0,00,99.99,,,,,,", "GPGLL,,,,,,V,N")
    for eager in (False, True):
        fixes = heard(cycle * 5, eager=eager)
        assert len(fixes) == 5
        assert all(fix.lat is None and fix.flags == ("no_time",) for fix in fixes)


def test_a_position_without_a_time_joins_the_epoch_around_it() -> None:
    """Old GLL has no time, and RMC has none before the first fix."""
    assert len(heard(lines(f"GPRMC,120000,A,{PLACE},0.0,0.0,221126,,", f"GPGLL,{PLACE},,A"))) == 1


def test_times_that_differ_by_rounding_are_one_epoch() -> None:
    """eXplorist cuts the milliseconds in one kind and rounds them in another."""
    assert len(heard(lines(f"GPGLL,{PLACE},120000.076,A,A", f"GPGGA,120000.08,{PLACE},1,08,1.0,12.0,M,,M,,"))) == 1


@given(st.integers(1, 6), st.integers(1, 97), st.booleans())
def test_chunks_do_not_change_the_fixes(seconds: int, chunk: int, eager: bool) -> None:
    """What a serial port hands over at once depends on the weather."""
    said = b"".join(encode.epoch(fix) for fix in a_drive(seconds))
    assert heard(said, chunk=chunk, eager=eager) == a_drive(seconds)


def test_what_comes_first_after_silence_belongs_to_the_next_epoch() -> None:
    """LC79D sends GSA and VTG before RMC: without the pause they would describe the second before."""
    nmea = Nmea()
    fixes = []
    drive = [a_fix(at=NOON + timedelta(seconds=i), mode="2d" if i % 2 else "3d", error_m=None) for i in range(12)]
    for fix in drive:
        fixes += nmea.feed(encode.gsa(fix) + encode.vtg(fix) + encode.rmc(fix) + encode.gga(fix)) + nmea.idle()
    assert fixes == drive


def test_a_straggler_does_not_tear_the_next_epoch_apart() -> None:
    """A GLL of the second before, between RMC and GGA of this one, would make three fixes of two."""
    one, other = a_drive(2)
    said = encode.rmc(one) + encode.gga(one) + encode.rmc(other) + encode.gll(one) + encode.gga(other)
    fixes, counters = heard_and_counted(said)
    assert places(fixes) == places([one, other])
    assert counters.refused == {"late": 1}
