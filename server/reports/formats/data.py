"""A report for programs: JSON, and CSV as in RFC 4180."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from server.reports.table import Column, Table, Value
from wire.messages import rfc3339

AT_ONCE = 2000
_FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r]")
"""What spreadsheets take for a formula (OWASP, "CSV injection"); with the full-width twins that they fold."""


def as_json(table: Table) -> dict[str, Any]:
    """The whole table: what its columns mean, its rows as objects, its totals, its chart."""
    keys = [column.key for column in table.columns]
    return {
        "report": table.kind,
        "title": table.title,
        "from": rfc3339(table.start),
        "to": rfc3339(table.end),
        "time_zone": table.zone,
        "group": table.group or None,
        "columns": [_column(column) for column in table.columns],
        "count": len(table.rows),
        "items": [dict(zip(keys, map(plain, row), strict=True)) for row in table.rows],
        "totals": dict(zip(keys, map(plain, table.totals), strict=True)),
        "chart": _chart(table),
        "notes": list(table.notes),
        "definitions": [{"name": name, "says": says} for name, says in table.definitions],
    }


def as_csv(table: Table) -> Iterator[bytes]:
    """A header of the columns' keys and a row for each row; CRLF, UTF-8, what is not known is empty.

    Texts that a spreadsheet would run as a formula get an apostrophe before them.
    """
    zone = ZoneInfo(table.zone)
    yield _lines([[column.key for column in table.columns]])
    for first in range(0, len(table.rows), AT_ONCE):
        yield _lines([[_written(value, zone) for value in row] for row in table.rows[first : first + AT_ONCE]])


def plain(value: Value) -> str | int | float | None:
    """A value in JSON."""
    if isinstance(value, datetime):
        return rfc3339(value)
    return value.isoformat() if isinstance(value, date) else value


def guarded(text: str) -> str:
    """A text that no spreadsheet runs."""
    return f"'{text}" if _FORMULA.match(text) else text


def _column(column: Column) -> dict[str, Any]:
    return {
        "key": column.key,
        "name": column.name,
        "kind": column.kind,
        "unit": column.unit or None,
        "definition": column.definition or None,
        "main": column.main,
    }


def _chart(table: Table) -> dict[str, Any] | None:
    chart = table.chart
    if chart is None:
        return None
    bars = [{"label": label, "value": plain(value)} for label, value in chart.bars]
    about = {"title": chart.title, "kind": chart.column.kind, "unit": chart.column.unit or None}
    return {**about, "of_time": chart.of_time, "bars": bars}


def _written(value: Value, zone: ZoneInfo) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else value


def _lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()
