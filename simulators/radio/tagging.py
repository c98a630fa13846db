"""Tags on parcels, and the tags of strangers: parked at the depot, passing by, and standing along the roads."""

import math
import random
import uuid
from dataclasses import replace

from simulators.radio.depot import Load
from simulators.radio.loading import count
from simulators.radio.recipes import Recipe
from simulators.radio.trails import Trail
from simulators.radio.world import GROUND, Parcel, Plane, Stretch, Tag, Van

NEVER_S = 10**7


def tags(
    recipe: Recipe, rng: random.Random, loads: list[Load], vans: list[Van], seconds: int
) -> tuple[list[Tag], list[Parcel]]:
    """All tags, parcels' first in the order of `loads`; and the parcels. Twins get one id."""
    fleet = _Fleet(recipe, rng, seconds)
    found = [fleet.tag(load.trail.ended(seconds), weak=rng.random() < recipe.weak) for load in loads]
    parcels = [Parcel(id=load.id, tag=nth, vehicle=vans[load.van].id, stop=load.stop) for nth, load in enumerate(loads)]
    for _ in range(count(rng, recipe.strangers)):
        trail = Trail(GROUND, (rng.uniform(-18, 24), rng.uniform(-22, 14)), "unknown", cover_db=rng.uniform(0, 12))
        found.append(fleet.tag(trail.ended(seconds)))
    for _ in range(count(rng, recipe.passing)):
        van = rng.choice(vans)
        second = rng.randrange(60, seconds - 120)
        at = (float(van.east[second]), float(van.north[second]))
        found.append(fleet.tag(_passing(rng, at, second, seconds)))
    for _ in range(count(rng, recipe.twins)):
        one = rng.randrange(len(loads))
        two = rng.randrange(len(loads)) if rng.random() < 0.6 else rng.randrange(len(loads), len(found))
        found[two] = replace(found[two], id=found[one].id)
    return found, parcels


def _passing(rng: random.Random, near: Plane, second: int, seconds: int) -> tuple[Stretch, ...]:
    """Somebody walks or drives by, or lives beside a road."""
    turn = rng.uniform(0, math.tau)
    aside = rng.uniform(3, 25)
    at = (near[0] + aside * math.cos(turn), near[1] + aside * math.sin(turn))
    if rng.random() < 0.5:
        return Trail(GROUND, at, "unknown", cover_db=rng.uniform(0, 15)).ended(seconds)
    way, half = rng.uniform(0, math.tau), rng.uniform(60, 150)
    took = round(2 * half / rng.choice((1.2, 1.4, 7.0, 10.0)))
    begin = (at[0] - half * math.cos(way), at[1] - half * math.sin(way))
    end = (at[0] + half * math.cos(way), at[1] + half * math.sin(way))
    trail = Trail(GROUND, begin, "unknown", cover_db=3)
    begins = max(1, second - took // 2)
    trail.carried(begins, begins + took, [(GROUND, *end)], "unknown", cover_db=3)
    return trail.ended(seconds)


class _Fleet:
    """Tags of one world are of one or two makes."""

    def __init__(self, recipe: Recipe, rng: random.Random, seconds: int) -> None:
        self.recipe, self.rng, self.seconds = recipe, rng, seconds
        self.uuid = str(uuid.UUID(int=rng.getrandbits(128))) if rng.random() < 0.6 else None
        low, high = recipe.interval_s
        usual = math.exp(rng.uniform(math.log(low), math.log(high)))
        self.makes = (usual, usual, math.exp(rng.uniform(math.log(low), math.log(high))))

    def tag(self, trail: tuple[Stretch, ...], *, weak: bool = False) -> Tag:
        """One more tag."""
        rng, recipe = self.rng, self.recipe
        address = ":".join(f"{octet:02X}" for octet in (rng.randrange(0xC0, 0x100), *rng.randbytes(5)))
        interval = rng.choice(self.makes) * rng.uniform(0.95, 1.05)
        resting = interval * rng.uniform(4, 12) if rng.random() < recipe.sleepy else interval
        until = NEVER_S
        if rng.random() < recipe.dying:
            until = rng.randrange(self.seconds)
        if rng.random() < recipe.dead:
            until = 0
        return Tag(
            id=address if self.uuid is None else f"{self.uuid}/{rng.randrange(100)}/{rng.randrange(65_536)}",
            address=address, interval_s=interval, resting_s=resting, heard_share=rng.uniform(0.3, 0.8) if weak else 1.0,
            power_db=rng.gauss(0, 2.0) - (rng.uniform(3, 9) if weak else 0.0), until_s=until, trail=trail,
        )  # fmt: skip
