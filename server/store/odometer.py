"""How far each vehicle drove on each UTC day, in whole millimetres: plain functions that take a connection."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from sqlalchemy import Connection, delete, select

from server.store.database import upsert
from server.store.schema import odometer

Driven = Mapping[tuple[str, date], int]


def of_vehicles(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, date], int]:
    """Every day of these vehicles on which they drove."""
    asked = select(odometer).where(odometer.c.vehicle_id.in_(set(ids)))
    return {(row.vehicle_id, row.day): row.distance_mm for row in connection.execute(asked)}


def on_days(connection: Connection, keys: Iterable[tuple[str, date]]) -> dict[tuple[str, date], int]:
    """Just these vehicles on just these days; 0 where nothing is noted."""
    wanted = set(keys)
    if not wanted:
        return {}
    asked = select(odometer).where(
        odometer.c.vehicle_id.in_({vehicle for vehicle, _ in wanted}), odometer.c.day.in_({day for _, day in wanted})
    )
    found = {(row.vehicle_id, row.day): row.distance_mm for row in connection.execute(asked)}
    return {key: found.get(key, 0) for key in wanted}


def put(connection: Connection, driven: Driven) -> None:
    """Overwrite the distance of vehicles on days."""
    rows = [{"vehicle_id": vehicle, "day": day, "distance_mm": mm} for (vehicle, day), mm in driven.items()]
    upsert(connection, odometer, rows)


def forget(connection: Connection, vehicle: str, days: Collection[date]) -> None:
    """Drop these days, before they are written anew."""
    connection.execute(delete(odometer).where(odometer.c.vehicle_id == vehicle, odometer.c.day.in_(days)))
