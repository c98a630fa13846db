"""The demo's morning at the dock, by seed: who stands where, what is carried where and when, and what goes wrong.

Places are metres in the dock's own plane, as in `simulators.radio`: vans stand side by side with their doors to its
edge and look along +y, where the road is. Seconds are counted from the beginning of the morning. Pure, but for asking
the city.
"""

import itertools
import math
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from simulators import departing
from simulators.departing import Berth
from simulators.drive import Truth
from simulators.geometry import METRES_PER_DEGREE, Point, course_deg, distance_m, moved
from simulators.radio import depot
from simulators.radio.depot import SITE, Dock, Load
from simulators.radio.recipes import RECIPES
from simulators.radio.trails import Trail
from simulators.radio.world import GROUND, HALF_LENGTH_M, Floats, Stop, Stretch, Tag, Van, World
from simulators.roads import City, CityError

YARD_M = 125.0
"""From the berths to the road."""
GATE_M = 110.0
"""The radius of the depot's fence around the berths."""
APART_M = 3.4
FIRST_S, BEFORE_S = 2.0, 14.0
"""Loading begins so long after the beginning, and ends so long before a van leaves, at the latest."""
BETWEEN_S = 12.0
"""From one van's start to the next one's."""
PARCELS, STOPS = 8, 4
"""Of each van: so many parcels, for so many of its first stops."""
STRANGERS = 10
DOOR_S, HAND_S = 5, 9
"""At a stop: until the first parcel is taken, and for each."""
RECIPE = replace(RECIPES["ordinary-morning"], detours=0.1, cover_db=10, interval_s=(0.7, 1.6), shell_db=(7, 13))
WHATS = ("Books", "Shoes", "Coffee", "Lamp", "Toys", "Spare parts", "Wine", "Curtains", "Headphones", "Medicine")


@dataclass(frozen=True, kw_only=True, slots=True)
class Slip:
    """What goes wrong, with the van that it matters to."""

    kind: str
    parcel: str
    van: int


@dataclass(kw_only=True, slots=True)
class Morning:
    """Everything that is decided before it begins."""

    seed: int
    origin: Point
    turned_rad: float
    berths: tuple[Berth, ...]
    departs_s: tuple[float, ...]
    stops: tuple[tuple[Stop, ...], ...]
    vans: list[Van]
    loads: list[Load]
    slips: list[Slip]
    tags: list[Tag]
    """Those of the loads, in their order, and strangers'. Their trails are added when a world is made."""
    strangers: list[Trail]

    def lonlat(self, east: float, north: float) -> Point:
        """A place of the plane on the earth."""
        cos, sin = math.cos(self.turned_rad), math.sin(self.turned_rad)
        return moved(self.origin, east * cos - north * sin, east * sin + north * cos)


def morning(city: City, *, seed: int, names: Sequence[str], departs_s: float, near: Point | None) -> Morning:
    """The morning of these vans; the first one leaves `departs_s` after it began. Raises CityError."""
    rng, vans = random.Random(f"morning {seed}"), len(names)
    road = _road(city, rng, near)
    origin = _yard(city, road)
    turned = math.radians(-course_deg(origin, road))  # +y, which is north in a plane that is not turned, is the way out
    found = Morning(
        seed=seed, origin=origin, turned_rad=turned, berths=(), departs_s=(), stops=(), vans=[], loads=[], slips=[],
        tags=[], strangers=[],
    )  # fmt: skip
    order = rng.sample(range(vans), vans)  # those with something wrong leave first
    plan = [_berth(number, vans, departs_s + order.index(number) * BETWEEN_S) for number in range(vans)]
    found.berths = tuple(Berth(at=found.lonlat(*one.at), road=road) for one in plan)
    found.departs_s = tuple(float(one.departs_s) for one in plan)
    found.vans = [_van(rng, name, one) for name, one in zip(names, plan, strict=True)]
    found.stops = tuple(_stops(city, found, rng, number) for number in range(vans))
    _load(found, Dock(RECIPE, rng, plan, found.vans), rng, order)
    _tag(found, rng)
    return found


def seed_of(seed: int, van: int) -> int:
    """Of a van's receiver and its drive."""
    return seed * 1000 + van


def _road(city: City, rng: random.Random, near: Point | None) -> Point:
    place = None if near is None else city.snap(near)
    for _ in range(50):
        if place is not None and any(city.connected(place, rng) for _ in range(8)):
            return place
        place = city.somewhere(rng)
    raise CityError(f"The roads of {city.name} hang together too little for a depot. Take a larger extract.")


def _yard(city: City, road: Point) -> Point:
    """Where there is most room beside the road."""

    def room_m(place: Point) -> float:
        nearest = city.snap(place)
        return math.inf if nearest is None else distance_m(place, nearest)

    turns = [n * math.tau / 16 for n in range(16)]
    return max((moved(road, YARD_M * math.cos(turn), YARD_M * math.sin(turn)) for turn in turns), key=room_m)


def _berth(number: int, vans: int, leaves: float) -> depot.Berth:
    return depot.Berth(
        at=((number - (vans - 1) / 2) * APART_M, 0.5 + HALF_LENGTH_M), heading_rad=math.pi / 2, arrives_s=0,
        loads_s=int(FIRST_S), loaded_s=int(max(FIRST_S + 1, leaves - BEFORE_S)), departs_s=int(leaves),
    )  # fmt: skip


def _van(rng: random.Random, name: str, berth: depot.Berth) -> Van:
    def still(value: float) -> Floats:
        return np.full(max(1, berth.departs_s), value)

    return Van(
        id=name, east=still(berth.at[0]), north=still(berth.at[1]), heading_rad=still(berth.heading_rad),
        speed_mps=still(0), door=still(1), shell_db=rng.uniform(*RECIPE.shell_db), leak=rng.uniform(0.15, 0.4),
        scanner=(rng.uniform(-0.5, 2.2), rng.choice((-0.8, 0.0, 0.8))), departs_s=berth.departs_s,
    )  # fmt: skip


def _stops(city: City, found: Morning, rng: random.Random, number: int) -> tuple[Stop, ...]:
    """Doors beside the places where the van's first legs end."""
    legs = departing.legs(city, found.berths[number], seed=seed_of(found.seed, number))
    stops = []
    for nth, leg in enumerate(itertools.islice(legs, STOPS)):
        east, north = _plane(found, leg.end)
        turn, away = rng.uniform(0, math.tau), rng.uniform(9, 18)
        at = (east + away * math.cos(turn), north + away * math.sin(turn))
        stops.append(Stop(id=f"S{number + 1}{nth + 1}", at=at, radius_m=35.0))
    return tuple(stops)


def _load(found: Morning, dock: Dock, rng: random.Random, order: list[int]) -> None:
    """Everything waits behind its van and is carried in; one parcel into the wrong van, one not at all."""
    for number, stops in enumerate(found.stops):
        for nth in range(PARCELS):
            trail = Trail(GROUND, _lane(dock, rng, number), SITE, cover_db=dock.cover())
            load = Load(id=f"P{number + 1}{nth + 1:02}", van=number, stop=stops[nth * STOPS // PARCELS], trail=trail)
            found.loads.append(load)
    left = rng.sample(found.loads, len(found.loads))
    if len(order) > 1:
        there = order[0]
        wrong = next(load for load in left if load.van != there and abs(load.van - there) == 1)
        left.remove(wrong)
        dock.load(wrong, there, int(FIRST_S) + 2)
        found.slips.append(Slip(kind="wrong_vehicle", parcel=wrong.id, van=there))
    behind = next(load for load in left if load.van == order[min(1, len(order) - 1)])
    left.remove(behind)
    found.slips.append(Slip(kind="left_behind", parcel=behind.id, van=behind.van))
    for load in left:
        berth = dock.berths[load.van]
        latest = max(berth.loads_s + 1, berth.loaded_s - 16)
        dock.load(load, load.van, rng.randint(berth.loads_s, latest))


def _lane(dock: Dock, rng: random.Random, van: int) -> tuple[float, float]:
    return dock.berths[van].at[0] + rng.uniform(-1.1, 1.1), -rng.uniform(1.0, 6.0)


def _tag(found: Morning, rng: random.Random) -> None:
    beacon = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    strangers = [
        Trail(GROUND, (rng.uniform(-25, 25), -rng.uniform(8, 25)), "unknown", cover_db=rng.uniform(0, 8))
        for _ in range(STRANGERS)
    ]
    for number in range(len(found.loads) + len(strangers)):
        interval = rng.uniform(*RECIPE.interval_s)
        address = ":".join(f"{octet:02X}" for octet in (rng.randrange(0xC0, 0x100), *rng.randbytes(5)))
        found.tags.append(
            Tag(
                id=f"{beacon if number < len(found.loads) else uuid.UUID(int=rng.getrandbits(128))}/1/{number + 1}",
                address=address, interval_s=interval, resting_s=interval, heard_share=1.0, power_db=rng.gauss(0, 2.0),
                until_s=10**7, trail=(),
            )
        )  # fmt: skip
    found.strangers.extend(strangers)


def _plane(found: Morning, point: Point) -> tuple[float, float]:
    """A place of the earth in the plane."""
    east = (point[0] - found.origin[0]) * METRES_PER_DEGREE * math.cos(math.radians(found.origin[1]))
    north = (point[1] - found.origin[1]) * METRES_PER_DEGREE
    cos, sin = math.cos(found.turned_rad), math.sin(found.turned_rad)
    return east * cos + north * sin, -east * sin + north * cos


class Days:
    """The morning goes on: worlds of some minutes each, one after the other, for as long as somebody asks."""

    def __init__(self, city: City, found: Morning) -> None:
        self._found = found
        self._days = [
            departing.day(city, berth, seed=seed_of(found.seed, number), stands_s=departs_s)
            for number, (berth, departs_s) in enumerate(zip(found.berths, found.departs_s, strict=True))
        ]
        self._began_s = 0
        self._halts = [0] * len(self._days)
        self._phases = ["stop"] * len(self._days)

    def world(self, seconds: int) -> World:
        """The next so many seconds."""
        found, began = self._found, self._began_s
        for number, days in enumerate(self._days):
            self._drive(number, list(itertools.islice(days, seconds)))
        self._began_s += seconds
        trails = [*(load.trail for load in found.loads), *found.strangers]
        tags = tuple(
            replace(tag, trail=tuple(_cut(trail.ended(self._began_s), began, self._began_s)))
            for tag, trail in zip(found.tags, trails, strict=True)
        )
        return World(
            name="demo", seed=found.seed, recipe=RECIPE, began_at=datetime.now(UTC), seconds=seconds,
            origin=found.origin, turned_rad=found.turned_rad, radius_m=GATE_M, site_scanner=(0.0, -3.0),
            vans=tuple(found.vans), tags=tags, parcels=(), happenings=(), troubles=(),
        )  # fmt: skip

    def _drive(self, number: int, truths: list[Truth]) -> None:
        """Where the van is in these seconds; at the halts that are stops, its parcels are taken to the doors."""
        found, van = self._found, self._found.vans[number]
        places = [_plane(found, (truth.lon, truth.lat)) for truth in truths]
        van.east, van.north = (np.array(column) for column in zip(*places, strict=True))
        course = np.array([truth.course_deg for truth in truths])
        van.heading_rad = np.radians(90 - course) - found.turned_rad
        van.speed_mps = np.array([truth.speed_mps for truth in truths])
        seconds = np.arange(self._began_s, self._began_s + len(truths))
        van.door = np.where(seconds < van.departs_s - BEFORE_S / 2, 1.0, 0.0)
        for at, truth in enumerate(truths):
            if truth.phase == "stop" and self._phases[number] != "stop":
                self._hand_over(number, at)
            self._phases[number] = truth.phase

    def _hand_over(self, number: int, at: int) -> None:
        found, van, nth = self._found, self._found.vans[number], self._halts[number]
        self._halts[number] += 1
        if nth >= STOPS:
            return
        stop = found.stops[number][nth]
        mine = [load for load in found.loads if load.stop is stop and load.aboard == number]
        for count, load in enumerate(mine):
            begins = self._began_s + at + DOOR_S + HAND_S * count
            door = van.outside(at, -HALF_LENGTH_M - 0.5, 0.0)
            steps = [(number, -HALF_LENGTH_M, 0.0), (GROUND, *door), (GROUND, *stop.at)]
            load.trail.carried(begins, begins + HAND_S, steps, f"stop:{stop.id}", cover_db=2.0)
            load.aboard = None
        van.door[at + 2 : at + DOOR_S + HAND_S * len(mine)] = 1.0


def _cut(trail: tuple[Stretch, ...], from_s: int, to_s: int) -> Iterator[Stretch]:
    """What of a trail falls into a world, in its own seconds."""
    for one in trail:
        begin, end = max(one.from_s, from_s), min(one.to_s, to_s)
        if begin < end:
            shares = [(second - one.from_s) / (one.to_s - one.from_s) for second in (begin, end)]
            at = [
                (
                    one.begins[0] + share * (one.ends[0] - one.begins[0]),
                    one.begins[1] + share * (one.ends[1] - one.begins[1]),
                )
                for share in shares
            ]
            yield replace(one, from_s=begin - from_s, to_s=end - from_s, begins=at[0], ends=at[1])
