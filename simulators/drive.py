"""How a van drives a route: ground truth, sampled at a steady rate, for as long as somebody asks.

A leg is driven below the limits that road, traffic and bends set, with the accelerations of a loaded van, waiting at
some of the traffic lights; then the van halts at its stop. Free-flow speeds of a router are about twice as fast as a
city's real traffic (measured in Porto), so they are scaled down first; bends, lights and starting up do the rest.

Pure and deterministic by seed. Metres, seconds, m/s, degrees.
"""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulators.geometry import METRES_PER_DEGREE
from simulators.roads import Route

Phase = Literal["driving", "light", "stop"]
Floats = npt.NDArray[np.float64]

ACCELERATION, BRAKING, SIDEWAYS = 1.4, 1.8, 2.2
"""m/s^2: speeding up, slowing down, and what a load bears in a bend."""

TRAFFIC = (0.55, 0.85)
"""Range of the share of free-flow speed that traffic leaves; drawn anew for every leg."""

RED, RED_S = 0.45, (4.0, 45.0)
"""How often a light is red, and for how long then."""

STOP_S = (30.0, 180.0)
"""How long a van stands at a stop."""

SAME_CROSSING_M = 45.0
"""Lights so near behind each other belong to one crossing and are green together."""

_GRID_M = 1.0
_LOOK_M = 4.0
_CREEP_MPS = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """Where the van really is, `offset_s` seconds after it began. The course is kept while it stands."""

    offset_s: float
    lon: float
    lat: float
    speed_mps: float
    course_deg: float
    phase: Phase
    tunnel: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Leg:
    """A leg in time: knots of time and distance (halts have two knots at one distance), and where a distance is."""

    times_s: Floats
    knots_m: Floats
    waits: tuple[tuple[float, float], ...]
    """From when to when (s) the van waits at lights."""
    duration_s: float
    grid_m: Floats
    lon: Floats
    lat: Floats
    course_deg: Floats
    speed_mps: Floats
    tunnel: npt.NDArray[np.bool_]


def drive(legs: Iterable[Route], *, seed: int, rate_hz: float = 1.0) -> Iterator[Truth]:
    """The van's day, one Truth every 1/rate_hz seconds; ends only when the legs end."""
    rng = random.Random(f"drive {seed}")
    began_s, sample = 0.0, 0
    for route in legs:
        leg = _timed(route, rng)
        stop_s = leg.duration_s + rng.uniform(*STOP_S)
        first = sample
        sample = max(first, math.ceil((began_s + stop_s) * rate_hz - 1e-9))
        offsets = np.arange(first, sample) / rate_hz
        yield from _sampled(leg, offsets, began_s)
        began_s += stop_s


def _timed(route: Route, rng: random.Random) -> _Leg:
    lon, lat, limit, tunnel, signals = _gridded(route)
    grid: Floats = np.arange(len(lon), dtype=np.float64) * _GRID_M
    course, bend = _courses(lon, lat)
    limit = np.minimum(limit * rng.uniform(*TRAFFIC), bend)
    reds = _reds(signals, rng)
    speed = _reachable(limit, {0, len(grid) - 1, *reds})
    steps = 2 * _GRID_M / np.maximum(speed[:-1] + speed[1:], 1e-3)
    times, knots, waits = [0.0], [0.0], []
    moving = np.concatenate(([0.0], np.cumsum(steps)))
    waited, before = 0.0, 0
    for place in [*sorted(reds), len(grid) - 1]:
        times.extend((moving[before + 1 : place + 1] + waited).tolist())
        knots.extend(grid[before + 1 : place + 1].tolist())
        if place in reds:
            wait = reds[place]
            waits.append((times[-1], times[-1] + wait))
            waited += wait
            times.append(times[-1] + wait)
            knots.append(knots[-1])
        before = place
    return _Leg(
        times_s=np.array(times), knots_m=np.array(knots), waits=tuple(waits), duration_s=times[-1],
        grid_m=grid, lon=lon, lat=lat, course_deg=course, speed_mps=speed, tunnel=tunnel,
    )  # fmt: skip


def _gridded(route: Route) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_], list[int]]:
    """The route cut into pieces of a metre: lon, lat, free-flow speed, tunnel; and where its lights stand."""
    points = [route.start] + [point for stretch in route.stretches for point in stretch.points[1:]]
    lon, lat = np.array(points).T
    north = lat * METRES_PER_DEGREE
    east = lon * METRES_PER_DEGREE * math.cos(math.radians(float(lat.mean())))
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))))
    grid = np.arange(0.0, max(along[-1], 2 * _GRID_M), _GRID_M)
    ends = along[np.cumsum([len(stretch.points) - 1 for stretch in route.stretches])]
    edge = np.minimum(np.searchsorted(ends, grid, side="right"), len(ends) - 1)
    limit = np.array([stretch.speed_mps for stretch in route.stretches])[edge]
    tunnel = np.array([stretch.tunnel for stretch in route.stretches])[edge]
    signals = [
        int(end / _GRID_M) - 3  # the line to wait at is before the crossing
        for end, stretch in zip(ends, route.stretches, strict=True)
        if stretch.signal and 15 < end < along[-1] - 15
    ]
    return np.interp(grid, along, lon), np.interp(grid, along, lat), limit, tunnel, signals


def _courses(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Direction of travel at every metre (degrees), and the speed at which a load bears the bend there."""
    look = int(_LOOK_M / _GRID_M)
    places = np.arange(len(lon))
    ahead, behind = np.minimum(places + look, len(lon) - 1), np.maximum(places - look, 0)
    east = (lon[ahead] - lon[behind]) * math.cos(math.radians(float(lat.mean())))
    course = np.arctan2(east, lat[ahead] - lat[behind])
    turn = np.abs((course[ahead] - course[behind] + np.pi) % (2 * np.pi) - np.pi)
    radius = 2 * _LOOK_M / np.maximum(turn, 1e-6)
    return np.degrees(course) % 360, np.maximum(np.sqrt(SIDEWAYS * radius), _CREEP_MPS)


def _reds(signals: list[int], rng: random.Random) -> dict[int, float]:
    """Which lights the van waits at (place on the grid), and how long."""
    reds: dict[int, float] = {}
    last = -math.inf
    for place in signals:
        if place - last > SAME_CROSSING_M / _GRID_M and rng.random() < RED:
            reds[place] = rng.uniform(*RED_S)
        last = place
    return reds


def _reachable(limit: Floats, halts: set[int]) -> Floats:
    """The fastest speeds under the limits that the van's engine and brakes allow, zero at the halts."""
    square: list[float] = (limit**2).tolist()
    for place in halts:
        square[place] = 0.0
    gain, loss = 2 * ACCELERATION * _GRID_M, 2 * BRAKING * _GRID_M
    for place in range(1, len(square)):
        square[place] = min(square[place], square[place - 1] + gain)
    for place in range(len(square) - 2, -1, -1):
        square[place] = min(square[place], square[place + 1] + loss)
    return np.sqrt(square)


def _sampled(leg: _Leg, offsets_s: Floats, began_s: float) -> Iterator[Truth]:
    times = offsets_s - began_s
    along = np.interp(times, leg.times_s, leg.knots_m)
    lon, lat = np.interp(along, leg.grid_m, leg.lon), np.interp(along, leg.grid_m, leg.lat)
    place = np.minimum((along / _GRID_M).astype(int), len(leg.grid_m) - 1)
    course, tunnel = leg.course_deg[place], leg.tunnel[place]
    speed = np.sqrt(np.interp(along, leg.grid_m, leg.speed_mps**2))  # v^2 is linear in the way when a is constant
    light = np.zeros(len(times), dtype=bool)
    for start, end in leg.waits:
        light |= (times >= start) & (times < end)
    stop = times >= leg.duration_s
    speed[light | stop] = 0.0
    phases = np.where(stop, "stop", np.where(light, "light", "driving")).tolist()
    columns = (offsets_s, lon, lat, speed, course, tunnel)
    for offset, x, y, v, c, inside, phase in zip(*(column.tolist() for column in columns), phases, strict=True):
        yield Truth(offset_s=offset, lon=x, lat=y, speed_mps=v, course_deg=c, phase=phase, tunnel=inside)
