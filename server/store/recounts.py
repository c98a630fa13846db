"""Work that is asked for: the facts of a vehicle from some time on, once more, because old data came late."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from server.store.database import upsert
from server.store.schema import Row, heads, latest, recounts


def ask(connection: Connection, vehicle: str, from_ms: int, now: datetime) -> None:
    """From this time on; what is under way goes on, unless it is beyond already."""
    there = connection.execute(select(recounts).where(recounts.c.vehicle_id == vehicle)).mappings().first()
    row: Row = {"vehicle_id": vehicle, "from_ms": from_ms, "done_ms": None, "state": None, "asked_at": now}
    if there is not None:
        begun = there["done_ms"] is not None
        if begun and there["done_ms"] < from_ms:
            return
        row |= {"from_ms": min(there["from_ms"], from_ms), "asked_at": there["asked_at"]}
    upsert(connection, recounts, [row])


def ask_for_all_without_head(connection: Connection, from_ms: int, now: datetime) -> int:
    """Vehicles that were stored before there were facts; how many they are."""
    none = select(latest.c.vehicle_id).where(latest.c.vehicle_id.not_in(select(heads.c.vehicle_id)))
    vehicles = list(connection.execute(none).scalars())
    for vehicle in vehicles:
        ask(connection, vehicle, from_ms, now)
    return len(vehicles)


def oldest(connection: Connection) -> Row | None:
    """The one that waits longest."""
    row = connection.execute(select(recounts).order_by(recounts.c.asked_at, recounts.c.vehicle_id).limit(1)).mappings()
    found = row.first()
    return dict(found) if found else None


def went_on(connection: Connection, vehicle: str, done_ms: int, state: bytes) -> None:
    """Everything up to this time is worked on."""
    done = update(recounts).where(recounts.c.vehicle_id == vehicle).values(done_ms=done_ms, state=state)
    connection.execute(done)


def done(connection: Connection, vehicle: str) -> None:
    """It is finished."""
    connection.execute(delete(recounts).where(recounts.c.vehicle_id == vehicle))


def waiting(connection: Connection) -> list[Row]:
    """All of them, with how far they are."""
    asked = select(recounts.c.vehicle_id, recounts.c.from_ms, recounts.c.done_ms, recounts.c.asked_at)
    return [dict(row) for row in connection.execute(asked.order_by(recounts.c.asked_at)).mappings()]


def count(connection: Connection) -> int:
    """How many wait."""
    return int(connection.execute(select(func.count()).select_from(recounts)).scalar_one())
