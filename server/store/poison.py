"""Messages that nobody could read: kept for whoever mends them, the newest so many."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from server.store.schema import Row, poison

KEEP = 10_000
MAX_PAYLOAD_BYTES = 64 * 1024


def add_poison(connection: Connection, *, topic: str, reason: str, payload: bytes, now: datetime) -> None:
    """Set a message aside, cut to a bounded size, and let the oldest go."""
    row = {"topic": topic[:500], "reason": reason[:1000], "payload": payload[:MAX_PAYLOAD_BYTES], "received_at": now}
    key = connection.execute(insert(poison).values(row)).inserted_primary_key
    assert key is not None
    connection.execute(delete(poison).where(poison.c.id <= key[0] - KEEP))


def list_poison(connection: Connection, *, before: int | None, limit: int) -> list[Row]:
    """What was set aside, newest first."""
    asked = select(poison).order_by(poison.c.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(poison.c.id < before)
    return [dict(row) for row in connection.execute(asked).mappings()]
