"""Bytes to checked sentences, whatever the line does to them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea.fields import Refusals
from firmware_bridge.nmea.framing import MAX_SENTENCE, Framing
from tests.support.nmea import line, lines

RMC = "GPRMC,120000,A,6010.1940,N,02456.3040,E,5.0,90.0,221126,,"


def framed(*chunks: bytes) -> tuple[list[str], Refusals]:
    refused = Refusals()
    framing = Framing(refused)
    sentences = [one for chunk in chunks for one in framing.feed(chunk)]
    return sentences + list(framing.close()), refused


def body(sentence: str) -> str:
    return sentence.partition("*")[0]


def test_a_sentence_comes_out_without_its_dollar_and_with_its_checksum() -> None:
    """The next layer trusts that what it gets is whole."""
    assert framed(b"$GPGSA,A,1,,,,*32\r\n") == (["GPGSA,A,1,,,,*32"], {})


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\n\r", b""])
def test_any_line_end_will_do(end: bytes) -> None:
    """Recordings pass through editors and terminals that change it; the last line may have none."""
    assert framed(line(RMC).strip() + end)[0] == [line(RMC).decode().strip()[1:]]


def test_a_dollar_in_the_middle_of_a_line_begins_a_sentence() -> None:
    """A receiver that restarts is cut off; the next sentence must not be lost with the first."""
    sentences, refused = framed(b"$GPRMC,1200" + line("GPGLL,,,,,,V,N"))
    assert [body(one) for one in sentences] == ["GPGLL,,,,,,V,N"]
    assert refused == {"cut": 1}


def test_two_whole_sentences_on_one_line_both_count() -> None:
    """A lost line end is no lost sentence."""
    sentences, refused = framed(line(RMC).strip() + line("GPGLL,,,,,,V,N"))
    assert (len(sentences), refused) == (2, {})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"$GPRMC,120000.00,A,48\r\n", "no_checksum"),
        (b"$GPRMC,120000.00,A,48*\r\n", "no_checksum"),
        (b"$GPRMC,120000.00,A,48*4\r\n", "no_checksum"),
        (b"$GPGSA,A,1,,,,*33\r\n", "bad_checksum"),
        (b"# Name: a recording\r\n", "noise"),
        (b"\xb5\x62\x01\x07\x00\x99\r\n", "noise"),
        (line("GPTXT," + "x" * MAX_SENTENCE), "too_long"),
        (b"$GPTXT,\x01\x01*63\r\n", "not_text"),
    ],
)
def test_what_is_refused_is_counted_by_its_reason(data: bytes, reason: str) -> None:
    """An installer reads from the counters what is wrong with the line: the speed, the cable, the device."""
    sentences, refused = framed(data)
    assert (sentences, refused) == ([], {reason: 1})


def test_ais_on_the_same_line_is_no_error() -> None:
    """Receivers on boats and test benches mix in encapsulated sentences, which begin with an exclamation mark."""
    refused = Refusals()
    framing = Framing(refused)
    assert list(framing.feed(b"!AIVDM,1,1,,B,13njCt031t0DA=lN2:jKmad60l1p,0*12\r\n")) == []
    assert (framing.encapsulated, refused) == (1, {})


def test_noise_without_end_is_not_remembered() -> None:
    """The wrong baud rate for a day must not fill the memory of the gateway."""
    framing = Framing(Refusals())
    for _ in range(1000):
        list(framing.feed(b"\xfe\x80$" * 400))
    assert len(framing._rest) <= MAX_SENTENCE
    assert [body(one) for one in framing.feed(b"\n" + line("GPGLL,,,,,,V,N"))] == ["GPGLL,,,,,,V,N"]


@given(st.binary(max_size=600), st.lists(st.integers(0, 1200), max_size=12))
def test_chunks_do_not_matter(noise: bytes, cuts: list[int]) -> None:
    """A serial port hands over what it has; the sentences are the same however it was cut."""
    data = lines(RMC, "GPGLL,,,,,,V,N") + noise + lines("GPZDA,,,,,00,00", RMC) + noise[:7] + line(RMC)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[one:other] for one, other in pairwise(places)]
    assert framed(*chunks)[0] == framed(data)[0]
