"""The outbox of messages, as the sender reads and writes it: what is due, what is tried now, what became of it.

A try is noted before anything goes over the wire, so that a message that kills us is counted; what went out but was not
noted goes out again, under the same message id.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from server.store.schema import Row, alerts, deliveries
from server.store.seen import seen

MOST_IN_A_DIGEST = 200


def due_channels(connection: Connection, now: datetime) -> list[str]:
    """The channels for which a message is due, the one that waits longest first."""
    asked = select(deliveries.c.channel_id, deliveries.c.due_at).where(
        deliveries.c.state == "waiting", deliveries.c.due_at <= now
    )
    rows = connection.execute(asked.order_by(deliveries.c.due_at).limit(2000))
    return list(dict.fromkeys(row.channel_id for row in rows))


def next_group(connection: Connection, channel: str, now: datetime) -> list[Row]:
    """The deliveries of the next message to a channel: one, or those of a digest; none when nothing is due."""
    waiting = (deliveries.c.channel_id == channel, deliveries.c.state == "waiting")
    asked = select(deliveries).where(*waiting, deliveries.c.due_at <= now)
    first = _rows(connection, asked.order_by(deliveries.c.due_at, deliveries.c.id).limit(1))
    if not first:
        return []
    if first[0]["message_id"] is not None:
        return _rows(connection, select(deliveries).where(*waiting, deliveries.c.message_id == first[0]["message_id"]))
    if first[0]["digest"]:
        gathered = asked.where(deliveries.c.digest.is_(True), deliveries.c.message_id.is_(None))
        return _rows(connection, gathered.order_by(deliveries.c.created_at, deliveries.c.id).limit(MOST_IN_A_DIGEST))
    return first


def message_id_of(group: Collection[Row]) -> str:
    """The id of the message that carries these, the same however often it is sent."""
    ids = sorted(row["id"] for row in group)
    return ids[0] if len(ids) == 1 else hashlib.sha256("|".join(ids).encode()).hexdigest()[:24]


def trying(connection: Connection, group: Collection[Row], message_id: str, now: datetime, **text: Any) -> None:
    """Note, before it is tried, that it is; with the words that it keeps from now on, if it had none."""
    ids = [row["id"] for row in group]
    tried = {"message_id": message_id, "attempts": deliveries.c.attempts + 1, "tried_at": now}
    connection.execute(update(deliveries).where(seen(deliveries.c.id, ids)).values(tried))
    if text:
        connection.execute(update(deliveries).where(deliveries.c.id == min(ids)).values(text))


def ended(connection: Connection, ids: Collection[str], **fresh: Any) -> None:
    """What became of them."""
    connection.execute(update(deliveries).where(seen(deliveries.c.id, ids)).values(fresh))


def again(connection: Connection, delivery: str, now: datetime) -> bool:
    """Try a message that was given up once more; whether there is such a one."""
    fresh = {"state": "waiting", "due_at": now, "attempts": 0, "error": None}
    failed = (deliveries.c.id == delivery, deliveries.c.state == "failed")
    return connection.execute(update(deliveries).where(*failed).values(fresh)).rowcount > 0


def alerts_of(connection: Connection, group: Collection[Row]) -> dict[str, Row]:
    """The alerts of these deliveries, by id."""
    asked = select(alerts).where(seen(alerts.c.id, {row["alert_id"] for row in group}))
    return {row["id"]: row for row in _rows(connection, asked)}


def _rows(connection: Connection, asked: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(asked).mappings()]
