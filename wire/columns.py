"""Positions as parallel columns of whole numbers: what a batch is on the wire and in the stores.

One list a quantity, one item a position, in the order of the outbox. Whole numbers, because deltas of them are small and
exact: degrees are in 1e-7 (1.1 cm), times in ms, speed in cm/s, course in 0.01 deg, accuracy and height in 0.1 m, HDOP
in 0.01. `None` stands for what the receiver did not say. `mode` and `clock` are places in MODES and CLOCKS.
"""

import math
from collections.abc import Iterable

import msgspec

from wire.messages import CLOCKS, MODES, Position, WireError, instant, milliseconds

Optional = list[int | None]

_CLOCK = {name: place for place, name in enumerate(CLOCKS)}
_MODE = {name: place for place, name in enumerate(MODES)}


class Columns(msgspec.Struct, kw_only=True):
    """A batch of positions; every list is as long as `seq`."""

    seq: list[int] = []
    at_ms: list[int] = []
    lon_e7: list[int] = []
    lat_e7: list[int] = []
    alt_dm: Optional = []
    speed_cmps: Optional = []
    course_cdeg: Optional = []
    accuracy_dm: Optional = []
    satellites: Optional = []
    hdop_c: Optional = []
    mode: Optional = []
    clock: list[int] = []
    flags: dict[int, tuple[str, ...]] = {}
    """Sparse: place in the batch -> the reasons why this fix is doubted."""

    def __len__(self) -> int:
        """How many positions there are."""
        return len(self.seq)

    def append(self, seq: int, position: Position) -> None:
        """Add one position; raises WireError when a number is out of its range, and then adds nothing."""
        flags = position.flags
        values = (
            milliseconds(position.at),
            whole(position.lon, 1e7, -180, 180, "lon"),
            whole(position.lat, 1e7, -90, 90, "lat"),
            maybe(position.alt_m, 10, -100_000, 1_000_000, "alt_m"),
            maybe(position.speed_mps, 100, 0, 20_000, "speed_mps"),
            maybe(position.course_deg, 100, 0, 360, "course_deg"),
            maybe(position.accuracy_m, 10, 0, 1e8, "accuracy_m"),
            maybe(position.satellites, 1, 0, 1000, "satellites"),
            maybe(position.hdop, 100, 0, 100_000, "hdop"),
            None if position.mode is None else _MODE[position.mode],
            _CLOCK[position.clock],
        )
        if flags:
            self.flags[len(self.seq)] = flags
        self.seq.append(seq)
        for name, value in zip(_VALUES, values, strict=True):
            getattr(self, name).append(value)

    def position(self, place: int) -> Position:
        """The position at this place, as a value."""
        mode = self.mode[place]
        return Position(
            at=instant(self.at_ms[place]),
            lon=self.lon_e7[place] / 1e7,
            lat=self.lat_e7[place] / 1e7,
            alt_m=scaled(self.alt_dm[place], 10),
            speed_mps=scaled(self.speed_cmps[place], 100),
            course_deg=scaled(self.course_cdeg[place], 100),
            accuracy_m=scaled(self.accuracy_dm[place], 10),
            satellites=self.satellites[place],
            hdop=scaled(self.hdop_c[place], 100),
            mode=None if mode is None else MODES[mode],
            clock=CLOCKS[self.clock[place]],
            flags=self.flags.get(place, ()),
        )

    def after(self, last: int) -> "Columns":
        """The positions with a sequence number beyond `last`; itself when that is all of them."""
        if not self.seq or self.seq[0] > last:
            return self
        cut = next((place for place, seq in enumerate(self.seq) if seq > last), len(self.seq))
        parts = {name: getattr(self, name)[cut:] for name in ("seq", *_VALUES)}
        return Columns(**parts, flags={place - cut: why for place, why in self.flags.items() if place >= cut})


_VALUES = tuple(name for name in Columns.__struct_fields__ if name not in ("seq", "flags"))


def of(positions: Iterable[tuple[int, Position]]) -> Columns:
    """Columns of (sequence number, position) pairs."""
    columns = Columns()
    for seq, position in positions:
        columns.append(seq, position)
    return columns


def whole(value: float, scale: float, low: float, high: float, name: str) -> int:
    """The value in whole steps of 1/scale; refuses what is not a number or out of range."""
    if not math.isfinite(value) or not low <= value <= high:
        raise WireError(f"{name} is {value}; expected a number from {low:g} to {high:g}")
    return round(value * scale)


def maybe(value: float | None, scale: float, low: float, high: float, name: str) -> int | None:
    """`whole`, or None for None."""
    return None if value is None else whole(value, scale, low, high, name)


def scaled(value: int | None, scale: float) -> float | None:
    """The inverse of `maybe`."""
    return None if value is None else value / scale
