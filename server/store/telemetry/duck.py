"""Telemetry in DuckDB: a hot table for what arrives, sorted Parquet files for whole days.

Nothing is doubled whenever the process dies: sealing publishes the day's file first and then deletes the hot rows that
are in it, and a position that is in both for a while is the same position, because every answer is made of both and
holds each once. For the same reason readers look into the hot table first and into the files afterwards: what moves
meanwhile is seen twice, never missed.
"""

import shutil
import threading
from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from server.store.telemetry import heard
from server.store.telemetry.contract import TelemetryUnavailable
from server.store.telemetry.days import SealedDays, sync
from server.store.telemetry.heard import EVERY, Heard
from server.store.telemetry.heard_duck import HeardRows, table_sql
from server.store.telemetry.hot import HotTable
from server.store.telemetry.order import canonical, instants, last_of_buckets
from server.store.telemetry.schema import (
    DAY_MS,
    EARLIEST_MS,
    LATEST_MS,
    after_ms,
    bound_ms,
    checked_vehicle,
    day_start_ms,
    stored,
)
from server.store.telemetry.seal import rewrite

ONE_DAY = timedelta(days=1)
LEAST_FREE_MB = 64
"""With less free space than this the store says that it is not ready, while a write still succeeds."""


class DuckTelemetry:
    """The store in one folder, which belongs to one process."""

    def __init__(self, folder: Path, *, memory_mb: int = 512, threads: int = 2) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
        self._folder = folder
        tables = [table_sql(series) for series in EVERY]
        self._hot = HotTable(folder, memory_mb=memory_mb, threads=threads, tables=tables)
        self._days = SealedDays(folder / "days")
        self._heard = {series.name: HeardRows(self._hot, folder, series) for series in EVERY}
        self._housekeeping = threading.Lock()

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """See contract.Telemetry."""
        rows = stored(batch)
        if rows.num_rows:
            self._hot.append(rows)

    def write_heard(self, series: Heard, table: pa.Table) -> None:
        """See contract.Telemetry."""
        rows = heard.stored(series, table)
        if rows.num_rows:
            self._heard[series.name].append(rows)

    def heard(self, series: Heard, start: datetime, end: datetime, **where: Collection[str]) -> pa.Table:
        """See contract.Telemetry."""
        return self._heard[series.name].rows(bound_ms(start), bound_ms(end), where)

    def track(self, vehicle: str, start: datetime, end: datetime) -> pa.Table:
        """See contract.Telemetry."""
        start_ms, end_ms = bound_ms(start), bound_ms(end)
        found = [self._hot.rows(vehicle, start_ms, end_ms)]
        sealed = self._sealed(vehicle, start_ms, end_ms)
        found += [self._days.rows(day, vehicle, start_ms, end_ms) for day in sealed]
        return canonical(pa.concat_tables(found))

    def downsampled(self, vehicle: str, start: datetime, end: datetime, every_s: int) -> pa.Table:
        """See contract.Telemetry."""
        return last_of_buckets(self.track(vehicle, start, end), every_s * 1000)

    def latest(self, vehicle: str, before: datetime | None = None) -> pa.Table:
        """See contract.Telemetry."""
        end_ms = LATEST_MS if before is None else bound_ms(before)
        found = self._hot.newest(vehicle, end_ms)
        start_ms = int(instants(found)[0]) if found.num_rows else EARLIEST_MS
        for day in reversed(self._sealed(vehicle, start_ms, end_ms)):
            sealed = self._days.rows(day, vehicle, start_ms, end_ms)
            if sealed.num_rows:
                found = pa.concat_tables([found, sealed])
                break
        track = canonical(found)
        return track.slice(max(track.num_rows - 1, 0))

    def first_after(self, vehicle: str, at: datetime) -> pa.Table:
        """See contract.Telemetry."""
        start_ms = after_ms(at)
        found = self._hot.oldest(vehicle, start_ms)
        end_ms = int(instants(found)[0]) + 1 if found.num_rows else LATEST_MS
        for day in self._sealed(vehicle, start_ms, end_ms):
            sealed = self._days.rows(day, vehicle, start_ms, end_ms)
            if sealed.num_rows:
                found = pa.concat_tables([found, sealed])
                break
        return canonical(found).slice(0, 1)

    def days(self, vehicle: str) -> list[date]:
        """See contract.Telemetry."""
        hot = self._hot.days("vehicle = $1", vehicle)
        return sorted({*hot, *self._sealed(vehicle)})

    def seal(self, before: date) -> int:
        """See contract.Telemetry."""
        moved = 0
        failed: TelemetryUnavailable | None = None
        with self._housekeeping:
            for day in self._hot.days("at_ms < $1", day_start_ms(before)):
                try:
                    moved += rewrite(self._hot, self._days, day)[0]
                except TelemetryUnavailable as error:  # a damaged day must not keep the others in the hot table
                    failed = failed or error
            for rows in self._heard.values():
                try:
                    rows.seal(before - ONE_DAY)  # the newest day stays hot: it grows, and would be sorted every hour
                except TelemetryUnavailable as error:
                    failed = failed or error
            self._hot.compact()
        if failed:
            raise failed
        return moved

    def retain(self, before: datetime) -> int:
        """See contract.Telemetry."""
        before_ms = bound_ms(before)
        with self._housekeeping:
            hot = self._hot.days("at_ms < $1", before_ms)
            sealed = [day for day in self._days.days() if day not in hot and day_start_ms(day) < before_ms]
            whole = [day for day in sealed if day_start_ms(day) + DAY_MS <= before_ms]
            gone = sum(self._days.count(day) for day in whole)
            for day in whole:  # first, because it needs no space and helps when the disk is full
                self._days.drop(day)
            for rows in self._heard.values():
                rows.retain(before_ms)
            return gone + self._leave_out(sorted({*hot, *sealed} - {*whole}), f"at_ms < {before_ms}")

    def delete(self, vehicle: str) -> int:
        """See contract.Telemetry."""
        checked = checked_vehicle(vehicle)
        with self._housekeeping:
            for rows in self._heard.values():
                rows.forget(f"vehicle:{checked}")
            return self._leave_out(self.days(vehicle), f"vehicle = '{checked}'")

    def check(self) -> None:
        """See contract.Telemetry."""
        with self._hot.cursor() as cursor:
            cursor.execute("select 1 from hot limit 1")
        free_mb = shutil.disk_usage(self._folder).free // 2**20
        if free_mb < LEAST_FREE_MB:
            raise TelemetryUnavailable(
                f"Only {free_mb} MB are free on the disk that holds {self._folder}. Free some space or keep fewer days."
            )

    def close(self) -> None:
        """See contract.Telemetry."""
        self._hot.close()

    def _sealed(self, vehicle: str, start_ms: int = EARLIEST_MS, end_ms: int = LATEST_MS) -> list[date]:
        """The days with a file that holds the vehicle and touches the range, in order."""
        near = [day for day in self._days.days() if start_ms - DAY_MS < day_start_ms(day) < end_ms]
        return [day for day in near if self._days.holds(day, vehicle)]

    def _leave_out(self, days: list[date], condition: str) -> int:
        """Rewrite the days without the rows for which the condition holds; how many positions that were."""
        return sum(rewrite(self._hot, self._days, day, without=condition)[1] for day in days)
