"""What scanners heard, in DuckDB: a hot table for each series, and a Parquet file a day behind it.

The same steps as for positions: a day's file takes its place first, then its hot rows go, in one transaction; readers
look into the hot table first and into the files afterwards. Files are sorted by time, so a window reads little.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from server.store.telemetry.days import SealedDays
from server.store.telemetry.heard import Heard, chosen, once_in_order, served
from server.store.telemetry.hot import HotTable, unavailable
from server.store.telemetry.schema import DAY_MS, day_start_ms

_TYPES = {"string": "varchar", "int64": "bigint", "int32": "integer", "bool": "boolean", "double": "double"}


class HeardRows:
    """One series: `hot` is the open DuckDB file, `folder` holds a folder of days for each series."""

    def __init__(self, hot: HotTable, folder: Path, series: Heard) -> None:
        self._hot, self._series, self._table = hot, series, f"heard_{series.name}"
        self._days = SealedDays(folder / series.name)

    def append(self, rows: pa.Table) -> None:
        """Add rows as they lie on disk; durable on return."""
        self._hot.append(rows, self._table)

    def rows(self, start_ms: int, end_ms: int, where: Mapping[str, Collection[str]]) -> pa.Table:
        """The rows of a range, each once, in order."""
        with self._hot.cursor() as cursor:
            found = cursor.sql(f"select * from {self._table} where {_between(start_ms, end_ms)}")  # noqa: S608
            parts = [found.to_arrow_table()]
        near = [day for day in self._days.days() if start_ms - DAY_MS < day_start_ms(day) < end_ms]
        parts += [self._sealed(day, [("at_ms", ">=", start_ms), ("at_ms", "<", end_ms)]) for day in near]
        tables = [served(self._series, part) for part in parts]
        return once_in_order(self._series, pa.concat_tables([chosen(table, where) for table in tables]))

    def seal(self, before: date) -> None:
        """Move days before this date into their files."""
        for day in self._hot.days("at_ms < $1", day_start_ms(before), table=self._table):
            self._rewrite(day, "false")

    def retain(self, before_ms: int) -> None:
        """Forget what is older."""
        days = self._days.days()
        for day in days:
            if day_start_ms(day) + DAY_MS <= before_ms:
                self._days.drop(day)
            elif day_start_ms(day) < before_ms:
                self._rewrite(day, f"at_ms < {before_ms}")
        with self._hot.cursor() as cursor:
            cursor.execute(f"delete from {self._table} where at_ms < {before_ms}")  # noqa: S608 - a whole number

    def forget(self, scanner: str) -> None:
        """Forget all that a scanner heard. Its name is one that was checked: it holds no quote."""
        with self._hot.cursor() as cursor:
            cursor.execute(f"delete from {self._table} where scanner = $1", [scanner])  # noqa: S608
        for day in self._days.days():
            if self._sealed(day, [("scanner", "=", scanner)]).num_rows:
                self._rewrite(day, f"scanner = '{scanner}'")

    def _sealed(self, day: date, filters: list[tuple[str, str, Any]]) -> pa.Table:
        try:
            with self._days.path(day).open("rb") as source:
                return pq.read_table(source, filters=filters)
        except FileNotFoundError:
            return self._series.stored.empty_table()
        except (OSError, pa.ArrowException) as error:
            raise self._days.damaged(day, error) from error

    def _rewrite(self, day: date, without: str) -> None:
        """The day's hot rows and its file become its new file, without the rows for which the condition holds."""
        start_ms = day_start_ms(day)
        here = _between(start_ms, start_ms + DAY_MS)
        source = f"(select * from {self._table} where {here})"  # noqa: S608 - names and numbers of ours
        if self._days.path(day).exists():
            source = f"({source} union all select * from {_literal(self._days.path(day))})"  # noqa: S608
        unfinished = self._days.unfinished(day)
        order = ", ".join(["at_ms", *self._series.keys])
        kept = f"select distinct * from {source} where not ({without}) order by {order}"  # noqa: S608
        with self._broken_by(unfinished), self._hot.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute(f"copy ({kept}) to {_literal(unfinished)} (format parquet, compression zstd)")
            if pq.read_metadata(unfinished).num_rows:
                self._days.publish(day)
            else:
                self._days.drop(day)
            cursor.execute(f"delete from {self._table} where {here}")  # noqa: S608
            cursor.execute("commit")

    @contextmanager
    def _broken_by(self, unfinished: Path) -> Iterator[None]:
        try:
            yield
        except (OSError, duckdb.InvalidInputException, pa.ArrowException) as error:
            raise unavailable(self._hot.folder, error) from error
        finally:
            unfinished.unlink(missing_ok=True)


def table_sql(series: Heard) -> str:
    """What makes the hot table of a series."""
    columns = ", ".join(f'"{field.name}" {_TYPES[str(field.type)]}' for field in series.stored)
    return f"create table if not exists heard_{series.name} ({columns})"


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _between(start_ms: int, end_ms: int) -> str:
    return f"at_ms >= {start_ms} and at_ms < {end_ms}"
