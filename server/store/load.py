"""What the load of vehicles is made of: their routes of now, planned packages, beliefs, who heard what last."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, FromClause, Select, or_, select

from server.domain.custody_story import KINDS
from server.store.schema import (
    Row,
    bindings,
    custody_beliefs,
    facts,
    latest,
    packages,
    routes,
    stops,
    tags_heard,
)
from server.store.seen import seen

AROUND = timedelta(hours=14)
"""A route that departs further from now than this is not today's."""


def routes_now(
    connection: Connection, now: datetime, *, vehicles: Collection[str] | None = None, site: str = ""
) -> dict[str, Row]:
    """The route of each vehicle that departs nearest to now."""
    asked = select(routes).where(
        routes.c.departs_at.between(now - AROUND, now + AROUND), seen(routes.c.vehicle_id, vehicles)
    )
    if site:
        asked = asked.where(routes.c.site_id == site)
    rows = [dict(row) for row in connection.execute(asked).mappings()]
    rows.sort(key=lambda row: (-abs(row["departs_at"] - now), row["id"]))
    return {row["vehicle_id"]: row for row in rows}


def planned(connection: Connection, vehicles: Collection[str], route_ids: Iterable[str]) -> list[Row]:
    """The open packages of these routes, and those of these vehicles that are on none; each with stop and belief."""
    at_stop = (stops.c.route_id == packages.c.route_id) & (stops.c.id == packages.c.stop_id)
    asked = _with_belief().add_columns(stops.c.name.label("stop_name"))
    asked = asked.select_from(_joined().outerjoin(stops, at_stop)).where(
        packages.c.closed_at.is_(None),
        seen(packages.c.vehicle_id, vehicles),
        or_(packages.c.route_id.is_(None), seen(packages.c.route_id, list(route_ids))),
    )
    return [dict(row) for row in connection.execute(asked.order_by(packages.c.id)).mappings()]


def inside(connection: Connection, vehicles: Collection[str], at_least: float) -> list[Row]:
    """The packages that are believed to be in these vehicles."""
    places = [f"vehicle:{vehicle}" for vehicle in vehicles]
    asked = (
        _with_belief()
        .select_from(_joined())
        .where(packages.c.closed_at.is_(None), seen(custody_beliefs.c.place, places), custody_beliefs.c.p >= at_least)
    )
    return [dict(row) for row in connection.execute(asked.order_by(packages.c.id)).mappings()]


def reasons(connection: Connection, packages_: Collection[str], since_ms: int) -> dict[str, str]:
    """Why each of these packages was last said to be in the wrong vehicle, or loaded."""
    if not packages_:
        return {}
    asked = select(facts.c.body).where(
        facts.c.kind.in_(("wrong_vehicle", "loaded")), facts.c.at_ms >= since_ms, facts.c.withdrawn_at.is_(None)
    )
    asked = asked.where(seen(facts.c.body["package"].as_string(), packages_)).order_by(facts.c.at_ms)
    return {body["package"]: str(body.get("because") or "") for body in connection.execute(asked).scalars()}


def positions(connection: Connection, vehicles: Collection[str]) -> dict[str, tuple[float, float]]:
    """Where these vehicles were last."""
    asked = select(latest.c.vehicle_id, latest.c.lon_e7, latest.c.lat_e7).where(seen(latest.c.vehicle_id, vehicles))
    return {row.vehicle_id: (row.lon_e7 / 1e7, row.lat_e7 / 1e7) for row in connection.execute(asked)}


def stop_names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of stops by `ROUTE/STOP`."""
    of = {id_.partition("/")[0] for id_ in ids}
    asked = select(stops.c.route_id, stops.c.id, stops.c.name).where(seen(stops.c.route_id, of))
    return {f"{row.route_id}/{row.id}": row.name for row in connection.execute(asked) if row.name}


def events_of(connection: Connection, package: str, start_ms: int, end_ms: int) -> list[Row]:
    """The custody facts of a package, withdrawn or not, in the order of time."""
    asked = select(facts).where(
        facts.c.kind.in_(KINDS),
        facts.c.at_ms >= start_ms,
        facts.c.at_ms < end_ms,
        facts.c.body["package"].as_string() == package,
    )
    return [dict(row) for row in connection.execute(asked.order_by(facts.c.at_ms, facts.c.id)).mappings()]


def _with_belief() -> Select[Any]:
    return select(
        packages,
        tags_heard.c.heard_ms,
        tags_heard.c.heard_by,
        custody_beliefs.c.place,
        custody_beliefs.c.p,
        custody_beliefs.c.since_ms,
        custody_beliefs.c.alarm,
    )


def _joined() -> FromClause:
    bound = (bindings.c.package_id == packages.c.id) & bindings.c.until_ms.is_(None)
    return (
        packages.outerjoin(bindings, bound)
        .outerjoin(tags_heard, tags_heard.c.tag_id == bindings.c.tag_id)
        .outerjoin(custody_beliefs, custody_beliefs.c.package_id == packages.c.id)
    )
