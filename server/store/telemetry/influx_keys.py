"""Which time each point gets, in ns: the key under which InfluxDB keeps it within its series, the vehicle.

A position's time is in ms, so six digits are free, and two different fixes of one millisecond need different ones. A
hash of the content would do for all, but irregular times cost 40 to 70 bytes a position, because InfluxDB compresses
them once for each field. So a position that is certain to be the first of its millisecond gets plain zeros, and every
other one (late, repeated, or with a twin in its batch) gets the hash. A repeat may thus stand twice, which reading
undoes; nothing ever takes the place of something else.

"Certain" is: later than everything that this process has seen stored of the vehicle. That takes one writer a vehicle at
a time, which the delivery rule takes as well.
"""

import hashlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from server.store.telemetry.order import numbers
from server.store.telemetry.schema import DAY_MS, NUMBERS

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NS = 1_000_000
"""Nanoseconds in a millisecond."""

PLAIN_END_MS = 7_258_118_400_000
"""Times from 1970 up to 2200 are the time of the point. Others are far: what a receiver says when it is confused."""

FAR_START_NS = PLAIN_END_MS * NS
FAR_NS = 2**44
"""Far points stand within five hours from 2200-01-01 on, at a hash of their content and time."""

FAR_END_NS = FAR_START_NS + FAR_NS


class Newest:
    """The newest time (ms) that is stored of each vehicle, as far as it is known."""

    def __init__(self) -> None:
        self._at_ms: dict[str, int] = {}

    def unknown(self, vehicles: list[str]) -> list[str]:
        """Those of which nothing is known."""
        return [vehicle for vehicle in vehicles if vehicle not in self._at_ms]

    def learn(self, at_ms: dict[str, int]) -> None:
        """What the store has, -1 for nothing."""
        self._at_ms |= at_ms

    def forget(self, vehicles: list[str]) -> None:
        """After a write that failed nobody knows how far it came."""
        for vehicle in vehicles:
            self._at_ms.pop(vehicle, None)

    def first_of_their_time(self, rows: pa.Table, now_ms: int) -> Flags:
        """The rows that are certain to be the only ones of their vehicle and millisecond.

        What claims to be from later than tomorrow is not among them: believed, it would make all that follows late.
        """
        codes, vehicles = _coded(rows["vehicle"])
        at_ms = rows["at_ms"].to_numpy()
        known = np.array([self._at_ms[vehicle] for vehicle in vehicles], dtype=np.int64)
        later: Flags = (at_ms > known[codes]) & (at_ms < now_ms + DAY_MS) & (at_ms >= 0)
        order = np.lexsort((at_ms, codes))
        twins = (np.diff(codes[order]) == 0) & (np.diff(at_ms[order]) == 0)
        later[order[1:][twins]] = later[order[:-1][twins]] = False
        return later

    def wrote(self, rows: pa.Table, first: Flags) -> None:
        """Remember how far the vehicles have come; `first` as it was when they were written."""
        codes, vehicles = _coded(rows["vehicle"])
        at_ms = rows["at_ms"].to_numpy()
        newest = np.array([self._at_ms[vehicle] for vehicle in vehicles], dtype=np.int64)
        np.maximum.at(newest, codes[first], at_ms[first])
        self._at_ms |= dict(zip(vehicles, newest.tolist(), strict=True))


def is_far(at_ms: Numbers) -> Flags:
    """The times that InfluxDB cannot hold, or hardly."""
    far: Flags = (at_ms < 0) | (at_ms >= PLAIN_END_MS)
    return far


def times_ns(rows: pa.Table, first: Flags) -> Numbers:
    """The time of each point."""
    at_ms = rows["at_ms"].to_numpy()
    far = is_far(at_ms)
    if first.all():
        return np.asarray(at_ms * NS)
    said = _content(rows)
    digits = 1 + (said % np.uint64(NS - 1)).astype(np.int64)
    plain = np.where(far, 0, at_ms) * NS + np.where(first, 0, digits)
    if not far.any():
        return plain
    return np.where(far, FAR_START_NS + (mixed(said, at_ms) % np.uint64(FAR_NS)).astype(np.int64), plain)


def _coded(vehicles: pa.ChunkedArray) -> tuple[npt.NDArray[np.int32], list[str]]:
    whole = vehicles.combine_chunks().dictionary_encode()
    return whole.indices.to_numpy(), whole.dictionary.to_pylist()


def _content(rows: pa.Table) -> npt.NDArray[np.uint64]:
    """64 bits that follow from what a position says besides its vehicle and time.

    They are for ever: with others, what is written again after an update would stand twice.
    """
    said = np.zeros(rows.num_rows, dtype=np.uint64)
    for name in NUMBERS:
        said = mixed(said, numbers(rows[name]))
    return mixed(said, text_numbers(rows["flags"]))


def mixed(said: npt.NDArray[np.uint64], value: Numbers) -> npt.NDArray[np.uint64]:
    """One round of splitmix64 (Steele, Lea, Flood 2014) over what was said so far and the next value."""
    mixed = (said ^ value.view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def text_numbers(texts: pa.ChunkedArray) -> Numbers:
    """A number for each text, 0 for none; there are few different ones."""
    if texts.null_count == len(texts):
        return np.zeros(len(texts), dtype=np.int64)
    codes = texts.combine_chunks().dictionary_encode()
    known = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) for text in codes.dictionary.to_pylist()]
    found: Numbers = np.array([0, *known], dtype=np.int64)[pc.fill_null(codes.indices, -1).to_numpy() + 1]
    return found
