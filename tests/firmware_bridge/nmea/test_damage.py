"""A serial line in a van: chunks of any size, bytes lost, changed and invented. What was not hit still comes out."""

import random
import resource
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.nmea import Fix, Nmea, encode
from tests.support.nmea import NOON, a_drive, heard_and_counted, places

CHECKSUM_MISSES = 3
"""Two changes may cancel out in an 8-bit exclusive or (120011 to 120000): one damaged sentence in some 256."""

LETTERS = b"$*,!\r\n0123456789GPRMCAVNEWS.\x00\xff"


def damaged(rng: random.Random, data: bytes) -> bytes:
    """These bytes with one to four accidents of a serial line."""
    hurt = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(hurt) or 1)
        kind = rng.randrange(5)
        if kind == 0:
            hurt[place : place + 1] = bytes([rng.choice(LETTERS)])
        elif kind == 1:
            del hurt[place : place + rng.randint(1, 40)]
        elif kind == 2:
            hurt[place:place] = rng.randbytes(rng.randint(1, 40))
        elif kind == 3:
            hurt[place:place] = bytes(rng.choices(LETTERS, k=rng.randint(1, 30)))
        else:
            hurt[place:place] = hurt[place // 2 : place // 2 + 60]
    return bytes(hurt)


def in_chunks(rng: random.Random, nmea: Nmea, data: bytes) -> list[Fix]:
    fixes, start = [], 0
    while start < len(data):
        size = rng.choice((1, 7, 64, 300, 4096))
        fixes += nmea.feed(data[start : start + size])
        start += size
        if rng.random() < 0.02:
            fixes += nmea.idle()
    return fixes


@given(st.binary(max_size=2000), st.integers(1, 300), st.booleans())
def test_no_bytes_raise(data: bytes, chunk: int, eager: bool) -> None:
    """The port may be a modem's, or a keyboard's."""
    fixes, _ = heard_and_counted(data, chunk=chunk, eager=eager)
    assert all(fix.lat is None or abs(fix.lat) <= 90 for fix in fixes)


@given(st.integers(0, 2**32), st.booleans())
def test_epochs_that_were_not_hit_come_out(seed: int, eager: bool) -> None:
    """Damage costs the sentences that it hits and nothing else; what the checksum can see is never believed."""
    rng = random.Random(seed)
    drive = a_drive(30)
    hit = {i for i in range(30) if rng.random() < 0.3}
    said = b"".join(damaged(rng, encode.epoch(fix)) if i in hit else encode.epoch(fix) for i, fix in enumerate(drive))
    nmea = Nmea(eager=eager)
    fixes = places(in_chunks(rng, nmea, said) + nmea.close())
    assert set(places([fix for i, fix in enumerate(drive) if i not in hit])) <= set(fixes)
    invented = {place for place in fixes if place[1] is not None and place[0] is not None} - set(places(drive))
    assert len(invented) <= CHECKSUM_MISSES


@given(st.integers(0, 2**32))
def test_a_damaged_line_is_accounted_for(seed: int) -> None:
    """Who looks at the counters sees that the cable is bad, not that the sky is."""
    rng = random.Random(seed)
    said = b"".join(damaged(rng, encode.epoch(fix)) for fix in a_drive(40))
    _, counters = heard_and_counted(said)
    assert sum(counters.refused.values()) > 20


@pytest.mark.long
def test_a_million_fuzzed_sentences_neither_raise_nor_grow() -> None:
    """Two days of a bad cable at 1 Hz: the gateway stays as it was, and has every fix that was not hit."""
    rng = random.Random(20261122)
    nmea = Nmea(not_before=NOON.date())
    missing = wanted = early_kb = 0
    for block in range(200):
        drive = a_drive(1000, NOON + timedelta(seconds=1000 * block))
        hit = {i for i in range(1000) if rng.random() < 0.2}
        parts = [damaged(rng, encode.epoch(fix)) if i in hit else encode.epoch(fix) for i, fix in enumerate(drive)]
        seen = set(places(in_chunks(rng, nmea, b"".join(parts)) + nmea.idle()))
        spared = set(places([fix for i, fix in enumerate(drive) if i not in hit]))
        missing, wanted = missing + len(spared - seen), wanted + len(spared)
        early_kb = early_kb or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early_kb < 20_000
    assert nmea.counters.sentences > 900_000
    assert missing <= wanted * 1e-4
