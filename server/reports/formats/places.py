"""A list on the map: GPX 1.1, KML 2.2 and GeoJSON, written trip by trip, so that a long report needs no memory.

Trips and speedings are their tracks, as the telemetry has them without fixes that were doubted; halts and visits are
points. Cells are the table's.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from server.reports.formats.data import plain
from server.reports.rows import Leaf
from server.reports.table import Column, Table
from server.reports.words import said, short_day
from server.store.telemetry import Telemetry
from wire.messages import rfc3339

MOST_ROWS = 2_000
_MS = timedelta(milliseconds=1)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Place(NamedTuple):
    """One row of the list with where it was: a line, a point, or nothing that is known."""

    name: str
    start: datetime
    end: datetime
    tracked: bool
    """Whether it is a track, however few points it has; else a point."""
    line: list[tuple[float, float]]
    times: list[str]
    cells: list[tuple[Column, str]]
    properties: dict[str, object]


class Drawing(NamedTuple):
    """What is drawn: the table for its words, the leaves for where they were."""

    table: Table
    leaves: Sequence[Leaf]
    tracks: bool
    now: datetime


def places(drawing: Drawing, telemetry: Telemetry | None) -> Iterator[Place]:
    """The rows one by one; the telemetry is asked for tracks only."""
    for leaf in drawing.leaves:
        line, times = _track(leaf, telemetry, drawing.now) if drawing.tracks and telemetry else _point(leaf)
        yield _place(drawing, leaf, line, times)


def as_geojson(table: Table, found: Iterable[Place]) -> Iterator[bytes]:
    """RFC 7946, one feature a row, with the row as its properties."""
    head = {"title": table.title, "time_zone": table.zone, "report": table.kind}
    opening = msgspec.json.encode({"type": "FeatureCollection", **head})[:-1]
    yield opening + b',"features":['
    for number, place in enumerate(found):
        properties = dict(place.properties)
        if place.times:
            properties["coordinateProperties"] = {"times": place.times}
        feature = {"type": "Feature", "geometry": _geometry(place.line), "properties": properties}
        yield (b",\n" if number else b"\n") + msgspec.json.encode(feature)
    yield b"\n]}\n"


def as_gpx(table: Table, found: Iterable[Place]) -> Iterator[bytes]:
    """GPX 1.1: a track with times, or a way point, for each row."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Milepost" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<metadata><desc>{_xml(table.title)}</desc></metadata>\n"
    ).encode()
    for place in found:
        about = f"<name>{_xml(place.name)}</name><desc>{_xml(_spoken(place))}</desc>"
        if place.tracked:
            points = "".join(
                f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{at}</time></trkpt>\n'
                for (lon, lat), at in zip(place.line, place.times, strict=True)
            )
            yield f"<trk>{about}<trkseg>\n{points}</trkseg></trk>\n".encode()
        elif place.line:
            [(lon, lat)] = place.line
            at = rfc3339(place.start)
            yield f'<wpt lat="{lat:.7f}" lon="{lon:.7f}"><time>{at}</time>{about}</wpt>\n'.encode()
    yield b"</gpx>\n"


def as_kml(table: Table, found: Iterable[Place]) -> Iterator[bytes]:
    """KML 2.2: a placemark for each row, with its time and its cells."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{_xml(table.title)}</name>\n"
    ).encode()
    for place in found:
        cells = "".join(
            f'<Data name="{_xml(column.head, quoted=True)}"><value>{_xml(cell)}</value></Data>'
            for column, cell in place.cells
        )
        when = f"<TimeSpan><begin>{rfc3339(place.start)}</begin><end>{rfc3339(place.end)}</end></TimeSpan>"
        yield (
            f"<Placemark><name>{_xml(place.name)}</name>{when}<ExtendedData>{cells}</ExtendedData>"
            f"{_shape(place.line)}</Placemark>\n"
        ).encode()
    yield b"</Document></kml>\n"


WRITERS: dict[str, Callable[[Table, Iterable[Place]], Iterator[bytes]]] = {
    "geojson": as_geojson,
    "gpx": as_gpx,
    "kml": as_kml,
}


def _track(leaf: Leaf, telemetry: Telemetry, now: datetime) -> tuple[list[tuple[float, float]], list[str]]:
    assert leaf.span is not None
    start = datetime.fromtimestamp(leaf.span.start_ms / 1000, UTC)
    end = now if leaf.span.end_ms is None else datetime.fromtimestamp(leaf.span.end_ms / 1000, UTC)
    found = telemetry.track(leaf.vehicle, start, max(end, start) + _MS)
    believed = found.filter(pc.is_null(found["flags"]))
    at = believed["at"].cast(pa.int64()).to_numpy().astype("datetime64[ms]")
    lons, lats = (believed[name].to_numpy() / 1e7 for name in ("lon_e7", "lat_e7"))
    times = [f"{text}Z" for text in np.datetime_as_string(at, unit="ms").tolist()]
    return list(zip(lons.tolist(), lats.tolist(), strict=True)), times


def _point(leaf: Leaf) -> tuple[list[tuple[float, float]], list[str]]:
    body = leaf.span.body if leaf.span else {}
    lon, lat = body.get("lon"), body.get("lat")
    return ([] if lon is None or lat is None else [(lon, lat)]), []


def _place(drawing: Drawing, leaf: Leaf, line: list[tuple[float, float]], times: list[str]) -> Place:
    table, zone = drawing.table, ZoneInfo(drawing.table.zone)
    local = leaf.at.astimezone(zone)
    cells = zip(table.columns, leaf.cells, strict=True)
    shown = [(column, said(column, value, zone, year=True)) for column, value in cells if column.main]
    end_ms = leaf.span.end_ms if leaf.span else None
    return Place(
        name=f"{leaf.cells[0]}, {short_day(local, year=True)}, {local:%H:%M}",
        start=leaf.at,
        end=drawing.now if end_ms is None else datetime.fromtimestamp(end_ms / 1000, UTC),
        tracked=drawing.tracks,
        line=line,
        times=times,
        cells=shown,
        properties={column.key: plain(value) for column, value in zip(table.columns, leaf.cells, strict=True)},
    )


def _geometry(line: list[tuple[float, float]]) -> dict[str, object] | None:
    if len(line) > 1:
        return {"type": "LineString", "coordinates": line}
    return {"type": "Point", "coordinates": line[0]} if line else None


def _shape(line: list[tuple[float, float]]) -> str:
    pairs = " ".join(f"{lon:.7f},{lat:.7f}" for lon, lat in line)
    if len(line) > 1:
        return f"<LineString><tessellate>1</tessellate><coordinates>{pairs}</coordinates></LineString>"
    return f"<Point><coordinates>{pairs}</coordinates></Point>" if line else ""


def _spoken(place: Place) -> str:
    return "; ".join(f"{column.head}: {cell}" for column, cell in place.cells if cell)


def _xml(text: str, *, quoted: bool = False) -> str:
    return escape(_ILLEGAL.sub(" ", text), {'"': "&quot;"} if quoted else {})
