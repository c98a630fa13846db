"""What simulators say, and that it comes back."""

from datetime import UTC, datetime, timedelta

import pynmea2
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea import Fix, encode
from tests.support.nmea import NOON, a_fix, heard

DAY_0 = datetime(2020, 1, 1, tzinfo=UTC)


def fixes() -> st.SearchStrategy[Fix]:
    """Fixes with what NMEA can carry: milliseconds, positive numbers, one mode."""
    return st.builds(
        Fix,
        at=st.integers(0, 50 * 365 * 86_400_000).map(lambda ms: DAY_0 + timedelta(milliseconds=ms)),
        lon=st.floats(-180, 180),
        lat=st.floats(-90, 90),
        alt_m=st.one_of(st.none(), st.integers(-400_00, 9000_00).map(lambda cm: cm / 100)),
        speed_mps=st.one_of(st.none(), st.floats(0, 90)),
        course_deg=st.one_of(st.none(), st.integers(0, 35_999).map(lambda cdeg: cdeg / 100)),
        mode=st.sampled_from(["2d", "3d", "dead_reckoning", "simulated", "manual"]),
        quality=st.none(),
        hdop=st.one_of(st.none(), st.integers(1, 9000).map(lambda value: value / 100)),
        satellites=st.one_of(st.none(), st.integers(0, 11)),
        error_m=st.one_of(st.none(), st.integers(1, 10**6).map(lambda mm: mm / 1000)),
    )


@given(fixes())
def test_a_fix_comes_back_as_it_was_said(fix: Fix) -> None:
    """A simulated van is where its simulator put it, to 2 cm; everything else is exact to what a receiver sends."""
    (back,) = heard(encode.epoch(fix))
    assert abs(back.lat - fix.lat) < 1e-7
    assert abs(back.lon - fix.lon) < 1e-7
    assert (back.speed_mps is None) == (fix.speed_mps is None)
    assert abs((back.speed_mps or 0) - (fix.speed_mps or 0)) < 2e-3
    said = {"lon": back.lon, "lat": back.lat, "speed_mps": back.speed_mps, "quality": back.quality}
    assert back == Fix(**{**{name: getattr(fix, name) for name in Fix.__struct_fields__}, **said})


def test_a_receiver_without_a_fix_says_so() -> None:
    """Its time goes on, its place is null."""
    (back,) = heard(encode.epoch(Fix(at=NOON)))
    assert (back.at, back.lat, back.quality, back.mode) == (NOON, None, 0, None)


def test_every_sentence_is_one_for_other_readers() -> None:
    """What we say has to be NMEA, not our own idea of it."""
    satellites = [encode.Satellite(prn=prn, elevation_deg=45, azimuth_deg=5, snr_db=40) for prn in range(1, 8)]
    said = b"".join(kind(a_fix()) for kind in (encode.rmc, encode.gga, encode.gll, encode.gns, encode.gsa, encode.vtg))
    said += encode.gst(a_fix()) + encode.zda(a_fix()) + encode.gsv(satellites) + encode.gsv([])
    parsed = [pynmea2.parse(text, check=True) for text in said.decode().split()]
    assert [one.sentence_type for one in parsed] == [
        *("RMC", "GGA", "GLL", "GNS", "GSA", "VTG", "GST", "ZDA"),
        *("GSV", "GSV", "GSV"),
    ]
    assert parsed[0].datetime == NOON
    assert abs(parsed[1].latitude - 60.1699) < 1e-7
    assert all(len(text) <= 82 for text in said.decode().splitlines())


def test_sixty_minutes_are_never_said() -> None:
    """59.9999999 minutes are the next degree, not 60.00000 minutes."""
    assert b",6100.00000,N,02500.00000,E," in encode.gll(a_fix(lat=60.999999999, lon=24.999999999))
