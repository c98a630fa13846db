"""Rewriting one day: the hot rows and the file of a day become its new file, sorted, each position once.

The order is what makes a kill harmless at every step: the new file is written beside the old one, takes its place, and
only then the hot rows that are in it are deleted, all in one transaction of the hot table, so rows that arrive
meanwhile stay.
"""

import json
from datetime import date

import duckdb

from server.store.telemetry.days import VEHICLES, SealedDays
from server.store.telemetry.hot import HotTable, unavailable
from server.store.telemetry.schema import DAY_MS, day_start_ms

_PARQUET = "format parquet, parquet_version v2, compression zstd, row_group_size 61440"
"""Version 2 has the delta encodings, which nearly halve a day. Smaller groups read less for one vehicle, but lengthen
the footer of a large day."""


def rewrite(hot: HotTable, days: SealedDays, day: date, without: str = "false") -> tuple[int, int]:
    """Seal the day, leaving out the rows for which the SQL condition holds; (hot rows moved, positions left out)."""
    unfinished = days.unfinished(day)
    start_ms = day_start_ms(day)
    here = f"at_ms >= {start_ms} and at_ms < {start_ms + DAY_MS}"
    source = f"(from hot where {here})"
    if days.count(day):  # raises for a damaged file, and says which
        source = f"({source} union all from read_parquet({_literal(days.path(day))}))"
    left, kept = f"from {source} where {without}", f"from {source} where not ({without})"
    try:
        with hot.cursor() as cursor:
            cursor.execute("begin")
            left_out = 0 if without == "false" else _count(cursor, f"select distinct * {left}")
            names = [name for (name,) in cursor.execute(f"select distinct vehicle {kept} order by all").fetchall()]
            if names:
                rows = f"from (select distinct * {kept}) order by all"
                footer = f"kv_metadata {{'{VEHICLES}': {_literal(json.dumps(names))}}}"
                cursor.execute(f"copy ({rows}) to {_literal(unfinished)} ({_PARQUET}, {footer})")
                days.publish(day)
            else:
                days.drop(day)
            moved = _count(cursor, f"from hot where {here}")
            cursor.execute(f"delete from hot where {here}")  # noqa: S608
            cursor.execute("commit")
            return moved, left_out
    except (OSError, duckdb.InvalidInputException) as error:  # the latter: damage behind the footer
        raise unavailable(hot.folder, error) from error
    finally:
        unfinished.unlink(missing_ok=True)


def _count(cursor: duckdb.DuckDBPyConnection, rows: str) -> int:
    found = cursor.execute(f"select count(*) from ({rows})").fetchone()  # noqa: S608
    assert found
    return int(found[0])


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"
