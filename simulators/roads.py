"""A city to drive in: Valhalla over a built map folder (`milepost map build`), asked for routes that end nowhere.

Only this module knows Valhalla. Distances in metres, speeds in m/s (Valhalla's free flow; `drive` makes traffic of it),
places as (lon, lat).
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from simulators.geometry import Point, course_deg, distance_m, moved

NEAR_M, FAR_M = 300.0, 2_500.0
"""How far the next stop is from the last one, as the crow flies."""

HOME_M = 5_000.0
"""A van stays around the place where it began."""

SEAM_M = 5.0
"""A leg begins so near to where the last one ended."""

TUNNEL_SHARE = 0.25
"""Routes that are longer underground are not taken."""

_ATTEMPTS = 200


class CityError(Exception):
    """The map folder cannot be driven in; the message says why and what to do next."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a route on one road edge. `signal`: a traffic light at its end."""

    points: tuple[Point, ...]
    length_m: float
    speed_mps: float
    signal: bool
    tunnel: bool
    name: str | None


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way from one place to another, along the roads."""

    stretches: tuple[Stretch, ...]

    @property
    def length_m(self) -> float:
        """How long the way is."""
        return sum(stretch.length_m for stretch in self.stretches)

    @property
    def tunnel_share(self) -> float:
        """How much of the way is in tunnels, 0 to 1."""
        return sum(stretch.length_m for stretch in self.stretches if stretch.tunnel) / self.length_m

    @property
    def start(self) -> Point:
        """Where it begins, on a road."""
        return self.stretches[0].points[0]

    @property
    def end(self) -> Point:
        """Where it ends, on a road."""
        return self.stretches[-1].points[-1]

    @property
    def end_course_deg(self) -> float:
        """Which way a van looks at the end."""
        return course_deg(self.stretches[-1].points[-2], self.end)


class City:
    """The roads of a map folder. Not for use by several threads at once."""

    def __init__(self, actor: Any, *, name: str, bounds: tuple[float, float, float, float]) -> None:
        self._actor = actor
        self.name = name
        self.bounds = bounds

    def snap(self, point: Point, *, within_m: float = 500.0) -> Point | None:
        """The nearest place on a road that a van may use and leave again; None when there is none that near."""
        place = _place(point) | {"search_cutoff": within_m}
        try:
            found = self._actor.locate({"locations": [place], "costing": "auto", "verbose": False})
        except RuntimeError:  # ValhallaError: nothing near
            return None
        edges = found[0].get("edges") or ()
        return (edges[0]["correlated_lon"], edges[0]["correlated_lat"]) if edges else None

    def route(self, a: Point, b: Point, *, course_deg: float | None = None, within_m: float = 500.0) -> Route | None:
        """The way from a to b, leaving a in this direction where that is possible.

        None when there is none that begins within so many metres of a (a direction may be found on another road only).
        """
        start = _place(a)
        asked = {"costing": "auto", "costing_options": {"auto": {"use_ferry": 0}}, "directions_type": "none"}
        directed = [start] if course_deg is None else [start | {"heading": round(course_deg) % 360}, start]
        for first in directed:
            try:
                trip = self._actor.route(asked | {"locations": [first, _place(b)]})["trip"]
                route = self._along(trip["legs"][0]["shape"])
            except RuntimeError:  # ValhallaError: no way in that direction, or none at all
                continue
            if route is not None and distance_m(route.start, a) <= within_m:
                return route
        return None

    def somewhere(self, rng: random.Random, *, around: Point | None = None, radius_m: float = HOME_M) -> Point:
        """A random place on a road; raises CityError when the map has no roads."""
        west, south, east, north = self.bounds
        if around is not None:
            (left, low), (right, high) = moved(around, -radius_m, -radius_m), moved(around, radius_m, radius_m)
            west, south, east, north = max(west, left), max(south, low), min(east, right), min(north, high)
        for _ in range(_ATTEMPTS):
            point = rng.uniform(west, east), rng.uniform(south, north)
            if (found := self.snap(point)) is not None:
                return found
        raise CityError(f"The map of {self.name} has no roads that a van could use. Build it from another extract.")

    def legs(self, seed: int, *, home: Point | None = None) -> Iterator[Route]:
        """A van's endless day: each route begins where the last one ended. The same seed drives the same day.

        Raises CityError when the map is too small for routes.
        """
        rng = random.Random(f"legs {seed}")
        home = home or self._home(rng)
        here, course = home, None
        while True:
            route = self._next(rng, here, home, course)
            if route is None:
                raise CityError(f"No routes of {NEAR_M:.0f} m or more are found in {self.name}. Take a larger extract.")
            yield route
            here, course = route.end, route.end_course_deg

    def connected(self, home: Point, rng: random.Random) -> bool:
        """Whether others can be reached from this place on a road, and it from them."""
        others = [self.somewhere(rng, around=home) for _ in range(2)]
        return all(self.route(home, other, within_m=SEAM_M) and self.route(other, home) for other in others)

    def _home(self, rng: random.Random) -> Point:
        """A place from which most others can be reached, and which can be reached from there."""
        for _ in range(_ATTEMPTS):
            home = self.somewhere(rng)
            if self.connected(home, rng):
                return home
        raise CityError(f"The roads of {self.name} hang together too little to drive around. Take a larger extract.")

    def _next(self, rng: random.Random, here: Point, home: Point, course: float | None) -> Route | None:
        for _ in range(_ATTEMPTS):
            there = self.somewhere(rng, around=here, radius_m=FAR_M)
            if distance_m(here, there) < NEAR_M or distance_m(home, there) > HOME_M:
                continue
            route = self.route(here, there, course_deg=course, within_m=SEAM_M)
            # No van stops in a tunnel or spends its day in one; and at the edge of an extract roads lead out and
            # never back.
            if (
                route is not None
                and route.length_m >= NEAR_M
                and route.tunnel_share < TUNNEL_SHARE
                and not route.stretches[-1].tunnel
                and self.route(route.end, home, within_m=SEAM_M) is not None
            ):
                return route
        return None

    def _along(self, shape: str) -> Route | None:
        asked = {"encoded_polyline": shape, "costing": "auto", "shape_match": "edge_walk"}
        found = self._actor.trace_attributes(asked)
        points = _decoded(found["shape"])
        stretches = [_stretch(edge, points) for edge in found["edges"]]
        stretches = [stretch for stretch in stretches if stretch.length_m > 0]
        return Route(stretches=tuple(stretches)) if stretches else None


def open_city(folder: Path) -> City:
    """The city of a built map folder. Raises CityError when it is not one, or when pyvalhalla is not installed."""
    try:
        from valhalla import Actor  # noqa: PLC0415  (an extra: imported when a city is opened)
    except ImportError:
        raise CityError("Driving needs pyvalhalla. Install it with: pip install 'milepost[map]'") from None
    try:
        about = json.loads((folder / "map.json").read_text(encoding="utf-8"))
        settings = json.loads((folder / "routing" / "valhalla.json").read_text(encoding="utf-8"))
        settings["mjolnir"]["tile_dir"] = str((folder / "routing" / settings["mjolnir"]["tile_dir"]).resolve())
        west, south, east, north = about["bounds"]
        return City(Actor(settings), name=about["name"], bounds=(west, south, east, north))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise CityError(
            f"{folder} is not a map folder ({error!r}). Make one with: milepost map build FILE.osm.pbf --out {folder}"
        ) from error


def _place(point: Point) -> dict[str, float]:
    return {"lon": point[0], "lat": point[1]}


def _decoded(shape: str) -> list[Point]:
    from valhalla.midgard.utils import decode_polyline  # noqa: PLC0415

    return [(lon, lat) for lon, lat in decode_polyline(shape)]


def _stretch(edge: dict[str, Any], points: list[Point]) -> Stretch:
    part = tuple(points[edge["begin_shape_index"] : edge["end_shape_index"] + 1])
    return Stretch(
        points=part,
        length_m=sum(distance_m(a, b) for a, b in pairwise(part)),
        speed_mps=max(float(edge["speed"]), 5.0) / 3.6,
        signal=bool(edge.get("end_node", {}).get("traffic_signal")),
        tunnel=bool(edge.get("tunnel")),
        name=next(iter(edge.get("names", ())), None),
    )
