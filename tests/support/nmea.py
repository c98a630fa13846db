"""Builders for receivers: a sentence from its text, a fix, a drive of fixes, and what comes out of the bridge."""

from datetime import UTC, date, datetime, timedelta

import msgspec

from firmware_bridge.nmea import Counters, Fix, Nmea, encode

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def line(text: str) -> bytes:
    """`GPRMC,120000,A,...` with `$`, checksum and line end."""
    return encode.sentence(*text.split(","))


def lines(*texts: str) -> bytes:
    return b"".join(line(text) for text in texts)


def a_fix(**changes: object) -> Fix:
    """A good fix in Helsinki, as a receiver would round it."""
    usual = Fix(
        at=NOON,
        lon=24.9384,
        lat=60.1699,
        alt_m=12.5,
        speed_mps=8.1,
        course_deg=90.0,
        mode="3d",
        quality=1,
        hdop=0.9,
        satellites=9,
        error_m=2.5,
    )
    return msgspec.structs.replace(usual, **changes)


def a_drive(seconds: int, since: datetime = NOON, step_s: float = 1.0) -> list[Fix]:
    """Fixes along a street, each at another place."""
    return [
        a_fix(at=since + timedelta(seconds=i * step_s), lon=round(24.9 + i * 1e-4, 9), speed_mps=round(5 + i % 7, 3))
        for i in range(seconds)
    ]


def heard(data: bytes, *, not_before: date | None = None, eager: bool = False, chunk: int = 0) -> list[Fix]:
    """Every fix of a whole recording, fed at once or in chunks."""
    return heard_and_counted(data, not_before=not_before, eager=eager, chunk=chunk)[0]


def heard_and_counted(
    data: bytes, *, not_before: date | None = None, eager: bool = False, chunk: int = 0
) -> tuple[list[Fix], Counters]:
    nmea = Nmea(not_before=not_before, eager=eager)
    fixes = []
    size = chunk or len(data) or 1
    for start in range(0, len(data), size):
        fixes += nmea.feed(data[start : start + size])
    return fixes + nmea.close(), nmea.counters


def places(fixes: list[Fix]) -> list[tuple[datetime | None, float | None, float | None]]:
    return [(fix.at, fix.lon, fix.lat) for fix in fixes]
