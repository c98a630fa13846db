"""`milepost nmea`: what a receiver's recording, or a pipe, says. JSON lines on stdout, a summary on stderr.

The only module of this room that reads files. It decodes nothing itself.
"""

import gzip
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, cast

import typer

from firmware_bridge.nmea import REFUSED, Counters, Fix, Nmea, to_json

if TYPE_CHECKING:
    import io

CHUNK = 65536
LARGE = 20_000_000
"""Bytes that take more than two seconds: then a bar shows how far it is."""


def nmea(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A recording (.gz too), or - for standard input.")],
    not_before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="No true date lies before this one: repair those that a GPS week rollover explains, else say null.",
        ),
    ] = None,
) -> None:
    """Print one JSON object per fix of an NMEA 0183 recording, and a summary on stderr."""
    if file != "-":
        _must_be_readable(Path(file))
    name = "standard input" if file == "-" else file
    bridge = Nmea(not_before=not_before.date() if not_before else None, eager=False)
    seen: list[datetime] = []
    broken = None
    try:
        try:
            for data in _chunks(file):
                _print(bridge.feed(data), seen)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            broken = error
        _print(bridge.close(), seen)
    except BrokenPipeError:
        _leave_the_pipe()
    _summary(bridge.counters, seen)
    if broken is not None:
        _say(f"{name} is damaged and was read up to there: {broken}. Fetch it again if you can.")
    elif not bridge.counters.sentences:
        _say(
            f"{name} has no NMEA sentence with a right checksum, from line 1 to its end. Is it an NMEA 0183 recording?"
        )
    if broken is not None or not bridge.counters.sentences:
        raise typer.Exit(1)


def _must_be_readable(path: Path) -> None:
    """A file, a named pipe or a device."""
    if path.is_dir() or not path.exists():
        _say(f"{path} is not a file. Name a recording, or - to read standard input.")
        raise typer.Exit(2)
    if not os.access(path, os.R_OK):
        _say(f"{path} may not be read by this user.")
        raise typer.Exit(2)


def _chunks(file: str) -> Iterator[bytes]:
    """Bytes as they come: a pipe is not waited for until it is full, a cut-off .gz gives what it has."""
    if file == "-":
        pipe = cast("io.BufferedReader", sys.stdin.buffer)
        yield from iter(lambda: pipe.read1(CHUNK), b"")
        return
    path = Path(file)
    with path.open("rb") as raw, ExitStack() as stack:
        unpacked = stack.enter_context(gzip.GzipFile(fileobj=raw)) if path.suffix == ".gz" else None
        reader: io.BufferedIOBase = unpacked or raw
        blocks = iter(lambda: reader.read1(CHUNK), b"")
        yield from _with_a_bar(blocks, raw, path) if path.stat().st_size > LARGE else blocks


def _with_a_bar(blocks: Iterator[bytes], raw: IO[bytes], path: Path) -> Iterator[bytes]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"Reading {path.name}", total=path.stat().st_size)
        for block in blocks:
            yield block
            bar.update(task, completed=raw.tell())


def _print(fixes: list[Fix], seen: list[datetime]) -> None:
    """The lines of these fixes; `seen` keeps the first and the last time."""
    if not fixes:
        return
    sys.stdout.buffer.write(b"".join(to_json(fix) + b"\n" for fix in fixes))
    sys.stdout.buffer.flush()
    times = [fix.at for fix in fixes if fix.at is not None]
    if times:
        seen[:] = [min([*seen[:1], *times]), max([*seen[1:], *times])]


def _summary(counters: Counters, seen: list[datetime]) -> None:
    _say(f"{counters.sentences} sentences, {counters.unused} of them of kinds that are not used.")
    without = counters.fixes - counters.positions
    _say(f"{counters.fixes} fixes, {without} of them without a position.")
    if seen:
        first, last = (at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds")[:23] for at in seen)
        _say(f"From {first} to {last} UTC.")
    for reason, times in counters.refused.items():
        _say(f"Refused: {times} x {reason}. {REFUSED[reason]}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _leave_the_pipe() -> None:
    """Whoever reads our output has enough (`| head`): no error, and nothing for Python to complain about on exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(0)


if __name__ == "__main__":
    typer.run(nmea)
