"""What manifests are made of, out of the plan: plain functions that take a connection."""

from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from server.domain.manifest import BoundTag, Listener
from server.store.schema import bindings, gateways, packages, routes


def bound_tags(connection: Connection, start: datetime, end: datetime) -> list[BoundTag]:
    """The tags on open packages that are on no route, or on one that departs between these times."""
    site = func.coalesce(packages.c.site_id, routes.c.site_id)
    asked = (
        select(bindings.c.tag_id, packages.c.vehicle_id, site)
        .select_from(
            bindings.join(packages, packages.c.id == bindings.c.package_id).outerjoin(
                routes, routes.c.id == packages.c.route_id
            )
        )
        .where(
            bindings.c.until_ms.is_(None),
            packages.c.closed_at.is_(None),
            or_(routes.c.id.is_(None), (routes.c.departs_at >= start) & (routes.c.departs_at < end)),
        )
    )
    return [BoundTag(tag=tag, vehicle=vehicle, site=where) for tag, vehicle, where in connection.execute(asked)]


def sites_of_routes(connection: Connection, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Vehicles with the sites from which they depart between these times."""
    asked = select(routes.c.vehicle_id, routes.c.site_id).distinct()
    asked = asked.where(routes.c.departs_at >= start, routes.c.departs_at < end, routes.c.site_id.is_not(None))
    return [(vehicle, site) for vehicle, site in connection.execute(asked)]


def listeners(connection: Connection, *, unclaimed: bool) -> dict[str, tuple[Listener, str | None]]:
    """The gateways that are listened to, by id, each with the version of the manifest that it says it has."""
    asked = select(gateways.c.id, gateways.c.vehicle_id, gateways.c.site_id, gateways.c.status)
    if not unclaimed:
        asked = asked.where(gateways.c.claimed)
    found = {}
    for row in connection.execute(asked):
        vehicle = None if row.site_id else row.vehicle_id
        listener = Listener(gateway=row.id, vehicle=vehicle, site=row.site_id)
        found[row.id] = (listener, (row.status or {}).get("manifest"))
    return found
