"""What reports are made of: standing facts as spans, each found by its beginning, and totals of days.

A span is the fact that ended something, with the one that began it; one that goes on has only its beginning. A window
is half open and cuts nothing: a span that began in it is in it whole, and in no other.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from server.store.schema import Row, alerts, day_totals, facts, fence_versions, team_vehicles, teams, vehicles
from server.store.seen import seen


class Ends(NamedTuple):
    """The kinds of facts that begin and end a span, and what the ending one calls its beginning."""

    began: str
    ended: str
    since: str = "started_at"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Something that lasted, or (`end_ms` None) goes on. `id` is that of its newest fact."""

    id: str
    kind: str
    vehicle: str
    start_ms: int
    end_ms: int | None
    fence: str | None = None
    body: dict[str, Any] = {}


class Within(NamedTuple):
    """Which facts: start_ms <= at < end_ms, of these vehicles (all when None)."""

    start_ms: int
    end_ms: int
    vehicles: Collection[str] | None = None


def count_facts(connection: Connection, kind: str, within: Within) -> int:
    """How many standing facts of a kind there are: cheap, to refuse what would be too much."""
    return int(connection.execute(_standing([kind], within, func.count())).scalar_one())


def single_facts(connection: Connection, kind: str, within: Within) -> list[Span]:
    """Facts that are a whole by themselves, such as a crossing: each says how long it took."""
    rows = connection.execute(_standing([kind], within, *_ASKED)).mappings()
    return [_span(dict(row), row["at_ms"], row["at_ms"] + _lasted_ms(row["body"])) for row in rows]


def spans(connection: Connection, ends: Ends, within: Within) -> list[Span]:
    """What began in the window, whole, in the order of its beginning."""
    rows = [dict(row) for row in connection.execute(_standing([ends.began, ends.ended], within, *_ASKED)).mappings()]
    began = [row for row in rows if row["kind"] == ends.began]
    found = {_key(row, start_ms): _span(row, start_ms, row["at_ms"]) for row, start_ms in _ended(rows, ends)}
    for row in began:
        if _key(row, row["at_ms"]) not in found:
            last = _ended_later(connection, ends, row, within.end_ms)
            end_ms = None if last is row else last["at_ms"]
            found[_key(row, row["at_ms"])] = _span(last, row["at_ms"], end_ms)
    inside = [span for span in found.values() if within.start_ms <= span.start_ms < within.end_ms]
    return sorted(inside, key=lambda span: (span.start_ms, span.vehicle, span.fence or ""))


def count_alerts(connection: Connection, within: Within) -> int:
    """How many alerts of vehicles opened in the window."""
    return int(connection.execute(_opened(within, func.count())).scalar_one())


def opened_alerts(connection: Connection, within: Within) -> list[Row]:
    """Alerts of vehicles that opened in the window and still stand, oldest first. Storms are their members."""
    asked = _opened(within, alerts).order_by(alerts.c.opened_ms, alerts.c.vehicle_id, alerts.c.id)
    return [dict(row) for row in connection.execute(asked).mappings()]


def totals_of_days(connection: Connection, first: date, last: date, of: Collection[str] | None) -> list[Row]:
    """The totals of whole UTC days, from the first to the last."""
    asked = select(day_totals).where(day_totals.c.day.between(first, last), seen(day_totals.c.vehicle_id, of))
    return [dict(row) for row in connection.execute(asked).mappings()]


def vehicle_names(connection: Connection) -> dict[str, str]:
    """The names of all vehicles, by id."""
    return {row.id: row.name for row in connection.execute(select(vehicles.c.id, vehicles.c.name))}


def team_names(connection: Connection, known: Collection[str] | None) -> dict[str, str]:
    """The team of each vehicle that is in one; of several all, with commas between, so that nothing counts twice."""
    asked = (
        select(team_vehicles.c.vehicle_id, teams.c.name)
        .join(teams, teams.c.id == team_vehicles.c.team_id)
        .where(seen(teams.c.id, known))
        .order_by(teams.c.name)
    )
    found: dict[str, str] = {}
    for vehicle, name in connection.execute(asked):
        found[vehicle] = f"{found[vehicle]}, {name}" if vehicle in found else name
    return found


def fence_names(connection: Connection) -> dict[str, str]:
    """The newest name of every fence that there ever was, by id."""
    asked = select(fence_versions.c.fence_id, fence_versions.c.feature).order_by(fence_versions.c.version)
    return {
        row.fence_id: (row.feature.get("properties") or {}).get("name") or row.fence_id
        for row in connection.execute(asked)
    }


_ASKED = (facts.c.id, facts.c.vehicle_id, facts.c.kind, facts.c.at_ms, facts.c.fence_id, facts.c.body)


def _standing(kinds: list[str], within: Within, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        facts.c.kind.in_(kinds),
        facts.c.at_ms >= within.start_ms,
        facts.c.at_ms < within.end_ms,
        facts.c.withdrawn_at.is_(None),
        seen(facts.c.vehicle_id, within.vehicles),
    )


def _opened(within: Within, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(alerts)
        .where(
            alerts.c.vehicle_id.is_not(None),
            alerts.c.withdrawn.is_(False),
            alerts.c.opened_ms >= within.start_ms,
            alerts.c.opened_ms < within.end_ms,
            seen(alerts.c.vehicle_id, within.vehicles),
        )
    )


def _ended(rows: Iterable[Row], ends: Ends) -> list[tuple[Row, int]]:
    """The facts that end something, with its beginning."""
    return [(row, _ms(row["body"][ends.since])) for row in rows if row["kind"] == ends.ended]


def _ended_later(connection: Connection, ends: Ends, began: Row, from_ms: int) -> Row:
    """The fact after the window that ended what began in it; what began itself when it goes on."""
    asked = (
        select(*_ASKED)
        .where(
            facts.c.vehicle_id == began["vehicle_id"],
            facts.c.kind == ends.ended,
            facts.c.at_ms >= from_ms,
            facts.c.withdrawn_at.is_(None),
        )
        .order_by(facts.c.at_ms)
        .limit(1)
    )
    if _of_fences(began):
        asked = asked.where(facts.c.fence_id == began["fence_id"])
    row = connection.execute(asked).mappings().first()
    return dict(row) if row is not None and _ms(row["body"][ends.since]) == began["at_ms"] else began


def _key(row: Row, start_ms: int) -> tuple[str, int, str | None]:
    """What one vehicle began at one instant; several fences may be entered at once."""
    return row["vehicle_id"], start_ms, row["fence_id"] if _of_fences(row) else None


def _of_fences(row: Row) -> bool:
    return bool(row["kind"].startswith("fence_"))


def _span(row: Row, start_ms: int, end_ms: int | None) -> Span:
    return Span(
        id=row["id"],
        kind=row["kind"],
        vehicle=row["vehicle_id"],
        start_ms=start_ms,
        end_ms=end_ms,
        fence=row["fence_id"],
        body=row["body"],
    )


def _lasted_ms(body: dict[str, Any]) -> int:
    return round(1000 * (body.get("duration_s") or 0))


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
