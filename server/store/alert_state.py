"""What the fold of alerts reads and writes: facts as news, what people did, alerts as rows, what time has to show."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from server.domain.alerts.fold import Act, News
from server.store.database import upsert
from server.store.schema import Row, alert_history, alert_waits, alerts, facts, latest
from server.store.seen import seen
from wire.messages import milliseconds

AT_ONCE = 200
_FOLDING = 0x616C65727473
""""alerts", as a number: whoever else takes advisory locks takes others."""
ACTS = ("acknowledged", "assigned", "commented", "snoozed", "closed", "reopened")


def alone(connection: Connection) -> None:
    """Let nobody else fold alerts until this transaction ends. SQLite has one writer anyhow."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_FOLDING)))


def touched_by(connection: Connection, rule: str, since_ms: Mapping[str, int], cool_ms: int) -> list[Row]:
    """The standing alerts of a rule that something can change which happened to a vehicle since then, or later."""
    earliest = min(since_ms.values()) - cool_ms
    asked = select(alerts).where(
        alerts.c.rule_id == rule,
        seen(alerts.c.vehicle_id, since_ms.keys()),
        alerts.c.withdrawn.is_(False),
        or_(alerts.c.closed_ms.is_(None), alerts.c.closed_ms >= earliest),
    )
    return [
        dict(row)
        for row in connection.execute(asked.order_by(alerts.c.opened_ms)).mappings()
        if row["closed_ms"] is None or row["closed_ms"] >= since_ms[row["vehicle_id"]] - cool_ms
    ]


def news_of(connection: Connection, since_ms: Mapping[str, int], kinds: Collection[str]) -> dict[str, list[News]]:
    """The standing facts of these kinds, for each vehicle from its own time on."""
    found: dict[str, list[News]] = {vehicle: [] for vehicle in since_ms}
    starts = list(since_ms.items())
    for place in range(0, len(starts), AT_ONCE):
        one_of = [and_(facts.c.vehicle_id == v, facts.c.at_ms >= at_ms) for v, at_ms in starts[place : place + AT_ONCE]]
        asked = select(facts).where(or_(*one_of), facts.c.kind.in_(kinds), facts.c.withdrawn_at.is_(None))
        for row in connection.execute(asked).mappings():
            found[row["vehicle_id"]].append(_news(dict(row)))
    return found


def acts_on(connection: Connection, ids: Collection[str]) -> list[Act]:
    """What people did about these alerts."""
    asked = select(alert_history).where(seen(alert_history.c.alert_id, set(ids)), alert_history.c.what.in_(ACTS))
    return [
        Act(
            number=row["number"],
            alert=row["alert_id"],
            opened_ms=row["opened_ms"],
            at_ms=row["at_ms"],
            who=row["who"],
            what=row["what"],
            detail=row["detail"],
        )
        for row in connection.execute(asked.order_by(alert_history.c.number)).mappings()
        if row["who"] is not None or row["detail"].get("off")
    ]


def in_place_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """The alerts that late data took away, in whose place one of these is (or is again): old id to new."""
    found: dict[str, str] = {}
    fresh = set(ids)
    while fresh:
        asked = select(alerts.c.id, alerts.c.instead).where(seen(alerts.c.instead, fresh), alerts.c.withdrawn.is_(True))
        rows = [row for row in connection.execute(asked) if row.id not in found]
        found.update({row.id: found.get(row.instead, row.instead) for row in rows})
        fresh = {row.id for row in rows}
    return found


def waits_of(connection: Connection, rule: str, vehicles: Collection[str]) -> dict[tuple[str, str], int]:
    """From which fact on time has to show whether something lasts, by vehicle and part."""
    asked = select(alert_waits).where(alert_waits.c.rule_id == rule, seen(alert_waits.c.vehicle_id, vehicles))
    return {(row.vehicle_id, row.part): row.from_ms for row in connection.execute(asked)}


def put_waits(connection: Connection, rule: str, waits: Mapping[tuple[str, str], tuple[int, int] | None]) -> None:
    """What time has to show of these subjects now: (from, due), or nothing."""
    over = [key for key, wait in waits.items() if wait is None]
    for vehicle, part in over:
        connection.execute(
            delete(alert_waits).where(
                alert_waits.c.rule_id == rule, alert_waits.c.vehicle_id == vehicle, alert_waits.c.part == part
            )
        )
    rows = [
        {"rule_id": rule, "vehicle_id": vehicle, "part": part, "from_ms": wait[0], "due_ms": wait[1]}
        for (vehicle, part), wait in waits.items()
        if wait is not None
    ]
    upsert(connection, alert_waits, rows)


def due(connection: Connection, now_ms: int, limit: int) -> list[tuple[str, str | None, str, int]]:
    """What time changes by now: rule, vehicle (None: a storm), alert (empty: one that waits), from when on."""
    waits = select(alert_waits).where(alert_waits.c.due_ms <= now_ms).order_by(alert_waits.c.due_ms).limit(limit)
    found: list[tuple[str, str | None, str, int]] = [
        (row.rule_id, row.vehicle_id, "", row.from_ms) for row in connection.execute(waits)
    ]
    over = select(alerts.c.rule_id, alerts.c.vehicle_id, alerts.c.id, alerts.c.opened_ms)
    over = over.where(alerts.c.due_ms <= now_ms).order_by(alerts.c.due_ms).limit(limit)
    return found + [tuple(row) for row in connection.execute(over)]


def known(connection: Connection, ids: Collection[str]) -> dict[str, Row]:
    """Alerts by id, whatever became of them."""
    rows = connection.execute(select(alerts).where(seen(alerts.c.id, set(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


def open_of(connection: Connection, rule: str) -> list[Row]:
    """The alerts of a rule that are not closed; storms are left out, they follow from their members."""
    asked = select(alerts).where(alerts.c.rule_id == rule, alerts.c.state != "closed", alerts.c.vehicle_id.is_not(None))
    return [dict(row) for row in connection.execute(asked).mappings()]


def put(connection: Connection, rows: list[Row]) -> None:
    """Alerts as they are now."""
    upsert(connection, alerts, rows)


def change(connection: Connection, ids: Collection[str], fresh: Row) -> None:
    """The same change to each of these alerts."""
    connection.execute(update(alerts).where(seen(alerts.c.id, set(ids))).values(fresh))


def add_history(connection: Connection, rows: list[Row]) -> None:
    """What was done, one row each."""
    if rows:
        connection.execute(alert_history.insert(), rows)


def places_of(connection: Connection, vehicles: Collection[str]) -> dict[str, tuple[float, float]]:
    """Where vehicles were last: lon, lat."""
    asked = select(latest.c.vehicle_id, latest.c.lon_e7, latest.c.lat_e7).where(seen(latest.c.vehicle_id, vehicles))
    return {row.vehicle_id: (row.lon_e7 / 1e7, row.lat_e7 / 1e7) for row in connection.execute(asked)}


def _news(row: Row) -> News:
    return News(
        id=row["id"],
        kind=row["kind"],
        vehicle=row["vehicle_id"],
        at_ms=row["at_ms"],
        known_ms=milliseconds(row["recorded_at"]),
        fence=row["fence_id"],
        body=row["body"],
        late=row["late_ms"] is not None,
    )
