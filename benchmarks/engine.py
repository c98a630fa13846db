"""What facts cost: microseconds a position through the whole engine, replays, and messages as the fleet grows.

`python -m benchmarks.engine [--quick]`. Vans drive through a city of 50 x 50 km, one position every 10 s, 60 a message.
The peer is the memoryless rule that every tracker has: is the newest position inside of a fence (shapely, point by
point), and was the one before it? It keeps no trips, no hysteresis, no history, and nothing of it may come late.
"""

import argparse
import math
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from random import Random

import numpy as np
import shapely

from benchmarks.fences import CITY_M, DEG_M, FLAT, LAT, LON, a_fence
from server.domain.engine.fix import Fix
from server.domain.engine.memory import Memory
from server.domain.engine.rules import DEFAULT
from server.domain.engine.state import fresh, frozen
from server.domain.fences.fence import Fence
from server.domain.fences.index import FenceIndex
from server.record import Arrived, record
from server.store import facts
from server.store import fleet as vehicles
from server.store.database import Database
from server.store.telemetry import open_telemetry
from wire.columns import MISSING, NAMES
from wire.decode import Up

START_MS = 1_795_435_200_000
EVERY_S = 10
A_MESSAGE = 60


def a_drive(random: Random, count: int) -> list[Fix]:
    """A van that turns now and then, and stands for a while at every tenth corner."""
    east, north, course, speed = random.uniform(-0.4, 0.4) * CITY_M, random.uniform(-0.4, 0.4) * CITY_M, 0.0, 9.0
    fixes = []
    for n in range(count):
        if random.random() < 0.1:
            course, speed = random.choice((0.0, 0.5, 1.0, 1.5)) * math.pi, random.choice((0.0, 7.0, 9.0, 13.0))
        east += math.sin(course) * speed * EVERY_S
        north += math.cos(course) * speed * EVERY_S
        lon = LON + (east + random.gauss(0, 3)) / DEG_M / FLAT
        lat = LAT + (north + random.gauss(0, 3)) / DEG_M
        at_ms = START_MS + n * EVERY_S * 1000
        fixes.append(Fix(at_ms, round(lon * 1e7), round(lat * 1e7), speed, math.degrees(course), 3.0))
    return fixes


def engine_us(drives: list[list[Fix]], fences: FenceIndex | None) -> tuple[float, int]:
    """CPU microseconds a position, in messages of 60; and the facts."""
    began, facts = time.process_time(), 0
    for number, fixes in enumerate(drives):
        memory = Memory(f"van-{number}", DEFAULT, fences)
        for start in range(0, len(fixes), A_MESSAGE):
            memory.absorb(fixes[start : start + A_MESSAGE])
        facts += len(memory.facts)
    return (time.process_time() - began) * 1e6 / sum(map(len, drives)), facts


def peer_us(drives: list[list[Fix]], fences: FenceIndex) -> float:
    """The memoryless rule, point by point."""
    areas = [_as_area(fence) for fence in fences.fences]
    tree = shapely.STRtree(areas)
    began, flips, inside = time.process_time(), 0, set()
    for fixes in drives:
        for fix in fixes:
            now = {int(one) for one in tree.query(shapely.Point(fix.lon, fix.lat), predicate="intersects")}
            flips += len(now ^ inside)
            inside = now
    return (time.process_time() - began) * 1e6 / sum(map(len, drives))


def _as_area(fence: Fence) -> shapely.Geometry:
    line = fence.geometry.parts[0][0]
    if fence.kind == "area":
        return shapely.Polygon(line)
    shape = shapely.Point(line[0]) if fence.kind == "circle" else shapely.LineString(line)
    return shape.buffer(fence.half_m / DEG_M)


def look_us(drives: list[list[Fix]], fences: FenceIndex) -> float:
    """The fences near and crossed alone, before any rule looks at them."""
    began, count = time.process_time(), 0
    for fixes in drives:
        for start in range(1, len(fixes), A_MESSAGE):
            some = fixes[start - 1 : start + A_MESSAGE]
            table = np.array([_tuple(fix) for fix in some], dtype=np.int64).T
            fences.look(table[0], table[1], table[2], np.full(len(some), 6.0))
            count += len(some) - 1
    return (time.process_time() - began) * 1e6 / count


def replay(fixes: list[Fix]) -> float:
    """Positions a second when a day is worked through again."""
    began = time.process_time()
    Memory("van", DEFAULT).absorb(fixes)
    return len(fixes) / (time.process_time() - began)


def arrivals(fleet: int, count: int) -> Iterator[Arrived]:
    """Messages of 60 positions, of vehicles all over the fleet."""
    random, now = Random(3), datetime.fromtimestamp(START_MS / 1000 + 86_400, UTC)
    drive = a_drive(random, A_MESSAGE)
    values = np.full((len(NAMES), A_MESSAGE), MISSING, dtype=np.int64)
    for place, name in ((0, "at_ms"), (1, "lon_e7"), (2, "lat_e7")):
        values[NAMES.index(name)] = [fix[place] for fix in map(_tuple, drive)]
    values[NAMES.index("speed_cmps")] = [round(fix.speed_mps * 100) for fix in drive]
    values[NAMES.index("clock")] = 0
    for vehicle in random.sample(range(fleet), min(count, fleet)):
        up = Up(stream="a1b2", prev=0, seq_from=1, seq_to=A_MESSAGE, json=False, seq=np.arange(1, A_MESSAGE + 1),
                values=values, flags={}, others=())  # fmt: skip
        yield Arrived(gateway=f"gw-{vehicle:06d}", up=up, received_at=now)


def _tuple(fix: Fix) -> tuple[int, int, int]:
    return fix.at_ms, fix.lon_e7, fix.lat_e7


def cost_a_message(fleet: int, messages: int) -> float:
    """CPU microseconds a message through the whole commit, when so many vehicles are known already."""
    with tempfile.TemporaryDirectory() as folder:
        database, telemetry = Database("", Path(folder)), open_telemetry("", Path(folder))
        now = datetime.fromtimestamp(START_MS / 1000 + 86_400, UTC)
        _fill(database, fleet, now)
        groups = list(arrivals(fleet, messages))
        began = time.process_time()
        for start in range(0, len(groups), 250):
            record(groups[start : start + 250], database, telemetry, accept_unclaimed=True, now=now)
        spent = time.process_time() - began
        database.close()
        telemetry.close()
    return spent * 1e6 / len(groups)


def _fill(database: Database, fleet: int, now: datetime) -> None:
    """Vehicles, and where each stands, as they are after months."""
    state = frozen(fresh())
    ids = [f"gw-{number:06d}" for number in range(fleet)]
    for start in range(0, fleet, 5_000):
        some = ids[start : start + 5_000]
        with database.writing() as connection:
            vehicles.add_gateways(connection, [vehicles.unclaimed(one, now) for one in some])
            rows = [{"vehicle_id": one, "at_ms": START_MS - 3_600_000, "due_ms": None, "state": state} for one in some]
            facts.put_heads(connection, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, for a look")
    quick = parser.parse_args().quick
    print(f"Python {platform.python_version()}, shapely {version('shapely')}, {os.cpu_count()} cores")
    random = Random(5)
    drives = [a_drive(random, 600) for _ in range(10 if quick else 60)]
    base, _ = engine_us(drives, None)
    base = min(base, engine_us(drives, None)[0])
    print("  fences  engine us  fence part  of it, look  point by point  ratio")
    print(f"{0:>8}  {base:>9.2f}")
    for count in (1_000, 10_000 if quick else 100_000):
        fences = FenceIndex([a_fence(number, random) for number in range(count)])
        whole = min(engine_us(drives, fences)[0] for _ in range(2))
        naive = peer_us(drives, fences)
        part = whole - base
        look = min(look_us(drives, fences) for _ in range(2))
        print(f"{count:>8}  {whole:>9.2f}  {part:>10.2f}  {look:>11.2f}  {naive:>14.2f}  {naive / part:>5.1f}")
    print(f"replay: {max(replay(a_drive(random, 8_640)) for _ in range(3)):,.0f} positions/s")
    print(f"{'vehicles':>9}  us a message of {A_MESSAGE}")
    first = 0.0
    for fleet in (1_000, 10_000, 20_000 if quick else 100_000):
        cost = cost_a_message(fleet, 1_000)
        first = first or cost
        print(f"{fleet:>9}  {cost:>8.0f}  {cost / first:>5.2f} of the first")


if __name__ == "__main__":
    main()
