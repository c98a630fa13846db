"""A question as a file in any format: the one way for the API, the command line and the mail."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from server.reports.build import MOST_ROWS, TooMuch, leaves_of, names_of, table_of
from server.reports.formats import pdf, places, xlsx
from server.reports.formats.data import as_csv, as_json
from server.reports.formats.parquet import as_parquet
from server.reports.kinds import REPORTS
from server.reports.question import Asked
from server.reports.table import Table
from server.store.telemetry import Telemetry

Format = Literal["json", "csv", "xlsx", "pdf", "parquet", "gpx", "kml", "geojson"]
FORMATS: tuple[Format, ...] = get_args(Format)
DRAWN = ("gpx", "kml", "geojson")


class Form(NamedTuple):
    """A format: its media type, and how many rows it takes."""

    media_type: str
    most_rows: int


FORMS: dict[Format, Form] = {
    "json": Form("application/json", 20_000),
    "csv": Form("text/csv; charset=utf-8", MOST_ROWS),
    "parquet": Form("application/vnd.apache.parquet", MOST_ROWS),
    "xlsx": Form("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.MOST_ROWS),
    "pdf": Form("application/pdf", pdf.MOST_ROWS),
    "gpx": Form("application/gpx+xml", places.MOST_ROWS),
    "kml": Form("application/vnd.google-earth.kml+xml", places.MOST_ROWS),
    "geojson": Form("application/geo+json", places.MOST_ROWS),
}


class File(NamedTuple):
    """A report that is written, or is being written: `chunks` come one after the other."""

    name: str
    media_type: str
    table: Table
    chunks: Iterator[bytes]


def write(
    connection: Connection, asked: Asked, form: Format, telemetry: Callable[[], Telemetry], *, now: datetime
) -> File:
    """The report in a format. Raises ValueError when the two do not fit, or it is too long, with what to ask for.

    The telemetry is asked only for what is drawn, while the chunks are read. Raises NoPaper for a PDF.
    """
    report = REPORTS[asked.kind]
    if form in DRAWN and (asked.group or not report.drawn):
        drawn = ", ".join(kind for kind, each in REPORTS.items() if each.drawn)
        raise ValueError(f"{form} draws single rows on a map: ask for {drawn} without a group.")
    names = names_of(connection, asked.teams)
    leaves = leaves_of(connection, asked, names, now=now)
    table = table_of(asked, leaves, names, now=now)
    _fits(table, form)
    if form in DRAWN:
        drawing = places.Drawing(table, leaves, report.drawn == "track", now)
        chunks = places.WRITERS[form](table, places.places(drawing, telemetry() if drawing.tracks else None))
    else:
        chunks = _WRITERS[form](table)
    return File(f"{named(table)}.{form}", FORMS[form].media_type, table, chunks)


def named(table: Table) -> str:
    """A name for the file: what it is of, and its days."""
    zone = ZoneInfo(table.zone)
    last = (table.end - timedelta(microseconds=1)).astimezone(zone)
    group = f"-by-{table.group}" if table.group else ""
    return f"{table.kind}{group}_{table.start.astimezone(zone):%Y-%m-%d}_{last:%Y-%m-%d}"


def _fits(table: Table, form: Format) -> None:
    most = FORMS[form].most_rows
    if len(table.rows) > most:
        others = [f"{name} ({each.most_rows:,})" for name, each in FORMS.items() if each.most_rows > most]
        instead = f"another format: {', '.join(others)}" if others else "fewer vehicles"
        raise TooMuch(
            f"This report has {len(table.rows):,} rows; {form} takes {most:,}. "
            f"Ask for a shorter window, a group, or {instead}."
        )


def _json(table: Table) -> Iterator[bytes]:
    yield msgspec.json.encode(as_json(table))


def _parquet(table: Table) -> Iterator[bytes]:
    yield as_parquet(table)


def _xlsx(table: Table) -> Iterator[bytes]:
    yield xlsx.as_xlsx(table)


def _pdf(table: Table) -> Iterator[bytes]:
    yield pdf.as_pdf(table)


_WRITERS: dict[Format, Callable[[Table], Iterator[bytes]]] = {
    "json": _json,
    "csv": as_csv,
    "xlsx": _xlsx,
    "parquet": _parquet,
    "pdf": _pdf,
}
