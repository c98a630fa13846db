"""Which facts open an alert of a rule: what the rule selects, when it counts, while the news can still be acted on."""

from collections.abc import Collection

import msgspec

from server.domain.alerts.fold import News
from server.domain.alerts.rules import Rule
from server.domain.fences.schedule import Schedule, in_force


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with what it takes to judge by it."""

    rule: Rule
    since_ms: int
    """What was known before then opens nothing: the rule was not there, or said something else."""
    schedule: Schedule | None
    of_teams: frozenset[str]
    """The vehicles of its teams."""


def opens(by: InForce, fact: News, kept: Collection[str]) -> bool:
    """Whether this fact opens an alert. `kept` are facts that did: people know of them, so they go on counting."""
    rule = by.rule
    if fact.kind not in rule.kinds:
        return False
    if fact.id in kept:
        return True
    return (
        rule.enabled
        and fact.known_ms >= by.since_ms
        and fact.known_ms - (fact.at_ms + rule.wait_s * 1000) <= rule.actionable_s * 1000
        and (rule.vehicles is None or fact.vehicle in rule.vehicles)
        and (rule.teams is None or fact.vehicle in by.of_teams)
        and (rule.fences is None or fact.fence in rule.fences)
        and (by.schedule is None or in_force(by.schedule, fact.at_ms))
    )
