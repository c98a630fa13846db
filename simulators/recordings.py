"""Recordings as vans: what a real receiver once said, or where a real vehicle once was, to be said again.

NMEA logs keep their bytes and their pace; `replayed.moved` brings them to another time. Everything else becomes
observations: CSV with the header `at,lon,lat,speed_mps,course_deg,accuracy_m`, GPX, Porto taxis (TRIP_ID,...,POLYLINE),
and the Twizy electric vehicle (Date,Time,Soc,...). A missing speed or course is worked out from neighbouring points.

Units: degrees, m/s, seconds since the first point. Raises RecordingError, naming the line, for what cannot be read.
"""

import csv
import gzip
import io
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from simulators.geometry import course_deg, distance_m
from simulators.noise import STANDING_MPS, Observation
from simulators.replayed import epochs as nmea_epochs

HEADER = ("at", "lon", "lat", "speed_mps", "course_deg", "accuracy_m")
TAXI_EVERY_S = 15
_STRANGE = timedelta(days=1)


class RecordingError(ValueError):
    """The file cannot be replayed; the message says where and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """One moment of a recording: either the bytes of an NMEA epoch, or an observation."""

    offset_s: float
    at: datetime | None
    raw: bytes | None = None
    observation: Observation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Point:
    at: datetime
    lon: float
    lat: float
    alt_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    accuracy_m: float | None = None


def read(path: Path, *, seed: int = 0) -> list[Replayed]:
    """A recording's moments, in order. Of a file with many trips (taxis) `seed` chooses one."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise RecordingError(f"{path} cannot be read: {error}") from error
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"<"):
        moments = _observed(_gpx(data, path))
    elif head.startswith(b"TRIP_ID,"):
        moments = _observed(_taxi(_table(data), path, seed))
    elif head.startswith(b"Date,Time,"):
        moments = _observed(_twizy(_table(data), path))
    elif head.startswith(b"at,lon,lat"):
        moments = _observed(_csv(_table(data), path))
    else:
        moments = [Replayed(offset_s=offset_s, at=None, raw=raw) for offset_s, raw in nmea_epochs(data)]
    if not moments:
        raise RecordingError(f"{path} has no positions with times, and no NMEA sentences.")
    return moments


def repeated(moments: list[Replayed], *, pause_s: float = 5.0) -> Iterator[Replayed]:
    """The recording again and again, as a van that never goes home."""
    period_s = moments[-1].offset_s + pause_s
    for turn in itertools.count():
        for moment in moments:
            yield replace(moment, offset_s=moment.offset_s + turn * period_s)


def _table(data: bytes) -> "csv.DictReader[str]":
    return csv.DictReader(io.StringIO(data.decode("utf-8-sig")))


def _csv(rows: "csv.DictReader[str]", path: Path) -> Iterator[_Point]:
    def point(row: dict[str, str]) -> _Point:
        at = datetime.fromisoformat(row["at"])
        if at.tzinfo is None:
            raise ValueError("`at` has no zone; write it with Z")
        speed, course, accuracy = (float(row[name]) if row.get(name) else None for name in HEADER[3:])
        return _Point(
            at=at.astimezone(UTC), lon=float(row["lon"]), lat=float(row["lat"]),
            speed_mps=speed, course_deg=course, accuracy_m=accuracy,
        )  # fmt: skip

    return _each(rows, point, path)


def _twizy(rows: "csv.DictReader[str]", path: Path) -> list[_Point]:
    """Speed is new every second, the position every twelve or so and repeated in between.

    There it is worked out on the straight line to the next one, as far along as the speed says.
    """

    def point(row: dict[str, str]) -> _Point | None:
        try:
            at = datetime.strptime(f"{row['Date']} {row['Time']}", "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            return None  # the logger's clock was damaged in places (90/02/2032): known, and no reason to stop
        return _Point(
            at=at, lon=float(row["LON"]), lat=float(row["LAT"]), alt_m=float(row["ALT"]),
            speed_mps=float(row["Speed"]) / 3.6,
        )  # fmt: skip

    points = [one for one in _each(rows, point, path) if one is not None]
    fresh = [
        i for i, one in enumerate(points) if i == 0 or (one.lon, one.lat) != (points[i - 1].lon, points[i - 1].lat)
    ]
    for start, end in pairwise(fresh):
        points[start:end] = _spread(points[start : end + 1])
    return points


def _spread(points: list[_Point]) -> list[_Point]:
    """All points but the last, put on the line from the first to the last by their speeds."""
    first, last = points[0], points[-1]
    driven = list(itertools.accumulate((one.speed_mps or 0.0 for one in points[1:]), initial=0.0))
    shares = [way / driven[-1] if driven[-1] else 0.0 for way in driven[:-1]]
    return [
        replace(
            one,
            lon=round(first.lon + (last.lon - first.lon) * share, 7),
            lat=round(first.lat + (last.lat - first.lat) * share, 7),
        )
        for one, share in zip(points[:-1], shares, strict=True)
    ]


def _each[P](rows: "csv.DictReader[str]", point: Callable[[dict[str, str]], P], path: Path) -> Iterator[P]:
    for row in rows:
        try:
            yield point(row)
        except (ValueError, KeyError, TypeError) as error:
            raise RecordingError(f"{path} line {rows.line_num}: {error}") from error


def _taxi(rows: "csv.DictReader[str]", path: Path, seed: int) -> list[_Point]:
    """A trip, second by second: straight and steady between the points, which are 15 s apart."""
    trips = [row for row in rows if row["POLYLINE"].count("[") > 2]
    if not trips:
        return []
    trip = trips[seed % len(trips)]
    try:
        began_s, line = int(trip["TIMESTAMP"]), json.loads(trip["POLYLINE"])
        return [
            _Point(
                at=datetime.fromtimestamp(began_s + place * TAXI_EVERY_S + second, UTC),
                lon=round(a[0] + (b[0] - a[0]) * second / TAXI_EVERY_S, 7),
                lat=round(a[1] + (b[1] - a[1]) * second / TAXI_EVERY_S, 7),
            )
            for place, (a, b) in enumerate(pairwise([*line, line[-1]]))
            for second in range(TAXI_EVERY_S if place < len(line) - 1 else 1)
        ]
    except (ValueError, TypeError) as error:
        raise RecordingError(f"{path}, trip {trip['TRIP_ID']}: {error}") from error


def _gpx(data: bytes, path: Path) -> list[_Point]:
    try:
        import gpxpy  # noqa: PLC0415  (an extra: imported when a GPX file is read)
    except ImportError:
        raise RecordingError("Reading GPX needs gpxpy. Install it with: pip install 'milepost[demo]'") from None
    try:
        document = gpxpy.parse(data.decode("utf-8-sig"))
    except (gpxpy.gpx.GPXException, UnicodeDecodeError) as error:
        raise RecordingError(f"{path} is not GPX: {error}") from error
    return [
        _Point(
            at=point.time.astimezone(UTC) if point.time.tzinfo else point.time.replace(tzinfo=UTC),
            lon=point.longitude, lat=point.latitude, alt_m=point.elevation,
            speed_mps=point.speed, course_deg=point.course,
        )
        for track in document.tracks
        for segment in track.segments
        for point in segment.points
        if point.time is not None
    ]  # fmt: skip


def _observed(points: Iterable[_Point]) -> list[Replayed]:
    """Points as observations; one that is not later than the one before it, or days later, is left out."""
    kept: list[_Point] = []
    for point in points:
        if not kept or timedelta(0) < point.at - kept[-1].at < _STRANGE:
            kept.append(point)
    return [_moment(kept, place) for place in range(len(kept))]


def _moment(points: list[_Point], place: int) -> Replayed:
    point, first = points[place], points[0]
    before, after = points[max(0, place - 1)], points[min(len(points) - 1, place + 1)]
    speed, course = point.speed_mps, point.course_deg
    ends = (before.lon, before.lat), (after.lon, after.lat)
    if speed is None and after is not before:
        speed = distance_m(*ends) / (after.at - before.at).total_seconds()
    if course is None and speed is not None and speed >= STANDING_MPS and ends[0] != ends[1]:
        course = course_deg(*ends)
    offset_s = (point.at - first.at).total_seconds()
    observation = Observation(
        offset_s=offset_s, lon=point.lon, lat=point.lat, alt_m=point.alt_m, speed_mps=speed, course_deg=course,
        sigma_m=point.accuracy_m,
    )  # fmt: skip
    return Replayed(offset_s=offset_s, at=point.at, observation=observation)
