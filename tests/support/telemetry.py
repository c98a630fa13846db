"""Builders of telemetry: batches out of positions, and tables as positions again."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from server.store.telemetry import SCHEMA, Part, batch_of
from tests.support.positions import a_position
from wire.columns import MISSING, NAMES, Row, position, row
from wire.messages import Position, milliseconds

VEHICLE = "van-1"


def a_part(vehicle: str, positions: Iterable[Position]) -> Part:
    """Positions as the codec hands them to the store."""
    positions = list(positions)
    rows = [[MISSING if value is None else value for value in row(one)] for one in positions]
    flags = {place: one.flags for place, one in enumerate(positions) if one.flags}
    return Part(vehicle, np.array(rows, dtype=np.int64).reshape(-1, len(NAMES)).T, flags)


def a_batch(*positions: Position, vehicle: str = VEHICLE) -> pa.RecordBatch:
    """Positions of one vehicle."""
    return batch_of([a_part(vehicle, positions)])


def at_seconds(*seconds: float, vehicle: str = VEHICLE) -> pa.RecordBatch:
    """Positions of one vehicle, so many seconds after noon of 22 November 2026."""
    return a_batch(*(a_position(second) for second in seconds), vehicle=vehicle)


def positions_of(table: pa.Table) -> list[Position]:
    """What a track says."""
    assert table.schema.equals(SCHEMA), table.schema
    found = []
    for said in table.to_pylist():
        values = Row(at_ms=milliseconds(said["at"]), **{name: said[name] for name in NAMES if name != "at_ms"})
        found.append(position(values, tuple(said["flags"].split(",")) if said["flags"] else ()))
    return found


def in_order(positions: Iterable[Position]) -> list[Position]:
    """Each position once, by time and then by content, what is missing first: what a store has to answer."""

    def key(one: Position) -> tuple[object, ...]:
        return (*((MISSING if value is None else value) for value in row(one)), ",".join(one.flags))

    return sorted(set(positions), key=key)
