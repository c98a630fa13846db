"""From facts that stand, and what people did, to alerts: for one rule and one subject, in event time. Pure.

The order in which facts came changes nothing: the whole is folded anew from wherever something changed. What late data
may change is which facts count at all; that is decided before (`opening`), from when each of them came to be known.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from server.domain.alerts.rules import Rule


class News(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that stands, and when it came to be known."""

    id: str
    kind: str
    vehicle: str
    at_ms: int
    known_ms: int
    fence: str | None = None
    body: dict[str, Any] = {}
    late: bool = False


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did about an alert: who is None when a rule was switched off."""

    number: int
    alert: str
    opened_ms: int
    """When that alert opened, as it was seen then: should its cause vanish, the act belongs to what is in its place."""
    at_ms: int
    who: str | None
    what: str
    detail: dict[str, Any] = {}


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as the fold sees it."""

    id: str
    opener: News
    opened_ms: int
    facts: tuple[str, ...]
    closed_ms: int | None = None
    closed_by: str | None = None
    acknowledged_by: str | None = None
    acknowledged_ms: int | None = None
    assigned_to: str | None = None
    snoozed_ms: int | None = None
    returned_ms: int | None = None
    """When it came back within the cool-down, the last time."""
    acted: bool = False
    """Whether anybody did anything: then it need not escalate."""


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it; and from which fact on, until when, time has to show whether something lasts."""

    alerts: tuple[Alert, ...]
    waits_from_ms: int | None = None
    due_ms: int | None = None


class _State(msgspec.Struct, frozen=True, kw_only=True):
    """How far the fold is. `current` is open, or the last that was; `pending` has to last before it opens."""

    done: tuple[Alert, ...] = ()
    current: Alert | None = None
    pending: News | None = None
    while_pending: tuple[str, ...] = ()


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change during the fold."""

    rule: Rule
    part: str
    waits: Mapping[str, int]
    ids: Mapping[str, str]
    """The id that an alert has which this fact opens, by the fact's id."""


def alert_id(rule: str, part: str, fact: str) -> str:
    """The id that follows from rule, subject and opening fact."""
    return hashlib.sha256(f"{rule}|{part}|{fact}".encode()).hexdigest()[:24]


def fold(
    rule: Rule,
    part: str,
    *,
    opening: Iterable[News],
    closing: Iterable[News],
    acts: Iterable[Act],
    waits: Mapping[str, int],
    now_ms: int,
) -> Folded:
    """The alerts of a subject. `waits` are those of facts that opened one when the rule still said otherwise, in ms."""
    begins, ends = list(opening), list(closing)
    given = _Given(
        rule=rule, part=part, waits=waits, ids={fact.id: alert_id(rule.id, part, fact.id) for fact in begins}
    )
    items: list[tuple[int, int, str, News | Act]] = [
        *((fact.at_ms, 1, fact.id, fact) for fact in begins),
        *((fact.at_ms, 2 if fact.body.get("duration_s") == 0 else 0, fact.id, fact) for fact in ends),
        *((act.at_ms, 3, f"{act.number:020}", act) for act in acts),
    ]
    state, to_come = _State(), [item[0] for item in items if item[0] > now_ms]
    for at_ms, rank, _, item in sorted((item for item in items if item[0] <= now_ms), key=lambda item: item[:3]):
        state = _lasted(state, given, at_ms)
        if isinstance(item, Act):
            state = _acted(state, given, item)
        else:
            state = _began(state, given, item) if rank == 1 else _ended(state, item)
    state = _lasted(state, given, now_ms)
    alerts = state.done if state.current is None else (*state.done, state.current)
    pending = state.pending
    if pending is not None:
        to_come.append(pending.at_ms + _wait_ms(given, pending))
    return Folded(
        alerts=alerts,
        waits_from_ms=None if not to_come else pending.at_ms if pending else min(to_come),
        due_ms=min(to_come, default=None),
    )


def state_at(alert: Alert, now_ms: int) -> str:
    """Open, acknowledged, snoozed or closed."""
    if alert.closed_ms is not None:
        return "closed"
    if alert.snoozed_ms is not None and alert.snoozed_ms > now_ms:
        return "snoozed"
    return "open" if alert.acknowledged_by is None else "acknowledged"


def takes_over(vanished: tuple[int, int | None, str], alerts: Collection[Alert]) -> Alert | None:
    """The alert in the place of one (opened, closed, its fact) whose cause late data took away; None: there is none."""
    opened_ms, closed_ms, fact = vanished
    for alert in alerts:
        if fact in alert.facts:
            return alert
    for alert in alerts:
        if (closed_ms is None or alert.opened_ms <= closed_ms) and (
            alert.closed_ms is None or alert.closed_ms >= opened_ms
        ):
            return alert
    return None


def _wait_ms(given: _Given, fact: News) -> int:
    return given.waits.get(fact.id, given.rule.wait_s * 1000)


def _began(state: _State, given: _Given, fact: News) -> _State:
    """It happens: the alert opens, or waits to; or goes on, when it is open."""
    current = state.current
    if current is not None and current.closed_ms is None:
        fresh = msgspec.structs.replace(current, facts=(*current.facts, fact.id))
        return msgspec.structs.replace(state, current=fresh)
    if state.pending is not None:
        return msgspec.structs.replace(state, while_pending=(*state.while_pending, fact.id))
    return _lasted(msgspec.structs.replace(state, pending=fact, while_pending=()), given, fact.at_ms)


def _lasted(state: _State, given: _Given, at_ms: int) -> _State:
    """Open what has lasted long enough by then. What comes back within the cool-down is the former alert."""
    fact, current = state.pending, state.current
    if fact is None or fact.at_ms + _wait_ms(given, fact) > at_ms:
        return state
    seen = (fact.id, *state.while_pending)
    if current is not None and current.closed_ms is None:  # somebody opened it again meanwhile
        return _State(done=state.done, current=msgspec.structs.replace(current, facts=(*current.facts, *seen)))
    if current is not None and _cools(current, given.rule, fact):
        again = msgspec.structs.replace(
            current, closed_ms=None, closed_by=None, returned_ms=fact.at_ms, facts=(*current.facts, *seen)
        )
        return _State(done=state.done, current=again)
    opened_ms = fact.at_ms + _wait_ms(given, fact)
    fresh = Alert(id=given.ids[fact.id], opener=fact, opened_ms=opened_ms, facts=seen)
    return _State(done=state.done if current is None else (*state.done, current), current=fresh)


def _cools(current: Alert, rule: Rule, fact: News) -> bool:
    return current.closed_ms is not None and fact.at_ms - current.closed_ms < rule.cool_down_s * 1000


def _ended(state: _State, fact: News) -> _State:
    """It is over."""
    if state.pending is not None:
        return msgspec.structs.replace(state, pending=None, while_pending=())
    current = state.current
    if current is None or current.closed_ms is not None:
        return state
    fresh = msgspec.structs.replace(
        current, closed_ms=fact.at_ms, closed_by="rule", facts=(*current.facts, fact.id), snoozed_ms=None
    )
    return msgspec.structs.replace(state, current=fresh)


def _acted(state: _State, given: _Given, act: Act) -> _State:
    """Somebody did something: to the alert that they saw, or to what is in its place."""
    current = state.current
    if current is not None and _means(given, act, current):
        return msgspec.structs.replace(state, current=_with(current, act, last=True))
    for place in reversed(range(len(state.done))):
        if _means(given, act, state.done[place]):
            fresh = _with(state.done[place], act, last=False)
            return msgspec.structs.replace(state, done=(*state.done[:place], fresh, *state.done[place + 1 :]))
    return state


def _means(given: _Given, act: Act, alert: Alert) -> bool:
    if act.alert == alert.id:
        return True
    if act.alert in given.ids.values():
        return act.alert in (given.ids.get(fact) for fact in alert.facts)
    return alert.closed_ms is None or alert.closed_ms >= act.opened_ms


def _with(alert: Alert, act: Act, *, last: bool) -> Alert:
    """The alert after the act. Only the last of a subject can be opened again: at most one is open."""
    change: dict[str, Any] = {"acted": True}
    if act.what == "acknowledged":
        change |= {"acknowledged_by": act.who, "acknowledged_ms": act.at_ms, "snoozed_ms": None}
    elif act.what == "assigned":
        change["assigned_to"] = act.detail.get("to")
    elif act.what == "snoozed" and alert.closed_ms is None:
        change |= {"snoozed_ms": act.detail.get("until"), "acknowledged_by": None, "acknowledged_ms": None}
    elif act.what == "closed" and alert.closed_ms is None:
        change |= {"closed_ms": act.at_ms, "closed_by": act.who or "rule", "snoozed_ms": None}
    elif act.what == "reopened" and last:
        change |= {"closed_ms": None, "closed_by": None, "snoozed_ms": None}
        change |= {"acknowledged_by": None, "acknowledged_ms": None}
    return msgspec.structs.replace(alert, **change)
