"""A report as a workbook: real times and numbers, a frozen head with filters, a second sheet with the definitions.

Excel has no time zones, so times are local and the zone stands in the head. Durations are shown as h:mm:ss.
"""

import io
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from server.reports.table import DECIMALS, RIGHT, Column, Table, Value

MOST_ROWS = 20_000
WIDTHS = {"text": 24, "time": 19, "day": 12, "degrees": 12}
HEAD_ROW = 4
"""Title, time zone, an empty line, then the head."""
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""XML 1.0 has no such characters."""


def as_xlsx(table: Table) -> bytes:
    """The workbook. What people do not see on paper (ids, coordinates) stands in it too, at the right."""
    from openpyxl import Workbook  # noqa: PLC0415 - only whoever wants one loads it

    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = _text(table.title), "Milepost"
    sheet = book.create_sheet(table.name)
    _laid_out(sheet, table)
    style = _Style(sheet)
    sheet.append([style.cell(table.title, bold=True)])
    group = f"; by {table.group}" if table.group else ""
    sheet.append([style.cell(f"{table.name} {table.window}{group}. Times are of the time zone {table.zone}.")])
    sheet.append([])
    sheet.append([style.cell(_head(column, table.zone), bold=True, column=column) for column in table.columns])
    for row in table.rows:
        sheet.append(style.row(table, row))
    if any(value is not None for value in table.totals):
        sheet.append([])
        first, *rest = style.row(table, table.totals, bold=True)
        sheet.append([style.cell("Total", bold=True) if table.totals[0] is None else first, *rest])
    for note in table.notes:
        sheet.append([style.cell(note)])
    _definitions(book, table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _laid_out(sheet: Any, table: Table) -> None:
    """A write-only sheet takes its layout before its rows."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    sheet.freeze_panes = f"B{HEAD_ROW + 1}"
    last = get_column_letter(len(table.columns))
    sheet.auto_filter.ref = f"A{HEAD_ROW}:{last}{HEAD_ROW + len(table.rows)}"
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight = True, 0
    for number, column in enumerate(table.columns, start=1):
        wide = max(WIDTHS.get(column.kind, 12), len(_head(column, table.zone)) + 4)
        sheet.column_dimensions[get_column_letter(number)].width = wide


class _Style:
    """Cells of one sheet; their styles are made once."""

    def __init__(self, sheet: Any) -> None:
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
        from openpyxl.styles import Alignment, Font  # noqa: PLC0415

        self._sheet, self._cell = sheet, WriteOnlyCell
        self._bold, self._right = Font(bold=True), Alignment(horizontal="right")

    def cell(self, value: Any, *, bold: bool = False, column: Column | None = None) -> Any:
        """A cell; a text is a text, whatever it begins with."""
        made = self._cell(self._sheet, _text(value) if isinstance(value, str) else value)
        if isinstance(value, str):
            made.data_type = "s"
        if bold:
            made.font = self._bold
        if column is not None and column.kind in RIGHT:
            made.alignment = self._right
        return made

    def row(self, table: Table, values: tuple[Value, ...], *, bold: bool = False) -> list[Any]:
        """A row of the table."""
        zone = ZoneInfo(table.zone)
        made = []
        for column, value in zip(table.columns, values, strict=True):
            cell = self.cell(_excel(column, value, zone), bold=bold)
            if (form := _format(column)) and value is not None:
                cell.number_format = form
            made.append(cell)
        return made


def _excel(column: Column, value: Value, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    if column.kind == "duration" and isinstance(value, int):
        return timedelta(seconds=value)
    return value


def _format(column: Column) -> str:
    forms = {"time": "yyyy-mm-dd hh:mm:ss", "day": "yyyy-mm-dd", "duration": "[h]:mm:ss", "count": "#,##0"}
    if column.kind in DECIMALS:
        return f"#,##0.{'0' * DECIMALS[column.kind]}"
    return forms.get(column.kind, "")


def _head(column: Column, zone: str) -> str:
    return f"{column.name} ({zone})" if column.kind == "time" else column.head


def _definitions(book: Any, table: Table) -> None:
    sheet = book.create_sheet("Definitions")
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 120
    style = _Style(sheet)
    said = [*table.definitions, *((column.head, column.definition) for column in table.columns if column.definition)]
    for name, says in said:
        sheet.append([style.cell(name, bold=True), style.cell(says)])


def _text(text: str) -> str:
    return _ILLEGAL.sub(" ", text)[:32_767]
