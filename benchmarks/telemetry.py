"""Rows a second, bytes a row and a day's track of both telemetry stores: `python -m benchmarks.telemetry [--quick]`.

The peer is what one would write first: a table in SQLite with an index on (vehicle, at), as durable as ours (WAL and
FULL). A fleet drives for a day at 1 Hz, synthetic and seeded, and its positions come in the order of time, as they do
to a server; `--quick` takes a smaller fleet.
"""

import argparse
import platform
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from server.store.telemetry import SCHEMA, Part, Telemetry, batch_of, open_telemetry
from tests.support.influx import VERSION, Influxd
from tests.support.waiting import until
from wire.columns import MISSING, NAMES

DAY = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS = 86_400
BATCHES = (60, 1_000, 10_000)
FEW = 200
"""How many batches of the small sizes are timed; the largest size writes the rest of the day."""


def fleet(vehicles: int) -> pa.Table:
    """A day of so many vans at 1 Hz: drives, halts, and a receiver's noise, in the order of time."""
    chance = np.random.default_rng(7)
    noise = lambda scale: chance.normal(0, scale, SECONDS)  # noqa: E731 - reads as a formula
    parts = []
    for van in range(vehicles):
        halted = (np.arange(SECONDS) // 600 + van) % 3 == 2
        speed = np.where(halted, 0, np.clip(800 + np.cumsum(noise(25)) % 1500, 0, 2500))
        course = np.cumsum(noise(3)) % 360
        lat = 601_699_000 + np.cumsum(speed * np.cos(np.radians(course)) * 0.9) + noise(30)
        lon = 249_384_000 + np.cumsum(speed * np.sin(np.radians(course)) * 1.8) + noise(55)
        said = {
            "at_ms": int(DAY.timestamp()) * 1000 + np.arange(SECONDS) * 1000,
            "lon_e7": lon,
            "lat_e7": lat,
            "alt_dm": 200 + np.cumsum(noise(1)),
            "speed_cmps": np.abs(speed + noise(10)),
            "course_cdeg": course * 100,
            "accuracy_dm": 15 + chance.integers(0, 10, SECONDS) // 3,
            "satellites": 9 + chance.integers(0, 3, SECONDS) // 2,
            "hdop_c": 90 + chance.integers(0, 10, SECONDS) // 4,
            "mode": np.ones(SECONDS),
            "clock": np.zeros(SECONDS),
        }
        parts.append(Part(f"van-{van:05}", np.array([said[name] for name in NAMES]).astype(np.int64)))
    day = pa.Table.from_batches([batch_of(parts)])
    return day.take(pa.array(np.argsort(day["at"].cast(pa.int64()).to_numpy(), kind="stable"))).combine_chunks()


class Sqlite:
    """The peer, with as much of a store as is measured."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "peer.sqlite")
        self._database.executescript(
            "pragma journal_mode = wal; pragma synchronous = full;"
            f"create table positions ({', '.join(SCHEMA.names).replace('at,', 'at_ms,', 1)});"
            "create unique index one on positions (vehicle, at_ms, lon_e7, lat_e7)"
        )
        self._insert = f"insert or ignore into positions values ({', '.join('?' * len(SCHEMA.names))})"

    def write(self, batch: pa.RecordBatch) -> None:
        """One transaction."""
        columns = [batch.column("at").cast(pa.int64()) if name == "at" else batch.column(name) for name in SCHEMA.names]
        with self._database:
            self._database.executemany(self._insert, zip(*(column.to_pylist() for column in columns), strict=True))

    def track(self, vehicle: str, start: datetime, end: datetime) -> list[tuple[object, ...]]:
        """The rows of a range."""
        query = "select * from positions where vehicle = ? and at_ms >= ? and at_ms < ? order by at_ms"
        return self._database.execute(query, (vehicle, *(at.timestamp() * 1000 for at in (start, end)))).fetchall()

    def close(self) -> None:
        """Which also checkpoints."""
        self._database.close()


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median_ms(work: Callable[[], object], times: int = 9) -> float:
    return sorted(seconds(work) for _ in range(times))[times // 2] * 1000


def rates(store: Telemetry | Sqlite, day: pa.Table) -> Iterator[float]:
    """Rows a second for each batch size, each with rows of its own."""
    start = 0
    for size in BATCHES:
        rows = day.slice(start) if size == BATCHES[-1] else day.slice(start, size * FEW)
        start += rows.num_rows
        batches = rows.to_batches(max_chunksize=size)
        yield rows.num_rows / seconds(lambda batches=batches: [store.write(batch) for batch in batches])


def bytes_of(folder: Path) -> int:
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())


def measure(store: Telemetry | Sqlite, day: pa.Table) -> dict[str, float]:
    vehicle, range_ = "van-00001", (DAY, DAY + timedelta(days=1))
    found = {f"rows/s, {size:,} a batch": rate for size, rate in zip(BATCHES, rates(store, day), strict=True)}
    found["24 h track, unsealed, ms"] = median_ms(lambda: store.track(vehicle, *range_))
    if not isinstance(store, Sqlite):
        found["seal, rows/s"] = day.num_rows / seconds(lambda: store.seal(DAY.date() + timedelta(days=1)))
        found["24 h track, ms"] = median_ms(lambda: store.track(vehicle, *range_))
        found["latest of one vehicle, ms"] = median_ms(lambda: store.latest(vehicle))
    else:
        found["24 h track, ms"] = found["24 h track, unsealed, ms"]
    assert len(store.track(vehicle, *range_)) == SECONDS
    store.close()
    return found


def duckdb(folder: Path, day: pa.Table) -> dict[str, float]:
    found = measure(open_telemetry("", folder), day)
    return {**found, "bytes a row": bytes_of(folder) / day.num_rows}


def influxdb(folder: Path, day: pa.Table) -> dict[str, float]:
    server = Influxd(folder)
    server.start()
    try:
        found = measure(open_telemetry(server.telemetry_url(), folder), day)
    finally:
        server.stop()
    found.pop("seal, rows/s")
    compressing = Influxd(folder, "--storage-cache-snapshot-memory-size", "1000")
    compressing.start()
    try:
        until(lambda: bytes_of(folder / "engine" / "wal") < 100_000, 120, "everything in its compressed form")
    finally:
        compressing.stop()
    return {**found, "bytes a row": bytes_of(folder / "engine") / day.num_rows}


def sqlite(folder: Path, day: pa.Table) -> dict[str, float]:
    found = measure(Sqlite(folder), day)
    return {**found, "bytes a row": bytes_of(folder) / day.num_rows}


def gathering(batches: int = 170, rows: int = 60) -> float:
    """Microseconds a position to make one batch of many messages."""
    values = np.random.default_rng(1).integers(0, 100, (len(NAMES), rows))
    values[4:9, ::7] = MISSING
    parts = [Part(f"van-{number}", values) for number in range(batches)]
    return median_ms(lambda: batch_of(parts), 31) * 1000 / (batches * rows)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a fleet of 3 instead of 20")
    day = fleet(3 if arguments.parse_args().quick else 20)
    used = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "pyarrow", "influxdb-client"))
    print(f"Python {platform.python_version()}, {used}, influxd {VERSION}, SQLite {sqlite3.sqlite_version}")
    print(f"{day.num_rows:,} positions of {day.num_rows // SECONDS} vehicles, a day at 1 Hz")
    print(f"gathering 170 messages of 60: {gathering():.2f} us a position")
    found = {}
    for name, run in (("SQLite", sqlite), ("DuckDB", duckdb), ("InfluxDB", influxdb)):
        folder = Path(tempfile.mkdtemp(prefix="milepost-"))
        try:
            found[name] = run(folder, day)
        except pytest.skip.Exception as missing:
            print(f"{name} is left out: {missing}")
        finally:
            shutil.rmtree(folder)
    print(f"{'':28}" + "".join(f"{name:>22}" for name in found))
    for what in found["DuckDB"]:
        peer = found["SQLite"].get(what)
        cells = []
        for said in found.values():
            value = said.get(what)
            ratio = f" ({value / peer:5.2f})" if value and peer else " " * 8
            cells.append(f"{value:14,.{0 if value > 1000 else 1}f}{ratio}" if value else " " * 22)
        print(f"{what:28}" + "".join(cells))
    print("in brackets: as a multiple of SQLite's")


if __name__ == "__main__":
    main()
