"""A position as a row of whole numbers: what it is in a batch on the wire and in the stores.

Whole numbers, because deltas of them are small and exact: degrees are in 1e-7 (1.1 cm), times in ms since 1970,
speed in cm/s, course in 0.01 deg, accuracy and height in 0.1 m, HDOP in 0.01. `None` is what the receiver did not say.
`mode` and `clock` are places in MODES and CLOCKS.
"""

from typing import NamedTuple

from wire.messages import CLOCKS, MODES, Position, WireError, check_flags, instant, milliseconds

MISSING = -(2**63)
"""Stands for None where a column is an array of 64-bit numbers."""

RANGES: dict[str, tuple[int, int]] = {
    "at_ms": (-62_135_596_800_000, 253_402_300_799_999),  # the years 1 to 9999
    "lon_e7": (-1_800_000_000, 1_800_000_000),
    "lat_e7": (-900_000_000, 900_000_000),
    "alt_dm": (-1_000_000, 10_000_000),
    "speed_cmps": (0, 2_000_000),
    "course_cdeg": (0, 36_000),
    "accuracy_dm": (0, 1_000_000_000),
    "satellites": (0, 1000),
    "hdop_c": (0, 10_000_000),
    "mode": (0, len(MODES) - 1),
    "clock": (0, len(CLOCKS) - 1),
}
NAMES = tuple(RANGES)
REQUIRED = ("at_ms", "lon_e7", "lat_e7", "clock")

_CLOCK = {name: place for place, name in enumerate(CLOCKS)}
_MODE = {name: place for place, name in enumerate(MODES)}


class Row(NamedTuple):
    """One position in whole numbers, in the order of NAMES."""

    at_ms: int
    lon_e7: int
    lat_e7: int
    alt_dm: int | None
    speed_cmps: int | None
    course_cdeg: int | None
    accuracy_dm: int | None
    satellites: int | None
    hdop_c: int | None
    mode: int | None
    clock: int


def row(position: Position) -> Row:
    """The position in whole numbers; raises WireError when a number is none, or out of its range."""
    check_flags(position.flags)
    return Row(
        at_ms=milliseconds(position.at),
        lon_e7=_required("lon", position.lon, 1e7, "lon_e7"),
        lat_e7=_required("lat", position.lat, 1e7, "lat_e7"),
        alt_dm=_whole("alt_m", position.alt_m, 10, "alt_dm"),
        speed_cmps=_whole("speed_mps", position.speed_mps, 100, "speed_cmps"),
        course_cdeg=_whole("course_deg", position.course_deg, 100, "course_cdeg"),
        accuracy_dm=_whole("accuracy_m", position.accuracy_m, 10, "accuracy_dm"),
        satellites=_whole("satellites", position.satellites, 1, "satellites"),
        hdop_c=_whole("hdop", position.hdop, 100, "hdop_c"),
        mode=None if position.mode is None else _MODE[position.mode],
        clock=_CLOCK[position.clock],
    )


def position(values: Row, flags: tuple[str, ...] = ()) -> Position:
    """The position that a row says."""
    return Position(
        at=instant(values.at_ms),
        lon=values.lon_e7 / 1e7,
        lat=values.lat_e7 / 1e7,
        alt_m=_scaled(values.alt_dm, 10),
        speed_mps=_scaled(values.speed_cmps, 100),
        course_deg=_scaled(values.course_cdeg, 100),
        accuracy_m=_scaled(values.accuracy_dm, 10),
        satellites=values.satellites,
        hdop=_scaled(values.hdop_c, 100),
        mode=None if values.mode is None else MODES[values.mode],
        clock=CLOCKS[values.clock],
        flags=flags,
    )


def _required(name: str, value: float, scale: float, column: str) -> int:
    low, high = RANGES[column]
    if not low <= value * scale <= high:  # also false for what is not a number
        raise WireError(f"{name} is {value}; expected a number from {low / scale:g} to {high / scale:g}")
    return round(value * scale)


def _whole(name: str, value: float | None, scale: float, column: str) -> int | None:
    return None if value is None else _required(name, value, scale, column)


def _scaled(value: int | None, scale: float) -> float | None:
    return None if value is None else value / scale
