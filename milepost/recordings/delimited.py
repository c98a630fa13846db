"""CSV to arrivals. Pure. The header names the columns, in any order; those that we do not know are ignored.

`at,lon,lat,speed_mps,course_deg,accuracy_m` and, when several vehicles are in it, `vehicle`. Only the first three must
be there. Quoting is that of RFC 4180; a quote that is never closed costs its own line and no other.
"""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from milepost.recordings.values import Arrival, Recording, Refused, at_ms, said, whole

HEADER = "at,lon,lat,speed_mps,course_deg,accuracy_m"
NEEDED = ("at", "lon", "lat")
LONGEST = 20
"""Lines that one quoted field may run over."""


class _Places(NamedTuple):
    """Where each column stands in a row, and how many there are; an absent one stands behind the end."""

    width: int
    at: int
    lon: int
    lat: int
    speed_mps: int
    course_deg: int
    accuracy_m: int
    vehicle: int


def begins(head: bytes) -> bool:
    """Whether this is how a CSV recording begins: with its header."""
    first = next(_records(head.decode("utf-8-sig", errors="replace")), (1, []))[1]
    return set(NEEDED) <= set(_names(first))


def parse(data: bytes, vehicle: str) -> Recording:
    """The arrivals of a CSV recording; `vehicle` is whose they are where no column says it."""
    records = _records(data.decode("utf-8-sig", errors="replace"))
    line, header = next(records, (1, []))
    names = _names(header)
    missing = [name for name in NEEDED if name not in names]
    recording = Recording()
    if missing:
        recording.refused.append(Refused(line, f"No column {', '.join(missing)}; expected the header {HEADER}"))
        return recording
    places = _Places(len(names), *(_place(names, name) for name in _Places._fields[1:]))
    for line, fields in records:
        try:
            recording.rows.append(_arrival(line, fields, places, vehicle))
        except ValueError as error:
            if fields != header:  # recordings that were put together keep each their header
                recording.refused.append(Refused(line, f"{error}."))
    return recording


def _names(header: list[str]) -> list[str]:
    return [name.strip().lower() for name in header]


def _place(names: list[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _arrival(line: int, fields: list[str], places: _Places, vehicle: str) -> Arrival:
    if len(fields) != places.width:
        fields = _fitted(fields, places.width)
    fields = [*fields, ""]  # what no column says
    return Arrival(
        line,
        fields[places.vehicle].strip() or vehicle,
        at_ms(fields[places.at]),
        whole("lon", "lon_e7", 1e7, fields[places.lon]),
        whole("lat", "lat_e7", 1e7, fields[places.lat]),
        None,
        said("speed_mps", "speed_cmps", 100, fields[places.speed_mps]),
        said("course_deg", "course_cdeg", 100, fields[places.course_deg]),
        said("accuracy_m", "accuracy_dm", 10, fields[places.accuracy_m]),
    )


def _fitted(fields: list[str], width: int) -> list[str]:
    """A row as wide as the header: what is missing at its end was not said; what is too much must be empty."""
    if any(field.strip() for field in fields[width:]):
        raise ValueError(f"It has {len(fields)} fields, and the header has {width}")
    return fields[:width] + [""] * (width - len(fields))


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the numbers of their lines; empty lines are none."""
    lines = list(io.StringIO(text, newline=None))
    place = 0
    while place < len(lines):
        line, began = lines[place], place
        place += 1
        if '"' in line:
            fields, place = _quoted(lines, began)
            yield began + 1, fields
        elif line.strip(", \t\n"):
            yield began + 1, line.rstrip("\n").split(",")


def _quoted(lines: list[str], place: int) -> tuple[list[str], int]:
    """A row with quotes: as many lines as they span. One that is never closed spans its own line only."""
    text = lines[place]
    end = place + 1
    while text.count('"') % 2 and end < min(len(lines), place + LONGEST):
        text += lines[end]
        end += 1
    if text.count('"') % 2:
        text, end = lines[place], place + 1
    return next(csv.reader(io.StringIO(text, newline="")), []), end
