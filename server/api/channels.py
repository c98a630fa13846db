"""Channels, what each person is told by them, and what became of each message. What opens a channel is never shown."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.api.answers import after, answer, cursor
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_alerts import (
    Channel,
    ChannelIn,
    ChannelMade,
    Channels,
    Deliveries,
    Subscription,
    Tested,
)
from server.api.told import delivery
from server.api.vehicles import Limit
from server.domain.alerts import subscription
from server.domain.alerts.subscription import SubscriptionError
from server.domain.person import Person
from server.notify.addresses import AddressError, checked, new_secret, shown
from server.notify.composing import trial
from server.notify.sender import deliver, way_of
from server.notify.sending import NotSent
from server.store import accounts, channels, deliveries, outbox
from server.store.audit import audit
from server.store.schema import Row
from wire.messages import instant, milliseconds, rfc3339

router = APIRouter(prefix="/api/v1", tags=["notify"], responses=errors(401, 403, 422, 503))


@router.get("/channels", response_model=Channels)
def list_channels(request: Request, _person: Asker, parts: OurParts) -> Response:
    """All channels by name, and whether they work; without what opens them."""
    with parts.database.reading() as connection:
        rows = channels.list_channels(connection)
    return answer(request, {"items": [_said(row) for row in rows]})


@router.post("/channels", response_model=ChannelMade, status_code=201, responses=errors(400))
def add_channel(said: ChannelIn, person: Asker, parts: OurParts) -> dict[str, Any]:
    """A new channel. A webhook's key is in this answer, and in no other."""
    if said.address is None:
        raise Problem(422, "address: write where messages go.")
    now, channel_id = datetime.now(UTC), secrets.token_hex(8)
    secret = said.secret or (new_secret() if said.kind == "webhook" else "")
    target = _checked(said, said.address, secret)
    row = {
        "id": channel_id,
        "name": said.name,
        "kind": said.kind,
        "target": target,
        "enabled": said.enabled,
        "created_by": person.name,
        "created_at": now,
    }
    with parts.database.writing() as connection:
        channels.add_channel(connection, row, address=said.address, secret=secret)
        audit(connection, person, "channel_added", channel_id, _shown(row), now)
        made = _there(connection, channel_id)
    return {**_said(made), "secret": secret if secret and said.secret is None else None}


@router.put("/channels/{channel_id}", response_model=Channel, responses=errors(400, 404))
def change_channel(request: Request, channel_id: str, said: ChannelIn, person: Asker, parts: OurParts) -> Response:
    """Change a channel. Address and secret stay where they are left out; its kind stays in any case."""
    with parts.database.writing() as connection:
        before = _there(connection, channel_id)
        if said.kind != before["kind"]:
            raise Problem(422, f"kind: this channel is of kind {before['kind']}; make a new one for another kind.")
        fresh: Row = {"name": said.name, "enabled": said.enabled}
        if said.address is not None:
            fresh["target"] = _checked(said, said.address, said.secret or new_secret())
        channels.change_channel(connection, channel_id, fresh, address=said.address, secret=said.secret)
        after_it = _there(connection, channel_id)
        replaced = {"address": said.address is not None, "secret": said.secret is not None}
        audit(
            connection,
            person,
            "channel_changed",
            channel_id,
            {**_shown(after_it), "replaced": replaced},
            datetime.now(UTC),
        )
    return answer(request, _said(after_it))


@router.delete("/channels/{channel_id}", status_code=204, responses=errors(404))
def remove_channel(channel_id: str, person: Asker, parts: OurParts) -> None:
    """Remove a channel and what opens it. Messages that still wait for it are given up."""
    with parts.database.writing() as connection:
        row = _there(connection, channel_id)
        channels.remove_channel(connection, channel_id)
        audit(connection, person, "channel_removed", channel_id, _shown(row), datetime.now(UTC))


@router.post("/channels/{channel_id}/test", responses=errors(404))
def try_channel(channel_id: str, person: Asker, parts: OurParts) -> Tested:
    """Send a message now, and say what became of it."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        row = _there(connection, channel_id)
        way = way_of(connection, row)
        audit(connection, person, "channel_tested", channel_id, _shown(row), now)
    try:
        warning = deliver(way, trial(row, secrets.token_hex(12), parts.settings), parts.settings, now)
    except NotSent as error:
        return Tested(ok=False, says=str(error))
    with parts.database.writing() as connection:
        channels.went_well(connection, channel_id, now)
    return Tested(ok=True, says=warning or "The receiver took the message.")


@router.get("/subscriptions/{user}", response_model=Subscription, responses=errors(404))
def one_subscription(request: Request, user: str, person: Asker, parts: OurParts) -> Response:
    """What somebody is told: one's own; admins see everybody's."""
    with parts.database.reading() as connection:
        _may(connection, person, user)
        found = channels.subscription_of(connection, user)
    return answer(request, found)


@router.put("/subscriptions/{user}", response_model=Subscription, responses=errors(400, 404))
def change_subscription(request: Request, user: str, said: Subscription, person: Asker, parts: OurParts) -> Response:
    """What somebody is told from now on."""
    wanted = msgspec.convert(said.model_dump(by_alias=True), subscription.Subscription)
    with parts.database.writing() as connection:
        _may(connection, person, user)
        try:
            subscription.checked(wanted)
        except SubscriptionError as error:
            raise Problem(422, str(error)) from None
        known = {row["id"] for row in channels.list_channels(connection)}
        unknown = sorted({channel for route in wanted.routes for channel in route.channels} - known)
        if unknown:
            raise Problem(422, f"channels: there is no channel {unknown[0]!r}.")
        channels.put_subscription(connection, user, wanted)
        audit(connection, person, "subscription_changed", user, msgspec.to_builtins(wanted), datetime.now(UTC))
    return answer(request, wanted)


@router.get("/deliveries", response_model=Deliveries)
def list_deliveries(
    request: Request,
    person: Asker,
    parts: OurParts,
    alert: Annotated[str, Query(max_length=32)] = "",
    state: Literal["waiting", "sent", "failed", "folded", "dropped"] | None = None,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Limit = 100,
) -> Response:
    """Messages about alerts, newest first, and what became of each."""
    with parts.database.reading() as connection:
        rows = deliveries.list_deliveries(
            connection, alert=alert, state=state or "", before=_place(cursor_), limit=limit + 1, sees=person.sees
        )
    last = rows[limit - 1] if len(rows) > limit else None
    more = cursor(f"{milliseconds(last['created_at'])}.{last['id']}") if last else None
    return answer(request, {"items": [delivery(row) for row in rows[:limit]], "next": more})


@router.post("/deliveries/{delivery_id}/send", status_code=204, responses=errors(404))
def send_again(delivery_id: str, person: Asker, parts: OurParts) -> None:
    """Try a message that was given up once more."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        if not outbox.again(connection, delivery_id, now):
            raise Problem(404, f"There is no message {delivery_id!r} that was given up.")
        audit(connection, person, "delivery_sent_again", delivery_id, {}, now)


def _place(cursor_: str | None) -> tuple[datetime, str] | None:
    at_ms, _, id_ = after(cursor_).partition(".")
    if not id_:
        return None
    if not at_ms.isdecimal() or not at_ms.isascii() or len(at_ms) > 14:
        raise Problem(422, "The cursor is not one that this API gave out. Start again without it.")
    return instant(int(at_ms)), id_


def _may(connection: Connection, person: Person, user: str) -> None:
    """Refuse what is somebody else's, and who is nobody."""
    if not person.may("admin") and (person.machine or person.name != user):
        raise Problem(403, "This is what somebody else is told. An admin can see and change it.")
    if not accounts.known(connection, user):
        raise Problem(404, f"There is no user {user!r}.")


def _there(connection: Connection, channel_id: str) -> Row:
    row = channels.one_channel(connection, channel_id)
    if row is None:
        raise Problem(404, f"There is no channel {channel_id!r}.")
    return row


def _checked(said: ChannelIn, address: str, secret: str) -> str:
    try:
        checked(said.kind, address, secret)
    except AddressError as error:
        raise Problem(422, str(error)) from None
    return shown(said.kind, address)


def _shown(row: Row) -> Row:
    """What the audit log may hold of a channel."""
    return {name: row[name] for name in ("name", "kind", "target", "enabled")}


def _said(row: Row) -> dict[str, Any]:
    state = "gone" if row["gone_at"] else "failing" if row["failing_since"] else "ok"
    same = ("id", "name", "kind", "target", "enabled", "created_by", "error")
    times = ("created_at", "sent_at", "failing_since")
    return {
        **{name: row[name] for name in same},
        **{name: None if row[name] is None else rfc3339(row[name]) for name in times},
        "state": state if row["enabled"] else "off",
    }
