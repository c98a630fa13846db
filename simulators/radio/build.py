"""Makes a world of a recipe and a seed: vans, ways and stops, morning and round, strangers, broken scanners."""

import itertools
import math
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from simulators.radio import doors, tagging
from simulators.radio.depot import SITE, Berth, Dock, Load, berths
from simulators.radio.loading import count, load_all
from simulators.radio.recipes import RECIPES, Fault, Recipe
from simulators.radio.rounds import Visit, outcome
from simulators.radio.trails import Trail
from simulators.radio.ways import YARD_MPS, Way, driven, following, town
from simulators.radio.world import GROUND, Floats, Happening, Plane, Stop, Stretch, Trouble, Van, World

LONGEST_S = 9_000
FIRST_DAY = datetime(2026, 11, 2, 4, tzinfo=UTC)
TURNS_M = 14.0
"""So far from its berth a van turns, and goes on backwards."""

BREAK = 0.06
"""How often there is a halt on the way to a stop that is none: a kiosk, a queue, a telephone call."""

LATE_S = 120
"""What becomes clear only so shortly before the end need not be noticed."""

NEAR_M = 150.0
"""Of a stop: a driver who is told so near to it turns round."""


@dataclass(kw_only=True, slots=True)
class _Leg:
    """A way to a halt; a break on the way cuts it in two."""

    way: Way
    stop: Stop | None
    stands_s: int = 0


def world(name: str, seed: int) -> World:
    """The world of this name and seed; KeyError for a name that `recipes` does not have."""
    recipe = RECIPES[name]
    rng = random.Random(f"radio {name} {seed}")
    standing = rng.randrange(recipe.vans) if rng.random() < recipe.standstill else None
    at_dock = standing is not None and rng.random() < 0.6
    found = berths(recipe, rng, standing=standing if at_dock else None)
    last = max(one.departs_s for one in found)
    seconds = min(LONGEST_S, max(int(rng.uniform(*recipe.minutes) * 60), last + 1500))
    vans = [_van(recipe, rng, number, berth, seconds) for number, berth in enumerate(found)]
    routes = _routes(recipe, rng, found, standing if not at_dock else None)
    for van, legs in zip(vans, routes, strict=True):
        van.stops = [leg.stop for leg in legs if leg.stop is not None]
    first = _first_legs(recipe, rng, found, routes, f"{name} {seed}")
    reach_m = _gate(recipe, rng, vans, first)
    for van, berth, rows in zip(vans, found, first, strict=True):
        if berth.arrives_s:
            _come(van, berth, rows)
    dock = Dock(recipe, rng, found, vans)
    loads = _loads(recipe, rng, dock)
    load_all(dock, loads, rng)
    happenings = list(dock.happenings)
    for number, van in enumerate(vans):
        happenings.extend(_round(dock, number, routes[number], first[number], loads, f"{name} {seed} {van.id}"))
    tags, parcels = tagging.tags(recipe, rng, loads, vans, seconds)
    handled = [tag.trail for tag in tags[: len(loads)]]
    trails = {load.id: trail for load, trail in zip(loads, handled, strict=True)}
    for number, (van, berth) in enumerate(zip(vans, found, strict=True)):
        doors.work(van, berth, handled, number, rng)
    return World(
        name=name, seed=seed, recipe=recipe,
        began_at=FIRST_DAY + timedelta(days=rng.randrange(300), seconds=rng.randrange(10_800)),
        seconds=seconds, origin=(rng.uniform(24.75, 25.15), rng.uniform(60.17, 60.30)),
        turned_rad=rng.uniform(0, math.tau), radius_m=reach_m * rng.uniform(0.7, 1.0),
        site_scanner=(rng.uniform(-4, 12), -rng.uniform(1, 8)) if rng.random() < recipe.site_scanner else None,
        vans=tuple(vans), tags=tuple(tags), parcels=tuple(parcels),
        happenings=tuple(_final(happenings, vans, seconds, trails)),
        troubles=tuple(_troubles(recipe, rng, vans, seconds)),
    )  # fmt: skip


def _van(recipe: Recipe, rng: random.Random, number: int, berth: Berth, seconds: int) -> Van:
    def still(value: float) -> Floats:
        return np.full(seconds, value)

    return Van(
        id=f"v{number + 1}", east=still(berth.at[0]), north=still(berth.at[1]), heading_rad=still(berth.heading_rad),
        speed_mps=still(0), door=still(0), shell_db=rng.uniform(*recipe.shell_db), leak=rng.uniform(0.15, 0.5),
        scanner=(rng.uniform(-0.5, 2.2), rng.choice((-0.8, 0.0, 0.8))), departs_s=berth.departs_s,
    )  # fmt: skip


def _routes(recipe: Recipe, rng: random.Random, found: list[Berth], standing: int | None) -> list[list[_Leg]]:
    """Of each van: out of the yard and from stop to stop."""
    lane_m, yard_mps = rng.uniform(8, 14), rng.uniform(*YARD_MPS)
    beyond_m = rng.uniform(0.45, 0.8) * yard_mps * recipe.gate_s[1]
    shared: Way | None = None
    routes: list[list[_Leg]] = []
    for number, berth in enumerate(found):
        ahead = (berth.at[0], berth.at[1] + lane_m)
        way: Way = [] if berth.heading_rad == 0.0 else [(ahead, yard_mps, False)]
        corner = (beyond_m, way[-1][0][1] if way else berth.at[1])
        way.append((corner, yard_mps, False))
        if recipe.convoy:
            shared = shared or [*way, *_out(rng, corner, rng.uniform(4_000, 9_000))]
            way = shared
            legs, heading = [_Leg(way=way, stop=None)], rng.uniform(0, math.tau)
        else:
            more, heading = town(rng, corner, rng.uniform(-0.3, 0.3), rng.uniform(1_200, 4_500))
            legs = [_Leg(way=[*way, *_yard_end(more, yard_mps)], stop=None)]
        at = legs[0].way[-1][0]
        if not recipe.convoy:
            legs[0].stop = _stop(rng, number, 0, at, heading, None)
        for nth in range(1, count(rng, recipe.stops)):
            before = legs[-1].stop
            near = before is not None and rng.random() < recipe.adjacent
            length = rng.uniform(30, 80) if near else rng.uniform(350, 2_200)
            more, heading = town(rng, at, heading if near else heading + rng.choice((0, 0.3, -0.3, 1.5, -1.5)), length)
            at = more[-1][0]
            stop = _stop(rng, number, nth, at, heading, before if near else None)
            legs.append(_Leg(way=more, stop=stop))
        for leg in legs[1:]:
            leg.stands_s = rng.randint(60, 900) if rng.random() < BREAK else 0
        if number == standing:
            legs[rng.randint(1, 2)].stands_s = rng.randint(3_000, 3_900)
        routes.append(legs)
    return routes


def _out(rng: random.Random, begin: Plane, length_m: float) -> Way:
    return town(rng, begin, rng.uniform(-0.3, 0.3), length_m)[0]


def _yard_end(way: Way, yard_mps: float) -> Way:
    """The first block still belongs to the yard's neighbourhood: slow."""
    (point, speed, _), *rest = way
    return [(point, min(speed, yard_mps * 1.3), False), *rest]


def _stop(rng: random.Random, van: int, nth: int, halt: Plane, heading: float, beside: Stop | None) -> Stop:
    side = rng.choice((-1, 1)) if beside is None else 1
    away = rng.uniform(5, 28) if rng.random() < 0.92 else rng.uniform(28, 60)
    turn = heading + side * rng.uniform(1.1, 2.0)
    at = (halt[0] + away * math.cos(turn), halt[1] + away * math.sin(turn))
    radius = rng.uniform(20, 45)
    if beside is not None:
        radius = max(8.0, min(radius, math.dist(at, beside.at) * 0.55))
    return Stop(id=f"S{van + 1}{nth + 1:02}", at=at, radius_m=round(radius, 1))


def _first_legs(
    recipe: Recipe, rng: random.Random, found: list[Berth], routes: list[list[_Leg]], seed: str
) -> list[Floats]:
    """Each van's way from its start to its first halt."""
    if not recipe.convoy:
        return [
            driven(berth.at, legs[0].way, seed=f"{seed} first {nth}")
            for nth, (berth, legs) in enumerate(zip(found, routes, strict=True))
        ]
    leader = driven(found[0].at, routes[0][0].way, seed=f"{seed} convoy")
    return [
        leader if nth == 0 else following(leader, math.dist(berth.at, found[0].at), berth.at, rng)
        for nth, berth in enumerate(found)
    ]


def _gate(recipe: Recipe, rng: random.Random, vans: list[Van], first: list[Floats]) -> float:
    """How far from the middle the gate is, so that the quickest van needs as long as the recipe says; sets `gate_s`."""
    wanted = rng.uniform(*recipe.gate_s)
    away = [np.maximum.accumulate(np.hypot(rows[:, 0], rows[:, 1])) for rows in first]
    reach = max(45.0, *(float(one[min(len(one) - 1, round(wanted))]) for one in away))
    for van, one in zip(vans, away, strict=True):
        van.gate_s = van.departs_s + int(np.searchsorted(one, reach, side="right"))
    return reach


def _loads(recipe: Recipe, rng: random.Random, dock: Dock) -> list[Load]:
    """Parcels waiting at the dock; each van's are spread over its stops, the first ones surely."""
    loads = []
    for number, van in enumerate(dock.vans):
        stops = van.stops
        for nth in range(recipe.parcels):
            stop = stops[nth % len(stops)] if nth < len(stops) else rng.choice(stops)
            trail = Trail(GROUND, dock.waiting(number), SITE, cover_db=dock.cover())
            loads.append(Load(id=f"p{number + 1}{nth + 1:02}", van=number, stop=stop, trail=trail))
    return loads


def _round(dock: Dock, number: int, legs: list[_Leg], first: Floats, loads: list[Load], seed: str) -> list[Happening]:
    """Drive from stop to stop until the world ends."""
    van, recipe, rng = dock.vans[number], dock.recipe, random.Random(seed)
    seconds = len(van.east)
    mine = [load for load in loads if load.van == number and load.aboard == number]
    refused, stays, swapped = _mishaps(recipe, rng, legs, mine)
    happenings: list[Happening] = []
    now, rows = van.departs_s, first
    for nth, leg in enumerate(legs):
        if nth:
            now, rows = _break(van, leg, now, f"{seed} {nth}")
        now = _put(van, now, rows)
        if now >= seconds:
            break
        if leg.stop is None:
            now += 10 + 8 * number
            continue
        visit = Visit(dock, rng, number, leg.stop, now)
        here = [load for load in mine if load.stop is leg.stop and load.aboard == number]
        served = [load for load in here if load.id not in stays]
        served.extend(load for load in mine if swapped.get(load.id) == leg.stop.id and load.aboard == number)
        visit.serve(served, refused)
        visit.rummage(mine)
        now = visit.at_s
        happenings.extend(outcome(van, leg.stop, here, served, refused, leaves_s=now, near_until_s=0))
    if now < seconds - 240:
        _home(dock, number, first, [load for load in loads if load.aboard == number], now, seed)
    return happenings


def _home(dock: Dock, number: int, first: Floats, aboard: list[Load], now: int, seed: str) -> None:
    """Back to the depot after the last stop; some of what came back is carried in."""
    van, berth, rng = dock.vans[number], dock.berths[number], random.Random(f"{seed} home")
    out = _backwards(van, berth, first)
    last = min(now, len(van.east)) - 1
    begin = (float(van.east[last]), float(van.north[last]))
    now = _put(van, now, driven(begin, [((float(out[0, 0]), float(out[0, 1])), 14.0, False)], seed=f"{seed} home"))
    now = _put(van, now, out) + rng.randint(60, 300)
    for load in aboard:
        if rng.random() < 0.6:
            now = dock.unload(load, now, dock.waiting(number)) + rng.randint(2, 30)


def _mishaps(
    recipe: Recipe, rng: random.Random, legs: list[_Leg], mine: list[Load]
) -> tuple[set[str], set[str], dict[str, str]]:
    """Of one van: which parcels are refused, which stay aboard, and which are swapped (and where they end)."""
    early = [leg.stop for leg in legs[:9] if leg.stop is not None]
    order = [load for load in mine if load.stop in early]
    rng.shuffle(order)
    refused = {order.pop().id for _ in range(min(len(order), count(rng, recipe.refused)))}
    stays = {order.pop().id for _ in range(min(len(order), count(rng, recipe.forgotten)))}
    swapped: dict[str, str] = {}
    pairs = [(a, b) for a, b in itertools.pairwise(early) if math.dist(a.at, b.at) < 110]
    rng.shuffle(pairs)
    for a, b in pairs[: count(rng, recipe.swaps)]:
        one = next((load for load in order if load.stop is a), None)
        two = next((load for load in order if load.stop is b), None)
        if one and two and not {one.id, two.id} & swapped.keys():
            swapped |= {one.id: b.id, two.id: a.id}
    return refused, stays | swapped.keys(), swapped


def _break(van: Van, leg: _Leg, now: int, seed: str) -> tuple[int, Floats]:
    """The way of a leg; a standstill in the middle of it is driven to at once."""
    last = min(now, len(van.east)) - 1
    begin = (float(van.east[last]), float(van.north[last]))
    if leg.stands_s and len(leg.way) > 1:
        half = len(leg.way) // 2
        now = _put(van, now, driven(begin, leg.way[:half], seed=f"{seed} half")) + leg.stands_s
        begin, way = leg.way[half - 1][0], leg.way[half:]
    else:
        way = leg.way
    return now, driven(begin, way, seed=seed)


def _backwards(van: Van, berth: Berth, rows: Floats) -> Floats:
    """From outside the gate to the berth: the way out, turned round; the last metres in reverse."""
    back = rows[: van.gate_s - van.departs_s + 40][::-1].copy()
    far = np.hypot(back[:, 0] - berth.at[0], back[:, 1] - berth.at[1]) > TURNS_M
    back[far, 2] += math.pi
    return back


def _come(van: Van, berth: Berth, rows: Floats) -> None:
    """A van that is not there when the world begins."""
    back = _backwards(van, berth, rows)
    _put(van, max(0, berth.arrives_s - len(back)), back[-berth.arrives_s :])
    early = max(0, berth.arrives_s - len(back))
    van.east[:early], van.north[:early], van.heading_rad[:early] = back[0, :3]


def _put(van: Van, at_s: int, rows: Floats) -> int:
    """Write a drive into the van's seconds; where it ends it stands. Answers when it ends."""
    for column, values in (
        (van.east, rows[:, 0]),
        (van.north, rows[:, 1]),
        (van.heading_rad, rows[:, 2]),
        (van.speed_mps, rows[:, 3]),
    ):
        piece = values[: max(0, len(column) - at_s)]
        column[at_s : at_s + len(piece)] = piece
        column[at_s + len(piece) :] = piece[-1] if len(piece) else column[-1]
    return at_s + len(rows)


def _final(
    happenings: list[Happening], vans: list[Van], seconds: int, trails: dict[str, tuple[Stretch, ...]]
) -> list[Happening]:
    """With the moment until which it holds, or a driver is near a wrong stop; what the end cuts short is `brief`."""
    numbers = {van.id: number for number, van in enumerate(vans)}
    by_id = {van.id: van for van in vans}
    found = []
    for one in happenings:
        if one.at_s >= seconds:
            continue
        told_s = one.at_s
        until = one.until_s
        if one.event in {"wrong_stop", "handed_over"}:
            van = by_id[one.vehicle]
            rest = slice(one.at_s, seconds)
            away = np.hypot(van.east[rest] - van.east[one.at_s], van.north[rest] - van.north[one.at_s])
            far = np.flatnonzero(away > NEAR_M)
            told_s = one.at_s + int(far[0]) if len(far) else seconds
            until = told_s if one.event == "wrong_stop" else seconds
        if one.event == "left_aboard":
            out = (part.from_s for part in trails[one.parcel] if part.frame != numbers[one.vehicle])
            until = min((at_s for at_s in out if at_s > one.at_s), default=seconds)
            told_s = max(told_s, seconds if until < one.at_s + LATE_S else told_s)
        brief = one.brief or told_s > seconds - LATE_S
        found.append(replace(one, until_s=min(until, seconds), brief=brief))
    return sorted(found, key=lambda one: (one.at_s, one.parcel, one.event))


def _troubles(recipe: Recipe, rng: random.Random, vans: list[Van], seconds: int) -> list[Trouble]:
    """An hour's breakdown that says so, the recipe's faults, and the short drop-outs that every scanner has."""
    found = []

    def add(how: Fault, length_s: float, *, latest: float = 0.7) -> None:
        begins = int(rng.uniform(0.05, latest) * seconds)
        found.append(
            Trouble(scanner=rng.choice(vans).id, from_s=begins, to_s=min(seconds, begins + int(length_s)), how=how)
        )

    if rng.random() < recipe.breakdown:
        add("says", rng.uniform(3_000, 4_200), latest=0.5)
    for how in recipe.faults:
        add(how, rng.uniform(600, 4_000))
    for van in vans:
        for _ in range(rng.choice((0, 0, 1, 2))):
            begins = rng.randrange(seconds)
            found.append(
                Trouble(
                    scanner=van.id, from_s=begins, to_s=begins + rng.randint(15, 90), how=rng.choice(("says", "silent"))
                )
            )
    return found
