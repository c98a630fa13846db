"""What a world consists of, second by second.

Places are metres east and north in the depot's plane (turned by `World.turned_rad` against true north); a van's own
plane has u forward and v to the left of its middle.
"""

import math
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from simulators.geometry import Point, moved
from simulators.radio.recipes import Fault, Recipe

Floats = npt.NDArray[np.float64]
Plane = tuple[float, float]

GROUND = -1
"""The frame of what is in no van; else the van's number."""

HALF_LENGTH_M, HALF_WIDTH_M = 2.75, 1.0
"""Of a van's body."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """From one second to another: a straight way (or a rest) in one frame, and which places are right meanwhile."""

    from_s: int
    to_s: int
    frame: int
    begins: Plane
    ends: Plane
    places: tuple[str, ...]
    cover_db: float
    in_hand: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """A planned place."""

    id: str
    at: Plane
    radius_m: float


@dataclass(kw_only=True, slots=True)
class Van:
    """A vehicle with its scanner. Arrays hold a value a second."""

    id: str
    east: Floats
    north: Floats
    heading_rad: Floats
    speed_mps: Floats
    door: Floats
    """How far the doors are open, 0 to 1."""
    shell_db: float
    leak: float
    """What part of the shell's loss open doors take away to all sides."""
    scanner: Plane
    departs_s: int = 0
    gate_s: int = 0
    stops: list[Stop] = field(default_factory=list)

    def outside(self, second: int, u: float, v: float) -> Plane:
        """Where a point of the van's own plane is."""
        second = min(second, len(self.east) - 1)  # what nobody will see may be planned
        turn = self.heading_rad[second]
        return (
            float(self.east[second] + u * math.cos(turn) - v * math.sin(turn)),
            float(self.north[second] + u * math.sin(turn) + v * math.cos(turn)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A beacon and where it goes."""

    id: str
    address: str
    interval_s: float
    resting_s: float
    """The interval while it has not been moved for a minute."""
    heard_share: float
    """A weak battery skips adverts."""
    power_db: float
    until_s: float
    """It is dead from then on."""
    trail: tuple[Stretch, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """A parcel: the plan, and the number of its tag in the world."""

    id: str
    tag: int
    vehicle: str
    stop: Stop


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """What a dispatcher should learn. `brief`: it was put right, or the world ends, before it matters."""

    event: str
    parcel: str
    vehicle: str
    stop: str | None
    at_s: int
    until_s: int
    brief: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A scanner hears less than it should."""

    scanner: str
    from_s: int
    to_s: int
    how: Fault


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Everything."""

    name: str
    seed: int
    recipe: Recipe
    began_at: datetime
    seconds: int
    origin: Point
    turned_rad: float
    radius_m: float
    site_scanner: Plane | None
    vans: tuple[Van, ...]
    tags: tuple[Tag, ...]
    parcels: tuple[Parcel, ...]
    happenings: tuple[Happening, ...]
    troubles: tuple[Trouble, ...]

    def lonlat(self, east: float, north: float) -> Point:
        """A place of the plane on the earth."""
        cos, sin = math.cos(self.turned_rad), math.sin(self.turned_rad)
        return moved(self.origin, east * cos - north * sin, east * sin + north * cos)
