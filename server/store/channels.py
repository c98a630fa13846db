"""Ways to people, and who is told what by which. What opens a channel lies in a table of its own, read to send only."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from server.domain.alerts.subscription import Subscription
from server.store.database import upsert
from server.store.schema import Row, channel_secrets, channels, subscriptions


def list_channels(connection: Connection) -> list[Row]:
    """All channels by name, without what opens them."""
    rows = connection.execute(select(channels)).mappings()
    return sorted((dict(row) for row in rows), key=lambda row: (row["name"].casefold(), row["id"]))


def one_channel(connection: Connection, id_: str) -> Row | None:
    """One channel, without what opens it, or None."""
    row = connection.execute(select(channels).where(channels.c.id == id_)).mappings().first()
    return dict(row) if row else None


def secrets_of(connection: Connection, id_: str) -> tuple[str, str]:
    """A channel's whole address, and its secret. For sending only: neither may be shown or logged."""
    row = connection.execute(select(channel_secrets).where(channel_secrets.c.channel_id == id_)).one()
    return row.address, row.secret


def add_channel(connection: Connection, row: Row, *, address: str, secret: str) -> None:
    """A new channel."""
    connection.execute(insert(channels).values(row))
    connection.execute(insert(channel_secrets).values(channel_id=row["id"], address=address, secret=secret))


def change_channel(connection: Connection, id_: str, fresh: Row, *, address: str | None, secret: str | None) -> None:
    """What is new about a channel; what opens it stays where None is said. It is taken for healthy again."""
    healthy = {"failing_since": None, "error": None, "gone_at": None}
    connection.execute(update(channels).where(channels.c.id == id_).values(**fresh, **healthy))
    new = {name: value for name, value in (("address", address), ("secret", secret)) if value is not None}
    if new:
        connection.execute(update(channel_secrets).where(channel_secrets.c.channel_id == id_).values(new))


def remove_channel(connection: Connection, id_: str) -> bool:
    """Whether there was such a channel; now there is none, and what opened it is forgotten."""
    return connection.execute(delete(channels).where(channels.c.id == id_)).rowcount > 0


def went_well(connection: Connection, id_: str, now: datetime) -> None:
    """It took a message."""
    healthy = {"sent_at": now, "failing_since": None, "error": None}
    connection.execute(update(channels).where(channels.c.id == id_).values(healthy))


def went_wrong(connection: Connection, id_: str, error: str, *, gone: bool, now: datetime) -> None:
    """It did not take a message; `gone`: it never will."""
    connection.execute(update(channels).where(channels.c.id == id_).values(error=error))
    for column, so in ((channels.c.failing_since, True), (channels.c.gone_at, gone)):
        if so:
            connection.execute(update(channels).where(channels.c.id == id_, column.is_(None)).values({column: now}))


def subscription_of(connection: Connection, user: str) -> Subscription:
    """What a user is told; nothing, when they never said."""
    asked = select(subscriptions.c.body).where(subscriptions.c.user_name == user)
    body = connection.execute(asked).scalar_one_or_none()
    return Subscription() if body is None else msgspec.convert(body, Subscription)


def all_subscriptions(connection: Connection) -> dict[str, Subscription]:
    """What everybody is told."""
    rows = connection.execute(select(subscriptions).order_by(subscriptions.c.user_name))
    return {row.user_name: msgspec.convert(row.body, Subscription) for row in rows}


def put_subscription(connection: Connection, user: str, subscription: Subscription) -> None:
    """What a user is told from now on."""
    upsert(connection, subscriptions, [{"user_name": user, "body": msgspec.to_builtins(subscription)}])
