"""`milepost motion`: the command line. Recordings to arrays, probabilities to lines; it judges nothing itself."""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
import typer

from milepost.recordings import read
from server.domain.motion.rule import on_foot
from wire.messages import instant, rfc3339

if TYPE_CHECKING:
    from milepost.recordings import Arrival, Recording

MOST_SAID = 20
DIGITS = 4


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `p` is the probability of the motion that is said."""

    vehicle: str
    at: str
    motion: str
    p: float


def motion(
    track: Annotated[str, typer.Argument(help="A recording: CSV, GPX or NMEA, packed or not; - for standard input.")],
) -> None:
    """Say for each fix whether the person was driving or on foot. One JSON object for each, in the order of the rows.

    It needs places and times only, every 1 to 15 s; speeds and courses are not looked at, so that it does not matter
    whether a phone says them. What comes after a fix counts as well as what came before it. On foot is everything that
    is not driving: walking, at a door, and sitting in a van that is parked.

    A CSV has the header at,lon,lat and, for several vehicles, a column vehicle; others are not needed.
    Exit status: 0, or 1 when lines could not be read (the others count), or 2 for wrong usage.
    """
    try:
        recording = read(track)
    except OSError as error:
        sys.stderr.write(f"{error.filename}: cannot be read: {error.strerror}\n")
        raise typer.Exit(2) from None
    counts = {"driving": 0, "on_foot": 0}
    for told in judged(recording.rows):
        counts[told.motion] += 1
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    _say(recording, counts)
    if recording.refused or not recording.rows:
        raise typer.Exit(1)


def judged(rows: "list[Arrival]") -> Iterator[Told]:
    """What is said of each row, in their order."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(row.vehicle for row in rows))}
    probabilities = on_foot(
        np.array([numbers[row.vehicle] for row in rows], dtype=np.int64),
        np.array([row.at_ms for row in rows], dtype=np.int64),
        np.array([row.lon_e7 for row in rows], dtype=np.int64),
        np.array([row.lat_e7 for row in rows], dtype=np.int64),
    )
    for row, p in zip(rows, probabilities.tolist(), strict=True):
        kind = "on_foot" if p >= 0.5 else "driving"
        yield Told(vehicle=row.vehicle, at=rfc3339(instant(row.at_ms)), motion=kind, p=round(max(p, 1 - p), DIGITS))


def _say(recording: "Recording", counts: dict[str, int]) -> None:
    for note in recording.notes:
        sys.stderr.write(f"{note}\n")
    for refused in islice(recording.refused, MOST_SAID):
        sys.stderr.write(f"line {refused.line}: {refused.why}\n")
    if len(recording.refused) > MOST_SAID:
        sys.stderr.write(f"and {len(recording.refused) - MOST_SAID} more lines\n")
    sys.stderr.write(f"{len(recording.rows)} fixes: {counts['driving']} driving, {counts['on_foot']} on foot.\n")
    if not recording.rows:
        sys.stderr.write("There is no position in it. A CSV needs the columns at, lon and lat.\n")
