"""A report on paper: A4, the sentence first, totals, bars, the table, definitions at the end. Text can be copied out.

Colours and sizes are those of the look's tokens (a test compares them). No file and no address is fetched.
"""

import subprocess
import sys
import threading
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any, Never
from zoneinfo import ZoneInfo

from server.reports.formats.bars import bars
from server.reports.table import RIGHT, Column, Table
from server.reports.words import cells, counted, said

MOST_ROWS = 1_000
LONGEST_S = 300.0
AT_ONCE = threading.BoundedSemaphore(2)
NO_PANGO = 3
"""Exit status of the process that makes the pages."""
STYLE = Path(__file__).with_name("paper.css")
UPRIGHT_MM = 178.0
"""What an upright page has for the table; a wider one lies."""
LETTER_MM, PADDING_MM, LONGEST_CELL = 1.6, 3.6, 26
PANGO = (
    "The PDF needs Pango, which this machine does not have. Install it with "
    "`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`, or ask for another format."
)


BUSY = "The PDF took more than five minutes; the machine is busy. Try again, or ask for another format."


class NoPaper(Exception):  # noqa: N818 - it says what is missing
    """The PDF cannot be made here and now; the text says what to do."""


def as_pdf(table: Table) -> bytes:
    """The pages. Raises NoPaper.

    A process of its own makes them: it takes milliseconds a row of pure computing, which nobody else should wait for.
    """
    command = [sys.executable, "-m", "server.reports.formats.pdf"]
    html = page(table).encode()
    try:
        with AT_ONCE:
            done = subprocess.run(command, input=html, capture_output=True, check=False, timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        raise NoPaper(BUSY) from None
    if done.returncode == NO_PANGO:
        raise NoPaper(PANGO)
    if done.returncode:
        raise RuntimeError(f"the PDF could not be made: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def main() -> int:
    """The HTML from standard input as a PDF on standard output."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - libraries of the system, which may be missing
    except OSError:
        return NO_PANGO
    document = HTML(string=sys.stdin.read(), url_fetcher=_fetch)
    sys.stdout.buffer.write(document.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


def page(table: Table) -> str:
    """The report as one HTML document."""
    zone = ZoneInfo(table.zone)
    columns = [table.columns[place] for place in table.main]
    widths = _widths(table, columns, zone)
    grouped = f", by {table.group}" if table.group else ""
    parts = [
        f'<p class="eyebrow">{escape(table.name)}{grouped}</p><h1>{escape(table.title)}</h1>',
        _figures(table, zone),
        _chart(table),
        _rows(table, columns, widths, zone) if table.rows else "",
        *(f'<p class="note">{escape(note)}</p>' for note in table.notes),
        _definitions(table),
    ]
    footer = escape(f"{table.name} {table.window}, {table.zone}")
    style = STYLE.read_text(encoding="utf-8")
    if sum(widths) > UPRIGHT_MM:
        style += "@page { size: A4 landscape }"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(table.title)}</title>'
        f'<meta name="author" content="Milepost"><style>{style}</style></head>'
        f'<body data-footer="{footer}">{"".join(parts)}</body></html>'
    )


def _figures(table: Table, zone: ZoneInfo) -> str:
    """The totals, large."""
    found = [(table.nouns[1].capitalize(), f"{len(table.rows):,}")]
    for column, value in zip(table.columns, table.totals, strict=True):
        if value is not None and len(found) < 6:
            found.append((_total_name(column), said(column, value, zone)))
    if not table.rows:
        return ""
    return f'<dl class="figures">{_named(found)}</dl>'


def _total_name(column: Column) -> str:
    most = ""
    if column.total == "most" and "ongest" not in column.name:
        most = ", longest" if column.kind == "duration" else ", highest"
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.name}{most}{unit}"


def _chart(table: Table) -> str:
    if table.chart is None:
        return ""
    unit = f" ({table.chart.column.unit})" if table.chart.column.unit else ""
    return f"<figure><figcaption>{escape(table.chart.title)}{unit}</figcaption>{bars(table.chart)}</figure>"


def _rows(table: Table, columns: list[Column], widths: list[float], zone: ZoneInfo) -> str:
    sides = ["r" if column.kind in RIGHT else "l" for column in columns]
    cols = "".join(f'<col style="width: {100 * wide / sum(widths):.2f}%">' for wide in widths)
    head = "".join(
        f'<th scope="col" class="{side}">{escape(column.name)}{_unit(column)}</th>'
        for column, side in zip(columns, sides, strict=True)
    )
    body = "".join(_row(sides, cells(table, row, zone)) for row in table.rows)
    foot = ""
    if any(table.totals[place] is not None for place in table.main) and len(table.rows) > 1:
        first, *rest = cells(table, table.totals, zone)
        foot = f'<tbody class="total">{_row(sides, [first or counted(len(table.rows), *table.nouns), *rest])}</tbody>'
    return f"<table><colgroup>{cols}</colgroup><thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>"


def _widths(table: Table, columns: list[Column], zone: ZoneInfo) -> list[float]:
    """How wide each column wants to be, in mm: measured in letters, because measuring in points takes seconds."""
    longest = [max(map(len, column.name.split())) for column in columns]
    for row in (*table.rows, table.totals):
        longest = [
            max(so_far, min(len(cell), LONGEST_CELL))
            for so_far, cell in zip(longest, cells(table, row, zone), strict=True)
        ]
    return [PADDING_MM + LETTER_MM * letters for letters in longest]


def _row(sides: list[str], words: list[str]) -> str:
    inside = "".join(f'<td class="{side}">{escape(word)}</td>' for side, word in zip(sides, words, strict=True))
    return f"<tr>{inside}</tr>"


def _unit(column: Column) -> str:
    return f' <span class="unit">{column.unit}</span>' if column.unit else ""


def _definitions(table: Table) -> str:
    shown = [table.columns[place] for place in table.main]
    found = [*table.definitions, *((column.name, column.definition) for column in shown if column.definition)]
    return f'<section class="words"><h2>What the figures mean</h2><dl>{_named(found)}</dl></section>'


def _named(found: list[tuple[str, str]]) -> str:
    return "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(says)}</dd></div>" for name, says in found)


def _fetch(url: str, *_args: Any, **_named: Mapping[str, Any]) -> Never:
    raise ValueError(f"a report fetches nothing: {url}")


if __name__ == "__main__":
    sys.exit(main())
