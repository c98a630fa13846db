"""How far vehicles drove: a sum over neighbours in event time, so that the order of arrival cannot matter.

Whole millimetres, because sums of whole numbers are the same in every order. Arrays are parallel, sorted by time within
one vehicle. Distances are on the sphere of equal area (error below 0.6 %, less than what GNSS noise adds).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EARTH_M: Final = 6_371_007.2
MOVING_MPS: Final = 1.0
"""Below this a standing vehicle's noise would be counted: correlated errors wander by 0.1 to 0.5 m/s."""
FASTEST_MPS: Final = 70.0
LONGEST_GAP_MS: Final = 12 * 3600 * 1000
EARLIEST_MS: Final = 1_577_836_800_000
"""2020-01-01: before Milepost was, so the receiver's date is wrong."""
DAY_MS: Final = 86_400_000


def believable(at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, flagged: Mask) -> Mask:
    """Which fixes may move state: not flagged by the vehicle, not on null island, not before Milepost was."""
    nowhere = (np.abs(lon_e7) < 10_000) & (np.abs(lat_e7) < 10_000)
    return ~flagged & ~nowhere & (at_ms >= EARLIEST_MS)


def segments_mm(at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, speed_cmps: Numbers) -> Numbers:
    """Millimetres driven from each fix to the next (one fewer than there are fixes).

    A segment counts when the vehicle moved: by the receiver's own (Doppler) speed at either end, or by the distance
    over the time where it says no speed (negative). What is faster than any van, or bridges half a day, does not.
    """
    distance_m = haversine_m(lon_e7[:-1], lat_e7[:-1], lon_e7[1:], lat_e7[1:])
    elapsed_s = np.diff(at_ms) / 1000
    with np.errstate(divide="ignore", invalid="ignore"):
        implied_mps = np.where(elapsed_s > 0, distance_m / elapsed_s, np.inf)
    said_mps = np.maximum(speed_cmps[:-1], speed_cmps[1:]) / 100
    counts = (np.maximum(said_mps, implied_mps) >= MOVING_MPS) & (implied_mps <= FASTEST_MPS)
    silent = (speed_cmps[:-1] < 0) & (speed_cmps[1:] < 0)
    counts &= silent | (said_mps >= MOVING_MPS) | (implied_mps >= 2 * MOVING_MPS)
    counts &= np.diff(at_ms) <= LONGEST_GAP_MS
    return np.where(counts, np.rint(distance_m * 1000), 0).astype(np.int64)


def haversine_m(lon1_e7: Numbers, lat1_e7: Numbers, lon2_e7: Numbers, lat2_e7: Numbers) -> npt.NDArray[np.float64]:
    """Great-circle distances in metres between points in 1e-7 degrees."""
    lon1, lat1, lon2, lat2 = (np.radians(values / 1e7) for values in (lon1_e7, lat1_e7, lon2_e7, lat2_e7))
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return np.asarray(2 * EARTH_M * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def by_group(keys: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """Sums of values over runs of equal keys: the keys in their order, and a sum for each."""
    if not len(keys):
        return keys, values
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    return keys[starts], np.add.reduceat(values, starts)
