"""Routes and their stops in SQL: what a vehicle is meant to do. A change overwrites; packages follow their route."""

from datetime import datetime

from sqlalchemy import Connection, and_, delete, select, update

from server.store.database import upsert
from server.store.schema import Row, packages, routes, stops
from server.store.seen import seen


def list_routes(
    connection: Connection,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    vehicle: str = "",
    after: tuple[datetime, str] | None = None,
    limit: int = 1000,
    sees: frozenset[str] | None = None,
) -> list[Row]:
    """Routes that depart with start <= at < end, in that order, each with its `stops`."""
    asked = select(routes).where(seen(routes.c.vehicle_id, sees))
    if start is not None:
        asked = asked.where(routes.c.departs_at >= start)
    if end is not None:
        asked = asked.where(routes.c.departs_at < end)
    if vehicle:
        asked = asked.where(routes.c.vehicle_id == vehicle)
    if after is not None:
        at, id_ = after
        asked = asked.where((routes.c.departs_at > at) | and_(routes.c.departs_at == at, routes.c.id > id_))
    rows = connection.execute(asked.order_by(routes.c.departs_at, routes.c.id).limit(limit)).mappings()
    return _with_stops(connection, [dict(row) for row in rows])


def one_route(connection: Connection, route: str, sees: frozenset[str] | None = None) -> Row | None:
    """One route like those of the list, or None."""
    rows = connection.execute(select(routes).where(routes.c.id == route, seen(routes.c.vehicle_id, sees))).mappings()
    return next(iter(_with_stops(connection, [dict(row) for row in rows])), None)


def put(connection: Connection, route: Row, its_stops: list[Row]) -> int:
    """Let a route be so. Its packages go with its vehicle; how many of them lose a stop that is no longer there."""
    upsert(connection, routes, [route])
    here = packages.c.route_id == route["id"]
    stay = [stop["id"] for stop in its_stops]
    lost = update(packages).where(here, packages.c.stop_id.is_not(None), packages.c.stop_id.not_in(stay))
    count = connection.execute(lost.values(stop_id=None, changed_at=route["changed_at"])).rowcount
    moved = update(packages).where(here, packages.c.vehicle_id != route["vehicle_id"])
    connection.execute(moved.values(vehicle_id=route["vehicle_id"], changed_at=route["changed_at"]))
    connection.execute(delete(stops).where(stops.c.route_id == route["id"], stops.c.id.not_in(stay)))
    upsert(connection, stops, [{"route_id": route["id"], **stop} for stop in its_stops])
    return count


def remove(connection: Connection, route: str, now: datetime) -> int:
    """Take a route out of the plan; how many packages are on no route now. They stay with its vehicle."""
    freed = update(packages).where(packages.c.route_id == route)
    count = connection.execute(freed.values(route_id=None, stop_id=None, changed_at=now)).rowcount
    connection.execute(delete(stops).where(stops.c.route_id == route))
    connection.execute(delete(routes).where(routes.c.id == route))
    return count


def _with_stops(connection: Connection, rows: list[Row]) -> list[Row]:
    by_id: dict[str, Row] = {row["id"]: {**row, "stops": []} for row in rows}
    asked = select(stops).where(seen(stops.c.route_id, by_id)).order_by(stops.c.route_id, stops.c.sequence)
    for stop in connection.execute(asked).mappings():
        by_id[stop["route_id"]]["stops"].append(dict(stop))
    return list(by_id.values())
