"""From the decoded messages of many gateways to one Arrow batch: the hottest step before the store.

A call to a store costs milliseconds and a row well below one microsecond, so the ingest gathers messages first.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from server.store.telemetry.order import numbers
from server.store.telemetry.schema import SCHEMA
from wire.columns import MISSING, NAMES, REQUIRED


class Part(NamedTuple):
    """The positions of one message: `values` and `flags` as wire.decode.Up has them."""

    vehicle: str
    values: npt.NDArray[np.int64]
    flags: Mapping[int, tuple[str, ...]] = {}


def batch_of(parts: Sequence[Part]) -> pa.RecordBatch:
    """All positions as one batch of schema.SCHEMA, in the order given."""
    if not parts:
        return pa.RecordBatch.from_pylist([], schema=SCHEMA)
    counts = [part.values.shape[1] for part in parts]
    values = np.concatenate([part.values for part in parts], axis=1)
    runs = np.repeat(np.arange(len(parts), dtype=np.int32), counts)
    arrays = {
        "vehicle": pa.array([part.vehicle for part in parts], pa.string()).take(pa.array(runs)),
        "at": pa.array(values[NAMES.index("at_ms")]).cast(SCHEMA.field("at").type),
        "flags": _flags(parts, counts),
    }
    for name, column in zip(NAMES, values, strict=True):
        if name != "at_ms":
            arrays[name] = _numbers(name, column)
    return pa.record_batch([arrays[name] for name in SCHEMA.names], schema=SCHEMA)


def values_of(table: pa.Table) -> npt.NDArray[np.int64]:
    """The way back: a row for each of wire.columns.NAMES, a column for each position; flags are left out."""
    return np.array([numbers(table["at" if name == "at_ms" else name]) for name in NAMES], dtype=np.int64)


def _numbers(name: str, column: npt.NDArray[np.int64]) -> pa.Array:
    """One column in its width; the codec has checked that its numbers fit."""
    narrow = column.astype(SCHEMA.field(name).type.to_pandas_dtype())
    mask = None if name in REQUIRED else column == MISSING
    return pa.array(narrow, mask=mask if mask is not None and mask.any() else None)


def _flags(parts: Sequence[Part], counts: list[int]) -> pa.Array:
    """The sparse flags as a column; nearly always all null."""
    if not any(part.flags for part in parts):
        return pa.nulls(sum(counts), pa.string())
    column: list[str | None] = [None] * sum(counts)
    start = 0
    for part, count in zip(parts, counts, strict=True):
        for place, flags in part.flags.items():
            column[start + place] = ",".join(flags) or None
        start += count
    return pa.array(column, pa.string())
