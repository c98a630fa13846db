"""Messages to send: written in the transaction of their alert, one for each alert, channel and reason."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from server.store.alerts import seen_by
from server.store.schema import Row, alerts, channels, deliveries
from server.store.seen import seen


def list_deliveries(
    connection: Connection,
    *,
    alert: str = "",
    state: str = "",
    before: tuple[datetime, str] | None = None,
    limit: int = 1000,
    sees: frozenset[str] | None = None,
) -> list[Row]:
    """Messages about alerts that somebody sees, newest first, older than `before`."""
    joined = deliveries.join(alerts, alerts.c.id == deliveries.c.alert_id)
    joined = joined.join(channels, channels.c.id == deliveries.c.channel_id, isouter=True)
    asked = select(deliveries, channels.c.name.label("channel_name")).select_from(joined).where(seen_by(sees))
    for column, wanted in ((deliveries.c.alert_id, alert), (deliveries.c.state, state)):
        if wanted:
            asked = asked.where(column == wanted)
    if before is not None:
        at, id_ = before
        same = (deliveries.c.created_at == at) & (deliveries.c.id < id_)
        asked = asked.where(or_(deliveries.c.created_at < at, same))
    asked = asked.order_by(deliveries.c.created_at.desc(), deliveries.c.id.desc()).limit(limit)
    return [dict(row) for row in connection.execute(asked).mappings()]


def add(connection: Connection, rows: list[Row]) -> None:
    """Messages to send; where there is one for the same alert, channel and reason, it stays as it is."""
    asked = select(deliveries.c.alert_id, deliveries.c.channel_id, deliveries.c.about)
    there = {
        tuple(row)
        for row in connection.execute(asked.where(seen(deliveries.c.alert_id, {r["alert_id"] for r in rows})))
    }
    fresh = [row for row in rows if (row["alert_id"], row["channel_id"], row["about"]) not in there]
    if fresh:
        connection.execute(insert(deliveries), fresh)


def hand_over(connection: Connection, heirs: Mapping[str, str]) -> None:
    """Messages that are not out yet go to the alerts that are in the place of theirs: new id to old."""
    for new, old in heirs.items():
        taken = select(deliveries.c.channel_id).where(deliveries.c.alert_id == new)
        not_out = (deliveries.c.state.in_(("waiting", "folded")), deliveries.c.channel_id.not_in(taken))
        connection.execute(update(deliveries).where(deliveries.c.alert_id == old, *not_out).values(alert_id=new))


def told_of(connection: Connection, alert_ids: Collection[str]) -> set[str]:
    """Those of these alerts about which something went out, or may have: of their own, or of their storm."""
    out = (deliveries.c.attempts > 0) & deliveries.c.state.in_(("waiting", "sent", "failed"))
    about = select(deliveries.c.alert_id).where(out)
    told = or_(alerts.c.id.in_(about), alerts.c.folded_into.in_(about))
    return set(connection.execute(select(alerts.c.id).where(seen(alerts.c.id, alert_ids), told)).scalars())


def set_aside(connection: Connection, alert_ids: Collection[str], state: str) -> None:
    """Messages that nobody tried to send yet are not needed: a storm's goes instead, or there is nothing to tell."""
    if alert_ids:
        untried = (_waiting(), deliveries.c.attempts == 0, seen(deliveries.c.alert_id, alert_ids))
        connection.execute(update(deliveries).where(*untried).values(state=state))


def take_back(connection: Connection, alert_ids: Collection[str], due_at: datetime) -> None:
    """Messages that were set aside are needed after all: no storm's goes instead, or it was so after all."""
    if alert_ids:
        aside = (deliveries.c.state.in_(("folded", "dropped")), seen(deliveries.c.alert_id, alert_ids))
        connection.execute(update(deliveries).where(*aside).values(state="waiting", due_at=due_at))


def _waiting() -> ColumnElement[bool]:
    return deliveries.c.state == "waiting"
