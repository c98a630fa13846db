"""The rules of alerts: kept whole, as what they say. Plain functions that take a connection."""

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, or_, select, update

from server.domain.alerts.rules import DEFAULTS, Rule, same_conditions
from server.store.schema import Row, alert_rules
from wire.messages import milliseconds


def first_rules(connection: Connection, now: datetime) -> None:
    """Make the rules that everybody wants, each when it never was there: who removed one does not get it again."""
    known = set(connection.execute(select(alert_rules.c.id)).scalars())
    for rule in DEFAULTS:
        if rule.id not in known:
            put_rule(connection, rule, now)


def rules(connection: Connection, also: Collection[str] = ()) -> list[tuple[Rule, int]]:
    """The rules that count, and these if they ever did, each with `since_ms`: news from before then alerts nobody."""
    asked = select(alert_rules).where(or_(alert_rules.c.removed_at.is_(None), alert_rules.c.id.in_(also)))
    found = []
    for row in connection.execute(asked.order_by(alert_rules.c.id)):
        rule = msgspec.convert(row.body, Rule)
        if (rule.enabled and row.removed_at is None) or rule.id in also:
            counts = rule.enabled and row.removed_at is None
            found.append((msgspec.structs.replace(rule, enabled=counts), row.since_ms))
    return found


def list_rules(connection: Connection) -> list[Row]:
    """Rules as they are shown, by name: with `changed_at`."""
    rows = connection.execute(select(alert_rules).where(alert_rules.c.removed_at.is_(None))).mappings()
    found = [{**row["body"], "changed_at": row["changed_at"]} for row in rows]
    return sorted(found, key=lambda rule: (rule["name"].casefold(), rule["id"]))


def one_rule(connection: Connection, id_: str) -> Rule | None:
    """One rule that counts, or None."""
    asked = select(alert_rules.c.body).where(alert_rules.c.id == id_, alert_rules.c.removed_at.is_(None))
    body = connection.execute(asked).scalar_one_or_none()
    return None if body is None else msgspec.convert(body, Rule)


def names(connection: Connection) -> dict[str, str]:
    """What every rule is called, also those that are gone."""
    rows = connection.execute(select(alert_rules.c.id, alert_rules.c.body))
    return {row.id: str(row.body["name"]) for row in rows}


def put_rule(connection: Connection, rule: Rule, now: datetime) -> None:
    """A rule, new or in place of what it said before; what it selects counts from now on."""
    before = one_rule(connection, rule.id)
    fresh = {"body": msgspec.to_builtins(rule), "changed_at": now, "removed_at": None}
    if before is None:
        connection.execute(insert(alert_rules).values(id=rule.id, since_ms=milliseconds(now), **fresh))
        return
    if not same_conditions(before, rule):
        fresh["since_ms"] = milliseconds(now)
    connection.execute(update(alert_rules).where(alert_rules.c.id == rule.id).values(fresh))


def remove_rule(connection: Connection, id_: str, now: datetime) -> None:
    """End a rule; its alerts keep its name."""
    connection.execute(update(alert_rules).where(alert_rules.c.id == id_).values(removed_at=now))
