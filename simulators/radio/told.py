"""A world in the words of `milepost custody run`: plan, fixes, sightings and scanners as JSON lines; and its truth.

Windows are 10 s long and aligned to UTC midnight (in ragged worlds neither aligned nor in order). A statement of truth
covers half-open spans without gaps; while a parcel is carried, both ends are right.
"""

import json
import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from simulators.drive import Truth
from simulators.noise import observe
from simulators.radio.adverts import Receptions
from simulators.radio.world import Happening, Stop, Van, World

WINDOW_S = 10
Row = dict[str, Any]


def observations(world: World, receptions: list[Receptions]) -> Iterator[str]:
    """JSON lines: the plan first, the rest about as it would arrive."""
    rng = random.Random(f"told {world.name} {world.seed}")
    for row in plan(world, rng):
        yield json.dumps(row, separators=(",", ":"))
    lines: list[tuple[float, str]] = []
    shift = rng.randrange(WINDOW_S) if world.recipe.ragged else 0
    for one in receptions:
        lines.extend(_sightings(world, one, rng, shift))
        lines.extend(_health(world, one.scanner, rng))
    for van in world.vans:
        lines.extend(_fixes(world, van, rng))
    for _, line in sorted(lines):
        yield line


def plan(world: World, rng: random.Random) -> Iterator[Row]:
    """The site, the parcels, the routes; planned starts are round numbers and not kept to the minute."""
    lon, lat = world.origin
    yield {
        "kind": "site",
        "id": "depot",
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "radius_m": round(world.radius_m, 1),
    }
    for parcel in world.parcels:
        stop = _stop(world, parcel.stop)
        yield {
            "kind": "parcel", "id": parcel.id, "tag": world.tags[parcel.tag].id, "vehicle": parcel.vehicle,
            "site": "depot", "stop": stop,
        }  # fmt: skip
    for van in world.vans:
        departs_at = world.began_at + timedelta(seconds=van.departs_s - rng.randint(-300, 600))
        departs_at = departs_at.replace(minute=departs_at.minute // 5 * 5, second=0)
        yield {
            "kind": "route", "vehicle": van.id, "departs": _time(departs_at),
            "stops": [_stop(world, stop) for stop in van.stops],
        }  # fmt: skip


def truth(world: World, receptions: list[Receptions]) -> Iterator[str]:
    """JSON lines: the world, where each parcel is, what happened."""
    yield json.dumps({"kind": "world", "name": world.name, "seed": world.seed, "ordinary": world.recipe.ordinary})
    for parcel in world.parcels:
        for begin, end, places in _spans(world, parcel.tag):
            yield json.dumps(
                {
                    "kind": "whereabouts", "parcel": parcel.id, "from": _after(world, begin), "to": _after(world, end),
                    "places": list(places),
                }
            )  # fmt: skip
    tag_of = {parcel.id: parcel.tag for parcel in world.parcels}
    for one in world.happenings:
        yield json.dumps(
            {
                "kind": "happened", "event": one.event, "parcel": one.parcel, "vehicle": one.vehicle, "stop": one.stop,
                "at": _after(world, one.at_s), "until": _after(world, one.until_s),
                "audible": audible(world, one, tag_of[one.parcel], receptions), "brief": one.brief,
            }
        )  # fmt: skip


def audible(world: World, one: Happening, tag: int, receptions: list[Receptions]) -> bool:
    """Whether the radio could have told it: the tag was heard lately, and the scanner that decides it was not deaf."""
    for trouble in world.troubles:
        if trouble.scanner == one.vehicle and trouble.how != "half" and trouble.to_s - trouble.from_s > 120:
            decides = (
                world.vans[[van.id for van in world.vans].index(one.vehicle)].departs_s
                if one.event in {"wrong_vehicle", "left_behind"}
                else one.at_s
            )
            if trouble.from_s < decides + 90 and trouble.to_s > decides - 30:
                return False
    for heard_by in receptions:
        if one.event == "wrong_vehicle" and heard_by.scanner != one.vehicle:
            continue
        when = heard_by.offset_s[heard_by.tag == tag]
        early = one.at_s - {"wrong_vehicle": 0, "left_behind": 1800}.get(one.event, 600)
        if np.count_nonzero((when >= early) & (when < one.until_s)) >= 2:
            return True
    return False


def _spans(world: World, tag: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    begin, end = 0, 0
    places: tuple[str, ...] = ()
    for one in world.tags[tag].trail:
        if one.places != places:
            if end > begin:
                yield begin, end, places
            begin, places = one.from_s, one.places
        end = min(one.to_s, world.seconds)
    yield begin, end, places


def _sightings(world: World, one: Receptions, rng: random.Random, shift: int) -> Iterator[tuple[float, str]]:
    midnight = world.began_at.replace(hour=0, minute=0, second=0, microsecond=0)
    began_s = (world.began_at - midnight).total_seconds() - shift
    window = np.floor((one.offset_s + began_s) / WINDOW_S).astype(np.int64)
    if not len(window):
        return
    order = np.lexsort((one.tag, window))
    window, tag, rssi = window[order], one.tag[order], one.rssi_dbm[order]
    starts = np.flatnonzero(np.concatenate(([True], (np.diff(window) != 0) | (np.diff(tag) != 0))))
    counts = np.diff(np.concatenate((starts, [len(window)])))
    best = np.maximum.reduceat(rssi, starts)
    means = np.add.reduceat(rssi, starts) / counts
    names: dict[int, tuple[str, str]] = {}
    columns = (window[starts], tag[starts], counts, best, means)
    for at, number, count, loudest, mean in zip(*(column.tolist() for column in columns), strict=True):
        offset = at * WINDOW_S - began_s
        if at not in names:
            names[at] = (_after(world, offset), _after(world, offset + WINDOW_S))
        begin, end = names[at]
        yield (
            offset + WINDOW_S + 0.1 + 4 * rng.random() + _lag(world, rng),
            (
                f'{{"kind":"sighting","scanner":"{one.scanner}","tag":"{world.tags[number].id}","from":"{begin}",'
                f'"to":"{end}","count":{count},"rssi_max_dbm":{loudest},"rssi_mean_dbm":{mean:.1f}}}'
            ),
        )


def _lag(world: World, rng: random.Random) -> float:
    return rng.uniform(0, 900) if world.recipe.ragged and rng.random() < 0.05 else 0.0


def _health(world: World, scanner: str, rng: random.Random) -> Iterator[tuple[float, str]]:
    """One line each half minute or so, unless the scanner is silent; a liar says that it is well."""
    midnight = world.began_at.replace(hour=0, minute=0, second=0, microsecond=0)
    every = rng.choice((10, 10, 30, 60))
    first = -(int((world.began_at - midnight).total_seconds()) % every)
    troubles = [one for one in world.troubles if one.scanner == scanner]
    for begin in range(first, world.seconds, every):
        over = [one for one in troubles if one.from_s < begin + every and one.to_s > begin]
        if any(one.how == "silent" for one in over):
            continue
        healthy = not any(one.how == "says" for one in over)
        row = {
            "kind": "scanner", "scanner": scanner, "from": _after(world, begin), "to": _after(world, begin + every),
            "healthy": healthy,
        }  # fmt: skip
        yield begin + every + rng.uniform(0.1, 4), json.dumps(row, separators=(",", ":"))


def _fixes(world: World, van: Van, rng: random.Random) -> Iterator[tuple[float, str]]:
    """Every few seconds; at the dock reflections let them wander more, and now and then a place is stale."""
    every = rng.choice((1, 2, 3, 5, 5))
    truths = []
    for second in range(world.seconds):
        lon, lat = world.lonlat(float(van.east[second]), float(van.north[second]))
        course = (90 - math.degrees(float(van.heading_rad[second]) + world.turned_rad)) % 360
        truths.append(
            Truth(
                offset_s=float(second), lon=lon, lat=lat, speed_mps=float(van.speed_mps[second]), course_deg=course,
                phase="driving", tunnel=False,
            )
        )  # fmt: skip
    seed = rng.getrandbits(32)
    dock_m = rng.uniform(0, 7)
    wander = [0.0, 0.0]
    stale_until, frozen = -1, ("", "", 0.0, 0.0)
    for seen in observe(truths, seed=seed):
        second = int(seen.offset_s)
        wander = [0.985 * one + rng.gauss(0, 0.17) for one in wander]
        if seen.lon is None or seen.lat is None or second % every:
            continue
        at_dock = second < van.departs_s + 10
        east, north = (dock_m * one if at_dock else 0.0 for one in wander)
        lon = seen.lon + east / (111_320 * math.cos(math.radians(seen.lat)))
        lat = seen.lat + north / 111_320
        speed = (seen.speed_mps or 0.0) + (abs(rng.gauss(0, 0.04 * dock_m)) if at_dock else 0.0)
        fix = (f"{lon:.6f}", f"{lat:.6f}", speed, (seen.sigma_m or 3.0) + (dock_m if at_dock else 0.0))
        if second >= stale_until:
            frozen = fix
            if rng.random() < every * (1 / 400 if world.recipe.ragged else 1 / 4000):
                stale_until = second + rng.randint(15, 120 if world.recipe.ragged else 60)
        lon_said, lat_said, speed_said, accuracy = frozen if second < stale_until else fix
        yield (
            second + rng.uniform(0.1, 3) + _lag(world, rng),
            (
                f'{{"kind":"fix","vehicle":"{van.id}","at":"{_after(world, second)}","lon":{lon_said},"lat":{lat_said},'
                f'"speed_mps":{speed_said:.2f},"accuracy_m":{accuracy:.1f}}}'
            ),
        )


def _stop(world: World, stop: Stop) -> Row:
    lon, lat = world.lonlat(*stop.at)
    return {"id": stop.id, "lon": round(lon, 6), "lat": round(lat, 6), "radius_m": stop.radius_m}


def _after(world: World, offset_s: float) -> str:
    return _time(world.began_at + timedelta(seconds=offset_s))


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
