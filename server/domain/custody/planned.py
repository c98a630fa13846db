"""The plan as arrays in local metres, and what a place is called: a halt is a stop, a site, or nothing with a name."""

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from server.domain.custody.arrays import Floats
from server.domain.custody.values import UNKNOWN, Parcel, Plan, Site, Stop

DEGREE_M: Final = 111_320.0
NEAR_M: Final = 35.0
"""A halt this far beyond a stop's edge may still serve it: there is not always a place to park."""
PARKING_M: Final = 12.0
"""How far from its stop a van stops, one sigma, when another stop could be meant."""
PLANNED_ODDS: Final = 3.0
NAMELESS: Final = 0.004


class Indexed(NamedTuple):
    """The plan, ready to be asked."""

    lon: float
    lat: float
    """The origin of the local metres."""
    parcels: dict[str, Parcel]
    sites: dict[str, Site]
    stops: tuple[Stop, ...]
    stops_xy: Floats

    def metres(self, lon: float, lat: float) -> tuple[float, float]:
        """East and north of the origin."""
        return (lon - self.lon) * DEGREE_M * math.cos(math.radians(self.lat)), (lat - self.lat) * DEGREE_M

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Longitude and latitude."""
        return self.lon + x / (DEGREE_M * math.cos(math.radians(self.lat))), self.lat + y / DEGREE_M

    def site_at(self, x: float, y: float) -> str | None:
        """The site in which a van stands that stands there."""
        for site in self.sites.values():
            sx, sy = self.metres(site.lon, site.lat)
            if math.hypot(x - sx, y - sy) <= site.radius_m + 20:
                return site.id
        return None

    def stops_near(self, x: float, y: float) -> tuple[tuple[str, float, float], ...]:
        """Stops that a halt there may serve, the nearest first: id, metres away, radius."""
        if not self.stops:
            return ()
        away = np.hypot(self.stops_xy[:, 0] - x, self.stops_xy[:, 1] - y).tolist()
        near = [
            (away_m, stop.id, stop.radius_m)
            for stop, away_m in zip(self.stops, away, strict=True)
            if away_m <= stop.radius_m + NEAR_M
        ]
        return tuple((name, away_m, radius_m) for away_m, name, radius_m in sorted(near))


@lru_cache(maxsize=8)
def indexed(plan: Plan) -> Indexed:
    """Index a plan."""
    stops = {stop.id: stop for route in plan.routes for stop in route.stops}
    stops |= {parcel.stop.id: parcel.stop for parcel in plan.parcels if parcel.stop}
    every: list[Site | Stop] = [*plan.sites, *stops.values()]
    lon, lat = (every[0].lon, every[0].lat) if every else (0.0, 0.0)
    known = Indexed(
        lon,
        lat,
        {parcel.id: parcel for parcel in plan.parcels if parcel.tag},
        {site.id: site for site in plan.sites},
        tuple(stops.values()),
        np.zeros((0, 2)),
    )
    return known._replace(stops_xy=np.array([known.metres(stop.lon, stop.lat) for stop in stops.values()]))


@lru_cache(maxsize=20_000)
def names(near: tuple[tuple[str, float, float], ...], planned: str | None) -> dict[str, float]:
    """What a parcel's place may be called that was taken out at a halt with these stops near; they add up to 1."""
    weights = {
        stop: math.exp(-(away**2) / (2 * PARKING_M**2)) * (PLANNED_ODDS if stop == planned else 1.0)
        for stop, away, _ in near
    }
    if near:
        first, away, radius_m = near[0]
        weights[first] = max(weights[first], 0.3 if away <= radius_m + 10 else 0.02)
    weights[UNKNOWN] = NAMELESS
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}
