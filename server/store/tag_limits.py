"""What each tag should say, and from when on: late readings are judged by what held then."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from server.store.schema import tag_limits

Limits = list[dict[str, Any]]
"""Each with quantity, min, max and dwell_s."""


def limit_tag(connection: Connection, tag: str, limits: Limits, now: datetime) -> None:
    """Other limits from now on."""
    now_ms = round(now.timestamp() * 1000)
    connection.execute(delete(tag_limits).where(tag_limits.c.tag_id == tag, tag_limits.c.from_ms == now_ms))
    connection.execute(insert(tag_limits).values(tag_id=tag, from_ms=now_ms, limits=limits))


def limits_of_tags(connection: Connection) -> dict[str, list[tuple[int, Limits]]]:
    """Of each tag that has or had limits: from which millisecond on it had which, in order."""
    found: dict[str, list[tuple[int, Limits]]] = {}
    for row in connection.execute(select(tag_limits).order_by(tag_limits.c.from_ms)):
        found.setdefault(row.tag_id, []).append((row.from_ms, row.limits))
    return found
