"""The hot table: positions as they arrive, in a DuckDB file. Durable on commit, in no order, repeats and all.

No primary key (it makes every insert several times dearer): repeats are removed on reading and when a day is sealed.
DuckDB gives a database up after some failures, a full disk during a checkpoint among them, and has to be opened again:
that happens here, unseen. Times are whole milliseconds since 1970.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from server.store.telemetry.contract import TelemetryUnavailable
from server.store.telemetry.schema import DAY_MS, EARLIEST_MS, day_of, served

CHECKPOINT = "64MB"
"""How far the write-ahead log grows before it goes into the file: 1.1 million rows, 0.3 s to replay after a kill."""

CLOSING_S = 5
"""How long closing waits for what it has broken off."""

_TABLE = """create table if not exists hot (
    vehicle varchar not null, at_ms bigint not null, lon_e7 integer not null, lat_e7 integer not null,
    alt_dm integer, speed_cmps integer, course_cdeg integer, accuracy_dm integer,
    satellites smallint, hdop_c integer, mode tinyint, clock tinyint not null, flags varchar)"""
_PASSING = (duckdb.OperationalError, duckdb.FatalException, duckdb.InternalException, duckdb.InterruptException)


class HotTable:
    """The open DuckDB file and its table of positions; others of the same kind may stand beside it."""

    def __init__(self, folder: Path, *, memory_mb: int, threads: int, tables: Sequence[str] = ()) -> None:
        """`tables`: what makes the other tables of the file."""
        self.folder = folder
        self._tables = (_TABLE, *tables)
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(folder / "tmp"),
            "checkpoint_threshold": CHECKPOINT,
            "default_null_order": "nulls_first",
            # The server never fetches code from the network.
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # Day files are replaced under their names.
            "enable_external_file_cache": False,
        }
        self._turn = threading.Condition()
        self._busy: set[duckdb.DuckDBPyConnection] = set()
        self._broken = self._closed = False
        self._database = self._opened()

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one thing to do; failures that pass become TelemetryUnavailable. Never nest them."""
        with self._turn:
            while self._broken and self._busy:
                self._turn.wait()
            if self._closed:
                raise TelemetryUnavailable(f"The telemetry in {self.folder} has been closed; the server is stopping.")
            if self._broken:
                self._open_again()
            cursor = self._database.cursor()
            self._busy.add(cursor)
        try:
            yield cursor
        except _PASSING as error:
            raise self._unavailable(error) from error
        finally:
            cursor.close()
            with self._turn:
                self._busy.discard(cursor)
                self._turn.notify_all()

    def append(self, rows: pa.Table, table: str = "hot") -> None:
        """Add rows with the columns of the table; durable on return."""
        with self.cursor() as cursor:
            cursor.register("batch", rows)
            cursor.execute(f"insert into {table} select * from batch")  # noqa: S608 - names of this package

    def rows(self, vehicle: str, start_ms: int, end_ms: int) -> pa.Table:
        """The rows of a vehicle in a range, as the contract hands them out but unordered and with repeats."""
        return self._select("vehicle = $1 and at_ms >= $2 and at_ms < $3", [vehicle, start_ms, end_ms])

    def newest(self, vehicle: str, before_ms: int) -> pa.Table:
        """The rows of the vehicle's last instant before that time."""
        newest = "(select max(at_ms) from hot where vehicle = $1 and at_ms < $2)"
        return self._select(f"vehicle = $1 and at_ms = {newest}", [vehicle, before_ms])

    def oldest(self, vehicle: str, start_ms: int) -> pa.Table:
        """The rows of the vehicle's first instant from that time on."""
        oldest = "(select min(at_ms) from hot where vehicle = $1 and at_ms >= $2)"
        return self._select(f"vehicle = $1 and at_ms = {oldest}", [vehicle, start_ms])

    def days(self, where: str = "true", *values: object, table: str = "hot") -> list[date]:
        """The dates that have rows for which the condition holds."""
        day = f"(at_ms - {EARLIEST_MS}) // {DAY_MS}"  # counted from year 1, because // rounds towards zero
        query = f"select distinct {day} from {table} where {where} order by all"  # noqa: S608 - conditions of this package
        with self.cursor() as cursor:
            found = cursor.execute(query, list(values)).fetchall()
        return [day_of(number * DAY_MS + EARLIEST_MS) for (number,) in found]

    def compact(self) -> None:
        """Give the space of deleted rows back; another time when a transaction stands in the way."""
        with self.cursor() as cursor, suppress(duckdb.TransactionException):
            cursor.execute("checkpoint")

    def close(self) -> None:
        """Break off what still runs, write what the log holds into the file, and let go of it."""
        with self._turn:
            self._closed = True
            for cursor in self._busy:
                cursor.interrupt()
            self._turn.wait_for(lambda: not self._busy, timeout=CLOSING_S)
            self._database.close()

    def _select(self, where: str, values: list[object]) -> pa.Table:
        with self.cursor() as cursor:
            return served(cursor.sql(f"select * from hot where {where}", params=values).to_arrow_table())  # noqa: S608

    def _opened(self) -> duckdb.DuckDBPyConnection:
        try:
            database = duckdb.connect(str(self.folder / "hot.duckdb"), config=self._config)
            for table in self._tables:
                database.execute(table)
        except _PASSING as error:
            raise self._unavailable(error) from error
        return database

    def _open_again(self) -> None:
        self._database.close()
        self._database = self._opened()
        self._broken = False

    def _unavailable(self, error: duckdb.Error) -> TelemetryUnavailable:
        """The error in words that say what to do; after a fatal one the file is opened again at the next call."""
        self._broken = self._broken or isinstance(error, duckdb.FatalException | duckdb.InternalException)
        return unavailable(self.folder, error)


def unavailable(folder: Path, error: Exception) -> TelemetryUnavailable:
    """What the failure means for whoever runs the server."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "No space left" in said or "File too large" in said or "Disk quota" in said:
        return TelemetryUnavailable(
            f"The disk that holds {folder} is full. Free some space or keep fewer days; nothing is lost, and writing "
            f"goes on by itself. ({said})"
        )
    if "lock on file" in said:
        return TelemetryUnavailable(
            f"Another process has the telemetry in {folder} open. Stop that one first: a folder belongs to one server. "
            f"({said})"
        )
    return TelemetryUnavailable(f"The telemetry in {folder} does not answer; the call may be repeated. ({said})")
