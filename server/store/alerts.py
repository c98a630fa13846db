"""Alerts as rows: found for people, a page at a time. Plain functions that take a connection."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, true

from server.store.schema import Row, alert_history, alerts, facts, vehicles
from server.store.seen import seen

STATES = ("open", "mine", "snoozed", "closed")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts somebody asks for. `sees`: the vehicles that they see, None for all."""

    state: str = ""
    who: str = ""
    vehicle: str = ""
    storm: str = ""
    start_ms: int | None = None
    end_ms: int | None = None
    before: tuple[int, str] | None = None
    """Older than this one: its `opened_ms` and id."""
    limit: int = 100
    sees: frozenset[str] | None = None


class Member(NamedTuple):
    """A member of a storm."""

    id: str
    opened_ms: int
    vehicle: str


def list_alerts(connection: Connection, wanted: Wanted) -> list[Row]:
    """Alerts, newest first; members of a storm only when their storm or their vehicle is asked for."""
    asked = _with_names().where(*_conditions(wanted)).order_by(alerts.c.opened_ms.desc(), alerts.c.id.desc())
    return [dict(row) for row in connection.execute(asked.limit(wanted.limit)).mappings()]


def one_alert(connection: Connection, id_: str, sees: frozenset[str] | None) -> Row | None:
    """One alert, or None when there is none that they may see."""
    row = connection.execute(_with_names().where(alerts.c.id == id_, seen_by(sees))).mappings().first()
    return dict(row) if row else None


def count(connection: Connection, who: str, sees: frozenset[str] | None) -> dict[str, int]:
    """How many alerts there are under each heading of the inbox; a storm is one."""
    asked = select(func.count()).select_from(alerts).where(alerts.c.folded_into.is_(None), seen_by(sees))
    of = {state: _state(state, who) for state in STATES[:3]}
    of["critical"] = (alerts.c.state == "open") & (alerts.c.severity == "critical")
    return {name: connection.execute(asked.where(condition)).scalar_one() for name, condition in of.items()}


def members_of(connection: Connection, storms: Iterable[str], sees: frozenset[str] | None) -> dict[str, list[Member]]:
    """The members of each storm that they may see, oldest first."""
    asked = select(alerts.c.id, alerts.c.folded_into, alerts.c.vehicle_id, alerts.c.opened_ms).where(
        alerts.c.folded_into.in_(set(storms)), alerts.c.withdrawn.is_(False)
    )
    found: dict[str, list[Member]] = {}
    for row in connection.execute(asked.order_by(alerts.c.opened_ms, alerts.c.id)):
        if sees is None or row.vehicle_id in sees:
            found.setdefault(row.folded_into, []).append(Member(row.id, row.opened_ms, row.vehicle_id))
    return found


def facts_of(connection: Connection, ids: Collection[str]) -> dict[str, Row]:
    """Facts by id, also those that late data withdrew: people may have acted on them."""
    rows = connection.execute(select(facts).where(facts.c.id.in_(set(ids)))).mappings()
    return {row["id"]: dict(row) for row in rows}


def history_of(connection: Connection, alert: str) -> list[Row]:
    """What was done about an alert, in the order in which it came to be."""
    asked = select(alert_history).where(alert_history.c.alert_id == alert).order_by(alert_history.c.number)
    return [dict(row) for row in connection.execute(asked).mappings()]


def _with_names() -> Select[Any]:
    return select(alerts, vehicles.c.name.label("vehicle_name")).join_from(
        alerts, vehicles, vehicles.c.id == alerts.c.vehicle_id, isouter=True
    )


def _conditions(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    yield seen_by(wanted.sees)
    if wanted.storm:
        yield alerts.c.folded_into == wanted.storm
    elif wanted.vehicle:
        yield alerts.c.vehicle_id == wanted.vehicle
    else:
        yield alerts.c.folded_into.is_(None)
    if wanted.state:
        yield _state(wanted.state, wanted.who)
    if wanted.start_ms is not None:
        yield or_(alerts.c.closed_ms.is_(None), alerts.c.closed_ms >= wanted.start_ms)
    if wanted.end_ms is not None:
        yield alerts.c.opened_ms < wanted.end_ms
    if wanted.before is not None:
        opened_ms, id_ = wanted.before
        yield or_(alerts.c.opened_ms < opened_ms, (alerts.c.opened_ms == opened_ms) & (alerts.c.id < id_))


def _state(state: str, who: str) -> ColumnElement[bool]:
    if state == "open":
        return alerts.c.state.in_(("open", "acknowledged"))
    if state == "mine":
        mine = or_(alerts.c.assigned_to == who, alerts.c.assigned_to.is_(None) & (alerts.c.acknowledged_by == who))
        return (alerts.c.state != "closed") & mine
    return alerts.c.state == state


def seen_by(sees: frozenset[str] | None) -> ColumnElement[bool]:
    """Alerts of vehicles that they see, and storms with a member that they see."""
    if sees is None:
        return true()
    member = alerts.alias("member")
    storms = select(member.c.folded_into).where(seen(member.c.vehicle_id, sees), member.c.folded_into.is_not(None))
    return or_(seen(alerts.c.vehicle_id, sees), alerts.c.id.in_(storms))
