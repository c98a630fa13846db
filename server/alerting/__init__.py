"""Alerts: what changed facts, people and time make of them, in the transaction of whatever made the change.

Each function may be called again with the same: what is there already stays. What they return is published after the
commit. The rules themselves are in server/domain/alerts.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.alerting.settle import Settled, by_time, event, settle
from server.alerting.storming import Stormed, joining_acts, refreshed, storming
from server.alerting.telling import tell, tell_more
from server.domain.alerts.opening import InForce
from server.domain.alerts.rules import schedule_of
from server.domain.facts import Changes
from server.domain.fences.hours import HoursError
from server.domain.person import Person
from server.store import alert_rules, alert_state, deliveries, teams
from server.store import storms as store
from server.store.schema import Row
from wire.messages import instant, milliseconds, rfc3339

log = logging.getLogger("milepost.alerts")
DUE_AT_ONCE = 500
FANNED_OUT = ("acknowledged", "assigned", "snoozed", "closed", "reopened")


class AlertChange(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that is new, or not as it was: what the event `alert` of the stream says."""

    id: str
    state: str
    severity: str
    kind: str
    rule: str
    vehicle: str | None
    opened_at: str
    count: int
    folded_into: str | None
    withdrawn: bool


def react(connection: Connection, changes: Changes, now: datetime) -> list[AlertChange]:
    """What changed facts make of alerts. The facts are in the table already.

    A fault of ours in here costs alerts and nothing else: positions and facts are committed all the same.
    """
    try:
        with connection.begin_nested():
            return _react(connection, changes, now)
    except DBAPIError:
        raise
    except Exception:
        log.exception("what %d facts mean for alerts could not be worked out, by a fault of ours", len(changes.added))
        return []


def _react(connection: Connection, changes: Changes, now: datetime) -> list[AlertChange]:
    changed = [*changes.added, *changes.changed, *changes.withdrawn]
    if not changed:
        return []
    rules = in_force(connection)
    if not {fact.kind for fact in changed} & {
        kind for by in rules.values() for kind in (*by.rule.kinds, *by.rule.closes_by)
    }:
        return []
    alert_state.alone(connection)
    touched = {
        id_: by_time(
            [(fact.vehicle, fact.at_ms) for fact in changed if fact.kind in {*by.rule.kinds, *by.rule.closes_by}]
        )
        for id_, by in rules.items()
    }
    return _settle_all(connection, rules, touched, now)


def act(
    connection: Connection, row: Row, person: Person, what: str, detail: Mapping[str, Any], now: datetime
) -> list[AlertChange]:
    """What somebody did about an alert; about a storm, it was done about each of its members."""
    return _done(connection, row, person.name, what, dict(detail), now, person.sees)


def switched_off(connection: Connection, rule: str, text: str, now: datetime) -> list[AlertChange]:
    """A rule is no more: its open alerts close."""
    changes: list[AlertChange] = []
    for row in alert_state.open_of(connection, rule):
        changes += _done(connection, row, None, "closed", {"off": True, "text": text}, now)
    return changes


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether time changes any alert by now."""
    return bool(alert_state.due(connection, milliseconds(now), 1))


def due(connection: Connection, now: datetime) -> list[AlertChange]:
    """What time makes of alerts: something has lasted, a snooze is over, nobody has acted."""
    alert_state.alone(connection)
    found = alert_state.due(connection, milliseconds(now), DUE_AT_ONCE)
    if not found:
        return []
    rules = in_force(connection, {rule for rule, *_ in found})
    pairs: dict[str, list[tuple[str, int]]] = {rule: [] for rule in rules}
    for rule, vehicle, _, from_ms in found:
        if vehicle is not None and rule in rules:
            pairs[rule].append((vehicle, from_ms))
    changes = _settle_all(connection, rules, {rule: by_time(each) for rule, each in pairs.items()}, now)
    storms_due = {alert for _, vehicle, alert, _ in found if vehicle is None}
    stormed = refreshed(connection, rules, storms_due, milliseconds(now))
    return changes + _finish(connection, rules, Settled(), stormed, now)


def in_force(connection: Connection, also: Collection[str] = ()) -> dict[str, InForce]:
    """The rules that count, and these though they may be gone, with what it takes to judge by them."""
    found = {}
    for rule, since_ms in alert_rules.rules(connection, also):
        of_teams = teams.vehicles_of(connection, rule.teams) if rule.teams is not None else frozenset[str]()
        try:
            found[rule.id] = InForce(rule=rule, since_ms=since_ms, schedule=schedule_of(rule), of_teams=of_teams)
        except HoursError as error:  # an older version took what this one does not
            log.warning("rule %s does not count: %s", rule.id, error)
    return found


def _done(
    connection: Connection,
    row: Row,
    who: str | None,
    what: str,
    detail: Row,
    now: datetime,
    sees: frozenset[str] | None = None,
) -> list[AlertChange]:
    """Note what was done, and fold anew what it was done to: of a storm, the members that they see."""
    alert_state.alone(connection)
    now_ms = milliseconds(now)
    members = store.members(connection, row["id"]) if row["vehicle_id"] is None and what in FANNED_OUT else []
    members = [member for member in members if sees is None or member["vehicle_id"] in sees]
    whole = sees is None or not members  # what somebody does who sees a part of a storm does not hold for the rest
    lines = [event(row, what, now_ms, who, detail)] if whole else []
    lines += [event(member, what, now_ms, who, {**detail, "storm": row["id"]}) for member in members]
    alert_state.add_history(connection, lines)
    rules = in_force(connection, {row["rule_id"]})
    to_fold = members or ([row] if row["vehicle_id"] is not None else [])
    touched = {row["rule_id"]: by_time([(one["vehicle_id"], one["began_ms"]) for one in to_fold])}
    changes = _settle_all(connection, rules, touched, now)
    if row["vehicle_id"] is None and not members:
        stormed = refreshed(connection, rules, [row["id"]], now_ms)
        changes += _finish(connection, rules, Settled(), stormed, now)
    return changes


def _settle_all(
    connection: Connection, rules: Mapping[str, InForce], touched: Mapping[str, Mapping[str, int]], now: datetime
) -> list[AlertChange]:
    now_ms, settled = milliseconds(now), Settled()
    for id_, since_ms in touched.items():
        if since_ms:
            settled.add(settle(connection, rules[id_], since_ms, now_ms))
    if not settled.rows:
        return []
    stormed = storming(connection, rules, settled, now_ms)
    _join(connection, rules, settled, stormed, now_ms)
    return _finish(connection, rules, settled, stormed, now)


def _join(
    connection: Connection, rules: Mapping[str, InForce], settled: Settled, stormed: Stormed, now_ms: int
) -> None:
    """Whoever joins a storm takes on what was done about it; whoever left one stands for itself again."""
    joined = alert_state.known(connection, stormed.joined)
    lines, again = [], list(alert_state.known(connection, stormed.left).values())
    for storm in sorted(set(stormed.joined.values())):
        former = alert_state.in_place_of(connection, [storm])
        acts = joining_acts(alert_state.acts_on(connection, {storm, *former}), now_ms)
        for row in (joined[id_] for id_, its in stormed.joined.items() if its == storm):
            lines.append(event(row, "folded", now_ms, None, {"storm": storm}))
            mine = [act for act in acts if row["closed_ms"] is None and not row["acknowledged_by"]]
            lines += [event(row, act.what, now_ms, act.who, {**act.detail, "storm": storm}) for act in mine]
            again += [row] if mine else []
    alert_state.add_history(connection, lines)
    touched: dict[str, list[tuple[str, int]]] = {}
    for row in again:
        touched.setdefault(row["rule_id"], []).append((row["vehicle_id"], row["began_ms"]))
    for id_, pairs in touched.items():
        settled.add(settle(connection, rules[id_], by_time(pairs), now_ms))
    more = refreshed(connection, rules, set(stormed.joined.values()) if again else (), now_ms)
    stormed.rows |= more.rows


def _finish(
    connection: Connection, rules: Mapping[str, InForce], settled: Settled, stormed: Stormed, now: datetime
) -> list[AlertChange]:
    """Write who is told what, and say what changed."""
    heirs = {**settled.joined, **stormed.inherited}
    told = deliveries.told_of(connection, set(heirs.values())) if heirs else set()
    deliveries.hand_over(connection, heirs)
    deliveries.set_aside(connection, [*settled.withdrawn, *stormed.withdrawn], "dropped")
    ids = {*settled.rows, *stormed.rows, *stormed.joined, *stormed.left}
    rows = alert_state.known(connection, ids)
    alone = {id_: row for id_, row in rows.items() if row["folded_into"] is None and not row["withdrawn"]}
    deliveries.set_aside(connection, rows.keys() - alone.keys(), "folded")
    deliveries.take_back(
        connection, [id_ for id_ in (*stormed.left, *heirs, *settled.restored, *stormed.restored) if id_ in alone], now
    )
    untold = [new for new, old in heirs.items() if old not in told]
    new = [*settled.raised, *settled.restored, *stormed.raised, *stormed.restored, *stormed.left, *untold]
    tell(connection, [alone[id_] for id_ in dict.fromkeys(new) if id_ in alone], now)
    for id_ in (*settled.escalated, *stormed.escalated):
        row = rows[id_]
        to = rules[row["rule_id"]].rule.escalate_to if row["rule_id"] in rules else None
        if to is not None and row["folded_into"] is None:
            tell_more(connection, row, to, now)
    return changes_of(rows.values())


def changes_of(rows: Iterable[Row]) -> list[AlertChange]:
    """What the stream says of these alerts."""
    return [
        AlertChange(
            id=row["id"],
            state=row["state"],
            severity=row["severity"],
            kind=row["kind"],
            rule=row["rule_id"],
            vehicle=row["vehicle_id"],
            opened_at=rfc3339(instant(row["opened_ms"])),
            count=row["count"],
            folded_into=row["folded_into"],
            withdrawn=row["withdrawn"],
        )
        for row in rows
    ]
