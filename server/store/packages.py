"""Packages in SQL: where each is meant to go. Plain functions that take a connection.

`changes` counts what people change of packages, routes, tags and bindings: whoever keeps a plan asks that one small
row, and reads anew when it has grown.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, update

from server.domain.plan import FIELDS, Known, KnownRoute
from server.store.database import upsert
from server.store.schema import (
    Row,
    bindings,
    custody_beliefs,
    fence_versions,
    packages,
    plan_changes,
    routes,
    stops,
    tags,
    vehicles,
)
from server.store.seen import seen

Outcome = Literal["created", "changed", "same"]
AT_ONCE = 1000
_OPEN_BINDING = (bindings.c.package_id == packages.c.id) & bindings.c.until_ms.is_(None)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which packages somebody asks for. `sees`: the vehicles that they see, None for all."""

    q: str = ""
    vehicle: str = ""
    route: str = ""
    tag: str = ""
    order: str = ""
    closed: bool = False
    """Also those that are closed."""
    alarm: str = ""
    """With an open alarm of this kind; `any` of any."""
    ids: Collection[str] | None = None
    after: str = ""
    limit: int = 100
    sees: frozenset[str] | None = None


def changes(connection: Connection) -> int:
    """How often packages, routes, tags and bindings were changed so far."""
    return int(connection.execute(select(plan_changes.c.count)).scalar_one())


def count_a_change(connection: Connection) -> None:
    """First of all, because it also lets one change wait for the other (PostgreSQL locks the row)."""
    connection.execute(update(plan_changes).values(count=plan_changes.c.count + 1))


def list_packages(connection: Connection, wanted: Wanted) -> list[Row]:
    """Packages by id, each with its stop and the tag that is on it."""
    asked = _packages().where(packages.c.id > wanted.after, seen(packages.c.vehicle_id, wanted.sees), *_found(wanted))
    return _rows(connection, asked.order_by(packages.c.id).limit(wanted.limit))


def one_package(connection: Connection, package: str, sees: frozenset[str] | None = None) -> Row | None:
    """One package like those of the list, closed or not; None when there is none that they may see."""
    asked = _packages().where(packages.c.id == package, seen(packages.c.vehicle_id, sees))
    return next(iter(_rows(connection, asked)), None)


def known_of(connection: Connection, said: Iterable[Mapping[str, Any]], sees: frozenset[str] | None) -> Known:
    """What there is of that which these name, to be seen by whoever says it."""
    named = {field: {str(one.get(field) or "").strip() for one in said} - {""} for field in FIELDS}
    asked_routes = select(routes.c.id, routes.c.vehicle_id, routes.c.site_id).where(
        seen(routes.c.id, named["route_id"]), seen(routes.c.vehicle_id, sees)
    )
    found = {row.id: row for row in connection.execute(asked_routes)}
    at: dict[str, set[str]] = {}
    for row in connection.execute(select(stops.c.route_id, stops.c.id).where(seen(stops.c.route_id, found))):
        at.setdefault(row.route_id, set()).add(row.id)
    fleet = named["vehicle_id"] | {row.vehicle_id for row in found.values()}
    asked_vehicles = select(vehicles.c.id).where(seen(vehicles.c.id, fleet), seen(vehicles.c.id, sees))
    return Known(
        vehicles=frozenset(connection.execute(asked_vehicles).scalars()),
        sites=sites_of(connection, named["site_id"] | {row.site_id for row in found.values() if row.site_id}),
        routes={
            id_: KnownRoute(vehicle_id=row.vehicle_id, site_id=row.site_id, stops=frozenset(at.get(id_, ())))
            for id_, row in found.items()
        },
        limited=sees is not None,
    )


def sites_of(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Those of these ids that are fences in force, and sites."""
    asked = select(fence_versions.c.fence_id, fence_versions.c.feature).where(
        fence_versions.c.until_ms.is_(None), seen(fence_versions.c.fence_id, ids)
    )
    return frozenset(
        row.fence_id for row in connection.execute(asked) if row.feature.get("properties", {}).get("site") is True
    )


def held_by(connection: Connection, ids: Collection[str]) -> dict[str, Row]:
    """The rows of these packages as they are, whoever may see them, closed or not."""
    found: dict[str, Row] = {}
    for some in batched(ids, AT_ONCE):
        found |= {row["id"]: row for row in _rows(connection, select(packages).where(packages.c.id.in_(some)))}
    return found


def put(connection: Connection, wanted: Mapping[str, Row], now: datetime) -> dict[str, Outcome]:
    """Let these packages be so (the columns of `planned`, by id); one that was closed is expected again."""
    found = held_by(connection, wanted)
    done: dict[str, Outcome] = {}
    rows = []
    for id_, said in wanted.items():
        was = found.get(id_)
        row = {"id": id_, **said, "name": said["name"] or id_}
        if was is not None and was["closed_at"] is None and all(was[name] == value for name, value in row.items()):
            done[id_] = "same"
            continue
        done[id_] = "created" if was is None else "changed"
        rows.append({**row, "created_at": now, "changed_at": now, "closed_at": None})
    upsert(connection, packages, rows, keep=("created_at",))
    return done


def close(connection: Connection, package: str, now: datetime) -> bool:
    """Whether it was open; from now on it is expected nowhere, and its history stays."""
    changed = update(packages).where(packages.c.id == package, packages.c.closed_at.is_(None))
    return connection.execute(changed.values(closed_at=now, changed_at=now)).rowcount > 0


def _packages() -> Select[Any]:
    stop = (stops.c.route_id == packages.c.route_id) & (stops.c.id == packages.c.stop_id)
    return select(
        packages,
        bindings.c.tag_id,
        stops.c.name.label("stop_name"),
        stops.c.lon_e7,
        stops.c.lat_e7,
        stops.c.radius_m,
        routes.c.departs_at,
    ).select_from(
        packages.outerjoin(bindings, _OPEN_BINDING)
        .outerjoin(stops, stop)
        .outerjoin(routes, routes.c.id == packages.c.route_id)
    )


def _found(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if not wanted.closed:
        yield packages.c.closed_at.is_(None)
    if wanted.ids is not None:
        yield seen(packages.c.id, wanted.ids)
    for column, said in (
        (packages.c.vehicle_id, wanted.vehicle),
        (packages.c.route_id, wanted.route),
        (packages.c.order_id, wanted.order),
        (bindings.c.tag_id, wanted.tag),
    ):
        if said:
            yield column == said
    if wanted.alarm:
        alarmed = select(custody_beliefs.c.package_id)
        of_it = custody_beliefs.c.alarm
        yield packages.c.id.in_(alarmed.where(of_it.is_not(None) if wanted.alarm == "any" else of_it == wanted.alarm))
    if wanted.q:
        named = select(tags.c.id).where(tags.c.name.icontains(wanted.q, autoescape=True))
        columns = (packages.c.id, packages.c.order_id, packages.c.reference, packages.c.name, bindings.c.tag_id)
        yield or_(*(column.icontains(wanted.q, autoescape=True) for column in columns), bindings.c.tag_id.in_(named))


def exactly(connection: Connection, references: Collection[str], sees: frozenset[str] | None) -> list[str]:
    """The open packages that have exactly one of these as their reference, by id; at most two: one, or more."""
    asked = select(packages.c.id).where(
        packages.c.reference.in_(set(references)), packages.c.closed_at.is_(None), seen(packages.c.vehicle_id, sees)
    )
    return list(connection.execute(asked.order_by(packages.c.id).limit(2)).scalars())


def count_open(connection: Connection, route_ids: Collection[str]) -> dict[str, int]:
    """How many open packages each of these routes has."""
    asked = select(packages.c.route_id, func.count()).where(
        packages.c.closed_at.is_(None), seen(packages.c.route_id, route_ids)
    )
    return {row[0]: row[1] for row in connection.execute(asked.group_by(packages.c.route_id))}


def _rows(connection: Connection, asked: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(asked).mappings()]
