"""The way around each fix: where its vehicle was every 5 s, from 180 s before until 180 s after. Metres from the fix.

Places between two fixes lie on the straight line, so that a way looks the same at one fix a second and at one in ten.
What lies outside the recording, or beyond a gap that is too long to be guessed, is NaN.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

STEP_S: Final = 5.0
REACH: Final = 36
"""Steps to either side."""
LONGEST_GAP_S: Final = 240.0
TOLERANCE_S: Final = 1.0
"""A recording that ends a moment before a step does has that step all the same: clocks of phones jitter."""

METRES_PER_DEGREE: Final = 111_195.0
E7: Final = 1e7
HALF_ROUND_E7: Final = 1_800_000_000


class Way(NamedTuple):
    """One vehicle's fixes, by time, one for each instant. `since_s` and `until_s` bound the stretch that each is in."""

    at_s: Floats
    lon: Floats
    lat: Floats
    since_s: Floats
    until_s: Floats


def way_of(at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers) -> tuple[Way, Numbers]:
    """The way of a vehicle's rows, in whatever order, and which fix of it each row is; a repeat says nothing new."""
    instants, place = np.unique(at_ms, return_inverse=True)
    which, lon_e7, lat_e7 = np.unique(np.stack([place, _unbroken(lon_e7), lat_e7]), axis=1)
    count = np.bincount(which)
    lon = np.unwrap(np.bincount(which, lon_e7) / count / E7, period=360.0)
    lat = np.bincount(which, lat_e7) / count / E7
    at_s = (instants - instants[0]) / 1000.0
    begins = np.flatnonzero(np.diff(at_s, prepend=-np.inf) > LONGEST_GAP_S)
    stretch = np.cumsum(np.isin(np.arange(len(at_s)), begins)) - 1
    ends = np.append(begins[1:], len(at_s)) - 1
    return Way(at_s, lon, lat, at_s[begins][stretch], at_s[ends][stretch]), place


def windows(way: Way, fixes: slice) -> Floats:
    """(fix, step, east and north) in metres; the fix itself is at step REACH."""
    offsets_s = np.arange(-REACH, REACH + 1) * STEP_S
    when_s = way.at_s[fixes, None] + offsets_s
    east = (np.interp(when_s, way.at_s, way.lon) - way.lon[fixes, None]) * np.cos(np.radians(way.lat[fixes, None]))
    north = np.interp(when_s, way.at_s, way.lat) - way.lat[fixes, None]
    known = (when_s >= way.since_s[fixes, None] - TOLERANCE_S) & (when_s <= way.until_s[fixes, None] + TOLERANCE_S)
    return np.where(known[..., None], np.stack([east, north], axis=-1) * METRES_PER_DEGREE, np.nan)


def _unbroken(lon_e7: Numbers) -> Numbers:
    """Longitudes on one side of the antimeridian, so that they can be averaged."""
    return lon_e7 if np.ptp(lon_e7) <= HALF_ROUND_E7 else np.where(lon_e7 < 0, lon_e7 + 2 * HALF_ROUND_E7, lon_e7)
