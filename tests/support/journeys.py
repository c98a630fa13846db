"""Journeys for the rules: what a van's receiver says while it drives, stands and drives on, second by second.

Metres east and north of a place in Helsinki; noise only where a test asks for it, so that a person can check the facts.
"""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from server.domain.engine.fix import Fix
from server.domain.engine.memory import Memory
from server.domain.engine.rules import DEFAULT, Rules
from server.domain.facts import Fact, in_order
from server.domain.fences.geojson import read_fences
from server.domain.fences.index import FenceIndex

START_MS = 1_795_435_200_000
"""2026-11-23 12:00 UTC."""
LON, LAT = 24.94, 60.17
EAST_E7 = 1e7 / 55_515.2
NORTH_E7 = 1e7 / 111_417.6
"""1e-7 degrees of a metre at LAT, on WGS 84."""


def a_fix(second: float, east_m: float = 0.0, north_m: float = 0.0, speed_mps: float = 0.0, **said: Any) -> Fix:
    """A fix so many seconds after START_MS, so many metres from (LON, LAT)."""
    return Fix(
        START_MS + round(second * 1000),
        round(LON * 1e7 + east_m * EAST_E7),
        round(LAT * 1e7 + north_m * NORTH_E7),
        speed_mps,
        said.get("course_deg", 90.0),
        said.get("sigma_m", 3.0),
    )


def at(degrees_east_m: float, north_m: float = 0.0) -> list[float]:
    """GeoJSON coordinates so many metres from (LON, LAT)."""
    return [LON + degrees_east_m * EAST_E7 / 1e7, LAT + north_m * NORTH_E7 / 1e7]


def a_circle(name: str = "depot", east_m: float = 0.0, north_m: float = 0.0, radius_m: float = 50, **said: Any) -> dict:
    """A Feature of a circle."""
    point = {"type": "Point", "coordinates": at(east_m, north_m)}
    return {
        "type": "Feature",
        "id": name,
        "geometry": point,
        "properties": {"name": name, "radius_m": radius_m, **said},
    }


def index(*features: dict) -> FenceIndex | None:
    """The fences of these Features."""
    return FenceIndex(read_fences({"type": "FeatureCollection", "features": list(features)})) if features else None


@dataclass
class Journey:
    """Fixes of a van that is told what to do; `every_s` between two of them."""

    every_s: float = 1.0
    east_m: float = 0.0
    north_m: float = 0.0
    second: float = 0.0
    noise_m: float = 0.0
    over_s: float = 60.0
    says_speed: bool = True
    random: Random = field(default_factory=lambda: Random(1))
    fixes: list[Fix] = field(default_factory=list)
    _error: tuple[float, float] | None = None

    def stand(self, seconds: float) -> Self:
        """Stand for so long."""
        return self._go(seconds, 0.0, 0.0)

    def drive(self, seconds: float, speed_mps: float = 10.0, course_deg: float = 90.0) -> Self:
        """Drive straight for so long."""
        return self._go(seconds, speed_mps, math.radians(course_deg))

    def silent(self, seconds: float) -> Self:
        """Say nothing for so long."""
        self.second += seconds
        return self

    def jump(self, east_m: float, north_m: float = 0.0, **said: Any) -> Self:
        """One fix that is somewhere else, claiming to be exact."""
        self.second += self.every_s
        fix = a_fix(
            self.second, self.east_m + east_m, self.north_m + north_m, **{"speed_mps": 0.0, "sigma_m": 1.7, **said}
        )
        self.fixes.append(fix)
        return self

    def _go(self, seconds: float, speed_mps: float, course: float) -> Self:
        end = self.second + seconds
        while self.second + self.every_s <= end + 1e-9:
            self.second += self.every_s
            self.east_m += math.sin(course) * speed_mps * self.every_s
            self.north_m += math.cos(course) * speed_mps * self.every_s
            east, north = self._noise()
            said = speed_mps if self.says_speed else -1.0
            sigma_m = max(1.0, self.noise_m) if self.noise_m else 3.0
            self.fixes.append(
                a_fix(self.second, self.east_m + east, self.north_m + north, said, sigma_m=sigma_m,
                      course_deg=math.degrees(course) % 360)
            )  # fmt: skip
        return self

    def _noise(self) -> tuple[float, float]:
        """Correlated over `over_s`, as that of a receiver is."""
        if not self.noise_m:
            return 0.0, 0.0
        keep = math.exp(-self.every_s / self.over_s)
        fresh = self.noise_m * math.sqrt(1 - keep * keep)
        last = self._error or (self.random.gauss(0, self.noise_m), self.random.gauss(0, self.noise_m))
        self._error = (
            keep * last[0] + self.random.gauss(0, fresh),
            keep * last[1] + self.random.gauss(0, fresh),
        )
        return self._error


def facts_of(fixes: list[Fix], *features: dict, rules: Rules = DEFAULT, vehicle: str = "van-1") -> list[Fact]:
    """The facts of these fixes, when they arrive in order."""
    memory = Memory(vehicle, rules, index(*features))
    memory.absorb(fixes)
    return in_order(memory.facts.values())


def kinds(facts: list[Fact], *without: str) -> list[str]:
    """What happened, in order."""
    return [fact.kind for fact in facts if fact.kind not in without]


def second(at_ms: int) -> float:
    """The second of a journey."""
    return (at_ms - START_MS) / 1000
