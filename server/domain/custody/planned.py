"""The plan as arrays in local metres, and what a place is called: a halt is a stop, a site, or nothing with a name."""

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from server.domain.custody.arrays import Floats
from server.domain.custody.values import UNKNOWN, Parcel, Plan, Site, Stop

DEGREE_M: Final = 111_320.0
NEAR_M: Final = 50.0
"""A halt this far beyond a stop's edge may still serve it: there is not always a place to park."""
PARKING_M: Final = 15.0
"""How far from its stop a van stops, one sigma, when another stop could be meant."""
FAR_SHARE, FAR_PARKING_M = 0.03, 30.0
PLANNED_ODDS: Final = 3.0
SERVED_ODDS: Final = 0.1
"""Of a stop at which this vehicle has halted already."""
NEXT_ODDS: Final = 2.0
"""Of the stop whose turn it is."""
LATER_ODDS: Final = 0.5
"""Of a stop while one is near that the route has before it."""
NAMELESS: Final = 0.002
NAMELESS_FAR: Final = 0.006
"""The same when no stop is as near as its circle says."""
ADJACENT_M: Final = 100.0
"""Between stops this near parcels are swapped now and then."""

Place = tuple[float, float]
"""Longitude and latitude, degrees."""
Near = tuple[tuple[str, float, float, float], ...]
"""Stops that a halt may serve, the nearest first: id, metres away, radius, odds by what was served before."""


class Indexed(NamedTuple):
    """The plan, ready to be asked."""

    lon: float
    lat: float
    """The origin of the local metres."""
    parcels: dict[str, Parcel]
    sites: dict[str, Site]
    stops: tuple[Stop, ...]
    stops_xy: Floats
    order: dict[str, dict[str, int]]
    """Of each vehicle with a route, the place of each stop in it."""

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

    def stops_near(self, x: float, y: float, vehicle: str, served: tuple[str, ...]) -> Near:
        """Stops that a halt of that vehicle there may serve; `served`: at which it has halted already."""
        if not self.stops:
            return ()
        order = self.order.get(vehicle, {})
        away = np.hypot(self.stops_xy[:, 0] - x, self.stops_xy[:, 1] - y).tolist()
        near = [
            (away_m, stop.id, stop.radius_m)
            for stop, away_m in zip(self.stops, away, strict=True)
            if away_m <= stop.radius_m + NEAR_M
        ]
        first = min((order[name] for _, name, _ in near if name in order and name not in served), default=-1)
        return tuple(
            (name, away_m, radius_m, _odds(name, order, first, served)) for away_m, name, radius_m in sorted(near)
        )

    def adjacent(self, x: float, y: float) -> Floats:
        """How adjacent each stop is to a halt there, from 1 to 0."""
        away = np.hypot(self.stops_xy[:, 0] - x, self.stops_xy[:, 1] - y)
        found: Floats = np.exp(-((away / ADJACENT_M) ** 2))
        return found


def _odds(name: str, order: dict[str, int], first: int, served: tuple[str, ...]) -> float:
    if name in served:
        return SERVED_ODDS
    turn = order.get(name, first + 1)
    return NEXT_ODDS if turn == first else LATER_ODDS if turn > first and name in order else 1.0


def first_place(plan: Plan) -> Place | None:
    """Where a plan is, in degrees."""
    stops = [stop for route in plan.routes for stop in route.stops]
    stops += [parcel.stop for parcel in plan.parcels if parcel.stop]
    places = [(one.lon, one.lat) for one in plan.sites] or [(one.lon, one.lat) for one in stops]
    return places[0] if places else None


@lru_cache(maxsize=8)
def indexed(plan: Plan, origin: Place | None = None) -> Indexed:
    """Index a plan; `origin` of the local metres: without one its first site, or stop."""
    stops = {stop.id: stop for route in plan.routes for stop in route.stops}
    stops |= {parcel.stop.id: parcel.stop for parcel in plan.parcels if parcel.stop}
    lon, lat = origin or first_place(plan) or (0.0, 0.0)
    known = Indexed(
        lon,
        lat,
        {parcel.id: parcel for parcel in plan.parcels if parcel.tag},
        {site.id: site for site in plan.sites},
        tuple(stops.values()),
        np.zeros((0, 2)),
        {route.vehicle: {stop.id: nth for nth, stop in enumerate(route.stops)} for route in plan.routes},
    )
    if not stops:
        return known
    return known._replace(stops_xy=np.array([known.metres(stop.lon, stop.lat) for stop in stops.values()]))


def _parked(away_m: float) -> float:
    """How likely a van that serves a stop halts so far from it: mostly near, now and then down the street."""
    return math.exp(-(away_m**2) / (2 * PARKING_M**2)) + FAR_SHARE * math.exp(-away_m / FAR_PARKING_M)


@lru_cache(maxsize=20_000)
def names(near: Near, planned: str | None, said: tuple[int, ...] = ()) -> dict[str, float]:
    """What a parcel's place may be called that was taken out at a halt with these stops near; they add up to 1.

    `said`: log odds that the halt was for each of them, by what else went out there.
    """
    if not near:
        return {UNKNOWN: 1.0}
    weights = {
        stop: _parked(away_m) * odds * (PLANNED_ODDS if stop == planned else 1.0) * math.exp(by)
        for (stop, away_m, _, odds), by in zip(near, said or (0,) * len(near), strict=True)
    }
    total = sum(weights.values())
    inside = any(away_m <= radius_m + 10 for _, away_m, radius_m, _ in near)
    nameless = NAMELESS if inside else NAMELESS_FAR
    return {stop: weight / total * (1 - nameless) for stop, weight in weights.items()} | {UNKNOWN: nameless}
