"""What each vehicle was allowed to drive, and from when on: late data is judged by what held then."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from server.store.schema import vehicle_limits, vehicles

BEGINNING_MS = -(2**62)


def limit_speed(connection: Connection, vehicle: str, cmps: int | None, now: datetime) -> None:
    """Another speed limit from now on; what was driven before is judged by the one that held then."""
    before = select(vehicles.c.speed_limit_cmps).where(vehicles.c.id == vehicle)
    was = connection.execute(before).scalar_one()
    of_vehicle = vehicle_limits.c.vehicle_id == vehicle
    rows = [] if connection.execute(select(vehicle_limits).where(of_vehicle)).first() else [(BEGINNING_MS, was)]
    now_ms = round(now.timestamp() * 1000)
    connection.execute(delete(vehicle_limits).where(of_vehicle, vehicle_limits.c.from_ms == now_ms))
    for from_ms, limit in [*rows, (now_ms, cmps)]:
        connection.execute(insert(vehicle_limits).values(vehicle_id=vehicle, from_ms=from_ms, cmps=limit))
    connection.execute(update(vehicles).where(vehicles.c.id == vehicle).values(speed_limit_cmps=cmps))


def speed_limits(connection: Connection) -> dict[str, list[tuple[int, int | None]]]:
    """Of each vehicle that has or had a limit: from which millisecond on it might drive what, cm/s, in order."""
    limited = vehicles.c.speed_limit_cmps.is_not(None)
    found = {
        row.id: [(BEGINNING_MS, row.speed_limit_cmps)] for row in connection.execute(select(vehicles).where(limited))
    }
    versions: dict[str, list[tuple[int, int | None]]] = {}
    for row in connection.execute(select(vehicle_limits).order_by(vehicle_limits.c.from_ms)):
        versions.setdefault(row.vehicle_id, []).append((row.from_ms, row.cmps))
    return found | versions
