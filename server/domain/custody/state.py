"""What the filter remembers from one window to the next, and its form on disk.

The form carries a number: what an older filter wrote is not read, so that its owner starts again from the observations.
"""

import zlib
from typing import Final

import msgspec
import numpy as np

from server.domain.custody.arrays import read, written
from server.domain.custody.values import Kind
from server.domain.custody.vehicles import Spot, Vehicle

FORM: Final = 4


class Hypotheses(msgspec.Struct, frozen=True, kw_only=True):
    """For each row (a parcel) its hypotheses, best first: where it is, since when, and how loud it should then be.

    Shapes: (rows, H), with C for steps of the tag's strength and K for the scanners that a row looks at.
    """

    place: np.ndarray
    """A vehicle's number, or AWAY + a spot's, or GONE, or NONE for an empty place in the table."""
    carried: np.ndarray
    since: np.ndarray
    """Window of entry, its end in ms."""
    mute: np.ndarray
    """How likely its tag is silent for a while though it is there."""
    logw: np.ndarray
    """(rows, H, C)"""
    mean: np.ndarray
    """(rows, H, C, K): the level's deviation from what the place lets expect, dB."""
    var: np.ndarray


class Ears(msgspec.Struct, frozen=True, kw_only=True):
    """For each row the scanners it looks at (K of them), and what they heard."""

    scanner: np.ndarray
    """Their numbers, -1 for none."""
    heard_ms: np.ndarray
    """End of the newest sighting."""
    level: np.ndarray
    """The newest level, dBm; NaN before the first."""
    pending_s: np.ndarray
    """Silence since the newest sighting, in healthy seconds."""
    often: np.ndarray
    """How often it is heard in a window, of late."""
    adverts: np.ndarray
    """Learned: adverts and seconds in which they were heard, while in reach; gaps and windows."""
    seconds: np.ndarray
    gaps: np.ndarray
    gap_s: np.ndarray
    expected: np.ndarray
    """How likely it would have changed its place lately, before it was heard."""


EMPTY: Final = {
    "mean": 0.0,
    "var": np.nan,
    "scanner": -1,
    "heard_ms": 0,
    "level": np.nan,
    "pending_s": 0.0,
    "often": 0.0,
}
"""Of a scanner at which a row does not look, or has not looked yet."""


def widened[T: (Hypotheses, Ears)](one: T, columns: int) -> T:
    """With room for so many scanners a row."""
    return msgspec.structs.replace(
        one,
        **{
            name: _padded(getattr(one, name), columns, empty)
            for name, empty in EMPTY.items()
            if name in one.__struct_fields__
        },
    )


def _padded(array: np.ndarray, columns: int, empty: float) -> np.ndarray:
    if array.shape[-1] >= columns:
        return array
    more = [(0, 0)] * (array.ndim - 1) + [(0, columns - array.shape[-1])]
    return np.pad(array, more, constant_values=empty)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of a parcel."""

    loaded: str | None = None
    alarm: Kind | None = None
    alarm_vehicle: str | None = None
    alarm_spot: int = -1
    settled: tuple[str, ...] = ()
    """Handed over, left aboard, and so on, with the spot: each is said once."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Opaque to everybody but the filter."""

    to_ms: int = 0
    origin: tuple[float, float] | None = None
    """Of the local metres, degrees; it stays, whatever becomes of the plan."""
    vehicles: dict[str, Vehicle] = {}
    spots: dict[int, Spot] = {}
    next_spot: int = 0
    scanners: tuple[str, ...] = ()
    """Numbers of scanners and vehicles are places in this list."""
    longest_ms: dict[str, int] = {}
    """The longest sighting of each scanner: silence counts only when no sighting can still be on its way."""
    waiting_s: dict[str, float] = {}
    apart: dict[str, int] = {}
    """In how many windows each tag was loud in two places at once."""
    rows: tuple[tuple[str, str], ...] = ()
    """Parcel and tag of each row."""
    hypotheses: Hypotheses | None = None
    ears: Ears | None = None
    said: dict[str, Said] = {}
    floors: dict[str, float] = {}
    """What each scanner just hears, dBm."""
    loading: dict[str, float] = {}
    """How likely each vehicle is being loaded."""


class _Frozen(msgspec.Struct, frozen=True, kw_only=True):
    form: int
    state: State


def frozen(state: State) -> bytes:
    """The state as bytes."""
    return zlib.compress(msgspec.msgpack.encode(_Frozen(form=FORM, state=state), enc_hook=written), 1)


def thawed(data: bytes) -> State | None:
    """The state again; None when it was written by another filter, or is damaged."""
    try:
        kept = msgspec.msgpack.decode(zlib.decompress(data), type=_Frozen, dec_hook=read)
    except (msgspec.MsgspecError, zlib.error, ValueError, TypeError):
        return None
    return kept.state if kept.form == FORM else None
