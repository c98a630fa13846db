"""Who is told of an alert: rows of the outbox table, written with the alert. Nothing is sent here."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from server.domain.alerts import subscription
from server.domain.alerts.subscription import Subscription, When
from server.store import accounts, channels, deliveries
from server.store import storms as store
from server.store.schema import Row

GATHER = timedelta(seconds=5)
"""What is not critical waits so long for a storm to become one message."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is told something, by which channels that work, and which vehicles they see (None: all)."""

    name: str
    said: Subscription
    sees: frozenset[str] | None


class _Message(msgspec.Struct, kw_only=True):
    """A message as it gathers those whom it is for; it goes out when the first of them wants it."""

    when: When
    users: list[str]


def readers(connection: Connection) -> list[Reader]:
    """Everybody who is told anything."""
    found = []
    for name, said in channels.all_subscriptions(connection).items():
        person = accounts.user_person(connection, name)
        if person is not None and person.may("alerts:read"):
            found.append(Reader(name=name, said=said, sees=person.sees))
    return found


def tell(connection: Connection, rows: Iterable[Row], now: datetime) -> None:
    """Write the messages about new alerts, each once for a channel."""
    new = list(rows)
    if not new:
        return
    there, working = readers(connection), _working(connection)
    for row in new:
        vehicles = _vehicles(connection, row)
        messages: dict[str, _Message] = {}
        for reader in there:
            if reader.sees is None or vehicles & reader.sees:
                wanted = subscription.channels_for(reader.said, row["rule_id"], row["severity"])
                when = _gathered(subscription.when(reader.said, row["severity"], now), row, now)
                _gather(messages, [channel for channel in wanted if channel in working], reader.name, when)
        _add(connection, row, "opened", messages, now)


def tell_more(connection: Connection, row: Row, to: str, now: datetime) -> None:
    """Nobody acted: tell one more person by all their channels, whatever the hour."""
    working = _working(connection)
    wanted = {channel for reader in readers(connection) if reader.name == to
              for route in reader.said.routes for channel in route.channels if channel in working}  # fmt: skip
    when = When(at=now, digest=False)
    _add(connection, row, "escalated", {channel: _Message(when=when, users=[to]) for channel in wanted}, now)


def _working(connection: Connection) -> set[str]:
    return {row["id"] for row in channels.list_channels(connection) if row["enabled"] and row["gone_at"] is None}


def _vehicles(connection: Connection, row: Row) -> frozenset[str]:
    if row["vehicle_id"] is not None:
        return frozenset((row["vehicle_id"],))
    return frozenset(member["vehicle_id"] for member in store.members(connection, row["id"]))


def _gathered(when: When, row: Row, now: datetime) -> When:
    if when.at > now or row["severity"] == "critical":
        return when
    return When(at=now + GATHER, digest=when.digest)


def _gather(messages: dict[str, _Message], wanted: Iterable[str], name: str, when: When) -> None:
    for channel in wanted:
        if channel in messages:
            message = messages[channel]
            message.users.append(name)
            message.when = min(message.when, when, key=lambda one: (one.at, one.digest))
        else:
            messages[channel] = _Message(when=when, users=[name])


def _add(connection: Connection, row: Row, about: str, messages: Mapping[str, _Message], now: datetime) -> None:
    rows = [
        {
            "id": secrets.token_hex(12),
            "alert_id": row["id"],
            "channel_id": channel,
            "about": about,
            "users": message.users,
            "state": "waiting",
            "created_at": now,
            "due_at": message.when.at,
            "digest": message.when.digest,
            "message_id": None,
            "attempts": 0,
            "tried_at": None,
            "sent_at": None,
            "error": None,
            "subject": None,
            "text": None,
            "data": None,
        }
        for channel, message in sorted(messages.items())
    ]
    deliveries.add(connection, rows)
