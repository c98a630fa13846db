"""`milepost facts`: the command line."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from milepost.recordings import Recording

MOST_SAID = 20


def facts(
    track: Annotated[str, typer.Argument(help="A recording: CSV, GPX or NMEA, packed or not; - for standard input.")],
    fences: Annotated[Path | None, typer.Option(help="Fences: GeoJSON, each Feature with an id.")] = None,
    rules: Annotated[Path | None, typer.Option(help="Rules that differ from the default: TOML.")] = None,
    flagged: Annotated[bool, typer.Option(help="Print fixes that are not believed as well.")] = True,
) -> None:
    """Say what happened in a recording: trips, halts, visits to fences, speeding. One JSON object for each fact.

    It is the server's own engine: try a fence or a rule on yesterday's track before it goes live. Rows count in the
    order of the file, as if they arrived so; whatever the order, the same facts stand at the end.

    A CSV has the header at,lon,lat,speed_mps,course_deg,accuracy_m and, for several vehicles, a column vehicle.
    A fence is a Point with radius_m, a Polygon, or a LineString with width_m; also margin_m, dwell_s, hours, time_zone.
    Exit status: 0, or 1 when lines could not be read (the others count), or 2 for wrong usage.
    """
    from milepost.facts.rules import RuleBook, RulesError, read_rules
    from milepost.facts.runner import Runner
    from milepost.recordings import read
    from server.domain.fences.geojson import FencesError, decode_fences
    from server.domain.fences.index import FenceIndex

    try:
        book = read_rules(rules) if rules is not None else RuleBook()
        known = decode_fences(fences.read_bytes()) if fences is not None else []
        recording = read(track)
    except FencesError as error:
        _fail(f"{fences}: {error}")
    except RulesError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename}: cannot be read: {error.strerror}", status=2)
    runner = Runner(book, FenceIndex(known) if known else None)
    with _progress(len(recording.rows)) as tell:
        runner.take(recording.rows, tell)
    counts: dict[str, int] = {}
    for fact in runner.facts():
        counts[fact["kind"]] = counts.get(fact["kind"], 0) + 1
        if flagged or fact["kind"] != "fix_flagged":
            sys.stdout.write(msgspec.json.encode(fact).decode() + "\n")
    _say(recording, counts)
    if recording.refused or not recording.rows:
        raise typer.Exit(1)


def _say(recording: "Recording", counts: dict[str, int]) -> None:
    """What people want to know besides, on stderr."""
    for note in recording.notes:
        sys.stderr.write(f"{note}\n")
    for refused in recording.refused[:MOST_SAID]:
        sys.stderr.write(f"line {refused.line}: {refused.why}\n")
    if len(recording.refused) > MOST_SAID:
        sys.stderr.write(f"and {len(recording.refused) - MOST_SAID} more lines\n")
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "no facts"
    sys.stderr.write(f"{len(recording.rows)} fixes: {told}.\n")
    if not recording.rows:
        sys.stderr.write("There is no position in it. A CSV needs the columns at, lon and lat.\n")


def _fail(says: str, status: int = 1) -> NoReturn:
    sys.stderr.write(f"{says}\n")
    raise typer.Exit(status)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, when it takes longer than a moment and a person looks."""
    began = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("fixes", total=total)
    started = False

    def tell(done: int) -> None:
        nonlocal started
        if not started and time.monotonic() - began > 2:
            bar.start()
            started = True
        bar.update(task, completed=done)

    try:
        yield tell
    finally:
        if started:
            bar.stop()
