"""Alerts of one rule that open together become members of a storm; the storm's row follows from its members."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from sqlalchemy import Connection

from server.alerting.settle import LATE_DATA, NOBODY, Settled, event
from server.domain.alerts.fold import Act
from server.domain.alerts.opening import InForce
from server.domain.alerts.storms import WITHIN_MS, Group, Opened, storm_id, storms, together
from server.store import alert_state
from server.store import storms as store
from server.store.schema import Row


class Stormed(msgspec.Struct, kw_only=True):
    """What came of it: storms by id, the new ones, those that nobody acted on, and alerts that joined or left one."""

    rows: dict[str, Row] = {}
    raised: list[str] = []
    escalated: list[str] = []
    withdrawn: list[str] = []
    restored: list[str] = []
    joined: dict[str, str] = {}
    """Alerts that became members, and of which storm."""
    left: list[str] = []
    inherited: dict[str, str] = {}
    """Storms in the place of one that people know of: new id to old."""


def storming(connection: Connection, rules: Mapping[str, InForce], settled: Settled, now_ms: int) -> Stormed:
    """Gather what opened together with these alerts, and bring the storms up to date that they are of."""
    stormed = Stormed()
    refresh = {row["folded_into"] for row in settled.rows.values() if row["folded_into"]}
    for (rule, kind), times in _changed(settled).items():
        for first_ms, last_ms in _ranges(times):
            around = store.around(connection, rule, kind, first_ms, last_ms)
            refresh |= _gather(connection, around, stormed, now_ms)
    for storm in sorted(refresh):
        _refresh(connection, rules, storm, stormed, now_ms)
    return stormed


def refreshed(connection: Connection, rules: Mapping[str, InForce], ids: Iterable[str], now_ms: int) -> Stormed:
    """Bring these storms up to date: their members changed, or time has passed."""
    stormed = Stormed()
    for storm in sorted(ids):
        _refresh(connection, rules, storm, stormed, now_ms)
    return stormed


def _changed(settled: Settled) -> dict[tuple[str, str], list[int]]:
    """When those alerts opened that came or went, by rule and kind."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for id_ in {*settled.raised, *settled.withdrawn, *settled.joined, *settled.restored}:
        row = settled.rows[id_]
        found[row["rule_id"], row["kind"]].append(row["opened_ms"])
    return found


def _ranges(times: list[int]) -> Iterator[tuple[int, int]]:
    """Times that are near each other, as ranges."""
    times = sorted(times)
    start = 0
    for place in range(1, len(times) + 1):
        if place == len(times) or times[place] - times[place - 1] > WITHIN_MS:
            yield times[start], times[place - 1]
            start = place


def _gather(connection: Connection, around: list[tuple[Opened, str | None]], stormed: Stormed, now_ms: int) -> set[str]:
    """Make members of what is a storm, free what is none any more; the storms that are to be brought up to date."""
    was = {opened.id: storm for opened, storm in around if storm is not None}
    found: dict[str, tuple[Opened, ...]] = {}
    for members in storms(opened for opened, _ in around):
        first = members[0].id
        longer = first == around[0][0].id and len(around) >= store.FAR and first in was
        found[was[first] if longer else storm_id(first)] = members
    now_in = {member.id: storm for storm, members in found.items() for member in members}
    for storm in found:
        joining = [id_ for id_, its in now_in.items() if its == storm and was.get(id_) != storm]
        if joining:
            store.fold_into(connection, joining, storm)
            stormed.joined |= dict.fromkeys(joining, storm)
    leaving = [id_ for id_ in was if id_ not in now_in]
    if leaving:
        store.fold_into(connection, leaving, None)
        stormed.left += leaving
    _end(connection, set(was.values()) - found.keys(), was, now_in, stormed, now_ms)
    return set(found)


def _end(
    connection: Connection,
    ids: set[str],
    was: Mapping[str, str],
    now_in: Mapping[str, str],
    stormed: Stormed,
    now_ms: int,
) -> None:
    """Storms that have no member any more: another is in their place, or there was none."""
    for id_, row in alert_state.known(connection, ids).items():
        if store.members(connection, id_):
            continue
        heirs = [now_in[member] for member, storm in was.items() if storm == id_ and member in now_in]
        gone = {"withdrawn": True, "state": "closed", "closed_by": LATE_DATA, "due_ms": None, "snoozed_ms": None}
        fresh = {**row, **gone, "closed_ms": row["closed_ms"] or now_ms, "instead": heirs[0] if heirs else None}
        alert_state.put(connection, [fresh])
        alert_state.add_history(connection, [event(row, "late_data", now_ms, None, {"instead": fresh["instead"]})])
        stormed.rows[id_] = fresh
        stormed.withdrawn.append(id_)


def _refresh(connection: Connection, rules: Mapping[str, InForce], storm: str, stormed: Stormed, now_ms: int) -> None:
    """A storm's row, from its members and from what was done about it."""
    members = store.members(connection, storm)
    if not members:
        return
    before = alert_state.known(connection, [storm]).get(storm)
    former = alert_state.in_place_of(connection, [storm])
    acts = alert_state.acts_on(connection, {storm, *former})
    known = alert_state.known(connection, former) if before is None else {}
    heir_of = min(known.values(), key=lambda row: row["raised_ms"], default=None)
    fresh = _row(storm, members, before or heir_of, now_ms)
    escalates = rules[fresh["rule_id"]].rule.escalate_after_s if fresh["rule_id"] in rules else None
    if escalates is not None and not acts and fresh["state"] == "open" and fresh["escalated_ms"] is None:
        at_ms = max(fresh["opened_ms"], fresh["raised_ms"]) + escalates * 1000
        fresh |= {"escalated_ms": now_ms} if at_ms <= now_ms else {"due_ms": at_ms}
    if fresh == before:
        return
    alert_state.put(connection, [fresh])
    alert_state.add_history(connection, _transitions(before, fresh, rules, now_ms))
    stormed.rows[storm] = fresh
    if before is None and heir_of is None:
        stormed.raised.append(storm)
    elif before is None and heir_of is not None:
        stormed.inherited[storm] = heir_of["id"]
    elif before is not None and before["withdrawn"]:
        stormed.restored.append(storm)
    if fresh["escalated_ms"] is not None and (before is None or before["escalated_ms"] is None):
        stormed.escalated.append(storm)


def _row(storm: str, members: list[Row], before: Row | None, now_ms: int) -> Row:
    groups = [Group(row["state"], row["severity"], 1, row["closed_ms"], row["snoozed_ms"]) for row in members]
    all_ = together(groups)
    open_ = [row for row in members if row["closed_ms"] is None]
    acknowledged = [row for row in open_ if row["acknowledged_by"]] if all_.state == "acknowledged" else []
    seen_last = max(acknowledged, key=lambda row: row["acknowledged_ms"], default=NOBODY)
    assigned = {row["assigned_to"] for row in open_}
    last = max(members, key=lambda row: row["closed_ms"] or 0)
    return {
        "id": storm,
        "rule_id": members[0]["rule_id"],
        "vehicle_id": None,
        "part": "",
        "kind": members[0]["kind"],
        "severity": all_.severity,
        "fence_id": None,
        "began_ms": members[0]["opened_ms"],
        "opened_ms": members[0]["opened_ms"],
        "closed_ms": all_.closed_ms,
        "closed_by": last["closed_by"] if all_.closed_ms is not None else None,
        "state": all_.state,
        "acknowledged_by": seen_last["acknowledged_by"],
        "acknowledged_ms": seen_last["acknowledged_ms"],
        "assigned_to": assigned.pop() if len(assigned) == 1 else None,
        "snoozed_ms": all_.snoozed_ms,
        "escalated_ms": before["escalated_ms"] if before else None,
        "raised_ms": before["raised_ms"] if before else now_ms,
        "due_ms": None,
        "late": all(row["late"] for row in members),
        "withdrawn": False,
        "instead": None,
        "folded_into": None,
        "count": all_.count,
        "lon": None,
        "lat": None,
        "facts": [],
    }


def _transitions(before: Row | None, fresh: Row, rules: Mapping[str, InForce], now_ms: int) -> list[Row]:
    found: list[Row] = []
    if before is None:
        found.append(event(fresh, "opened", fresh["opened_ms"], None, {}))
    elif before["withdrawn"]:
        found.append(event(fresh, "restored", now_ms, None, {}))
    elif before["closed_ms"] is not None and fresh["closed_ms"] is None:
        found.append(event(fresh, "returned", now_ms, None, {}))
    if (
        fresh["closed_ms"] is not None
        and fresh["closed_by"] == "rule"
        and (before is None or before["closed_ms"] is None)
    ):
        found.append(event(fresh, "closed", fresh["closed_ms"], None, {}))
    if fresh["escalated_ms"] is not None and (before is None or before["escalated_ms"] is None):
        to = rules[fresh["rule_id"]].rule.escalate_to
        found.append(event(fresh, "escalated", now_ms, None, {"to": to}))
    return found


def joining_acts(acts: Iterable[Act], now_ms: int) -> list[Act]:
    """What was done about a storm that holds for whoever joins it: acknowledged, given to somebody, snoozed."""
    last: dict[str, Act] = {}
    for act in acts:
        if act.what in ("closed", "reopened"):
            last.clear()
        if act.what == "snoozed" and (act.detail.get("until") or 0) > now_ms:
            last.pop("acknowledged", None)
            last["snoozed"] = act
        if act.what in ("acknowledged", "assigned"):
            last[act.what] = act
            last.pop("snoozed" if act.what == "acknowledged" else "", None)
    return list(last.values())
