"""What every telemetry store promises; DuckDB and InfluxDB pass the same suite of tests.

Everything is synchronous and may be called from several threads at once. Ranges are half open: `start` counts, `end`
does not. Tables of positions have the columns of `schema.SCHEMA`, in the order of (at, content), each position once.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Protocol

import pyarrow as pa

from server.store.telemetry.heard import Heard


class TelemetryUnavailable(Exception):  # noqa: N818 - it names a state that passes, not a mistake
    """The store cannot answer now: away, locked, its disk full. Says what to do; the call may be repeated."""


class Telemetry(Protocol):
    """Series of positions. An exact repeat is the same position; different fixes with one `at` are both kept."""

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Store positions; durable on return, and writing the same rows again, in any mix, changes no answer.

        Raises ValueError for a batch that is none, TelemetryUnavailable when it has to be repeated: then any part of it
        may have been stored already, and the repeat makes it whole.
        """

    def write_heard(self, series: Heard, table: pa.Table) -> None:
        """Store what scanners heard, a table of heard.SIGHTINGS, SCANS or READINGS; may be repeated like `write`."""

    def heard(self, series: Heard, start: datetime, end: datetime, **where: Collection[str]) -> pa.Table:
        """The rows with start <= at < end, each once, by time and then by content.

        `where` narrows to some keys: `scanner=["vehicle:van-1"]`, `tag=[...]`.
        """

    def track(self, vehicle: str, start: datetime, end: datetime) -> pa.Table:
        """The positions of one vehicle with start <= at < end."""

    def downsampled(self, vehicle: str, start: datetime, end: datetime, every_s: int) -> pa.Table:
        """Of each bucket of `every_s` seconds (counted from 1970-01-01 UTC) the last position of the track."""

    def latest(self, vehicle: str, before: datetime | None = None) -> pa.Table:
        """The last position with at < before (of all when None): a table of one row, or of none."""

    def first_after(self, vehicle: str, at: datetime) -> pa.Table:
        """The first position later than `at`: a table of one row, or of none."""

    def days(self, vehicle: str) -> list[date]:
        """The UTC dates that have positions of this vehicle, in order."""

    def seal(self, before: date) -> int:
        """Move days before this date into dense storage; positions that were moved (0 where it does that by itself).

        It may be called at any time and for any day, today included; data that comes late for a sealed day is taken as
        ever, and joins the day at the next call.
        """

    def retain(self, before: datetime) -> int:
        """Delete everything with at < before; how many positions there were (InfluxDB may count a repeat twice).

        Midnight UTC is cheap: whole days just go.
        """

    def delete(self, vehicle: str) -> int:
        """Delete everything of one vehicle and what it heard, on a person's request; how many positions there were."""

    def check(self) -> None:
        """Return when the store can take and answer; raise TelemetryUnavailable with what to do when it cannot."""

    def close(self) -> None:
        """Let go of files and connections; what still runs in other threads is broken off, and raises."""
