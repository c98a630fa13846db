"""Vehicles, gateways, delivery state, latest positions, odometer: plain functions that take a connection."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from server.store.database import upsert
from server.store.schema import Row, gaps, gateways, latest, odometer, records, streams, vehicles
from wire.delivery import Gap


def known_gateways(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The rows of those of these gateways that are known, by id."""
    rows = connection.execute(select(gateways).where(gateways.c.id.in_(set(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


def add_gateways(connection: Connection, ids: Iterable[str], now: datetime) -> None:
    """Gateways that nobody claimed yet: each is a vehicle of the same id."""
    new = sorted(set(ids))
    upsert(
        connection,
        vehicles,
        [{"id": i, "name": i, "created_at": now} for i in new],
        keep=("name", "created_at"),
    )
    upsert(
        connection,
        gateways,
        [
            {
                "id": i,
                "vehicle_id": i,
                "claimed": False,
                "first_seen_at": now,
                "last_seen_at": now,
                "online": True,
                "status": None,
                "stream": None,
                "returns": 0,
                "returned_at": None,
            }
            for i in new
        ],
        keep=tuple(column.name for column in gateways.columns),
    )


def saw_gateways(connection: Connection, rows: list[Row]) -> None:
    """Note when gateways were heard, which stream they deliver, and whether an older stream returned."""
    if not rows:
        return
    seen = (
        update(gateways)
        .where(gateways.c.id == bindparam("gateway"))
        .values(
            last_seen_at=bindparam("seen_at"),
            online=True,
            stream=bindparam("delivers"),
            returns=bindparam("came_back"),
            returned_at=bindparam("came_back_at"),
        )
    )
    connection.execute(
        seen,
        [
            {
                "gateway": row["id"],
                "seen_at": row["last_seen_at"],
                "delivers": row["stream"],
                "came_back": row["returns"],
                "came_back_at": row["returned_at"],
            }
            for row in rows
        ],
    )


def set_status(connection: Connection, gateway: str, status: dict[str, Any], *, online: bool, now: datetime) -> None:
    """The newest status of a gateway; a last will changes nothing but `online`, because all else would be stale."""
    fresh = {"status": status, "last_seen_at": now} if online else {}
    connection.execute(update(gateways).where(gateways.c.id == gateway).values(online=online, **fresh))


def stream_positions(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, str], int]:
    """`last` of every stream of these gateways."""
    rows = connection.execute(
        select(streams.c.gateway_id, streams.c.stream, streams.c.last).where(streams.c.gateway_id.in_(set(ids)))
    )
    return {(row.gateway_id, row.stream): row.last for row in rows}


def advance_streams(connection: Connection, last: Mapping[tuple[str, str], int], now: datetime) -> None:
    """Note how far each stream is committed."""
    rows = [
        {"gateway_id": gateway, "stream": stream, "last": seq, "first_at": now, "last_at": now}
        for (gateway, stream), seq in last.items()
    ]
    upsert(connection, streams, rows, keep=("first_at",))


def add_gaps(connection: Connection, found: Iterable[tuple[str, str, Gap]], now: datetime) -> None:
    """Rows that are gone for good: recorded once, never silently."""
    rows = [
        {"gateway_id": gateway, "stream": stream, "seq_from": first, "seq_to": end, "found_at": now}
        for gateway, stream, (first, end) in found
    ]
    upsert(connection, gaps, rows, keep=("found_at",))


def gaps_of(connection: Connection, gateway: str) -> list[Row]:
    """What a gateway lost, newest first."""
    asked = select(gaps).where(gaps.c.gateway_id == gateway).order_by(gaps.c.found_at.desc(), gaps.c.seq_from.desc())
    return [dict(row) for row in connection.execute(asked).mappings()]


def add_records(connection: Connection, rows: list[Row]) -> None:
    """Records that are not positions, known and unknown, each under its own number."""
    upsert(connection, records, rows, keep=("received_at",))


def latest_of(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The newest believable position of these vehicles."""
    rows = connection.execute(select(latest).where(latest.c.vehicle_id.in_(set(ids)))).mappings()
    return {row["vehicle_id"]: dict(row) for row in rows}


def set_latest(connection: Connection, rows: list[Row]) -> None:
    """Overwrite the newest positions."""
    upsert(connection, latest, rows)


def latest_everywhere(connection: Connection) -> list[Row]:
    """The newest position of every vehicle, with the vehicle's name and gateway."""
    asked = (
        select(latest, vehicles.c.name, gateways.c.id.label("gateway"))
        .join(vehicles, vehicles.c.id == latest.c.vehicle_id)
        .outerjoin(gateways, gateways.c.vehicle_id == vehicles.c.id)
        .order_by(latest.c.vehicle_id)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]


def odometer_of(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, date], int]:
    """Millimetres by vehicle and UTC day."""
    asked = select(odometer).where(odometer.c.vehicle_id.in_(set(ids)))
    return {(row.vehicle_id, row.day): row.distance_mm for row in connection.execute(asked)}


def odometer_days(connection: Connection, keys: Iterable[tuple[str, date]]) -> dict[tuple[str, date], int]:
    """Millimetres of just these vehicles on just these days."""
    wanted = set(keys)
    if not wanted:
        return {}
    asked = select(odometer).where(
        odometer.c.vehicle_id.in_({vehicle for vehicle, _ in wanted}), odometer.c.day.in_({day for _, day in wanted})
    )
    found = {(row.vehicle_id, row.day): row.distance_mm for row in connection.execute(asked)}
    return {key: found.get(key, 0) for key in wanted}


def set_odometer(connection: Connection, driven: Mapping[tuple[str, date], int]) -> None:
    """Overwrite the distance of vehicles on days."""
    upsert(
        connection,
        odometer,
        [{"vehicle_id": vehicle, "day": day, "distance_mm": mm} for (vehicle, day), mm in driven.items()],
    )


def forget_odometer(connection: Connection, vehicle: str, first: date) -> None:
    """Drop the days from `first` on, before they are written anew."""
    connection.execute(delete(odometer).where(odometer.c.vehicle_id == vehicle, odometer.c.day >= first))


def _vehicles() -> Select[Any]:
    total = select(func.sum(odometer.c.distance_mm)).where(odometer.c.vehicle_id == vehicles.c.id).scalar_subquery()
    return select(vehicles, gateways.c.id.label("gateway"), total.label("distance_mm")).outerjoin(
        gateways, gateways.c.vehicle_id == vehicles.c.id
    )


def list_vehicles(connection: Connection, *, after: str, limit: int, search: str = "") -> list[Row]:
    """Vehicles by id, beyond `after`; `search` is part of a name or id."""
    asked = _vehicles().where(vehicles.c.id > after).order_by(vehicles.c.id).limit(limit)
    if search:
        found = vehicles.c.id.icontains(search, autoescape=True) | vehicles.c.name.icontains(search, autoescape=True)
        asked = asked.where(found)
    return [dict(row) for row in connection.execute(asked).mappings()]


def one_vehicle(connection: Connection, vehicle: str) -> Row | None:
    """One vehicle, or None."""
    row = connection.execute(_vehicles().where(vehicles.c.id == vehicle)).mappings().first()
    return dict(row) if row else None


def list_gateways(connection: Connection, *, after: str, limit: int) -> list[Row]:
    """Gateways by id, beyond `after`, with how far they delivered and what they lost."""
    asked = select(gateways).where(gateways.c.id > after).order_by(gateways.c.id).limit(limit)
    found = [dict(row) for row in connection.execute(asked).mappings()]
    ids = [row["id"] for row in found]
    last = stream_positions(connection, ids)
    lost = {
        row.gateway_id: (row.count, row.rows)
        for row in connection.execute(
            select(
                gaps.c.gateway_id,
                func.count().label("count"),
                func.sum(gaps.c.seq_to - gaps.c.seq_from + 1).label("rows"),
            )
            .where(gaps.c.gateway_id.in_(ids))
            .group_by(gaps.c.gateway_id)
        )
    }
    for row in found:
        row["last"] = last.get((row["id"], row["stream"] or ""), 0)
        row["gaps"], row["missing_rows"] = lost.get(row["id"], (0, 0))
    return found
