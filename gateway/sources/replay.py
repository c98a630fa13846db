"""A recording in the receiver's place: NMEA, GPX or CSV, at any speed. Read as it is needed, however long it is.

The recording's times stand as they are, or are moved by one step so that it begins now. CSV has the columns
`at,lon,lat,speed_mps,course_deg,accuracy_m[,vehicle]`; `at` is RFC 3339, or seconds since 1970.
"""

import asyncio
import csv
import logging
import math
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gpxpy
import msgspec

from firmware_bridge.nmea import Fix, Nmea
from gateway.settings import Replay
from gateway.sources.health import Health

log = logging.getLogger("source")

CHUNK_BYTES = 4096


class RecordingError(ValueError):
    """The file is no recording that we read; says which line, and what was expected."""


class ReplaySource:
    """Plays one file, then keeps still."""

    def __init__(
        self,
        settings: Replay,
        heard: Callable[[Fix, Health], None],
        room: Callable[[], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        """`room` waits while the disk is behind."""
        self.health = Health(state="replay", port=str(settings.file))
        self.ended = False
        self._settings, self._heard, self._room, self._now = settings, heard, room, now

    async def run(self) -> None:
        """Play it."""
        loop = asyncio.get_running_loop()
        try:
            await self._play(paced=self._settings.speed > 0)
        except (RecordingError, OSError) as error:
            self.health.say("garbage", f"{self._settings.file}: {error}")
            log.error("the recording cannot be played: %s", error)  # noqa: TRY400 - a person's mistake, not ours
        self.ended = True
        while True:
            self.health.beat_at = loop.time()
            await asyncio.sleep(1.0)

    async def _play(self, *, paced: bool) -> None:
        loop = asyncio.get_running_loop()
        began_s, first_at, shift, played = loop.time(), None, timedelta(), 0
        for fix in fixes_in(self._settings.file, self._settings.vehicle):
            self.health.beat_at = loop.time()
            if fix.at is not None:
                if first_at is None:
                    first_at = fix.at
                    shift = self._now() - first_at if self._settings.shift_to_now else timedelta()
                due_s = began_s + (fix.at - first_at).total_seconds() / self._settings.speed if paced else 0.0
                while (left_s := due_s - loop.time()) > 0:
                    self.health.beat_at = loop.time()
                    await asyncio.sleep(min(left_s, 1.0))
            played += 1
            self._heard(msgspec.structs.replace(fix, at=fix.at + shift) if fix.at else fix, self.health)
            if played % 200 == 0:
                await self._room()
                await asyncio.sleep(0)
        log.info("the recording has ended after %d fixes", played)


def fixes_in(path: Path, vehicle: str = "") -> Iterator[Fix]:
    """The fixes of a recording, in its order; by the name of the file. Raises RecordingError."""
    match path.suffix.lower():
        case ".gpx":
            return _gpx(path)
        case ".csv":
            return _csv(path, vehicle)
    return _nmea(path)


def _nmea(path: Path) -> Iterator[Fix]:
    nmea = Nmea(eager=False)
    with path.open("rb") as file:
        while data := file.read(CHUNK_BYTES):
            yield from nmea.feed(data)
    yield from nmea.close()


def _gpx(path: Path) -> Iterator[Fix]:
    try:
        parsed = gpxpy.parse(path.read_bytes().decode("utf-8-sig"))
    except (gpxpy.gpx.GPXException, UnicodeDecodeError) as error:
        raise RecordingError(f"is no GPX: {error}") from None
    for track in parsed.tracks:
        for segment in track.segments:
            for point in segment.points:
                at = point.time and (point.time if point.time.tzinfo else point.time.replace(tzinfo=UTC))
                yield Fix(
                    at=at and at.astimezone(UTC),
                    lon=point.longitude,
                    lat=point.latitude,
                    alt_m=point.elevation,
                    speed_mps=point.speed,
                    course_deg=point.course,
                    hdop=point.horizontal_dilution,
                    satellites=None if point.satellites is None else int(point.satellites),
                )


def _csv(path: Path, vehicle: str) -> Iterator[Fix]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = {"at", "lon", "lat"} - set(rows.fieldnames or ())
        if missing:
            raise RecordingError(
                f"line 1 has no column {', '.join(sorted(missing))}; expected at,lon,lat,speed_mps,..."
            )
        only = vehicle
        for row in rows:
            whose = row.get("vehicle") or ""
            if only and whose != only:
                if not vehicle:
                    raise RecordingError(f'holds several vehicles ({only}, {whose}, ...): write vehicle = "{only}"')
                continue
            only = only or whose
            yield _csv_fix(row, rows.line_num)


def _csv_fix(row: dict[str, str], line: int) -> Fix:
    def number(name: str) -> float | None:
        text = (row.get(name) or "").strip()
        value = float(text) if text else None
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{name} is {text}")
        return value

    if any(row[name] is None for name in ("at", "lon", "lat")):
        raise RecordingError(f"line {line} is too short; expected at,lon,lat,speed_mps,course_deg,accuracy_m")
    try:
        at = _time(row["at"].strip())
        lon, lat = number("lon"), number("lat")
        return Fix(
            at=at,
            lon=lon,
            lat=lat,
            alt_m=number("alt_m"),
            speed_mps=number("speed_mps"),
            course_deg=number("course_deg"),
            error_m=number("accuracy_m"),
        )
    except (ValueError, KeyError, AttributeError) as error:
        raise RecordingError(f"line {line}: {error}; expected at,lon,lat,speed_mps,course_deg,accuracy_m") from None


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
