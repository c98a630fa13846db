"""The rules of alerts, changed by dispatchers; what a rule selects counts from the moment of the change."""

import secrets
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from server.alerting import switched_off
from server.announcing import announce
from server.api.answers import answer
from server.api.parts import Asker, OurParts, Parts
from server.api.problems import Problem, errors
from server.api.shapes_alerts import AlertRule, AlertRuleIn, AlertRules
from server.domain.alerts.kinds import PARTNERS, closers
from server.domain.alerts.rules import Rule, RuleError, checked
from server.domain.fences.hours import HoursError, read_hours
from server.domain.person import Person
from server.store import accounts, alert_rules
from server.store.audit import audit
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["alerts"], responses=errors(401, 403, 422, 503))


@router.get("/alert-rules", response_model=AlertRules)
def list_rules(request: Request, _person: Asker, parts: OurParts) -> Response:
    """All rules, by name, and the kinds of facts that there are to choose from."""
    with parts.database.reading() as connection:
        items = [_said(rule) for rule in alert_rules.list_rules(connection)]
    return answer(request, {"items": items, "kinds": {kind: list(ends) for kind, ends in PARTNERS.items()}})


@router.post("/alert-rules", response_model=AlertRule, status_code=201, responses=errors(400))
def add_rule(request: Request, said: AlertRuleIn, person: Asker, parts: OurParts) -> Response:
    """A new rule. News from before now alerts nobody by it."""
    return _put(request, parts, person, said, secrets.token_hex(8), 201)


@router.put("/alert-rules/{rule_id}", response_model=AlertRule, responses=errors(400, 404))
def change_rule(request: Request, rule_id: str, said: AlertRuleIn, person: Asker, parts: OurParts) -> Response:
    """The whole rule anew. Alerts that are open stay as they are; one that is switched off closes its own."""
    return _put(request, parts, person, said, rule_id, 200)


@router.delete("/alert-rules/{rule_id}", status_code=204, responses=errors(404))
def remove_rule(rule_id: str, person: Asker, parts: OurParts) -> None:
    """Remove a rule. Its open alerts close; those that were keep its name."""
    with parts.database.writing() as connection:
        rule = _there(connection, rule_id)
        now = datetime.now(UTC)
        changes = switched_off(connection, rule_id, "The rule was removed.", now)
        alert_rules.remove_rule(connection, rule_id, now)
        audit(connection, person, "alert_rule_removed", rule_id, {"name": rule.name}, now)
    announce(parts.hub, changes)


def _put(request: Request, parts: Parts, person: Person, said: AlertRuleIn, rule_id: str, status: int) -> Response:
    rule, now = rule_of(said, rule_id), datetime.now(UTC)
    with parts.database.writing() as connection:
        if status == 200:
            _there(connection, rule_id)
        if rule.escalate_to and not accounts.known(connection, rule.escalate_to):
            raise Problem(422, f"escalate_to: there is no user {rule.escalate_to!r}.")
        changes = [] if rule.enabled else switched_off(connection, rule_id, "The rule was switched off.", now)
        alert_rules.put_rule(connection, rule, now)
        audit(connection, person, "alert_rule_changed", rule_id, msgspec.to_builtins(rule), now)
        [shown] = [row for row in alert_rules.list_rules(connection) if row["id"] == rule_id]
    announce(parts.hub, changes)
    response = answer(request, _said(shown))
    response.status_code = status
    return response


def _there(connection: Connection, rule_id: str) -> Rule:
    rule = alert_rules.one_rule(connection, rule_id)
    if rule is None:
        raise Problem(404, f"There is no rule {rule_id!r}.")
    return rule


def rule_of(said: AlertRuleIn, rule_id: str) -> Rule:
    """The rule that is meant, or a Problem that says what is wrong with it."""
    values = said.model_dump()
    kinds = tuple(dict.fromkeys(values.pop("kinds")))
    ends = values.pop("closes_by")
    for name in ("vehicles", "teams", "fences"):
        values[name] = None if values[name] is None else frozenset(values[name])
    if said.time_zone not in available_timezones():
        raise Problem(422, f"time_zone: there is no {said.time_zone!r}; write for instance Europe/Helsinki.")
    try:
        if said.hours is not None:
            read_hours(said.hours)
        return checked(
            Rule(id=rule_id, kinds=kinds, closes_by=closers(kinds) if ends is None else tuple(ends), **values)
        )
    except (RuleError, HoursError) as error:
        raise Problem(422, str(error)) from None


def _said(row: dict[str, Any]) -> dict[str, Any]:
    sorted_ = {name: row[name] and sorted(row[name]) for name in ("vehicles", "teams", "fences")}
    return {**row, **sorted_, "changed_at": rfc3339(row["changed_at"])}
