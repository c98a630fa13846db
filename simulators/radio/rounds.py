"""The round: halts, doors, hand-overs, swaps between adjacent stops, what comes back, and what stays aboard."""

import math
import random
from typing import TYPE_CHECKING

from simulators.radio.depot import Dock, Load
from simulators.radio.world import GROUND, HALF_LENGTH_M, Happening, Stop, Van

if TYPE_CHECKING:
    from simulators.radio.trails import Step


class Visit:
    """A van's halt at a stop; `at_s` moves on while the driver works."""

    def __init__(self, dock: Dock, rng: random.Random, van: int, stop: Stop, at_s: int) -> None:
        self.dock, self.rng, self.number, self.van, self.stop = dock, rng, van, dock.vans[van], stop
        self.arrived_s = self.at_s = at_s
        self.returned: list[Load] = []

    def serve(self, loads: list[Load], refused: set[str]) -> None:
        """Bring these to the door, one to four at a time, and come back with what is refused."""
        rng = self.rng
        self.at_s += rng.randint(8, 40)
        left = sorted(loads, key=lambda load: load.id in refused)  # who brings one back took others along, if there are
        while left:
            many = 3 if left[-1].id in refused else rng.choice((1, 1, 2, 3, 4))
            trip = [left.pop() for _ in range(min(len(left), many))]
            self._trip(trip, refused)
        self.at_s += rng.randint(8, 40)

    def _trip(self, trip: list[Load], refused: set[str]) -> None:
        rng, begin = self.rng, self.at_s
        out = self.van.outside(self.arrived_s, -HALF_LENGTH_M - 0.5, 0.0)
        took = max(4, round(math.dist(out, self.stop.at) / rng.uniform(0.8, 1.5))) + rng.randint(2, 6)
        talk = rng.randint(8, 90)
        for load in trip:
            door = (self.stop.at[0] + rng.uniform(-1, 1), self.stop.at[1] + rng.uniform(-1, 1))
            slot = load.trail.at
            way: list[Step] = [(self.number, -HALF_LENGTH_M, 0.0), (GROUND, *out), (GROUND, *door)]
            if load.id not in refused:
                load.trail.carried(begin, begin + took, way, f"stop:{self.stop.id}", cover_db=rng.uniform(0, 8))
                load.aboard = None
                continue
            place = f"stop:{self.stop.id}"
            load.trail.carried(begin, begin + took, way, place, cover_db=0.0)
            load.trail.places = (f"vehicle:{self.van.id}", place)  # it waits in a hand
            load.trail.stay(begin + took + talk)
            load.trail.places = (place,)
            back: list[Step] = [(GROUND, *out), (self.number, -HALF_LENGTH_M, 0.0), (self.number, *slot)]
            until = begin + 2 * took + talk
            load.trail.carried(begin + took + talk, until, back, f"vehicle:{self.van.id}", cover_db=self.dock.cover())
            self.returned.append(load)
        self.at_s = begin + 2 * took + talk + rng.randint(2, 10)

    def rummage(self, loads: list[Load]) -> None:
        """Some of what stays aboard is moved to reach the rest."""
        for load in loads:
            if load.aboard == self.number and self.rng.random() < 0.06 and load.trail.now_s < self.arrived_s:
                u, v = load.trail.at
                at = (u + self.rng.uniform(-0.4, 0.4), max(-0.9, min(0.9, v + self.rng.uniform(-0.4, 0.4))))
                second = self.rng.randint(self.arrived_s + 5, max(self.arrived_s + 6, self.at_s))
                load.trail.restacked(second, at=at, cover_db=self.dock.cover())


def outcome(
    van: Van, stop: Stop, mine: list[Load], served: list[Load], refused: set[str], *, leaves_s: int, near_until_s: int
) -> list[Happening]:
    """What a halt leaves behind, and what the van takes along that should have stayed."""
    found = []
    for load in served:
        if load.id in refused:
            continue
        right = load.stop.id == stop.id
        found.append(
            Happening(
                event="handed_over" if right else "wrong_stop", parcel=load.id, vehicle=van.id, stop=stop.id,
                at_s=load.trail.now_s, until_s=10**6 if right else near_until_s,
            )
        )  # fmt: skip
    gone = {load.id for load in served} - refused
    found.extend(
        Happening(event="left_aboard", parcel=load.id, vehicle=van.id, stop=stop.id, at_s=leaves_s, until_s=10**6)
        for load in mine
        if load.id not in gone
    )
    return found
