"""The sanity layer: every trap of the parser inside, and what invalid sentences may still say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea.fields import Refusals
from firmware_bridge.nmea.sentences import KINDS, Said, read
from tests.support.nmea import line


def said(text: str) -> tuple[Said | None, Refusals]:
    refused = Refusals()
    return read(line(text).decode().strip()[1:], refused), refused


def fields_of(text: str) -> Said:
    one, refused = said(text)
    assert one is not None
    assert not refused
    return one


def test_an_rmc_says_time_date_place_speed_and_course() -> None:
    """The sentence that every receiver has."""
    one = fields_of("GPRMC,225446.33,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E,A")
    assert (one.time_ms, one.day, one.valid, one.course_deg) == (82_486_330, date(1994, 11, 19), True, 54.7)
    assert one.position == pytest.approx((-123.185333333, 49.274166667), abs=1e-9)
    assert one.speed_mps == pytest.approx(0.257, abs=1e-3)


@pytest.mark.parametrize(
    "text",
    [
        "GPRMC,120000.00,V,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E",
        "GPRMC,120000.00,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E,N",
        "GPGGA,120000.00,4916.45,N,12311.12,W,0,00,99.99,12.0,M,,M,,",
        "GPGLL,4916.45,N,12311.12,W,120000.00,V,N",
        "GNGNS,120000.00,4916.45,N,12311.12,W,NN,00,99.9,12.0,,,",
    ],
)
def test_an_invalid_sentence_gives_no_position(text: str) -> None:
    """Receivers repeat the last position under quality 0 or status V: a van would stand where it lost the sky."""
    one = fields_of(text)
    assert (one.valid, one.position, one.alt_m, one.speed_mps) == (False, None, None, None)
    assert one.time_ms == 43_200_000


def test_empty_coordinates_are_no_null_island() -> None:
    """pynmea2 reads an empty latitude as 0.0."""
    assert fields_of("GPGLL,,N,,E,120000.00,A,A").position is None
    assert fields_of("GPRMC,120000.00,A,,,,,,,221126,,,A").position is None


def test_a_cold_start_is_read() -> None:
    """pynmea2's `.datetime` raises TypeError on it: 93 times in the recordings."""
    one = fields_of("GPRMC,,V,,,,,,,,,,N")
    assert (one.time_ms, one.day, one.valid) == (None, None, False)


@pytest.mark.parametrize(
    ("text", "reason", "name"),
    [
        ("GPGLL,9100.0000,N,02456.0000,E,120000.00,A,A", "bad_position", "position"),
        ("GPGLL,6075.0000,N,02456.0000,E,120000.00,A,A", "bad_position", "position"),
        ("GPGLL,6010.0000,N,18056.0000,E,120000.00,A,A", "bad_position", "position"),
        ("GPGLL,6010.0000,E,02456.0000,N,120000.00,A,A", "bad_position", "position"),
        ("GPGLL,60x0.0000,N,02456.0000,E,120000.00,A,A", "bad_position", "position"),
        ("GPRMC,120000.00,A,,,,,nan,,221126,,,A", "bad_number", "speed_mps"),
        ("GPRMC,120000.00,A,,,,,1e3,,221126,,,A", "bad_number", "speed_mps"),
        ("GPRMC,120000.00,A,,,,,-5.0,,221126,,,A", "bad_number", "speed_mps"),
        ("GPRMC,120000.00,A,,,,,5.0,361,221126,,,A", "bad_number", "course_deg"),
        ("GPRMC,120000.00,A,,,,,,,310226,,,A", "bad_date", "day"),
        ("GPRMC,120000.00,A,,,,,,,2208-1,,,A", "bad_date", "day"),
        ("GPZDA,120000.00,32,01,2026,00,00", "bad_date", "day"),
        ("GPGGA,120000.00,,,,,1,5x,1.0,,M,,M,,", "bad_number", "satellites"),
    ],
)
def test_a_field_that_cannot_be_is_nothing_and_is_counted(text: str, reason: str, name: str) -> None:
    """The rest of the sentence is still true, and the counter names what the receiver does wrong."""
    one, refused = said(text)
    assert one is not None
    assert (one.time_ms, getattr(one, name)) == (43_200_000, None)
    assert refused == {reason: 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("GPRMC,235860.00,A,,,,,,,221126,,,A", "bad_time"),
        ("GPRMC,240000.00,A,,,,,,,221126,,,A", "bad_time"),
        ("GPRMC,126000.00,A,,,,,,,221126,,,A", "bad_time"),
        ("GPRMC,12:00:00,A,,,,,,,221126,,,A", "bad_time"),
        ("GPRMC,120000.00,A", "malformed"),
        ("GPGLL,,N,,E,120000.00,A,A" + ",1" * 9, "malformed"),
    ],
)
def test_a_sentence_of_no_known_instant_or_shape_is_refused_whole(text: str, reason: str) -> None:
    """Without its time a position would join the wrong epoch."""
    assert said(text) == (None, {reason: 1})


def test_minutes_that_were_rounded_to_sixty_are_the_next_degree() -> None:
    """59.99999 minutes look so in a receiver with four decimals."""
    one = fields_of("GPGLL,6060.0000,N,00000.0000,W,120000.00,A,A")
    assert one.position == (0.0, 61.0)


@pytest.mark.parametrize("text", ["PUBX,00,120000.00", "GNTHS,90.0,A", "SNRSTAT,1", "GPGSV,1,1,00", "GYOACC,1,2", "X"])
def test_other_kinds_are_left_alone(text: str) -> None:
    """Makers' own sentences are no errors, and none of them may raise."""
    assert said(text) == (None, {})


def test_gns_is_valid_when_any_system_is() -> None:
    """A fix by Galileo alone is a fix."""
    one = fields_of("GNGNS,120000.00,6010.0000,N,02456.0000,E,NNAN,05,1.9,12.0,,,")
    assert (one.valid, one.satellites, one.hdop, one.alt_m) == (True, 5, 1.9, 12.0)


def test_gsa_counts_satellites_of_receivers_with_24_places() -> None:
    """CH-4701 has twice as many places as the standard."""
    one = fields_of("GPGSA,A,3,27,23,13,07,25,,,,,,,,,,,,,,,,,,,,07.9,06.0,05.2")
    assert (one.dimensions, len(one.used), one.hdop) == (3, 5, 6.0)


def test_a_dilution_of_99_99_is_none() -> None:
    """BT-451 says so without a fix; taken for a number, it would be an accuracy of half a kilometre."""
    assert fields_of("GPGSA,A,2,,,,,,,,,,,,,99.99,99.99,99.99").hdop is None


def test_errors_are_one_sigma_per_axis() -> None:
    """The fences trust it: 3 m north and 4 m east are 3.54 m on either axis."""
    assert fields_of("GPGST,120000.00,0.4,324,3.8,1.7,3.0,4.0,9.9").error_m == 3.536
    assert fields_of("GPGBS,120000.00,3.0,4.0,9.9,,,,").error_m == 3.536
    assert fields_of("GPGST,120000.00,0.0000,,,,,,").error_m is None


@given(
    st.sampled_from(sorted(KINDS)), st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12))
)
def test_no_sentence_raises(kind: str, words: list[str]) -> None:
    """A receiver with a fault must not end the gateway."""
    text = ",".join([f"GP{kind}", *words]).translate({ord(letter): " " for letter in "*$"})
    one, _ = said(text)
    assert one is None or one.position is None or (abs(one.position[0]) <= 180 and abs(one.position[1]) <= 90)
