"""Messages that nobody could read: kept for whoever mends them, the newest so many, each once however often it came."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from server.store.schema import Row, poison

KEEP = 10_000
MAX_PAYLOAD_BYTES = 64 * 1024


class Unread(NamedTuple):
    """A message and why it could not be read."""

    topic: str
    reason: str
    payload: bytes
    received_at: datetime


def add_poison(connection: Connection, messages: Iterable[Unread], *, keep: int = KEEP) -> None:
    """Set messages aside, cut to a bounded size, and let the oldest go. One that is there already is counted."""
    for message in messages:
        digest = hashlib.sha256(message.topic.encode() + b"\0" + message.payload).hexdigest()
        again = update(poison).where(poison.c.digest == digest).values(times=poison.c.times + 1)
        if connection.execute(again).rowcount:
            continue
        row = {
            "topic": _text(message.topic, 500),
            "reason": _text(message.reason, 1000),
            "payload": message.payload[:MAX_PAYLOAD_BYTES],
            "digest": digest,
            "times": 1,
            "received_at": message.received_at,
        }
        connection.execute(insert(poison).values(row))
    newest = select(func.max(poison.c.id)).scalar_subquery()
    connection.execute(delete(poison).where(poison.c.id <= newest - keep))


def list_poison(connection: Connection, *, before: int | None, limit: int) -> list[Row]:
    """What was set aside, newest first."""
    asked = select(poison).order_by(poison.c.id.desc()).limit(limit)
    if before is not None:
        asked = asked.where(poison.c.id < before)
    return [dict(row) for row in connection.execute(asked).mappings()]


def _text(text: str, most: int) -> str:
    """Text that every database takes: PostgreSQL has no NUL."""
    return text[:most].replace("\0", "\N{REPLACEMENT CHARACTER}")
