"""A scripted fleet: vans that drive up and down real streets as a pure function of time.

Times are seconds since 1970, lengths metres, angles degrees. Nothing is random: van i always drives the same way.
"""

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

STREETS = Path(__file__).with_name("streets.geojson")
HALT_S = 75.0
METRES_PER_DEGREE = 111_195.0
SPREAD_DEG = 0.25
"""How far a large fleet is spread around the city, so that it does not stand on 24 streets."""


@dataclass(frozen=True, kw_only=True)
class Street:
    """A line with the length to each of its corners."""

    name: str
    corners: tuple[tuple[float, float], ...]
    lengths: tuple[float, ...]

    @property
    def length_m(self) -> float:
        """From end to end."""
        return self.lengths[-1]

    def place(self, along_m: float) -> tuple[float, float, float]:
        """Lon, lat and course of the street so many metres from its beginning."""
        for i in range(1, len(self.lengths)):
            if along_m <= self.lengths[i] or i == len(self.lengths) - 1:
                (lon0, lat0), (lon1, lat1) = self.corners[i - 1 : i + 1]
                span = self.lengths[i] - self.lengths[i - 1]
                part = min(1.0, max(0.0, (along_m - self.lengths[i - 1]) / span))
                course = math.degrees(math.atan2((lon1 - lon0) * math.cos(math.radians(lat0)), lat1 - lat0))
                return lon0 + part * (lon1 - lon0), lat0 + part * (lat1 - lat0), course % 360
        raise AssertionError(self.name)


@cache
def streets() -> tuple[Street, ...]:
    """The streets of the file, longest first."""
    found = []
    for feature in json.loads(STREETS.read_text())["features"]:
        corners = tuple((lon, lat) for lon, lat in feature["geometry"]["coordinates"])
        lengths = [0.0]
        for (lon0, lat0), (lon1, lat1) in pairwise(corners):
            east = (lon1 - lon0) * math.cos(math.radians(lat0)) * METRES_PER_DEGREE
            lengths.append(lengths[-1] + math.hypot(east, (lat1 - lat0) * METRES_PER_DEGREE))
        found.append(Street(name=feature["properties"]["name"], corners=corners, lengths=tuple(lengths)))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Van:
    """One van: drives its street at a mean speed, halts at both ends, and may have stopped reporting."""

    number: int
    spread: bool = False
    parked: bool = False
    silent_since_s: float | None = None

    @property
    def id(self) -> str:
        """As in URLs."""
        return f"van-{self.number}"

    @property
    def name(self) -> str:
        """As on the page."""
        return f"Van {self.number}"

    @property
    def street(self) -> Street:
        """Where it drives."""
        return streets()[self.number % len(streets())]

    def fix(self, now_s: float) -> dict[str, Any]:
        """The newest fix at a time, in the shape of the API's `last`."""
        at_s = now_s if self.silent_since_s is None else min(now_s, self.silent_since_s)
        lon, lat, course, speed = self._motion(at_s)
        if self.spread:
            lon += SPREAD_DEG * 2 * math.sin(self.number * 1.7) * math.sin(self.number * 0.31)
            lat += SPREAD_DEG * math.sin(self.number * 2.3) * math.cos(self.number * 0.17)
        return {
            "at": instant(at_s),
            "received_at": instant(at_s + 0.05),
            "lon": round(lon, 7),
            "lat": round(lat, 7),
            "speed_mps": round(speed, 2),
            "course_deg": round(course, 1) if speed > 0.5 else None,
            "accuracy_m": 4.0 + self.number % 5,
            "alt_m": 12.0,
            "satellites": 14,
            "hdop": 0.8,
            "mode": "3d",
            "clock": "gnss",
            "flags": None,
        }

    def _motion(self, at_s: float) -> tuple[float, float, float, float]:
        mean_mps = 6.0 + self.number % 7
        drive_s = self.street.length_m / mean_mps
        leg, in_leg = divmod(at_s + 37.0 * self.number, drive_s + HALT_S)
        back = int(leg) % 2 == 1
        turn = 0.35 if self.parked else min(1.0, in_leg / drive_s)
        part = 0.5 - 0.5 * math.cos(math.pi * turn)
        speed = 0.0 if self.parked or in_leg > drive_s else mean_mps * math.pi / 2 * math.sin(math.pi * turn)
        lon, lat, course = self.street.place(self.street.length_m * ((1 - part) if back else part))
        return lon, lat, (course + 180 * back) % 360, speed


def instant(at_s: float) -> str:
    """RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
