"""Who is told what, and when: routes from rules and severities to channels, quiet hours, digests. Pure.

Hours are those of the wall clock in the person's own time zone.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from server.domain.alerts.rules import SEVERITIES, Severity


class SubscriptionError(ValueError):
    """The subscription cannot be used; says what to write instead."""


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts of these rules (null: of all) and severities go to these channels."""

    rules: tuple[str, ...] | None = None
    severities: tuple[Severity, ...] = SEVERITIES
    channels: tuple[str, ...]


class Quiet(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Hours in which nothing is sent but what is critical (if that is wished); what gathers goes out at their end."""

    from_: str
    to: str
    critical_anyway: bool = True


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """What one person is told."""

    routes: tuple[Route, ...] = ()
    quiet: Quiet | None = None
    digest: tuple[str, ...] = ()
    """Times of the day at which what is not critical goes out as one message; none: each at once."""
    time_zone: str = "UTC"


class When(msgspec.Struct, frozen=True, kw_only=True):
    """When a message goes out, and whether it waits for others to go with it."""

    at: datetime
    digest: bool


def checked(subscription: Subscription) -> Subscription:
    """The subscription, or a SubscriptionError."""
    if subscription.time_zone not in available_timezones():
        raise SubscriptionError(
            f"time_zone: there is no {subscription.time_zone!r}; write for instance Europe/Helsinki."
        )
    quiet = subscription.quiet
    for text in (*subscription.digest, *((quiet.from_, quiet.to) if quiet else ())):
        _time(text)
    if quiet and quiet.from_ == quiet.to:
        raise SubscriptionError("quiet: from and to are the same; write null when there are no quiet hours.")
    return subscription


def channels_for(subscription: Subscription, rule: str, severity: str) -> list[str]:
    """Where an alert of this rule and severity goes."""
    wanted = [
        channel
        for route in subscription.routes
        if severity in route.severities and (route.rules is None or rule in route.rules)
        for channel in route.channels
    ]
    return list(dict.fromkeys(wanted))


def when(subscription: Subscription, severity: str, now: datetime) -> When:
    """When a message about an alert of this severity goes out."""
    quiet, zone = subscription.quiet, ZoneInfo(subscription.time_zone)
    critical = severity == "critical"
    at, digest = now, False
    if subscription.digest and not critical:
        at, digest = min(_next(text, zone, now) for text in subscription.digest), True
    if quiet and not (critical and quiet.critical_anyway) and _within(quiet, zone, at):
        at, digest = _next(quiet.to, zone, at), True
    return When(at=at, digest=digest)


def _within(quiet: Quiet, zone: ZoneInfo, at: datetime) -> bool:
    start, end, here = _time(quiet.from_), _time(quiet.to), at.astimezone(zone).time()
    return start <= here < end if start < end else here >= start or here < end


def _next(text: str, zone: ZoneInfo, after: datetime) -> datetime:
    """The next time that the clock shows this; where it skips it in spring, the instant that it skips to."""
    day: date = after.astimezone(zone).date()
    for ahead in range(3):
        at = datetime.combine(day + timedelta(days=ahead), _time(text), zone).astimezone(UTC)
        if at > after:
            return at
    raise AssertionError("a day has come within three")


def _time(text: str) -> time:
    if not re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise SubscriptionError(f"{text[:20]!r} is not a time of the day; write it as 07:30.")
    return time.fromisoformat(text)
