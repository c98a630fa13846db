"""What a report is asked for: kind, window, vehicles, group, time zone. Pure; every mistake says what to write.

Shared by the API, the command line and the schedules, so that the three mean the same.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

import msgspec

Kind = Literal["trips", "halts", "visits", "distance", "idling", "speeding", "alerts"]
Group = Literal["", "vehicle", "day", "team", "driver", "fence"]
KINDS: tuple[Kind, ...] = get_args(Kind)
GROUPS: tuple[Group, ...] = get_args(Group)[1:]
OF_FENCES: tuple[Kind, ...] = ("halts", "visits", "speeding", "alerts")
"""What can be asked for one fence, and be grouped by fence: what says at which one it was."""
LONGEST = timedelta(days=366)
USUAL = timedelta(days=7)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question, with the window as instants: `start` counts, `end` does not."""

    kind: Kind
    start: datetime
    end: datetime
    zone: str = "UTC"
    vehicles: frozenset[str] | None = None
    """Only these; None for all."""
    sees: frozenset[str] | None = None
    """The vehicles that the asker sees; None for all."""
    teams: frozenset[str] | None = None
    """The teams whose names the asker knows; None for all."""
    fence: str | None = None
    group: Group = ""

    @property
    def of(self) -> frozenset[str] | None:
        """The vehicles that count."""
        if self.vehicles is None or self.sees is None:
            return self.sees if self.vehicles is None else self.vehicles
        return self.vehicles & self.sees

    @property
    def place(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.zone)


def asked(
    kind: str,
    *,
    start: str = "",
    end: str = "",
    zone: str = "",
    vehicles: frozenset[str] | None = None,
    sees: frozenset[str] | None = None,
    teams: frozenset[str] | None = None,
    fence: str = "",
    group: str = "",
    now: datetime,
) -> Asked:
    """The question that these words mean; ValueError when they mean none."""
    if kind not in KINDS:
        raise ValueError(f"There is no report {kind!r}; there are {', '.join(KINDS)}.")
    if group and group not in GROUPS:
        raise ValueError(f"A report cannot be grouped by {group!r}; write {', '.join(GROUPS)}, or nothing.")
    if kind not in OF_FENCES and (fence or group == "fence"):
        raise ValueError(f"The report {kind} knows no fences; {', '.join(OF_FENCES)} do.")
    place = time_zone(zone or "UTC")
    first, last = _window(start, end, place, now)
    return Asked(
        kind=kind,
        start=first,
        end=last,
        zone=place.key,
        vehicles=vehicles,
        sees=sees,
        teams=teams,
        fence=fence or None,
        group=group,
    )


def time_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name; ValueError when there is none."""
    if name not in _zones():
        raise ValueError(f"There is no time zone {name!r}; write one such as Europe/Helsinki, or UTC.")
    return ZoneInfo(name)


@cache
def _zones() -> set[str]:
    return available_timezones()


def midnight(day: date, zone: tzinfo) -> datetime:
    """When a day begins there. Where clocks skip midnight it begins when they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _window(start: str, end: str, zone: tzinfo, now: datetime) -> tuple[datetime, datetime]:
    """By default the seven days that end with today."""
    try:
        last = _instant(end, zone) if end else midnight((now.astimezone(zone) + timedelta(days=1)).date(), zone)
        if start:
            first = _instant(start, zone)
        else:
            local = last.astimezone(zone) - USUAL  # the same time of the day, whatever clocks did in between
            first = local.astimezone(UTC)
    except OverflowError:
        raise ValueError("Times are in the years 1 to 9999.") from None
    if first >= last:
        raise ValueError("`from` has to be before `to`.")
    if last - first > LONGEST:
        raise ValueError(f"At most {LONGEST.days} days at once. Ask for shorter windows.")
    return first, last


def _instant(text: str, zone: tzinfo) -> datetime:
    """RFC 3339; without a zone it is meant in the report's, and a day is its midnight."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time; write 2026-11-22, or 2026-11-22T10:00:00Z.") from None
    return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)


def days(start: datetime, end: datetime, zone: tzinfo) -> list[date]:
    """The days of the zone that the window touches."""
    first = start.astimezone(zone).date()
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
