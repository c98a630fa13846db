"""Which gateways are silent, and how often those speak that seldom do. Plain functions that take a connection."""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from server.store.database import upsert
from server.store.schema import Row, gateways, pulses


def heard(connection: Connection) -> list[Row]:
    """Every gateway: its vehicle, when it was heard last, and what is known of its pauses and its silence."""
    asked = select(
        gateways.c.id, gateways.c.vehicle_id, gateways.c.last_seen_at, pulses.c.interval_s, pulses.c.silent_since
    ).join_from(gateways, pulses, pulses.c.gateway_id == gateways.c.id, isouter=True)
    return [dict(row) for row in connection.execute(asked.order_by(gateways.c.id)).mappings()]


def put(connection: Connection, rows: list[Row]) -> None:
    """What is known of these gateways now: gateway_id, interval_s, silent_since."""
    upsert(connection, pulses, rows)


def forget_silence(connection: Connection, ids: list[str]) -> None:
    """These are heard again; those that often speak need no row."""
    if ids:
        connection.execute(update(pulses).where(pulses.c.gateway_id.in_(ids)).values(silent_since=None))
        connection.execute(delete(pulses).where(pulses.c.silent_since.is_(None), pulses.c.interval_s == 0))


def still_seen_at(connection: Connection, ids: list[str]) -> dict[str, datetime]:
    """When these were heard last, as it is now: asked again in the transaction that says that they are silent."""
    rows = connection.execute(select(gateways.c.id, gateways.c.last_seen_at).where(gateways.c.id.in_(ids)))
    return {row.id: row.last_seen_at for row in rows}
