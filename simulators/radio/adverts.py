"""Single adverts as scanners hear them: when, by whom, of which tag, how loud. The finest form of a world's radio.

`heard` gives arrays, for sightings; `adverts` gives values in order of time, for a scanner's rig or a replay.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulators.radio.channel import Where, fading, lasting, levels, scanners, where
from simulators.radio.fitted import FADING_SPREAD, FADING_TYPICAL_DB
from simulators.radio.world import Tag, World

HALF_DEAF = 0.04
"""What a half deaf scanner still hears."""

AWAKE_S = 60.0
"""A tag that sleeps while it rests chirps often so long after a move."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """An advert that a scanner reports. Seconds since the world began."""

    offset_s: float
    scanner: str
    address: str
    tag: str
    rssi_dbm: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Receptions:
    """All that one scanner hears, in no particular order."""

    scanner: str
    offset_s: npt.NDArray[np.float64]
    tag: npt.NDArray[np.int64]
    rssi_dbm: npt.NDArray[np.int64]


def heard(world: World) -> list[Receptions]:
    """Of each scanner; the same for the same world, always."""
    places = where(world)
    seed = [world.seed, *world.name.encode()]
    times = [_times(tag, world.seconds, np.random.default_rng([*seed, 1, row])) for row, tag in enumerate(world.tags)]
    return [
        _heard(world, places, number, times, np.random.default_rng([*seed, 2, number]))
        for number in range(len(scanners(world)))
    ]


def adverts(world: World, *, from_s: float = 0.0, to_s: float = float("inf")) -> Iterator[Heard]:
    """What the scanners hear between two moments, in order of time."""
    found = heard(world)
    when = np.concatenate([one.offset_s for one in found])
    tag = np.concatenate([one.tag for one in found])
    rssi = np.concatenate([one.rssi_dbm for one in found])
    by = np.repeat(np.arange(len(found)), [len(one.tag) for one in found])
    for nth in np.argsort(when, kind="stable"):
        if from_s <= when[nth] < to_s:
            one = world.tags[tag[nth]]
            yield Heard(
                offset_s=float(when[nth]), scanner=found[by[nth]].scanner, address=one.address, tag=one.id,
                rssi_dbm=int(rssi[nth]),
            )  # fmt: skip


def _times(tag: Tag, seconds: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """When it chirps: every interval and up to 10 ms more (Bluetooth Core, Vol 6, Part B, 4.4.2.2)."""
    many = int(seconds / tag.interval_s) + 2
    steps = tag.interval_s + random.uniform(0, 0.01, many)
    times = random.uniform(0, tag.interval_s) + np.cumsum(steps) - steps[0]
    times = times[times < min(seconds, tag.until_s)]
    if tag.resting_s > tag.interval_s:
        awake = np.zeros(seconds, bool)
        for one in tag.trail:
            if one.in_hand or one.from_s > 0:
                awake[one.from_s : min(seconds, int(one.to_s if one.in_hand else one.from_s) + int(AWAKE_S))] = True
        each = max(1, round(tag.resting_s / tag.interval_s))
        times = times[awake[times.astype(int)] | (np.arange(len(times)) % each == 0)]
    return np.asarray(times[random.random(len(times)) < tag.heard_share])


def _heard(
    world: World, places: Where, number: int, times: list[npt.NDArray[np.float64]], random: np.random.Generator
) -> Receptions:
    scanner = scanners(world)[number]
    level = levels(world, places, scanner, random)
    slow = lasting(len(world.tags), world.seconds, random)
    when = np.concatenate(times)
    tag = np.repeat(np.arange(len(times)), [len(one) for one in times])
    second = when.astype(int)
    mean = level[tag, second]
    near = mean > scanner.floor_dbm - 15
    when, tag, second, mean = when[near], tag[near], second[near], mean[near]
    deep = FADING_TYPICAL_DB * np.exp(FADING_SPREAD * random.standard_normal(len(world.tags)))
    rssi = mean + fading(slow[tag, second], deep[tag], random)
    listens = np.full(world.seconds, scanner.listens)
    for trouble in world.troubles:
        if trouble.scanner == scanner.id:
            listens[trouble.from_s : trouble.to_s] *= HALF_DEAF if trouble.how == "half" else 0.0
    chance = listens[second] / (1 + np.exp(-(rssi - scanner.floor_dbm) / 1.5))
    got = random.random(len(when)) < chance
    return Receptions(
        scanner=scanner.id, offset_s=when[got], tag=tag[got], rssi_dbm=np.rint(rssi[got]).astype(np.int64)
    )
