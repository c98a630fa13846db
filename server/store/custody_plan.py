"""The plan of packages as the custody filter takes it: which tag was on which package, and where each should go.

A stop is known to the filter as `ROUTE/STOP`, because ids of stops are those of their route. What people plan counts as
it is written now; which tag was on which package counts from its own time on.
"""

from bisect import bisect_right
from collections.abc import Mapping
from math import cos, hypot, radians
from typing import Any

import msgspec
from sqlalchemy import Connection, or_, select

from server.domain.custody import Parcel, Plan, Route, Site, Stop
from server.domain.fences.fence import Fence
from server.domain.fences.geojson import read_fence
from server.store.schema import bindings, fence_versions, packages, routes, stops
from wire.messages import instant, milliseconds

AROUND_MS = 36 * 3_600_000
"""Routes that depart so far from a time may be on their way then."""
_M_PER_DEG = 111_195.0


class Planning(msgspec.Struct, kw_only=True):
    """What was planned over a range of time."""

    sites: list[tuple[int | None, int | None, Site]]
    parcels: Mapping[str, Parcel]
    closed_ms: Mapping[str, int]
    bound: list[tuple[int, int | None, str, str]]
    """From, until, package, tag."""
    routes: list[Route]
    _times: list[int] = []
    _plans: dict[int, Plan] = {}

    def at(self, at_ms: int) -> Plan:
        """The plan at a time; the same object as long as nothing changes."""
        if not self._times:
            times = {0, *self.closed_ms.values()}
            spans = [(from_ms, until_ms) for from_ms, until_ms, _ in self.sites]
            spans += [(from_ms, until_ms) for from_ms, until_ms, _, _ in self.bound]
            times |= {ms for span in spans for ms in span if ms is not None}
            times |= {ms for one in self.routes for ms in _around(one)}
            self._times = sorted(times)
        place = bisect_right(self._times, at_ms)
        if place not in self._plans:
            self._plans[place] = self._made(at_ms)
        return self._plans[place]

    def vehicles(self) -> set[str]:
        """Every vehicle that is planned."""
        return {one.vehicle for one in self.routes} | {one.vehicle for one in self.parcels.values() if one.vehicle}

    def _made(self, at_ms: int) -> Plan:
        tags = {package: tag for from_ms, until_ms, package, tag in self.bound if _holds(from_ms, until_ms, at_ms)}
        there = [
            msgspec.structs.replace(self.parcels[package], tag=tag)
            for package, tag in sorted(tags.items())
            if self.closed_ms.get(package, at_ms + 1) > at_ms
        ]
        return Plan(
            sites=tuple(site for from_ms, until_ms, site in self.sites if _holds(from_ms, until_ms, at_ms)),
            parcels=tuple(there),
            routes=tuple(one for one in self.routes if _holds(*_around(one), at_ms)),
        )


def read_plan(connection: Connection, start_ms: int, end_ms: int) -> Planning:
    """What was planned between these times."""
    tied = select(bindings).where(
        bindings.c.from_ms <= end_ms, or_(bindings.c.until_ms.is_(None), bindings.c.until_ms > start_ms)
    )
    bound = [(row.from_ms, row.until_ms, row.package_id, row.tag_id) for row in connection.execute(tied)]
    held = or_(bindings.c.until_ms.is_(None), bindings.c.until_ms > start_ms)
    wanted = select(packages).where(packages.c.id.in_(select(bindings.c.package_id).where(held)))
    between = routes.c.departs_at.between(instant(max(0, start_ms - AROUND_MS)), instant(end_ms + AROUND_MS))
    near = or_(
        stops.c.route_id.in_(select(routes.c.id).where(between)),
        stops.c.route_id.in_(wanted.with_only_columns(packages.c.route_id)),
    )
    by_route: dict[str, dict[str, Stop]] = {}
    for row in connection.execute(select(stops).where(near).order_by(stops.c.route_id, stops.c.sequence)):
        stop = Stop(id=f"{row.route_id}/{row.id}", lon=row.lon_e7 / 1e7, lat=row.lat_e7 / 1e7, radius_m=row.radius_m)
        by_route.setdefault(row.route_id, {})[row.id] = stop
    parcels: dict[str, Parcel] = {}
    closed: dict[str, int] = {}
    for row in connection.execute(wanted):
        stop_ = by_route.get(row.route_id or "", {}).get(row.stop_id or "")
        parcels[row.id] = Parcel(id=row.id, tag=None, vehicle=row.vehicle_id, site=row.site_id, stop=stop_)
        if row.closed_at is not None:
            closed[row.id] = milliseconds(row.closed_at)
    driven = [
        Route(
            vehicle=row.vehicle_id,
            departs_ms=milliseconds(row.departs_at),
            stops=tuple(by_route.get(row.id, {}).values()),
        )
        for row in connection.execute(select(routes).where(between).order_by(routes.c.departs_at, routes.c.id))
    ]
    return Planning(sites=_sites(connection), parcels=parcels, closed_ms=closed, bound=bound, routes=driven)


def sites_now(connection: Connection) -> dict[str, str]:
    """The sites that there are, with their names."""
    rows = connection.execute(select(fence_versions).where(fence_versions.c.until_ms.is_(None)))
    said = {row.fence_id: row.feature.get("properties", {}) for row in rows}
    return {id_: str(of.get("name") or id_) for id_, of in said.items() if of.get("site") is True}


def circles_now(connection: Connection) -> list[Site]:
    """The sites that there are, as circles."""
    return [site for _, until_ms, site in _sites(connection) if until_ms is None]


def circle_of(fence: Fence) -> tuple[float, float, float]:
    """Longitude, latitude and radius (m) of a circle round a fence; small ones, as sites are."""
    corners = [corner for part in fence.geometry.parts for line in part for corner in line]
    west, east = min(lon for lon, _ in corners), max(lon for lon, _ in corners)
    south, north = min(lat for _, lat in corners), max(lat for _, lat in corners)
    lon, lat = (west + east) / 2, (south + north) / 2
    narrow = cos(radians(lat))
    reach_m = max(hypot((x - lon) * narrow, y - lat) for x, y in corners) * _M_PER_DEG
    return lon, lat, reach_m + fence.half_m


def _sites(connection: Connection) -> list[tuple[int | None, int | None, Site]]:
    found = []
    for row in connection.execute(select(fence_versions).order_by(fence_versions.c.fence_id, fence_versions.c.version)):
        said: Mapping[str, Any] = row.feature
        if said.get("properties", {}).get("site") is True:
            lon, lat, radius_m = circle_of(read_fence(said))
            site = Site(id=row.fence_id, lon=lon, lat=lat, radius_m=radius_m)
            found.append((row.from_ms, row.until_ms, site))
    return found


def _around(route: Route) -> tuple[int, int]:
    departs_ms = route.departs_ms or 0
    return departs_ms - AROUND_MS, departs_ms + AROUND_MS


def _holds(from_ms: int | None, until_ms: int | None, at_ms: int) -> bool:
    return (from_ms is None or from_ms <= at_ms) and (until_ms is None or at_ms < until_ms)
