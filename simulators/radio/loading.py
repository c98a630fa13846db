"""Who loads what and when, and what goes wrong: wrong vans, parcels that stay, parcels put in and taken off again."""

import random

from simulators.radio.depot import SITE, Dock, Load
from simulators.radio.recipes import Span
from simulators.radio.world import Happening

EARLY_S = 185
"""A misload lies where it lies so long before the start, at least."""


def load_all(dock: Dock, loads: list[Load], rng: random.Random) -> None:
    """The morning at the dock. Later a van has in `aboard` what its round begins with."""
    recipe = dock.recipe
    left = rng.sample(loads, len(loads))
    wrong = [left.pop() for _ in range(count(rng, recipe.wrong))] if len(dock.vans) > 1 else []
    behind = [left.pop() for _ in range(count(rng, recipe.behind))]
    brief = [left.pop() for _ in range(count(rng, recipe.brief))] if len(dock.vans) > 1 else []
    taken = [left.pop()] if rng.random() < recipe.taken else []
    for van, berth in enumerate(dock.berths):
        mine = [load for load in left if load.van == van]
        for load, at_s in zip(mine, _batches(rng, len(mine), berth.loads_s, berth.loaded_s), strict=True):
            if rng.random() < 0.1 and at_s - 90 > load.trail.now_s:
                dock.move(load, rng.randint(load.trail.now_s + 5, at_s - 80), dock.waiting(van))
            dock.load(load, van, max(at_s, load.trail.now_s))
    for load in wrong:
        _misload(dock, load, rng)
    for load in brief:
        _in_and_out(dock, load, rng)
        berth = dock.berths[load.van]
        dock.load(load, load.van, max(load.trail.now_s + 20, rng.randint(berth.loads_s, berth.loaded_s)))
    for load in behind:
        _leave(dock, load, rng)
    for load in taken:
        _take(dock, load, rng)


def count(rng: random.Random, span: Span) -> int:
    """A whole number in the span, both ends included."""
    return rng.randint(round(span[0]), round(span[1]))


def _batches(rng: random.Random, number: int, from_s: int, to_s: int) -> list[int]:
    """Seconds at which parcels are taken: a trolley brings some at once."""
    found: list[int] = []
    while len(found) < number:
        begin = rng.uniform(from_s, max(from_s + 1, to_s - 120))
        found.extend(int(begin + n * rng.uniform(6, 25)) for n in range(rng.choice((1, 1, 2, 3, 5, 8))))
    return sorted(min(at, to_s) for at in found[:number])


def _misload(dock: Dock, load: Load, rng: random.Random) -> None:
    van = dock.other(load.van)
    berth = dock.berths[van]
    latest = min(berth.loaded_s, berth.departs_s - EARLY_S - 60)
    at_s = dock.load(load, van, rng.randint(berth.loads_s, max(berth.loads_s + 1, latest)))
    there = dock.vans[van]
    dock.happenings.append(
        Happening(event="wrong_vehicle", parcel=load.id, vehicle=there.id, stop=None, at_s=at_s, until_s=there.gate_s)
    )
    own = dock.vans[load.van]
    if at_s > own.departs_s:  # its own van was gone before: for a while it was left behind
        dock.happenings.append(
            Happening(
                event="left_behind",
                parcel=load.id,
                vehicle=own.id,
                stop=None,
                at_s=own.departs_s,
                until_s=min(own.gate_s, at_s),
                brief=at_s < own.gate_s,
            )
        )


def _in_and_out(dock: Dock, load: Load, rng: random.Random) -> None:
    """Into the wrong van, noticed by somebody, off again."""
    van = dock.other(load.van)
    berth, own = dock.berths[van], dock.berths[load.van]
    latest = min(berth.loaded_s, own.loaded_s) - 200
    if latest <= berth.loads_s:
        return
    at_s = dock.load(load, van, rng.randint(berth.loads_s, latest))
    out_s = min(at_s + rng.randint(20, 420), min(berth.departs_s, own.departs_s) - EARLY_S - 60)
    out_s = max(at_s + 5, out_s)
    off_s = dock.unload(load, out_s, dock.waiting(load.van))
    dock.happenings.append(
        Happening(
            event="wrong_vehicle",
            parcel=load.id,
            vehicle=dock.vans[van].id,
            stop=None,
            at_s=at_s,
            until_s=off_s,
            brief=True,
        )
    )


def _leave(dock: Dock, load: Load, rng: random.Random) -> None:
    """It stays: where it waits, or in another lane, or it was taken off to reach something behind it."""
    own = dock.berths[load.van]
    latest = own.departs_s - EARLY_S - 60
    kind = rng.random()
    if kind < 0.2 and latest > own.loads_s + 130:
        at_s = dock.load(load, load.van, rng.randint(own.loads_s, latest - 120))
        dock.unload(load, rng.randint(at_s + 10, max(at_s + 11, latest - 30)), dock.waiting(load.van))
    elif kind < 0.35 and len(dock.vans) > 1:
        _in_and_out(dock, load, rng)
    elif kind < 0.6:
        dock.move(load, rng.randint(30, max(40, latest)), dock.waiting(load.van))
    van = dock.vans[load.van]
    dock.happenings.append(
        Happening(
            event="left_behind", parcel=load.id, vehicle=van.id, stop=None, at_s=van.departs_s, until_s=van.gate_s
        )
    )


def _take(dock: Dock, load: Load, rng: random.Random) -> None:
    """Somebody carries it off, on foot and then by car: it is nowhere that has a name."""
    at_s = rng.randint(300, max(301, dock.berths[load.van].loaded_s))
    gone = (rng.choice((-1, 1)) * rng.uniform(400, 900), -rng.uniform(300, 900))
    load.trail.stay(at_s)
    load.trail.carried(
        at_s, at_s + rng.randint(60, 240), [(-1, gone[0] / 4, gone[1] / 4), (-1, *gone)], "unknown", cover_db=3
    )
    dock.happenings.append(
        Happening(
            event="missing",
            parcel=load.id,
            vehicle=dock.vans[load.van].id,
            stop=None,
            at_s=load.trail.now_s,
            until_s=10**6,
        )
    )


__all__ = ["SITE", "count", "load_all"]
