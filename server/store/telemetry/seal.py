"""Rewriting one day: the hot rows and the file of a day become its new file, sorted, each position once.

The order is what makes a kill harmless at every step: the new file is written beside the old one, takes its place, and
only then the hot rows that are in it are deleted, all in one transaction of the hot table, so rows that arrive
meanwhile stay. A day is worked through in groups of vehicles, so memory does not grow with the fleet.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

import duckdb
import pyarrow.parquet as pq

from server.store.telemetry.days import VEHICLES, SealedDays
from server.store.telemetry.hot import HotTable, unavailable
from server.store.telemetry.schema import DAY_MS, STORED, day_start_ms

GROUP_ROWS = 500_000
"""So many rows, or one vehicle's day, are sorted at a time."""

ROW_GROUP = 61_440
"""Smaller groups read less for one vehicle, but lengthen the footer of a large day."""

_STEADY = ("at_ms", "lon_e7", "lat_e7", "course_cdeg")
"""Columns that deltas make small; the others have few different values, which a dictionary holds."""


def rewrite(hot: HotTable, days: SealedDays, day: date, without: str = "false") -> tuple[int, int]:
    """Seal the day, leaving out the rows for which the SQL condition holds; (hot rows moved, positions left out)."""
    unfinished = days.unfinished(day)
    start_ms = day_start_ms(day)
    here = f"at_ms >= {start_ms} and at_ms < {start_ms + DAY_MS}"
    source = f"(from hot where {here})"
    if days.count(day):  # raises for a damaged file, and says which
        source = f"({source} union all from read_parquet({_literal(days.path(day))}))"
    try:
        with hot.cursor() as cursor:
            cursor.execute("begin")
            left_out = 0
            if without != "false":
                gone = f"{source} where {without}"
                left_out = sum(_count(cursor, _once(gone, span)) for span in _spans(_counts(cursor, gone)))
            kept = f"{source} where not ({without})"
            counts = _counts(cursor, kept)
            if counts:
                with unfinished.open("wb") as sink, _writer(sink) as writer:
                    writer.add_key_value_metadata({VEHICLES: json.dumps(list(counts))})
                    for span in _spans(counts):
                        rows = cursor.sql(f"{_once(kept, span)} order by all").to_arrow_table()
                        writer.write_table(rows.cast(STORED), ROW_GROUP)
                days.publish(day)
            else:
                days.drop(day)
            moved = _count(cursor, f"from hot where {here}")
            cursor.execute(f"delete from hot where {here}")  # noqa: S608 - whole numbers
            cursor.execute("commit")
            return moved, left_out
    except (OSError, duckdb.InvalidInputException) as error:  # the latter: damage behind the footer
        raise unavailable(hot.folder, error) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _writer(sink: BinaryIO) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        sink,
        STORED,
        compression="zstd",
        use_dictionary=[name for name in STORED.names if name not in _STEADY],
        column_encoding=dict.fromkeys(_STEADY, "DELTA_BINARY_PACKED"),
        store_schema=False,
    )


def _counts(cursor: duckdb.DuckDBPyConnection, rows: str) -> dict[str, int]:
    """How many rows each vehicle has, repeats included, in the order of vehicles."""
    found = cursor.execute(f"select vehicle, count(*) from {rows} group by vehicle order by vehicle")  # noqa: S608
    return dict(found.fetchall())


def _spans(counts: dict[str, int]) -> Iterator[tuple[str, str]]:
    """First and last vehicle of each group."""
    span: list[str] = []
    rows = 0
    for vehicle, count in counts.items():
        if span and rows + count > GROUP_ROWS:
            yield span[0], span[-1]
            span, rows = [], 0
        span.append(vehicle)
        rows += count
    if span:
        yield span[0], span[-1]


def _once(rows: str, span: tuple[str, str]) -> str:
    """The rows of a group of vehicles, each once."""
    return f"select distinct * from {rows} and vehicle between {_literal(span[0])} and {_literal(span[1])}"  # noqa: S608


def _count(cursor: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = cursor.execute(f"select count(*) from ({rows})").fetchone()  # noqa: S608
    assert found
    return int(found[0])


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
