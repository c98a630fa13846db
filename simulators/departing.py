"""A van's day that begins at a berth: it stands there, leaves slowly through the yard, and drives around from the road.

Metres, seconds, places as (lon, lat). Deterministic by seed, so that whoever knows the berth knows the day.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from simulators.drive import Truth, drive
from simulators.geometry import Point, course_deg, distance_m
from simulators.roads import City, Route, Stretch

YARD_MPS = 2.2
"""Free flow in a yard; traffic leaves two thirds of it, so that a van goes at a walking pace."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Berth:
    """Where a van stands, and where its way out meets the road."""

    at: Point
    road: Point

    @property
    def course_deg(self) -> float:
        """Which way the van looks."""
        return course_deg(self.at, self.road)


def legs(city: City, berth: Berth, *, seed: int) -> Iterator[Route]:
    """Routes as `City.legs` has them; the first one begins at the berth."""
    routes = city.legs(seed, home=berth.road)
    first = next(routes)
    yard = Stretch(
        points=(berth.at, first.start), length_m=distance_m(berth.at, first.start), speed_mps=YARD_MPS,
        signal=False, tunnel=False, name=None,
    )  # fmt: skip
    yield from itertools.chain([Route(stretches=(yard, *first.stretches))], routes)


def day(city: City, berth: Berth, *, seed: int, stands_s: float, rate_hz: float = 1.0) -> Iterator[Truth]:
    """The van's day, one Truth every 1/rate_hz seconds, from `stands_s` before it leaves."""
    lon, lat = berth.at
    count = max(0, math.ceil(stands_s * rate_hz))
    for sample in range(count):
        yield Truth(
            offset_s=sample / rate_hz, lon=lon, lat=lat, speed_mps=0.0, course_deg=berth.course_deg, phase="stop",
            tunnel=False,
        )  # fmt: skip
    for truth in drive(legs(city, berth, seed=seed), seed=seed, rate_hz=rate_hz):
        yield replace(truth, offset_s=truth.offset_s + count / rate_hz)
