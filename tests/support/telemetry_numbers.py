"""Numbered batches: whoever knows a number knows its rows, so that a killed writer can be held to what it acknowledged."""

from collections.abc import Iterable
from datetime import timedelta

import numpy as np
import pyarrow as pa

from server.store.telemetry import SCHEMA, Telemetry
from tests.support.positions import NOON
from wire.messages import milliseconds

FLEET = ("van-1", "van-2", "van-3")
DAYS = 3
NOON_MS = milliseconds(NOON)


def numbered(number: int, rows: int = 60) -> pa.RecordBatch:
    """Batch `number`: a minute at 1 Hz of one vehicle, on one of three days."""
    at_ms = NOON_MS - number % DAYS * 86_400_000 + number * rows + np.arange(rows)
    columns = {
        "vehicle": [FLEET[number % len(FLEET)]] * rows,
        "at": pa.array(at_ms).cast(SCHEMA.field("at").type),
        "lon_e7": 249_384_000 + np.arange(rows) * 1733 % 911,
        "lat_e7": 601_699_000 + np.arange(rows) * 2711 % 977,
        "speed_cmps": np.arange(rows) * 31 % 1999,
        "clock": np.zeros(rows),
    }
    arrays = [pa.array(columns[field.name]) if field.name in columns else pa.nulls(rows) for field in SCHEMA]
    return pa.table(arrays, names=SCHEMA.names).cast(SCHEMA).to_batches()[0]


def stored_numbers(store: Telemetry, numbers: Iterable[int], rows: int = 60) -> list[int]:
    """Which of the batches are there; AssertionError when one is there in part, a position twice, or one of no batch."""
    there = []
    for vehicle, name in enumerate(FLEET):
        track = store.track(name, NOON - timedelta(days=DAYS), NOON + timedelta(days=DAYS))
        found = track["at"].cast(pa.int64()).to_numpy()
        assert (np.diff(found) > 0).all(), "a position is there twice"
        for number in numbers:
            if number % len(FLEET) == vehicle:
                at_ms = numbered(number, rows)["at"].cast(pa.int64()).to_numpy()
                present = np.isin(at_ms, found)
                assert present.all() or not present.any(), f"batch {number} is there in part"
                there += [number] * bool(present.all())
        assert len(found) == rows * sum(number % len(FLEET) == vehicle for number in there), "positions of no batch"
    return sorted(there)
