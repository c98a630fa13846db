"""Sealed days: one Parquet file a UTC date, sorted by (vehicle, at, content), each position once.

A file is never changed, only replaced as a whole (written beside it, fsync, rename, fsync of the folder), so a reader
has the old one or the new one, a copy of the folder is a backup, and dropping a day gives its space back. Any tool that
knows Parquet reads them. The list of a file's vehicles is in its footer; footers are kept in memory.
"""

import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from server.store.telemetry.contract import TelemetryUnavailable
from server.store.telemetry.schema import SCHEMA, STORED, served

VEHICLES = "milepost.vehicles"
"""The key in a file's footer under which its vehicles stand, a JSON list."""

_UNFINISHED = ".tmp"


@dataclass(frozen=True, kw_only=True)
class Footer:
    """What a file says about itself."""

    file: tuple[int, ...]
    """Which file it is of: a day is replaced now and then, and inodes are used again."""
    metadata: pq.FileMetaData
    vehicles: frozenset[str]


class SealedDays:
    """The folder of day files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        sync(folder.parent)
        for left in folder.glob(f"*{_UNFINISHED}"):
            left.unlink()
        self._footers: dict[date, Footer] = {}

    def path(self, day: date) -> Path:
        """Where this day is, or would be."""
        return self.folder / f"{day.isoformat()}.parquet"

    def unfinished(self, day: date) -> Path:
        """Where this day is written before it takes its place."""
        return self.path(day).with_suffix(_UNFINISHED)

    def days(self) -> list[date]:
        """The dates that have a file, in order."""
        return sorted(date.fromisoformat(path.stem) for path in self.folder.glob("????-??-??.parquet"))

    def count(self, day: date) -> int:
        """How many positions the file of the day holds; 0 when there is none."""
        footer = self._footer(day)
        return footer.metadata.num_rows if footer else 0

    def holds(self, day: date, vehicle: str) -> bool:
        """Whether the file of the day has positions of the vehicle."""
        footer = self._footer(day)
        return footer is not None and vehicle in footer.vehicles

    def rows(self, day: date, vehicle: str, start_ms: int, end_ms: int) -> pa.Table:
        """The positions of a vehicle in a range within the day, in order; none when the day has no file."""
        footer = self._footer(day)
        if footer is None or vehicle not in footer.vehicles:
            return SCHEMA.empty_table()
        try:
            with self.path(day).open("rb") as source:
                if _identity(os.fstat(source.fileno())) != footer.file:  # replaced a moment ago
                    return self.rows(day, vehicle, start_ms, end_ms)
                table = _read(source, footer.metadata, vehicle)
        except FileNotFoundError:
            return SCHEMA.empty_table()
        except (OSError, pa.ArrowException) as error:
            raise self.damaged(day, error) from error
        return _slice(table, vehicle, start_ms, end_ms)

    def publish(self, day: date) -> None:
        """Let the unfinished file take the place of the day's file, so that it is there after a power cut."""
        unfinished = self.unfinished(day)
        sync(unfinished)
        unfinished.replace(self.path(day))
        sync(self.folder)

    def drop(self, day: date) -> None:
        """Remove the day's file."""
        self.path(day).unlink(missing_ok=True)
        sync(self.folder)

    def _footer(self, day: date) -> Footer | None:
        path = self.path(day)
        try:
            known = self._footers.get(day)
            if known and known.file == _identity(path.stat()):
                return known
            with path.open("rb") as source:
                file = _identity(os.fstat(source.fileno()))
                metadata = pq.read_metadata(source)
            vehicles = frozenset(json.loads((metadata.metadata or {})[VEHICLES.encode()]))
        except FileNotFoundError:
            self._footers.pop(day, None)
            return None
        except (OSError, pa.ArrowException, KeyError) as error:
            raise self.damaged(day, error) from error
        footer = Footer(file=file, metadata=metadata, vehicles=vehicles)
        self._footers[day] = footer
        return footer

    def damaged(self, day: date, error: Exception) -> TelemetryUnavailable:
        """What a file that cannot be read means for whoever runs the server."""
        return TelemetryUnavailable(
            f"{self.path(day)} cannot be read ({error}). Put a copy from a backup in its place, or move it away: then "
            "everything else is served, and that day is what the vehicles still send again."
        )


def sync(path: Path) -> None:
    """Make the file, or the names in the folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(source: BinaryIO, metadata: pq.FileMetaData, vehicle: str) -> pa.Table:
    """The row groups that may hold the vehicle (the file is sorted by it), with the vehicles as a dictionary."""
    groups = []
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(0).statistics
        if statistics is None or not statistics.has_min_max or statistics.min <= vehicle <= statistics.max:
            groups.append(group)
    return pq.ParquetFile(source, metadata=metadata, read_dictionary=["vehicle"]).read_row_groups(groups)


def _slice(table: pa.Table, vehicle: str, start_ms: int, end_ms: int) -> pa.Table:
    """The vehicle's rows of the range, by binary search: rows are sorted, and so are the dictionary's codes."""
    vehicles = table["vehicle"].combine_chunks()
    code = vehicles.dictionary.index(vehicle).as_py()
    if code < 0:
        return SCHEMA.empty_table()
    low, high = np.searchsorted(vehicles.indices.to_numpy(), [code, code + 1])
    table = table.slice(low, high - low)
    low, high = np.searchsorted(table["at_ms"].to_numpy(), [start_ms, end_ms])
    table = table.slice(low, high - low)
    names = pa.repeat(pa.scalar(vehicle), table.num_rows)
    return served(table.set_column(0, STORED.field("vehicle"), names))
