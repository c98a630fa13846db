"""Builders of facts and rules, for tests of alerts. Times are seconds from NOON."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from server.domain.alerts.fold import Act, Alert, Folded, News, fold
from server.domain.alerts.kinds import closers
from server.domain.alerts.rules import Rule
from server.domain.facts import Fact, fact
from wire.messages import milliseconds, rfc3339

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DEPOT = "depot"


def at(second: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=second)


def ms(second: float) -> int:
    """The same in ms since 1970."""
    return milliseconds(at(second))


def a_rule(*kinds: str, **more: Any) -> Rule:
    """A rule that alerts at once, closes by nature, and does not cool down."""
    chosen = kinds or ("fence_entered",)
    said = {"id": "rule", "name": "A rule", "kinds": chosen, "closes_by": closers(chosen), "cool_down_s": 0, **more}
    return Rule(**said)


def a_fact(kind: str, second: float, vehicle: str = "van-1", **body: Any) -> Fact:
    """A fact at that second; fences are the depot unless it says otherwise."""
    fence = body.pop("fence", DEPOT if kind.startswith("fence_") or kind == "dwell_reached" else None)
    place = str(body.get("gateway", ""))
    return fact(kind, vehicle, ms(second), ms(second), place=place, fence=fence, **body)


def entered(second: float, vehicle: str = "van-1", **body: Any) -> Fact:
    """It entered the depot."""
    return a_fact("fence_entered", second, vehicle, lon=24.9, lat=60.2, **body)


def left(second: float, since: float, vehicle: str = "van-1", **body: Any) -> Fact:
    """It left the depot, which it had entered at `since`."""
    return a_fact(
        "fence_left",
        second,
        vehicle,
        entered_at=rfc3339(at(since)),
        duration_s=second - since,
        lon=24.9,
        lat=60.2,
        **body,
    )


def news(fact_: Fact, known: float | None = None) -> News:
    """A fact as the fold sees it, known at once unless it says when."""
    return News(
        id=fact_.id,
        kind=fact_.kind,
        vehicle=fact_.vehicle,
        at_ms=fact_.at_ms,
        known_ms=fact_.at_ms if known is None else ms(known),
        fence=fact_.fence,
        body=fact_.body,
    )


def an_act(what: str, second: float, alert: Alert, who: str | None = "aino", **detail: Any) -> Act:
    """What somebody did at that second about an alert."""
    return Act(
        number=round(second * 1000),
        alert=alert.id,
        opened_ms=alert.opened_ms,
        at_ms=ms(second),
        who=who,
        what=what,
        detail=detail,
    )


def folded(rule: Rule, facts: Iterable[Fact], now: float, acts: Iterable[Act] = ()) -> Folded:
    """What the fold makes of facts that are all of one subject, when all may open."""
    all_ = [news(one) for one in facts]
    return fold(
        rule,
        DEPOT,
        opening=[one for one in all_ if one.kind in rule.kinds],
        closing=[one for one in all_ if one.kind in rule.closes_by],
        acts=acts,
        waits={},
        now_ms=ms(now),
    )
