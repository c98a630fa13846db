"""The depot: where vans stand, where parcels wait, and the morning's loading with what goes wrong in it.

Side by side, vans stand with their rear doors to the dock's edge (y = 0) and look north; nose to tail they stand in a
line that looks east, with parcels beside them. Parcels come from lanes behind or beside the vans.
"""

import itertools
import math
import random
from dataclasses import dataclass, replace

from simulators.radio.recipes import Recipe
from simulators.radio.trails import Step, Trail
from simulators.radio.world import GROUND, HALF_LENGTH_M, Happening, Plane, Stop, Van

SITE = "site:depot"
WALK_MPS = (0.7, 1.4)


@dataclass(frozen=True, kw_only=True, slots=True)
class Berth:
    """A van's place at the dock, and its morning."""

    at: Plane
    heading_rad: float
    arrives_s: int
    loads_s: int
    loaded_s: int
    departs_s: int


@dataclass(kw_only=True, slots=True)
class Load:
    """A parcel on its way through the morning. `aboard`: the number of the van it is in, else None."""

    id: str
    van: int
    stop: Stop
    trail: Trail
    aboard: int | None = None


def berths(recipe: Recipe, rng: random.Random, *, standing: int | None) -> list[Berth]:
    """Where the vans stand and when they leave; van number `standing` waits about an hour after its loading."""
    in_line = rng.random() < recipe.in_line
    apart = rng.uniform(*recipe.apart_m) if not in_line else 2 * HALF_LENGTH_M + rng.uniform(1.0, 3.0)
    first = rng.uniform(120, 420)
    found, leaves = [], 0.0
    arrives = 0.0 if recipe.convoy else recipe.arrives
    for number in range(recipe.vans):
        loads = first + (rng.uniform(0, 900) if not recipe.convoy else rng.uniform(0, 120))
        loaded = loads + rng.uniform(13, 30) * 60
        wait = rng.uniform(*recipe.wait_s) + (rng.uniform(3000, 4000) if number == standing else 0)
        leaves = max(leaves, loaded + wait)
        where = number * apart + rng.uniform(-0.3, 0.3)
        found.append(
            Berth(
                at=(-where, -3.5) if in_line else (where, 0.5 + HALF_LENGTH_M),
                heading_rad=0.0 if in_line else math.pi / 2 + rng.uniform(-0.06, 0.06),
                arrives_s=int(loads - rng.uniform(60, 100)) if rng.random() < arrives else 0,
                loads_s=int(loads), loaded_s=int(loaded), departs_s=int(loaded + wait),
            )
        )  # fmt: skip
    if not recipe.convoy:
        return found
    return [replace(one, departs_s=int(leaves)) for one in found]


class Dock:
    """Loading of all vans; adds to the trails of the parcels in the order of time of each."""

    def __init__(self, recipe: Recipe, rng: random.Random, found: list[Berth], vans: list[Van]) -> None:
        self.recipe, self.rng, self.berths, self.vans = recipe, rng, found, vans
        self.happenings: list[Happening] = []
        self.placed = [0] * len(vans)

    def waiting(self, van: int) -> Plane:
        """A place where parcels for this van wait: mostly in its lane, some on a shelf or in the next lane."""
        rng, berth = self.rng, self.berths[van]
        kind = rng.random()
        if kind < 0.1 and len(self.berths) > 1:
            berth = self.berths[self.other(van)]
        if kind > 0.85:
            return (rng.uniform(-12, 12), -rng.uniform(8, 20))
        if math.cos(berth.heading_rad) > 0.7:  # in a line: beside the van
            return (berth.at[0] + rng.uniform(-3.5, 2.0), berth.at[1] + rng.uniform(2.0, 5.0))
        return (berth.at[0] + rng.uniform(-1.1, 1.1), -rng.uniform(0.6, 6.0))

    def other(self, van: int) -> int:
        """Mostly the next van."""
        others = sorted((abs(one - van), one) for one in range(len(self.vans)) if one != van)
        return others[0][1] if self.rng.random() < 0.7 else self.rng.choice(others)[1]

    def slot(self, van: int, share: float | None = None) -> Plane:
        """A place in the cargo space: filled from the front to the doors."""
        full = min(1.0, self.placed[van] / 45) if share is None else share
        self.placed[van] += 1
        return (1.2 - 3.6 * full + self.rng.uniform(-0.3, 0.3), self.rng.uniform(-0.85, 0.85))

    def cover(self) -> float:
        """What lies around a tag takes so much."""
        top = self.recipe.cover_db
        return self.rng.uniform(0, 0.25 * top) if self.rng.random() < 0.4 else self.rng.uniform(0, top)

    def load(self, load: Load, van: int, at_s: int) -> int:
        """Carry it into this van; the second at which it lies."""
        door = self.vans[van].outside(at_s, -HALF_LENGTH_M - 0.5, 0.0)
        return self._carry(load, at_s, [*self._around(van, at_s), (GROUND, *door)], van)

    def unload(self, load: Load, at_s: int, to: Plane) -> int:
        """Carry it out onto the dock."""
        assert load.aboard is not None
        number = load.aboard
        door = self.vans[number].outside(at_s, -HALF_LENGTH_M - 0.5, 0.0)
        steps: list[Step] = [(number, -HALF_LENGTH_M, 0.0), (GROUND, *door), (GROUND, *to)]
        took = self._seconds(steps, load.trail.at, inside=True)
        load.trail.carried(at_s, at_s + took, steps, SITE, cover_db=self.cover())
        load.aboard = None
        return at_s + took

    def move(self, load: Load, at_s: int, to: Plane) -> int:
        """From one place of the dock to another."""
        took = self._seconds([(GROUND, *to)], load.trail.at)
        load.trail.carried(at_s, at_s + took, [(GROUND, *to)], SITE, cover_db=self.cover())
        return at_s + took

    def _carry(self, load: Load, at_s: int, steps: list[Step], van: int) -> int:
        inside: list[Step] = [(van, -HALF_LENGTH_M, 0.0), (van, *self.slot(van))]
        took = self._seconds(steps, load.trail.at) + self.rng.randint(2, 9)
        place = f"vehicle:{self.vans[van].id}"
        load.trail.carried(at_s, at_s + took, [*steps, *inside], place, cover_db=self.cover())
        load.aboard = van
        return at_s + took

    def _around(self, van: int, at_s: int) -> list[Step]:
        """Past another van, perhaps."""
        if len(self.vans) == 1:
            return []
        other = self.other(van)
        beside = self.vans[other]
        here = math.dist(beside.outside(at_s, 0, 0), self.berths[other].at) < 1
        if self.rng.random() >= self.recipe.detours or not here:
            return []
        u, v = self.rng.choice(((-HALF_LENGTH_M - 0.8, 0.0), (0.0, 1.6), (0.0, -1.6), (HALF_LENGTH_M + 1, 0.0)))
        return [(GROUND, *beside.outside(at_s, u, v))]

    def _seconds(self, steps: list[Step], begin: Plane, *, inside: bool = False) -> int:
        points = [step[1:] for step in steps if step[0] == GROUND]
        if not inside:
            points = [begin, *points]
        metres = sum(math.dist(a, b) for a, b in itertools.pairwise(points))
        return max(3, round(metres / self.rng.uniform(*WALK_MPS))) + self.rng.randint(1, 6)
