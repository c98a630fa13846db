"""Which stretches of a vehicle's way matter to one fence: what is near it, and what the rules need around that. Pure.

Nothing that is farther away can make a visit or a crossing, so a week of driving becomes some hours of it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from server.domain.fences.fence import Fence

ROOM_M = 500.0
"""Farther from the edge than its margin and this is not near: wider than any doubt of a receiver."""
AROUND_MS = 20 * 60_000
"""So much before and after is worked on as well: the rules begin anew there, and must know whether it stands."""
_M_PER_DEG = 111_195.0
Numbers = npt.NDArray[np.int64]


class Box(NamedTuple):
    """Degrees; east and west of the middle, so that the antimeridian is nothing special."""

    lon: float
    lat: float
    half_lon: float
    half_lat: float


def box_around(fence: Fence) -> Box:
    """Everything that is near the fence."""
    corners = [corner for part in fence.geometry.parts for line in part for corner in line]
    first = corners[0][0]
    lons = [first + _turn(lon - first) for lon, _ in corners]
    lats = [lat for _, lat in corners]
    room = (fence.half_m + fence.margin_m + ROOM_M) / _M_PER_DEG
    lon, lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    half_lat = (max(lats) - min(lats)) / 2 + room
    highest = min(89.9, abs(lat) + half_lat)
    half_lon = min(180.0, (max(lons) - min(lons)) / 2 + room / float(np.cos(np.radians(highest))))
    return Box(lon, lat, half_lon, half_lat)


def near(box: Box, lon_e7: Numbers, lat_e7: Numbers) -> npt.NDArray[np.bool_]:
    """Which positions are near, or at an end of a way that may lead past."""
    x = (lon_e7 / 1e7 - box.lon + 180) % 360 - 180
    y = lat_e7 / 1e7 - box.lat
    inside = (np.abs(x) <= box.half_lon) & (np.abs(y) <= box.half_lat)
    if len(x) < 2:
        return inside
    passes = _between(x, box.half_lon) & _between(y, box.half_lat) & (np.abs(np.diff(x)) < 180)
    found = inside.copy()
    found[:-1] |= passes
    found[1:] |= passes
    return found


def windows(at_ms: Numbers, which: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches [first, last) of positions: those that are near, and everything that is close to them in time."""
    places = np.flatnonzero(which)
    if not len(places):
        return []
    firsts = np.searchsorted(at_ms, at_ms[places] - AROUND_MS, "left")
    lasts = np.searchsorted(at_ms, at_ms[places] + AROUND_MS, "right")
    cut = np.flatnonzero(firsts[1:] > lasts[:-1])
    begins, ends = np.append(firsts[:1], firsts[1:][cut]), np.append(lasts[:-1][cut], lasts[-1:])
    return [(int(first), int(last)) for first, last in zip(begins, ends, strict=True)]


def _between(values: npt.NDArray[np.float64], half: float) -> npt.NDArray[np.bool_]:
    """Whether the way from each value to the next touches -half to half."""
    low, high = np.minimum(values[:-1], values[1:]), np.maximum(values[:-1], values[1:])
    return np.asarray((low <= half) & (high >= -half))


def _turn(degrees: float) -> float:
    return (degrees + 180) % 360 - 180
