"""`milepost report`: the reports of the API, written into a file or to standard output."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from server.commands import Config, database_of


def report(
    kind: Annotated[str, typer.Argument(help="trips, halts, visits, distance, idling, speeding or alerts.")],
    start: Annotated[str, typer.Option("--from", help="2026-11-16, or RFC 3339; seven days before --to.")] = "",
    end: Annotated[str, typer.Option("--to", help="The first instant that does not count; the end of today.")] = "",
    form: Annotated[str, typer.Option("--format", help="json, csv, xlsx, pdf, parquet, gpx, kml or geojson.")] = "",
    out: Annotated[Path | None, typer.Option(help="The file; its ending says the format. Without it: stdout.")] = None,
    vehicle: Annotated[str, typer.Option(help="Only these vehicles: ids, with commas between.")] = "",
    fence: Annotated[str, typer.Option(help="Only what was at this fence: its id.")] = "",
    group: Annotated[str, typer.Option(help="vehicle, day, team, driver or fence; without it every row.")] = "",
    time_zone: Annotated[str, typer.Option(help="The zone of days and times, such as Europe/Helsinki.")] = "UTC",
    config: Config = None,
) -> None:
    """Write a report: what vehicles did in a window, with the same figures in every format.

    It reads the database, also while the server runs. Tracks (gpx, kml and geojson of trips) are in the telemetry: the
    embedded one is open in one process only, so ask the running server for those, by its API.
    """
    from server.reports.question import asked
    from server.reports.write import FORMATS

    now = datetime.now(UTC)
    form = form or (out.suffix.removeprefix(".") if out else "csv")
    if form not in FORMATS:
        _refuse(f"There is no format {form!r}; there are {', '.join(FORMATS)}.", status=2)
    vehicles = frozenset(name for name in vehicle.split(",") if name) or None
    words: dict[str, Any] = {"start": start, "end": end, "zone": time_zone, "fence": fence, "group": group}
    try:
        question = asked(kind, vehicles=vehicles, **words, now=now)
    except ValueError as error:
        _refuse(str(error), status=2)
    settings, database = database_of(config)
    _write(settings, database, question, form, out, now)


def _write(settings: Any, database: Any, question: Any, form: Any, out: Path | None, now: datetime) -> None:
    from server.reports.formats.pdf import NoPaper
    from server.reports.write import write
    from server.store.database import DatabaseUnavailable
    from server.store.telemetry import TelemetryUnavailable, open_telemetry

    opened = []

    def telemetry() -> Any:
        opened.append(open_telemetry(settings.telemetry.url, settings.data))
        return opened[0]

    try:
        with database.reading() as connection:
            file = write(connection, question, form, telemetry, now=now)
        with out.open("wb") if out else _stdout() as sink:
            for chunk in file.chunks:
                sink.write(chunk)
    except (ValueError, OSError, NoPaper, DatabaseUnavailable, TelemetryUnavailable) as error:
        _refuse(str(error), status=1)
    finally:
        for store in opened:
            store.close()
        database.close()
    sys.stderr.write(f"{file.table.title}\n")


def _stdout() -> Any:
    import contextlib

    return contextlib.nullcontext(sys.stdout.buffer)


def _refuse(why: str, *, status: int) -> Any:
    sys.stderr.write(f"{why}\n")
    raise typer.Exit(status)
