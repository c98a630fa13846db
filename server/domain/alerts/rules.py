"""A rule of alerts as data: which facts open one, which close it, for whom, where, when and how severe. Pure."""

from typing import Literal, get_args

import msgspec

from server.domain.alerts.kinds import PARTNERS, closers
from server.domain.fences.hours import read_hours
from server.domain.fences.schedule import Schedule

Severity = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
DAY_S = 86_400
ACTIONABLE_S = 3600


class RuleError(ValueError):
    """The rule cannot be used; says what to write instead."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What makes an alert. Null selects everything."""

    id: str
    name: str
    kinds: tuple[str, ...]
    closes_by: tuple[str, ...] = ()
    """Facts that end it; empty: a person closes it."""
    vehicles: frozenset[str] | None = None
    teams: frozenset[str] | None = None
    fences: frozenset[str] | None = None
    hours: str | None = None
    time_zone: str = "UTC"
    severity: Severity = "warning"
    wait_s: int = 0
    """It has to last so long first."""
    cool_down_s: int = 300
    """What comes back within this after the end is the same alert: nobody is told twice."""
    actionable_s: int = ACTIONABLE_S
    """News that is older than this alerts nobody."""
    escalate_after_s: int | None = None
    escalate_to: str | None = None
    """A user: their channels are told when nobody has acted."""
    enabled: bool = True


def checked(rule: Rule) -> Rule:
    """The rule, or a RuleError that says what is wrong with it."""
    for name, kinds in (("kinds", rule.kinds), ("closes_by", rule.closes_by)):
        unknown = sorted(set(kinds) - PARTNERS.keys())
        if unknown:
            raise RuleError(f"{name}: there is no kind of fact {unknown[0]!r}; there are {', '.join(PARTNERS)}.")
    if not rule.kinds:
        raise RuleError("kinds: name at least one kind of fact, for instance gateway_silent.")
    both = sorted(set(rule.kinds) & set(rule.closes_by))
    if both:
        raise RuleError(f"closes_by: {both[0]} opens the alert already; what opens it cannot close it.")
    if rule.wait_s and not rule.closes_by:
        raise RuleError("wait_s: nothing ends this alert by itself, so there is nothing to wait for; write 0.")
    if (rule.escalate_after_s is None) != (rule.escalate_to is None):
        raise RuleError("escalate_after_s and escalate_to: write both, or neither.")
    return rule


def schedule_of(rule: Rule) -> Schedule | None:
    """When the rule counts; None: always. Raises HoursError."""
    if rule.hours is None:
        return None
    mon, tue, wed, thu, fri, sat, sun, holidays = read_hours(rule.hours)
    return Schedule(week=(mon, tue, wed, thu, fri, sat, sun), on_holidays=holidays, time_zone=rule.time_zone)


def same_conditions(one: Rule, other: Rule) -> bool:
    """Whether two versions of a rule select the same; if not, only news from then on counts for the new one."""
    described = ("kinds", "vehicles", "teams", "fences", "hours", "time_zone", "wait_s", "enabled")
    return all(getattr(one, name) == getattr(other, name) for name in described)


def _default(id_: str, name: str, kind: str, severity: Severity, *, cool_down_s: int, actionable_s: int) -> Rule:
    return Rule(
        id=id_,
        name=name,
        kinds=(kind,),
        closes_by=closers((kind,)),
        severity=severity,
        cool_down_s=cool_down_s,
        actionable_s=actionable_s,
    )


CUSTODY: tuple[tuple[str, str, Severity], ...] = (
    ("wrong_vehicle", "A package is in the wrong vehicle", "critical"),
    ("left_behind", "A package is left behind", "critical"),
    ("left_aboard", "A package is still aboard", "warning"),
    ("wrong_stop", "A package is at the wrong stop", "warning"),
    ("missing", "A package is missing", "warning"),
)
DEFAULTS: tuple[Rule, ...] = (
    _default("gateway-silent", "A gateway is silent", "gateway_silent", "warning", cool_down_s=300, actionable_s=DAY_S),
    _default("receiver-lost", "A receiver is lost", "receiver_lost", "warning", cool_down_s=900, actionable_s=3600),
    _default("tamper", "Somebody opened a gateway", "tamper", "critical", cool_down_s=600, actionable_s=DAY_S),
    _default("battery-low", "A battery is low", "battery_low", "info", cool_down_s=DAY_S, actionable_s=DAY_S),
    *(
        _default(kind.replace("_", "-"), name, kind, severity, cool_down_s=300, actionable_s=DAY_S)
        for kind, name, severity in CUSTODY
    ),
)
"""Made once, when the server starts for the first time; people change them as they like."""
