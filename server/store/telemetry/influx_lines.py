"""Line protocol of positions, whole columns at a time, and the keys that make a repeat the same point.

InfluxDB keeps one point for each (series, time in ns). The series is the vehicle; a time in ms leaves six digits free,
and they are a hash of the position's content: an exact repeat falls on itself, different fixes of one millisecond stand
side by side (two of them meet by chance once in a million such pairs). The hash is for ever: another one would double
what is written again. A time that InfluxDB cannot hold, or hardly, is kept in a field, and the point stands in a window
of its own.
"""

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from server.store.telemetry.order import numbers
from server.store.telemetry.schema import NUMBERS

MEASUREMENT = "position"
NS = 1_000_000
"""Nanoseconds in a millisecond, and so the number of different keys within one."""

PLAIN_END_MS = 7_258_118_400_000
"""Times from 1970 up to 2200 are the time of the point. Others are far: what a receiver says when it is confused."""

FAR_START_NS = PLAIN_END_MS * NS
FAR_NS = 2**44
"""Far points stand within five hours from 2200-01-01 on, at a hash of their content and time."""

FAR_END_NS = FAR_START_NS + FAR_NS
FAR_TIME = "at_ms"


def lines(rows: pa.Table) -> bytes:
    """The rows of schema.STORED in line protocol, with times in ns."""
    at_ms = rows["at_ms"].to_numpy()
    far = (at_ms < 0) | (at_ms >= PLAIN_END_MS)
    parts = [_heads(rows["vehicle"])]
    for place, name in enumerate(NUMBERS):
        parts.append(_field(name, rows[name], first=place == 0))
    if rows["flags"].null_count < rows.num_rows:
        parts.append(_joined(',flags="', rows["flags"], '"'))
    if far.any():
        parts.append(_field(FAR_TIME, pa.array(at_ms, mask=~far)))
    parts.append(_joined(" ", pa.array(times(rows, at_ms, far)), "\n"))
    text = pc.binary_join_element_wise(*parts, "", null_handling="skip")
    whole: bytes = pc.binary_join(pa.ListArray.from_arrays([0, len(text)], text), "")[0].as_buffer().to_pybytes()
    return whole


def times(rows: pa.Table, at_ms: npt.NDArray[np.int64], far: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """The time of each point in ns: its key within its series."""
    said = content(rows)
    plain = np.where(far, 0, at_ms) * NS + (said % np.uint64(NS)).astype(np.int64)
    if not far.any():
        return plain
    both = _mixed(said, at_ms)
    return np.where(far, FAR_START_NS + (both % np.uint64(FAR_NS)).astype(np.int64), plain)


def content(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """64 bits that follow from what a position says besides its vehicle and time."""
    said = np.zeros(rows.num_rows, dtype=np.uint64)
    for name in NUMBERS:
        said = _mixed(said, numbers(rows[name]))
    return _mixed(said, _flag_numbers(rows["flags"]))


def _mixed(said: npt.NDArray[np.uint64], value: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """One round of splitmix64 (Steele, Lea, Flood 2014) over what was said so far and the next value."""
    mixed = (said ^ value.view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _flag_numbers(flags: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A number for each set of flags, 0 for none; there are few different ones."""
    found = np.zeros(len(flags), dtype=np.int64)
    if flags.null_count < len(flags):
        codes = _whole(flags).dictionary_encode()
        known = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) for text in codes.dictionary.to_pylist()]
        found = np.array([0, *known], dtype=np.int64)[pc.fill_null(codes.indices, -1).to_numpy() + 1]
    return found


def _heads(vehicles: pa.ChunkedArray) -> pa.Array:
    """Measurement and tag of each line; vehicles' ids, like flags, need no escapes."""
    codes = _whole(vehicles).dictionary_encode()
    heads = pa.array([f"{MEASUREMENT},vehicle={vehicle}" for vehicle in codes.dictionary.to_pylist()], pa.string())
    return heads.take(codes.indices)


def _field(name: str, column: pa.Array | pa.ChunkedArray, *, first: bool = False) -> pa.Array:
    return _joined(f"{' ' if first else ','}{name}=", column, "i")


def _joined(before: str, column: pa.Array | pa.ChunkedArray, after: str) -> pa.Array:
    """Text around each value, null where there is none."""
    return pc.binary_join_element_wise(before, _whole(column).cast(pa.string()), after, "")


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
