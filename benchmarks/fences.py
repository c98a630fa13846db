"""Microseconds a position to find fences near it and crossed before it, against asking point by point.

`python -m benchmarks.fences [--quick]`: fences spread over a city of 50 x 50 km (three quarters circles, the rest areas
and corridors), vans that drive through it, batches of positions of one van each (a position every 10 s). The peer is
what one would write first with the same library: a shapely tree of buffered boxes asked for each point and each way,
and pyproj or shapely for each fence found. Both find the same but for a
few on a border, because the peer's plane is 0.1 % off; how many is said.
"""

import argparse
import math
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

import numpy as np
import shapely
from pyproj import Geod

from server.domain.fences.fence import Fence, Geometry
from server.domain.fences.index import FenceIndex

LON, LAT, CITY_M, DEG_M = 24.9, 60.2, 50_000, 111_320.0
FLAT = math.cos(math.radians(LAT))
GEOD = Geod(ellps="WGS84")
REACH_M = 10.0
SCALE = (GEOD.inv(LON - 0.005, LAT, LON + 0.005, LAT)[2] * 100, GEOD.inv(LON, LAT - 0.005, LON, LAT + 0.005)[2] * 100)
"""Metres for a degree, here."""


class Batch(NamedTuple):
    """Positions of one van, in order."""

    at_ms: Any
    lon_e7: Any
    lat_e7: Any
    reach_m: Any


def a_fence(number: int, chance: Random) -> Fence:
    lon, lat = LON + (chance.random() - 0.5) * CITY_M / DEG_M / FLAT, LAT + (chance.random() - 0.5) * CITY_M / DEG_M
    size = 10 ** chance.uniform(1.3, 2.3)
    if number % 4:
        point = Geometry(type="Point", parts=((((lon, lat),),),))
        return Fence(id=str(number), name="", kind="circle", geometry=point, radius_m=size)
    turns = [2 * math.pi * step / 8 for step in range(8)]
    ring = [(lon + size * math.cos(a) / DEG_M / FLAT, lat + size * math.sin(a) / DEG_M) for a in turns]
    if number % 8:
        area = Geometry(type="Polygon", parts=(((*ring, ring[0]),),))
        return Fence(id=str(number), name="", kind="area", geometry=area)
    line = Geometry(type="LineString", parts=((tuple(ring[:5]),),))
    return Fence(id=str(number), name="", kind="corridor", geometry=line, width_m=30)


def batches(count: int, size: int) -> list[Batch]:
    chance = np.random.default_rng(7)
    found = []
    for _ in range(count):
        place = (chance.random(2) - 0.5) * CITY_M * 0.9
        heading = np.cumsum(chance.normal(0, 0.3, size)) + chance.random() * 7
        x, y = (place[0] + np.cumsum(80 * np.cos(heading)), place[1] + np.cumsum(80 * np.sin(heading)))
        lon, lat = (LON + x / DEG_M / FLAT) * 1e7, (LAT + y / DEG_M) * 1e7
        at_ms = np.arange(size) * 10_000
        found.append(Batch(at_ms, np.rint(lon).astype(np.int64), np.rint(lat).astype(np.int64), np.full(size, REACH_M)))
    return found


class PointByPoint:
    """The peer: one question for each position, one for each way."""

    def __init__(self, fences: list[Fence]) -> None:
        self.fences, self.shapes = fences, [self._shape(fence) for fence in fences]
        reach = [(fence.half_m + fence.margin_m + REACH_M) / DEG_M for fence in fences]
        bounds = [shape.bounds for shape in self.shapes]
        boxes = [
            shapely.box(b[0] - r / FLAT * 1.01, b[1] - r, b[2] + r / FLAT * 1.01, b[3] + r)
            for b, r in zip(bounds, reach, strict=True)
        ]
        self.tree = shapely.STRtree(boxes)

    def _shape(self, fence: Fence) -> Any:
        part = fence.geometry.parts[0]
        if fence.kind == "circle":
            return shapely.Point(part[0][0])
        return shapely.Polygon(part[0]) if fence.kind == "area" else shapely.LineString(part[0])

    def near(self, batch: Batch) -> set[tuple[int, int]]:
        """Pairs of a position and a fence."""
        found = set()
        for number, (x, y) in enumerate(zip((batch.lon_e7 / 1e7).tolist(), (batch.lat_e7 / 1e7).tolist(), strict=True)):
            point = shapely.Point(x, y)
            for index in self.tree.query(point).tolist():
                if self._outside_m(index, point, x, y) <= self.fences[index].margin_m + REACH_M:
                    found.add((number, index))
        return found

    def _outside_m(self, index: int, point: Any, x: float, y: float) -> float:
        shape = self.shapes[index]
        if self.fences[index].kind == "area" and shape.contains(point):
            return 0
        if self.fences[index].kind == "circle":
            return float(GEOD.inv(shape.x, shape.y, x, y)[2]) - self.fences[index].half_m
        edge = shape.exterior if self.fences[index].kind == "area" else shape
        flat = shapely.transform(edge, lambda corners: (corners - (x, y)) * SCALE)
        return float(flat.distance(shapely.Point(0, 0))) - self.fences[index].half_m

    def _apart_m(self, index: int, way: Any, near: Any) -> float:
        flat = [shapely.transform(shape, lambda at: (at - near) * SCALE) for shape in (self.shapes[index], way)]
        return float(flat[0].distance(flat[1]))

    def crossed(self, batch: Batch) -> int:
        """How many pairs of a way and a fence."""
        corners = np.stack((batch.lon_e7, batch.lat_e7), axis=1) / 1e7
        found = 0
        for start, end in pairwise(corners):
            way = shapely.LineString((start, end))
            for index in self.tree.query(way).tolist():
                outside = all(
                    self._outside_m(index, shapely.Point(place), *place.tolist()) > 0 for place in (start, end)
                )
                found += outside and self._apart_m(index, way, start) < max(self.fences[index].half_m, 1e-6)
        return found


def measure(count: int, many: list[Batch], few: list[Batch]) -> None:
    chance = Random(3)
    fences = [a_fence(number, chance) for number in range(count)]
    began = time.perf_counter()
    index = FenceIndex(fences)
    built_s = time.perf_counter() - began
    near, crossed = zip(*(index.look(*batch) for batch in many), strict=True)
    positions = sum(len(batch.at_ms) for batch in many)
    us = fastest_us(lambda: [index.look(*batch) for batch in many]) / positions
    peer = PointByPoint(fences)
    by_peer = [(peer.near(batch), peer.crossed(batch)) for batch in few]
    peer_us = fastest_us(lambda: [(peer.near(b), peer.crossed(b)) for b in few], 1) / sum(len(b.at_ms) for b in few)
    pairs = [set(zip(found.position.tolist(), found.fence.tolist(), strict=True)) for found in near[: len(few)]]
    differ = sum(len(ours ^ theirs) for ours, (theirs, _) in zip(pairs, by_peer, strict=True))
    differ += sum(abs(len(ours.fence) - theirs) for ours, (_, theirs) in zip(crossed, by_peer, strict=False))
    hits, passes = (sum(len(found.fence) for found in of) / positions for of in (near, crossed))
    print(
        f"{count:7,} fences, {positions // len(many):3} in a batch: {us:5.2f} us a position, "
        f"point by point {peer_us:6.1f}: {peer_us / us:5.1f} times; "
        f"{hits:.3f} near, {passes:.3f} crossed; built in {built_s:.2f} s; {differ} differ"
    )


def fastest_us(work: Callable[[], object], times: int = 5) -> float:
    """Microseconds of CPU, the fastest of some runs: other programs only ever make it slower."""
    found = math.inf
    for _ in range(times):
        began = time.process_time()
        work()
        found = min(found, time.process_time() - began)
    return found * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    libraries = ", ".join(f"{name} {version(name)}" for name in ("shapely", "pyproj", "numpy"))
    print(f"Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores")
    for size in (60, 600):
        many = batches(6_000 // size if quick else 60_000 // size, size)
        for count in (0, 1_000, 100_000):
            measure(count, many, many[: 600 // size if quick else 3_000 // size])


if __name__ == "__main__":
    main()
