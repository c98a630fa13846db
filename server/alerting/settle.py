"""One rule, the vehicles for which something changed: fold anew, compare with the rows, write what is different.

Everything here happens in the transaction of whatever made the change. Doing it again changes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from server.domain.alerts.fold import Act, Alert, Folded, News, fold, state_at, takes_over
from server.domain.alerts.kinds import part_of, same_part
from server.domain.alerts.opening import InForce, opens
from server.store import alert_state
from server.store.schema import Row

LATE_DATA = "late data"
LATE_MS = 120_000
MOST_FACTS = 50
"""So many facts are named as reasons; of more, the first and the newest."""
NOBODY = {
    "acknowledged_by": None,
    "acknowledged_ms": None,
    "assigned_to": None,
    "snoozed_ms": None,
    "escalated_ms": None,
}


class Settled(msgspec.Struct, kw_only=True):
    """What came of it: rows by id as they are now, and which of them are new or need somebody else."""

    rows: dict[str, Row] = {}
    raised: list[str] = []
    escalated: list[str] = []
    withdrawn: list[str] = []
    restored: list[str] = []
    joined: dict[str, str] = {}
    """New alerts that stand in the place of one that people know of: new id to old."""

    def add(self, other: "Settled") -> None:
        """And what came of something else."""
        self.rows |= other.rows
        self.raised += other.raised
        self.escalated += other.escalated
        self.withdrawn += other.withdrawn
        self.restored += other.restored
        self.joined |= other.joined


class _Before(msgspec.Struct, kw_only=True):
    """One subject as it was: its standing rows, from when on it has to be folded, what people did."""

    rows: dict[str, Row] = {}
    since_ms: int
    acts: list[Act] = []


def settle(connection: Connection, by: InForce, since_ms: Mapping[str, int], now_ms: int) -> Settled:
    """Fold what this rule makes of these vehicles, each from when something changed on."""
    rule = by.rule
    # What began up to a wait before may open, or not, by what changed.
    since_ms = {vehicle: at_ms - rule.wait_s * 1000 for vehicle, at_ms in since_ms.items()}
    rows = alert_state.touched_by(connection, rule.id, since_ms, rule.cool_down_s * 1000)
    waits = alert_state.waits_of(connection, rule.id, since_ms.keys())
    before = _before(rows, waits, since_ms)
    starts = {vehicle: min([at_ms, *(one.since_ms for (v, _), one in before.items() if v == vehicle)])
              for vehicle, at_ms in since_ms.items()}  # fmt: skip
    news = alert_state.news_of(connection, starts, {*rule.kinds, *rule.closes_by})
    for vehicle, facts in news.items():
        for fact in facts:
            if fact.kind in rule.kinds:
                part = part_of(fact.kind, fact.fence, fact.body)
                before.setdefault((vehicle, part), _Before(since_ms=since_ms[vehicle]))
    _give_acts(connection, before)
    settled = Settled()
    folded = {key: _folded(by, key, one, news[key[0]], now_ms) for key, one in before.items()}
    known = alert_state.known(connection, {alert.id for one in folded.values() for alert in one.alerts})
    places = alert_state.places_of(connection, {key[0] for key in before})
    history: list[Row] = []
    for key, one in folded.items():
        _compare(_Case(by, key, before[key].rows, one, known, places, now_ms), settled, history)
    fresh_waits = {
        key: None if one.due_ms is None else (one.waits_from_ms or one.due_ms, one.due_ms)
        for key, one in folded.items()
        if one.due_ms is not None or key in waits
    }
    alert_state.put_waits(connection, rule.id, fresh_waits)
    alert_state.put(connection, list(settled.rows.values()))
    alert_state.add_history(connection, history)
    return settled


class _Case:
    """What the comparison of one subject needs."""

    def __init__(
        self,
        by: InForce,
        key: tuple[str, str],
        rows: Mapping[str, Row],
        folded: Folded,
        known: Mapping[str, Row],
        places: Mapping[str, tuple[float, float]],
        now_ms: int,
    ) -> None:
        self.rule, self.vehicle, self.part = by.rule, key[0], key[1]
        self.rows, self.alerts, self.now_ms = rows, folded.alerts, now_ms
        self.known, self.place = known, places.get(key[0])


def _before(
    rows: list[Row], waits: Mapping[tuple[str, str], int], since_ms: Mapping[str, int]
) -> dict[tuple[str, str], _Before]:
    found: dict[tuple[str, str], _Before] = {}
    for row in rows:
        key = (row["vehicle_id"], row["part"])
        one = found.setdefault(key, _Before(since_ms=since_ms[key[0]]))
        one.rows[row["id"]] = row
        one.since_ms = min(one.since_ms, row["began_ms"])
    for key, from_ms in waits.items():
        one = found.setdefault(key, _Before(since_ms=since_ms[key[0]]))
        one.since_ms = min(one.since_ms, from_ms)
    return found


def _give_acts(connection: Connection, before: Mapping[tuple[str, str], _Before]) -> None:
    """What people did, to each subject: also what they did about alerts that others took the place of."""
    of = {id_: key for key, one in before.items() for id_ in one.rows}
    if not of:
        return
    former = alert_state.in_place_of(connection, of.keys())
    for act in alert_state.acts_on(connection, {*of, *former}):
        before[of[former.get(act.alert, act.alert)]].acts.append(act)


def _folded(by: InForce, key: tuple[str, str], one: _Before, news: list[News], now_ms: int) -> Folded:
    rule, part = by.rule, key[1]
    kept = {fact for row in one.rows.values() for fact in row["facts"]}
    mine = [fact for fact in news if fact.at_ms >= one.since_ms]
    waits = {row["facts"][0]: row["opened_ms"] - row["began_ms"] for row in one.rows.values() if row["facts"]}
    return fold(
        rule,
        part,
        opening=[f for f in mine if part_of(f.kind, f.fence, f.body) == part and opens(by, f, kept)],
        closing=[f for f in mine if f.kind in rule.closes_by and same_part(part_of(f.kind, f.fence, f.body), part)],
        acts=one.acts,
        waits=waits,
        now_ms=now_ms,
    )


def _compare(case: _Case, settled: Settled, history: list[Row]) -> None:
    """Rows that vanished, rows that are new, rows that changed."""
    found = {alert.id: alert for alert in case.alerts}
    inherited: dict[str, Row] = {}
    for id_, old in case.rows.items():
        if id_ not in found:
            heir = takes_over((old["opened_ms"], old["closed_ms"], old["facts"][0]), case.alerts)
            if heir is not None:
                inherited.setdefault(heir.id, old)
            settled.rows[id_] = _taken_away(old, heir, case.now_ms)
            settled.withdrawn.append(id_)
            history.append(_event(old, "late_data", case.now_ms, {"instead": heir and heir.id}))
    for id_, alert in found.items():
        row: Row | None = case.rows.get(id_) or case.known.get(id_)
        heir_of = inherited.get(id_) if row is None or row["withdrawn"] else None
        fresh = _row(case, alert, row or heir_of)
        if row != fresh:
            settled.rows[id_] = fresh
            history += _transitions(case, alert, row, fresh)
        if row is None and heir_of is None:
            settled.raised.append(id_)
        elif row is not None and row["withdrawn"]:
            settled.restored.append(id_)
        if heir_of is not None:
            settled.joined[id_] = heir_of["id"]
        if fresh["escalated_ms"] is not None and (row or heir_of or fresh)["escalated_ms"] != fresh["escalated_ms"]:
            settled.escalated.append(id_)


def _taken_away(row: Row, heir: Alert | None, now_ms: int) -> Row:
    """The row of an alert that was not so."""
    gone = {"withdrawn": True, "state": "closed", "due_ms": None, "snoozed_ms": None}
    closed_ms = now_ms if row["closed_ms"] is None else row["closed_ms"]
    return {**row, **gone, "closed_by": LATE_DATA, "closed_ms": closed_ms, "instead": heir and heir.id}


def _row(case: _Case, alert: Alert, before: Row | None) -> Row:
    """The row of an alert; `before` is how it was, or the one in whose place it is."""
    rule, opener, place = case.rule, alert.opener, case.place
    had = before or {**NOBODY, "raised_ms": case.now_ms, "folded_into": None, "severity": rule.severity, "id": ""}
    same = had["id"] == alert.id
    lon, lat = opener.body.get("lon"), opener.body.get("lat")
    if lon is None or lat is None:
        lon, lat = (before["lon"], before["lat"]) if before is not None and same else place or (None, None)
    facts = list(alert.facts)
    if len(facts) > MOST_FACTS:
        facts = [facts[0], *facts[-MOST_FACTS + 1 :]]
    row: Row = {
        "id": alert.id,
        "rule_id": rule.id,
        "vehicle_id": case.vehicle,
        "part": case.part,
        "kind": opener.kind,
        "severity": had["severity"],
        "fence_id": opener.fence,
        "began_ms": opener.at_ms,
        "opened_ms": alert.opened_ms,
        "closed_ms": alert.closed_ms,
        "closed_by": alert.closed_by,
        "state": state_at(alert, case.now_ms),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_ms": alert.acknowledged_ms,
        "assigned_to": alert.assigned_to,
        "snoozed_ms": alert.snoozed_ms,
        "escalated_ms": had["escalated_ms"],
        "raised_ms": had["raised_ms"],
        "due_ms": None,
        "late": opener.late or had["raised_ms"] - alert.opened_ms > LATE_MS,
        "withdrawn": False,
        "instead": None,
        "folded_into": had["folded_into"] if same else None,
        "count": 0,
        "lon": lon,
        "lat": lat,
        "facts": facts,
    }
    return {**row, **_timed(case, alert, row)}


def _timed(case: _Case, alert: Alert, row: Row) -> dict[str, Any]:
    """What time does to it: when next, and whether it escalates now."""
    if row["state"] == "snoozed":
        return {"due_ms": row["snoozed_ms"]}
    after_s = case.rule.escalate_after_s
    waits = row["state"] == "open" and not alert.acted and row["escalated_ms"] is None and row["folded_into"] is None
    if after_s is None or not waits:
        return {}
    at_ms = max(row["opened_ms"], row["raised_ms"]) + after_s * 1000
    return {"escalated_ms": case.now_ms} if at_ms <= case.now_ms else {"due_ms": at_ms}


def _transitions(case: _Case, alert: Alert, row: Row | None, fresh: Row) -> list[Row]:
    """The lines of the history that follow; what people did has its own already."""
    found: list[Row] = []
    if row is None:
        found.append(_event(fresh, "opened", alert.opened_ms, {"late": True} if fresh["late"] else {}))
    elif row["withdrawn"]:
        found.append(_event(fresh, "restored", case.now_ms, {}))
    elif row["closed_ms"] is not None and alert.closed_ms is None and alert.returned_ms is not None:
        if alert.returned_ms >= row["closed_ms"]:
            found.append(_event(fresh, "returned", alert.returned_ms, {}))
    elif row["state"] == "snoozed" and fresh["state"] == "open" and alert.snoozed_ms is not None:
        found.append(_event(fresh, "snooze_over", alert.snoozed_ms, {}))
    if alert.closed_ms is not None and alert.closed_by == "rule" and (row is None or row["closed_ms"] is None):
        found.append(_event(fresh, "closed", alert.closed_ms, {}))
    if fresh["escalated_ms"] is not None and (row is None or row["escalated_ms"] is None):
        found.append(_event(fresh, "escalated", case.now_ms, {"to": case.rule.escalate_to}))
    return found


def _event(row: Row, what: str, at_ms: int, detail: Row) -> Row:
    return event(row, what, at_ms, None, detail)


def event(row: Row, what: str, at_ms: int, who: str | None, detail: Row) -> Row:
    """A line of an alert's history."""
    return {
        "alert_id": row["id"],
        "rule_id": row["rule_id"],
        "vehicle_id": row["vehicle_id"],
        "at_ms": at_ms,
        "opened_ms": row["opened_ms"],
        "who": who,
        "what": what,
        "detail": detail,
    }


def by_time[K](pairs: list[tuple[K, int]]) -> dict[K, int]:
    """The earliest time of each."""
    found: dict[K, int] = defaultdict(lambda: 2**62)
    for key, at_ms in pairs:
        found[key] = min(found[key], at_ms)
    return dict(found)
