"""Vehicles and gateways, and the records of theirs that are not positions: plain functions that take a connection."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, Select, bindparam, func, select, update

from server.store.database import upsert
from server.store.schema import Row, day_totals, gateways, records, vehicles
from server.store.seen import seen
from server.store.streams import Reached, lost, reached

_NAMES = ("id", "vehicle_id", "claimed", "last_seen_at", "online", "stream", "returns", "returned_at", "site_id")
_SPEAKER = tuple(gateways.c[name] for name in _NAMES)


def known_gateways(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The rows of those of these gateways that are known, by id."""
    rows = connection.execute(select(gateways).where(gateways.c.id.in_(set(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


def speakers(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The same, but only the columns that delivery needs: it asks for every group of messages."""
    rows = connection.execute(select(*_SPEAKER).where(gateways.c.id.in_(set(ids))))
    return {row[0]: dict(zip(_NAMES, row, strict=True)) for row in rows}


def listened_to(
    connection: Connection, ids: Iterable[str], *, accept_unclaimed: bool, now: datetime
) -> tuple[dict[str, Row], list[Row]]:
    """Those of these gateways that may speak, by id; and those of them that are new, to be added."""
    wanted = set(ids)
    known = speakers(connection, wanted)
    if not accept_unclaimed:
        return {gateway: row for gateway, row in known.items() if row["claimed"]}, []
    new = [unclaimed(gateway, now) for gateway in sorted(wanted - known.keys())]
    return known | {row["id"]: row for row in new}, new


def unclaimed(gateway: str, now: datetime) -> Row:
    """The row of a gateway that nobody claimed yet: it is a vehicle of the same id."""
    return {
        "id": gateway,
        "vehicle_id": gateway,
        "claimed": False,
        "first_seen_at": now,
        "last_seen_at": now,
        "online": True,
        "status": None,
        "stream": None,
        "returns": 0,
        "returned_at": None,
        "site_id": None,
    }


def add_gateways(connection: Connection, rows: list[Row]) -> None:
    """New gateways and, where they are not there yet, their vehicles."""
    fleet = [
        {"id": row["vehicle_id"], "name": row["vehicle_id"], "created_at": row["first_seen_at"], "ahead_ms": None}
        for row in rows
    ]
    upsert(connection, vehicles, fleet, keep=("name", "created_at", "ahead_ms"))
    upsert(connection, gateways, rows, keep=tuple(column.name for column in gateways.columns))


def saw_gateways(connection: Connection, rows: list[Row]) -> None:
    """Note when gateways were heard, which stream they deliver, and how often a known stream took over."""
    if not rows:
        return
    noted = ("last_seen_at", "stream", "returns", "returned_at", "site_id")
    seen = (
        update(gateways)
        .where(gateways.c.id == bindparam("of"))
        .values(online=True, **{name: bindparam(f"new_{name}") for name in noted})
    )
    connection.execute(seen, [{"of": row["id"], **{f"new_{name}": row[name] for name in noted}} for row in rows])


def set_status(
    connection: Connection, gateway: str, status: dict[str, Any] | None, *, online: bool, seen_at: datetime | None
) -> None:
    """What a gateway said of itself; None leaves the old (a last will says nothing else that is not stale)."""
    fresh: dict[str, Any] = {"online": online}
    if status is not None:
        fresh["status"] = status
    if seen_at is not None:
        fresh["last_seen_at"] = seen_at
    connection.execute(update(gateways).where(gateways.c.id == gateway).values(fresh))


def ahead_of(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Of those of these vehicles that have any: the earliest stored fix from the future, in ms since 1970."""
    asked = select(vehicles.c.id, vehicles.c.ahead_ms).where(vehicles.c.id.in_(set(ids)))
    return {row.id: row.ahead_ms for row in connection.execute(asked.where(vehicles.c.ahead_ms.is_not(None)))}


def set_ahead(connection: Connection, ahead: Mapping[str, int | None]) -> None:
    """Note the earliest stored fix from the future, or that there is none."""
    if ahead:
        statement = update(vehicles).where(vehicles.c.id == bindparam("of")).values(ahead_ms=bindparam("ms"))
        connection.execute(statement, [{"of": vehicle, "ms": at_ms} for vehicle, at_ms in ahead.items()])


def add_records(connection: Connection, rows: list[Row]) -> None:
    """Records that are not positions, known and unknown, each under its own number."""
    upsert(connection, records, rows, keep=("received_at",))


def records_of(connection: Connection, gateway: str) -> list[Row]:
    """A gateway's records that are not positions, in the order of stream and number."""
    asked = select(records).where(records.c.gateway_id == gateway).order_by(records.c.stream, records.c.seq)
    return [dict(row) for row in connection.execute(asked).mappings()]


def list_vehicles(
    connection: Connection, *, after: str, limit: int, search: str = "", sees: Collection[str] | None = None
) -> list[Row]:
    """Vehicles by id, beyond `after`; `search` is part of a name or id, `sees` are those that may be shown."""
    asked = _vehicles().where(vehicles.c.id > after, seen(vehicles.c.id, sees)).order_by(vehicles.c.id).limit(limit)
    if search:
        found = vehicles.c.id.icontains(search, autoescape=True) | vehicles.c.name.icontains(search, autoescape=True)
        asked = asked.where(found)
    return [dict(row) for row in connection.execute(asked).mappings()]


def known_vehicles(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of these vehicles that there are."""
    return set(connection.execute(select(vehicles.c.id).where(vehicles.c.id.in_(set(ids)))).scalars())


def one_vehicle(connection: Connection, vehicle: str) -> Row | None:
    """One vehicle, or None."""
    row = connection.execute(_vehicles().where(vehicles.c.id == vehicle)).mappings().first()
    return dict(row) if row else None


def list_gateways(
    connection: Connection, *, after: str, limit: int, sees: Collection[str] | None = None, only: str = ""
) -> list[Row]:
    """Gateways by id, beyond `after`, with how far they delivered and what they lost; of vehicles that may be shown."""
    asked = select(gateways).where(gateways.c.id > after, seen(gateways.c.vehicle_id, sees))
    asked = asked.where(gateways.c.id == only) if only else asked
    asked = asked.order_by(gateways.c.id).limit(limit)
    found = [dict(row) for row in connection.execute(asked).mappings()]
    ids = [row["id"] for row in found]
    there, missing = reached(connection, ids), lost(connection, ids)
    for row in found:
        row["last"] = there.get((row["id"], row["stream"]), Reached(0, 0)).last
        row["gaps"], row["missing_rows"] = missing.get(row["id"], (0, 0))
    return found


def change_gateway(connection: Connection, gateway: str, change: Row) -> None:
    """Overwrite some columns of a gateway."""
    connection.execute(update(gateways).where(gateways.c.id == gateway).values(change))


def change_vehicle(connection: Connection, vehicle: str, change: Row) -> None:
    """Overwrite some columns of a vehicle."""
    connection.execute(update(vehicles).where(vehicles.c.id == vehicle).values(change))


def its_gateway() -> "ScalarSelect[str]":
    """The gateway of a vehicle; of several the one that was heard last."""
    asked = select(gateways.c.id).where(gateways.c.vehicle_id == vehicles.c.id)
    return asked.order_by(gateways.c.last_seen_at.desc(), gateways.c.id).limit(1).correlate(vehicles).scalar_subquery()


def _vehicles() -> Select[Any]:
    total = select(func.sum(day_totals.c.distance_mm)).where(day_totals.c.vehicle_id == vehicles.c.id).scalar_subquery()
    return select(vehicles, its_gateway().label("gateway"), total.label("distance_mm"))
