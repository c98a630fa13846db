"""`milepost custody`: the command line. Lines to windows, beliefs to lines; it judges nothing itself."""

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from wire.messages import instant, rfc3339

if TYPE_CHECKING:
    from milepost.custody.lines import Observed, Refused
    from server.domain.custody import CustodyEvent

MOST_SAID = 20
DIGITS = 4

custody = typer.Typer(no_args_is_help=True, help="Where is each parcel: from tags that are heard.")


@custody.command()
def run(
    file: Annotated[str, typer.Argument(help="JSON lines of observations, in any order; - for standard input.")],
    every: Annotated[float, typer.Option(min=0.001, help="Seconds between statements, from UTC midnight.")] = 30.0,
) -> None:
    """Say where each parcel was, from tags that were heard. One JSON object for each statement and each event.

    Lines: {"kind":"site",...}, "parcel", "route", "fix", "sighting", "scanner"; docs/custody.md has each with its
    fields. It is the server's own filter. A statement about a moment uses nothing that ended later.

    Exit status: 0, or 1 when lines could not be read (the others count), or 2 for wrong usage.
    """
    recording = read_recording(file)
    counts: dict[str, int] = {}
    for told in told_of(recording, round(every * 1000)):
        counts[told["kind"]] = counts.get(told["kind"], 0) + 1
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    said = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "nothing to say"
    sys.stderr.write(f"{len(recording.plan.parcels)} parcels: {said}.\n")
    if not recording.windows:
        sys.stderr.write("There is no observation in it: it needs lines of the kinds fix, sighting and scanner.\n")
    if recording.refused or not recording.windows:
        raise typer.Exit(1)


@custody.command()
def score(
    observations: Annotated[str, typer.Argument(help="JSON lines as for `run`; - for standard input.")],
    truth: Annotated[Path, typer.Argument(help="JSON lines of what really happened.")],
    every: Annotated[float, typer.Option(min=0.001, help="Seconds between statements, from UTC midnight.")] = 30.0,
) -> None:
    """Say how good the statements about a recording are, against its truth, and how good simpler rules would be.

    Prints one JSON object: {"world", "ordinary", "custody": figures, "peers": {name: figures}}. The peers are a
    threshold at -75 dBm, and the scanner that heard the tag last. The truth has lines of the kinds whereabouts,
    happened and world, as `milepost simulate world --truth` writes them.

    Exit status: 0, or 1 when the truth or lines of the recording could not be read, or 2 for wrong usage.
    """
    from milepost.custody.judging import judged_all
    from milepost.custody.scoring import figures
    from milepost.custody.truths import TruthError, read_truth

    try:
        right = read_truth(truth.read_bytes().splitlines())
    except OSError as error:
        sys.stderr.write(f"{error.filename}: cannot be read: {error.strerror}\n")
        raise typer.Exit(2) from None
    except TruthError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
    recording = read_recording(observations)
    told = {name: figures(tally) for name, tally in judged_all(recording, right, round(every * 1000)).items()}
    mine = told.pop("custody")
    line = {"world": right.name, "ordinary": right.ordinary, "custody": mine, "peers": told}
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    if recording.refused or not recording.windows:
        raise typer.Exit(1)


def told_of(recording: "Observed", every_ms: int) -> Iterator[dict[str, Any]]:
    """Statements and events in the order of the time at which they are said."""
    from milepost.custody.runner import believed, moments
    from server.domain.custody import WINDOW_MS

    for at_ms, beliefs, events in believed(recording):
        yield from (event_line(event) for event in events)
        for moment_ms in moments(at_ms, at_ms + WINDOW_MS, every_ms):
            at = rfc3339(instant(moment_ms))
            for parcel, belief in sorted(beliefs.items()):
                p = round(belief.p, DIGITS)
                yield {"kind": "custody", "parcel": parcel, "at": at, "place": belief.place, "p": p}


def event_line(event: "CustodyEvent") -> dict[str, Any]:
    """An event as a line."""
    told = {
        "kind": event.kind,
        "parcel": event.parcel,
        "vehicle": event.vehicle,
        "stop": event.stop,
        "at": rfc3339(instant(event.at_ms)),
        "noticed_at": rfc3339(instant(event.noticed_at_ms)),
        "p": round(event.p, DIGITS),
        "because": event.because,
        "evidence": event.evidence,
    }
    return told | ({} if event.lon is None else {"lon": event.lon, "lat": event.lat})


def read_recording(file: str) -> "Observed":
    """The recording; what is wrong in it is said on stderr."""
    from milepost.custody.lines import observed, read_lines

    try:
        recording = observed(read_lines(file))
    except OSError as error:
        sys.stderr.write(f"{error.filename}: cannot be read: {error.strerror}\n")
        raise typer.Exit(2) from None
    say_refused(recording.refused)
    return recording


def say_refused(refused: "list[Refused]") -> None:
    """The lines that were not understood."""
    for one in islice(refused, MOST_SAID):
        sys.stderr.write(f"line {one.line}: {one.why}\n")
    if len(refused) > MOST_SAID:
        sys.stderr.write(f"and {len(refused) - MOST_SAID} more lines\n")
