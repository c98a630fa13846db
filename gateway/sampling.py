"""Which positions are worth keeping: an online opening window with a bound on the time-synchronised error. Pure.

A position may be left out when, at its own time, the straight way between the kept ones around it was no further than
`tolerance_m` from it: so the kept track is right in place *and* in time, which speeds and halts depend on. (Leaving out
by shape alone, as Douglas and Peucker do, moves a vehicle in time by minutes.)

A kept position is known as such when the next one is too far off, or after LONGEST_S at the latest, or, while the
vehicle stands, after the heartbeat. Tolerance 0 keeps everything.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from gateway.outbox import Entry
from wire.messages import Position

LONGEST_S = 30.0
"""A vehicle on the move is recorded at least so often, however straight its way."""
MOST_POINTS = 600
"""What a window holds at most: 60 s at 10 Hz."""

METRES_PER_DEGREE = 111_194.93
"""Of latitude, on a sphere of 6,371,009 m (IUGG mean radius)."""
_QUANTUM_M = 0.02
"""Coordinates travel in steps of 1e-7 degrees, 1.1 cm: the bound has to hold afterwards."""

_UNSTEADY = {"dead_reckoning", "simulated", "manual"}


@dataclass(slots=True)
class _Point:
    """A position in the plane around the anchor: metres east and north, seconds after it."""

    entry: Entry
    after_s: float
    east_m: float
    north_m: float


class Sampling:
    """The window of one vehicle. `offer` and `due` return what has become worth keeping, in order."""

    def __init__(self, *, tolerance_m: float, heartbeat_s: float) -> None:
        """An empty window."""
        self._tolerance_m = max(0.0, tolerance_m - _QUANTUM_M) if tolerance_m else 0.0
        self._heartbeat_s = heartbeat_s
        self._anchor: Position | None = None
        self._points: list[_Point] = []

    def offer(self, entry: Entry) -> list[Entry]:
        """The next position."""
        position = _position(entry)
        if not self._tolerance_m:
            return [entry]
        anchor = self._anchor
        if anchor is None or _breaks(self._points[-1].entry.record if self._points else anchor, position):
            return [*self.flush(), *self._keep(entry)]
        point = _seen_from(anchor, entry, position)
        if point.after_s <= (self._points[-1].after_s if self._points else 0.0):
            return [*self.flush(), *self._keep(entry)]  # time stood still or went back: nothing to interpolate over
        if not self._all_near(point):
            last = self._points[-1].entry
            return [*self._keep(last), *self.offer(entry)]
        self._points.append(point)
        standing = math.hypot(point.east_m, point.north_m) <= self._tolerance_m
        longest_s = self._heartbeat_s if standing else LONGEST_S
        if point.after_s >= longest_s or len(self._points) >= MOST_POINTS:
            return self._keep(entry)
        return []

    def flush(self) -> list[Entry]:
        """The newest position, when it is not kept yet: the receiver fell silent, or the program stops."""
        return self._keep(self._points[-1].entry) if self._points else []

    def _keep(self, entry: Entry) -> list[Entry]:
        self._anchor = _position(entry)
        self._points = []
        return [entry]

    def _all_near(self, end: _Point) -> bool:
        """Whether the way from the anchor to `end` passes every point of the window at its time, near enough."""
        east_mps, north_mps = end.east_m / end.after_s, end.north_m / end.after_s
        bound = self._tolerance_m**2
        return all(
            (p.east_m - east_mps * p.after_s) ** 2 + (p.north_m - north_mps * p.after_s) ** 2 <= bound
            for p in self._points
        )


def error_m(first: Position, last: Position, between: Position) -> float:
    """How far the straight way from `first` to `last` was from `between` at its time."""
    share = (between.at - first.at) / (last.at - first.at)
    lon = first.lon + _turn(last.lon - first.lon) * share
    lat = first.lat + (last.lat - first.lat) * share
    east_m, north_m = _plane(lon, lat, between)
    return math.hypot(east_m, north_m)


def silent_since(newest: datetime, now: datetime) -> bool:
    """Whether the newest position is so old that it should no longer wait for the next one."""
    return (now - newest).total_seconds() >= LONGEST_S


def _position(entry: Entry) -> Position:
    assert isinstance(entry.record, Position)
    return entry.record


def _breaks(before: object, after: Position) -> bool:
    """Whether two positions are of different kinds, so that nothing between them may be interpolated."""
    assert isinstance(before, Position)
    return (
        before.flags != after.flags
        or before.clock != after.clock
        or (before.mode != after.mode and bool({before.mode, after.mode} & _UNSTEADY))
    )


def _seen_from(anchor: Position, entry: Entry, position: Position) -> _Point:
    east_m, north_m = _plane(anchor.lon, anchor.lat, position)
    return _Point(entry, (position.at - anchor.at).total_seconds(), east_m, north_m)


def _plane(lon: float, lat: float, position: Position) -> tuple[float, float]:
    """Metres east and north of (lon, lat), by the scale there: one for a whole window, so that lines stay lines."""
    shrink = math.cos(math.radians(lat))
    return (
        _turn(position.lon - lon) * shrink * METRES_PER_DEGREE,
        (position.lat - lat) * METRES_PER_DEGREE,
    )


def _turn(degrees: float) -> float:
    """A difference of longitudes, the short way round."""
    return (degrees + 180.0) % 360.0 - 180.0
