"""Ways for vans: out of the yard, through an invented town, driven by `simulators.drive`. Metres, m/s, radians."""

import math
import random
from itertools import pairwise

import numpy as np

from simulators.drive import drive
from simulators.geometry import METRES_PER_DEGREE
from simulators.radio.world import Floats, Plane
from simulators.roads import Route, Stretch

YARD_MPS, TOWN_MPS = (3.5, 7.0), (11.0, 20.0)
"""Free flow; traffic and bends leave about two thirds of it."""

Way = list[tuple[Plane, float, bool]]
"""Points, each with the free-flow speed on the way to it and whether a light stands there."""


def town(rng: random.Random, begin: Plane, heading_rad: float, length_m: float) -> tuple[Way, float]:
    """A way through streets of about this length, and its heading at the end."""
    way: Way = []
    at, heading, left = begin, heading_rad, length_m
    while left > 1:
        block = left if left < 90 else min(left, rng.uniform(60, 350))
        at = (at[0] + block * math.cos(heading), at[1] + block * math.sin(heading))
        way.append((at, rng.uniform(*TOWN_MPS), left > block and rng.random() < 0.4))
        left -= block
        if left > 1:
            heading += rng.choice((0, 0, 0.2, -0.2, 1.2, -1.2, 1.57, -1.57))
    return way, heading


def driven(begin: Plane, way: Way, *, seed: str) -> Floats:
    """Rows of (east, north, heading, speed), one a second, from the start to the halt at its end."""
    points = [begin, *(point for point, _, _ in way)]
    stretches = tuple(
        Stretch(
            points=(_degrees(a), _degrees(b)),
            length_m=math.dist(a, b), speed_mps=speed, signal=light, tunnel=False, name=None,
        )
        for (a, b), (_, speed, light) in zip(pairwise(points), way, strict=True)
    )  # fmt: skip
    rows = []
    for truth in drive([Route(stretches=stretches)], seed=random.Random(seed).getrandbits(32)):
        if truth.phase == "stop":
            break
        rows.append(
            (
                truth.lon * METRES_PER_DEGREE,
                truth.lat * METRES_PER_DEGREE,
                math.radians(90 - truth.course_deg),
                truth.speed_mps,
            )
        )
    end = points[-1]
    rows.append((*end, rows[-1][2] if rows else 0.0, 0.0))
    return np.array(rows)


def _degrees(point: Plane) -> Plane:
    """The plane laid where a degree is as long in both directions."""
    return point[0] / METRES_PER_DEGREE, point[1] / METRES_PER_DEGREE


def following(leader: Floats, gap_m: float, begin: Plane, rng: random.Random) -> Floats:
    """The same way, some metres behind a leader in the plane's line: nose to tail, a little nearer when slow."""
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(leader[:, 0]), np.diff(leader[:, 1])))))
    reach = np.convolve(np.pad(leader[:, 3], (4, 4), mode="edge"), np.ones(9) / 9, mode="valid")
    mine = np.maximum.accumulate(np.maximum(along - rng.uniform(0.4, 1.1) * reach, 0.0))
    track = np.concatenate(([0.0], gap_m + along))
    east = np.interp(mine, track, np.concatenate(([begin[0]], leader[:, 0])))
    north = np.interp(mine, track, np.concatenate(([begin[1]], leader[:, 1])))
    heading = np.interp(mine, track, np.concatenate(([leader[0, 2]], np.unwrap(leader[:, 2]))))
    speed = np.concatenate(([0.0], np.hypot(np.diff(east), np.diff(north))))
    return np.column_stack((east, north, heading, speed))
