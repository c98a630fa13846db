"""Reads every format back into the values of the table, each with another maker's reader."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pyarrow.parquet as pq
from pypdf import PdfReader

from server.reports.formats.data import as_csv, as_json
from server.reports.formats.parquet import as_parquet
from server.reports.formats.xlsx import HEAD_ROW, as_xlsx
from server.reports.table import Column, Table, Value
from server.reports.words import MONTHS

Rows = list[tuple[Value, ...]]


def from_json(table: Table) -> Rows:
    """As a program reads it."""
    said = msgspec.json.decode(msgspec.json.encode(as_json(table)))
    return [tuple(_plain(column, row[column.key]) for column in table.columns) for row in said["items"]]


def from_csv(table: Table) -> Rows:
    """As Python's csv reads it; the guard before formulas is taken off."""
    text = b"".join(as_csv(table)).decode()
    assert text.endswith("\r\n")
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == [column.key for column in table.columns]
    return [tuple(map(_text, table.columns, row)) for row in rows]


def from_parquet(table: Table) -> Rows:
    """As Arrow reads it."""
    found = pq.read_table(io.BytesIO(as_parquet(table)))
    columns = [found[column.key].to_pylist() for column in table.columns]
    return list(zip(*columns, strict=True)) if table.columns else []


def from_xlsx(table: Table) -> Rows:
    """As openpyxl reads it: local times, durations as such."""
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(table)))[table.name]
    rows = sheet.iter_rows(HEAD_ROW + 1, HEAD_ROW + len(table.rows), values_only=True)
    return [tuple(_excel(table, column, cell) for column, cell in zip(table.columns, row, strict=True)) for row in rows]


def from_pdf(data: bytes) -> str:
    """The text of all pages, without the breaks between words, heads and feet of pages."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return squeezed(text)


def squeezed(text: str) -> str:
    """Without any white space: where lines break is the page's business."""
    return re.sub(r"\s+", "", text)


def read_cell(column: Column, cell: str, table: Table) -> Value:
    """The value that a person reads from a cell on paper."""
    if not cell:
        return None
    year = table.start.astimezone(ZoneInfo(table.zone)).year
    if column.kind == "time":
        day, month, clock = re.fullmatch(r"(\d+) (\w+), ([\d:]+)", cell).groups()  # type: ignore[union-attr]
        local = datetime.fromisoformat(f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}T{clock}")
        return local.replace(tzinfo=ZoneInfo(table.zone)).astimezone(UTC)
    if column.kind == "day":
        day, month = cell.split(" ")
        return date(year, MONTHS.index(month) + 1, int(day))
    if column.kind == "duration":
        hours, minutes, seconds = map(int, cell.replace(",", "").split(":"))
        return hours * 3600 + minutes * 60 + seconds
    return cell if column.kind == "text" else _number(column, cell.replace(",", ""))


def _plain(column: Column, value: Any) -> Value:
    if value is None or column.kind not in ("time", "day"):
        return value
    return datetime.fromisoformat(value) if column.kind == "time" else date.fromisoformat(value)


def _text(column: Column, cell: str) -> Value:
    if cell == "":
        return None
    if column.kind == "text":
        return re.sub(r"^'(?=\s*[=+\-@＝＋－＠\t\r])", "", cell)
    return _plain(column, cell) if column.kind in ("time", "day") else _number(column, cell)


def _number(column: Column, cell: str) -> int | float:
    return int(cell) if column.kind in ("duration", "count") else float(cell)


def _excel(table: Table, column: Column, cell: Any) -> Value:
    if isinstance(cell, timedelta):
        return round(cell.total_seconds())
    if isinstance(cell, datetime):
        if column.kind == "day":
            return cell.date()
        return cell.replace(tzinfo=ZoneInfo(table.zone)).astimezone(UTC)
    if column.kind == "duration" and cell is not None:
        assert cell == 0, cell  # openpyxl reads 0:00:00 as a time of the day
        return 0
    return cell
