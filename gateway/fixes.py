"""A receiver's fix becomes a position of the vehicle, with a time that says how good it is. Pure.

A position is made of the whole numbers in which it travels (`wire.columns`), so that what the outbox holds is exactly
what arrives. Longitude, latitude and GNSS time are never altered beyond that; numbers that cannot be true are left out
and flagged, so that whatever is in the outbox can be sent.
"""

from datetime import UTC

import msgspec

from firmware_bridge.nmea import Fix, accuracy_m
from gateway.clock import Stamp
from gateway.outbox import Entry
from wire.columns import position as position_of
from wire.columns import row
from wire.messages import Position, WireError, instant, milliseconds

_OPTIONAL = ("alt_m", "speed_mps", "course_deg", "accuracy_m", "satellites", "hdop")


def entry_of(fix: Fix, heard: Stamp) -> Entry | None:
    """The position in a fix, or None when it has none. Without a date it is stamped with when it was heard."""
    if fix.lon is None or fix.lat is None:
        return None
    dated = fix.at is not None
    said = Position(
        at=instant(milliseconds(fix.at)) if fix.at is not None else heard.at.astimezone(UTC),
        clock="gnss" if dated else heard.quality,
        lon=fix.lon,
        lat=fix.lat,
        alt_m=fix.alt_m,
        speed_mps=fix.speed_mps,
        course_deg=fix.course_deg,
        accuracy_m=accuracy_m(fix),
        satellites=fix.satellites,
        hdop=fix.hdop,
        mode=fix.mode,
        flags=fix.flags,
    )
    sound = _sound(said)
    if sound is None:
        return None
    return Entry(record=sound, boot=None if dated else heard.boot, mono_ms=None if dated else heard.mono_ms)


def rounded(position: Position) -> Position:
    """Speed to 0.1 m/s, course to 1 degree, height and accuracy to 1 m, HDOP to 0.1: below what a receiver knows.

    In a batch of 60 that is a fifth of the bytes. Longitude, latitude and time stay as they are.
    """
    return msgspec.structs.replace(
        position,
        alt_m=_to(position.alt_m, 0),
        speed_mps=_to(position.speed_mps, 1),
        course_deg=None if position.course_deg is None else round(position.course_deg) % 360.0,
        accuracy_m=None if position.accuracy_m is None else max(1.0, round(position.accuracy_m, 0)),
        hdop=_to(position.hdop, 1),
    )


def _to(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _sound(position: Position) -> Position | None:
    """The position without numbers that no message can carry; None when it is nowhere on earth."""
    try:
        return position_of(row(position), position.flags)
    except WireError:
        left_out = {name: None for name in _OPTIONAL if not _fits(position, name)}
        position = msgspec.structs.replace(position, **left_out, flags=(*position.flags, "out_of_range"))
        try:
            return position_of(row(position), position.flags)
        except WireError:
            return None


def _fits(position: Position, name: str) -> bool:
    alone = Position(at=position.at, lon=0.0, lat=0.0, **{name: getattr(position, name)})
    try:
        row(alone)
    except WireError:
        return False
    return True
