"""Which trips are matched with the roads, and which wait for it: plain functions that take a connection.

Whatever changes a trip, or the track that it is made of, asks for it again in its own transaction; so nothing that came
while a trip was being matched is forgotten.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update

from server.domain.facts import Changes, Fact
from server.store.database import upsert
from server.store.schema import Row, matched_trips
from wire.messages import milliseconds

TRIP = "trip_ended"


def ask(connection: Connection, changes: Iterable[Changes], now: datetime) -> None:
    """These facts changed: the trips among them, and those in which a fix is no longer believed, are matched again."""
    trips: dict[str, Row] = {}
    doubted: dict[str, list[int]] = {}
    for change in changes:
        for one in (*change.added, *change.changed, *change.withdrawn):
            if one.kind == TRIP:
                trips[one.id] = _asked(one, now)
            elif one.kind == "fix_flagged":
                doubted.setdefault(one.vehicle, []).append(one.at_ms)
    upsert(connection, matched_trips, list(trips.values()))
    for vehicle, times in doubted.items():
        ask_within(connection, vehicle, min(times), max(times), now)


def ask_within(connection: Connection, vehicle: str, first_ms: int, last_ms: int, now: datetime) -> None:
    """The stored track has more, or other, fixes between these times."""
    of_it = (
        matched_trips.c.vehicle_id == vehicle,
        matched_trips.c.at_ms >= first_ms,
        matched_trips.c.from_ms <= last_ms,
    )
    connection.execute(update(matched_trips).where(*of_it).values(asked_at=now, done_at=None))


def waiting(connection: Connection, limit: int) -> list[Row]:
    """Those that wait longest."""
    asked = select(matched_trips).where(matched_trips.c.done_at.is_(None))
    asked = asked.order_by(matched_trips.c.asked_at, matched_trips.c.fact_id).limit(limit)
    return [dict(row) for row in connection.execute(asked).mappings()]


def done(connection: Connection, row: Row, facts: list[str], now: datetime) -> bool:
    """It is matched and made these facts; False when it was asked for again in the meantime."""
    same = (
        matched_trips.c.fact_id == row["fact_id"],
        matched_trips.c.asked_at == row["asked_at"],
        matched_trips.c.done_at.is_(None),
    )
    found = connection.execute(update(matched_trips).where(*same).values(done_at=now, facts=facts))
    return bool(found.rowcount)


def _asked(trip: Fact, now: datetime) -> Row:
    from_ms = milliseconds(datetime.fromisoformat(trip.body["started_at"]))
    row: Row = {"fact_id": trip.id, "vehicle_id": trip.vehicle, "from_ms": from_ms, "at_ms": trip.at_ms}
    return row | {"asked_at": now, "done_at": None}
