"""Tracks for many vans at once: a few are driven in advance, vans share them at different times. Pure.

Without a city vans drive an invented grid of streets around Helsinki, so that load can be made without any map.
"""

import math
import random
from collections.abc import Iterator
from itertools import islice

from simulators.drive import drive
from simulators.geometry import Point, distance_m, moved
from simulators.noise import Observation, observe
from simulators.roads import City, Route, Stretch

POOL = 64
"""So many different tracks at most; more vans than that share them."""

APART_S = 7.0
"""Vans on the same track follow each other at this distance."""

_MIDDLE = (24.94, 60.17)
_GRID_HALF_M = 4_000.0
_SPEEDS_MPS = (8.3, 11.1, 13.9)

Track = list[Observation]
"""A receiver's fixes, in order; times without a fix are left out."""


def tracks(count: int, *, seconds: float, rate_hz: float, seed: int, city: City | None = None) -> list[Track]:
    """One track a van, `seconds` long; `offset_s` of each starts where its van starts."""
    pool = min(count, POOL)
    longest_s = seconds + APART_S * math.ceil(count / pool)
    driven = [_track(seed * 10_000 + number, longest_s, rate_hz, city) for number in range(pool)]
    return [_from(driven[van % pool], APART_S * (van // pool), seconds) for van in range(count)]


def streets(seed: int) -> Iterator[Route]:
    """An endless drive through an invented grid of streets; the next leg begins where the last one ended."""
    rng = random.Random(f"streets {seed}")
    here: Point = moved(_MIDDLE, rng.uniform(-_GRID_HALF_M, _GRID_HALF_M), rng.uniform(-_GRID_HALF_M, _GRID_HALF_M))
    course = rng.choice((0, 90, 180, 270))
    while True:
        stretches = []
        for _ in range(rng.randint(3, 9)):
            course = _onward(here, (course + rng.choice((-90, 0, 0, 90))) % 360)
            length_m = rng.uniform(60, 250)
            way = math.radians(course)
            there = moved(here, length_m * math.sin(way), length_m * math.cos(way))
            stretches.append(
                Stretch(
                    points=(here, there),
                    length_m=distance_m(here, there),
                    speed_mps=rng.choice(_SPEEDS_MPS),
                    signal=rng.random() < 0.3,
                    tunnel=False,
                    name=None,
                )
            )
            here = there
        yield Route(stretches=tuple(stretches))


def _onward(here: Point, course: int) -> int:
    """Turn back towards the middle at the edge of the grid."""
    way = math.radians(course)
    if distance_m(moved(here, 400 * math.sin(way), 400 * math.cos(way)), _MIDDLE) <= _GRID_HALF_M * math.sqrt(2):
        return course
    return round(math.degrees(math.atan2(_MIDDLE[0] - here[0], _MIDDLE[1] - here[1])) / 90) * 90 % 360


def _track(seed: int, seconds: float, rate_hz: float, city: City | None) -> Track:
    legs = streets(seed) if city is None else city.legs(seed)
    truths = islice(drive(legs, seed=seed, rate_hz=rate_hz), math.ceil(seconds * rate_hz) + 1)
    return [seen for seen in observe(truths, seed=seed) if seen.lon is not None]


def _from(track: Track, start_s: float, seconds: float) -> Track:
    return [seen for seen in track if start_s <= seen.offset_s < start_s + seconds]
