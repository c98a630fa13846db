"""Facts, the states that they were made in, and what days came to: plain functions that take a connection.

What a fact was before late data changed it is kept in its history, and a withdrawn fact stays, marked: people may have
acted on it.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, select, tuple_, update

from server.domain.custody_story import KINDS as CUSTODY
from server.domain.engine.advance import Kept
from server.domain.engine.driving import DAY_MS
from server.domain.engine.quality import EARLIEST_MS
from server.domain.engine.state import Totals
from server.domain.facts import Changes, Fact
from server.store.database import upsert
from server.store.schema import Row, checkpoints, day_totals, fact_history, facts, heads

LATE_MS = 600_000
"""News older than this is late, also when it came in order."""
_FIRST_DAY = date(1970, 1, 1).toordinal()
_FIRST_MS, _LAST_MS = EARLIEST_MS, 253_402_300_799_999
NOT_THE_ENGINES = ("gateway_silent", "gateway_heard", "road_speeding", *CUSTODY)
"""Kinds that are not the engine's: it neither makes nor withdraws them."""


def standing(
    connection: Connection,
    vehicles: Collection[str] | None,
    start_ms: int,
    end_ms: int,
    kinds: Collection[str] | None = None,
) -> list[Fact]:
    """The facts that stand with start <= at < end, in the order of time; of all vehicles when None."""
    asked = _standing().where(facts.c.at_ms >= start_ms, facts.c.at_ms < end_ms)
    if vehicles is not None:
        asked = asked.where(facts.c.vehicle_id.in_(vehicles))
    if kinds is not None:
        asked = asked.where(facts.c.kind.in_(kinds))
    return [fact_of(row) for row in _rows(connection, asked.order_by(facts.c.at_ms, facts.c.id))]


def page(
    connection: Connection,
    *,
    vehicles: Collection[str] | None,
    start_ms: int,
    end_ms: int,
    kinds: Collection[str] | None,
    limit: int,
    fence: str = "",
    withdrawn: bool = False,
    after: tuple[int, str] | None = None,
) -> list[Row]:
    """Rows of facts with start <= at < end, in the order of (time, id), beyond `after`."""
    asked = select(facts).where(facts.c.at_ms >= start_ms, facts.c.at_ms < end_ms)
    if vehicles is not None:
        asked = asked.where(facts.c.vehicle_id.in_(vehicles))
    if kinds is not None:
        asked = asked.where(facts.c.kind.in_(kinds))
    if fence:
        asked = asked.where(facts.c.fence_id == fence)
    if not withdrawn:
        asked = asked.where(facts.c.withdrawn_at.is_(None))
    if after is not None:
        asked = asked.where(tuple_(facts.c.at_ms, facts.c.id) > after)
    return _rows(connection, asked.order_by(facts.c.at_ms, facts.c.id).limit(limit))


def decided_after(connection: Connection, vehicle: str, after_ms: int) -> dict[str, Fact]:
    """The engine's standing facts of a vehicle that items after this time decided, by id."""
    asked = _standing().where(
        facts.c.vehicle_id == vehicle,
        facts.c.decided_ms > max(after_ms, EARLIEST_MS),
        facts.c.kind.not_in(NOT_THE_ENGINES),
    )
    return {row["id"]: fact_of(row) for row in _rows(connection, asked)}


def one(connection: Connection, fact: str) -> Row | None:
    """The row of a fact, withdrawn or not."""
    row = connection.execute(select(facts).where(facts.c.id == fact)).mappings().first()
    return dict(row) if row else None


def history(connection: Connection, fact: str) -> list[Row]:
    """What it was before, oldest first."""
    asked = select(fact_history).where(fact_history.c.fact_id == fact).order_by(fact_history.c.number)
    return _rows(connection, asked)


def apply(connection: Connection, changes: Iterable[Changes], now: datetime) -> None:
    """Make the changes durable. Writing a change again changes nothing."""
    added = [(one, change) for change in changes for one in change.added]
    changed = [(one, change) for change in changes for one in (*change.changed, *change.withdrawn)]
    gone = {one.id for change in changes for one in change.withdrawn}
    known = _known(connection, [one.id for one, _ in changed] + [one.id for one, change in added if change.late])
    fresh = [
        {**_row(one, now, late=change.late), "revision": 1, "instead_of": change.moved.get(one.id)}
        for one, change in added
        if one.id not in known
    ]
    upsert(connection, facts, fresh)
    again = [(one, change) for one, change in added if one.id in known]
    _rewrite(connection, [*changed, *again], known, gone, now)


def fact_of(row: Mapping[str, Any]) -> Fact:
    """A row of the table as a fact."""
    return Fact(
        id=row["id"],
        kind=row["kind"],
        vehicle=row["vehicle_id"],
        at_ms=row["at_ms"],
        decided_ms=row["decided_ms"],
        fence=row["fence_id"],
        body=row["body"],
    )


def heads_of(connection: Connection, vehicles: Collection[str]) -> dict[str, Kept]:
    """Where the rules of these vehicles stand."""
    asked = select(heads.c.vehicle_id, heads.c.at_ms, heads.c.state).where(heads.c.vehicle_id.in_(vehicles))
    return {vehicle: Kept(at_ms, state) for vehicle, at_ms, state in connection.execute(asked)}


def put_heads(connection: Connection, rows: list[Row]) -> None:
    """Overwrite where they stand: vehicle_id, at_ms, due_ms, state."""
    upsert(connection, heads, rows)


def due_heads(connection: Connection, now_ms: int, limit: int) -> list[str]:
    """Vehicles whose silence makes a fact by now."""
    asked = select(heads.c.vehicle_id).where(heads.c.due_ms <= now_ms).order_by(heads.c.due_ms).limit(limit)
    return list(connection.execute(asked).scalars())


def kept_before(connection: Connection, vehicle: str, before_ms: int) -> Kept | None:
    """The newest kept state that holds nothing of that time or later."""
    asked = (
        select(checkpoints.c.at_ms, checkpoints.c.state)
        .where(checkpoints.c.vehicle_id == vehicle, checkpoints.c.at_ms < before_ms)
        .order_by(checkpoints.c.at_ms.desc())
        .limit(1)
    )
    row = connection.execute(asked).first()
    return Kept(row.at_ms, row.state) if row else None


def kept_at(connection: Connection, vehicle: str, at_ms: int) -> bytes | None:
    """The state that is kept for exactly this time."""
    asked = select(checkpoints.c.state).where(checkpoints.c.vehicle_id == vehicle, checkpoints.c.at_ms == at_ms)
    found: bytes | None = connection.execute(asked).scalar_one_or_none()
    return found


def kept_times(connection: Connection, vehicle: str) -> list[int]:
    """The times for which a state is kept."""
    asked = select(checkpoints.c.at_ms).where(checkpoints.c.vehicle_id == vehicle).order_by(checkpoints.c.at_ms)
    return list(connection.execute(asked).scalars())


def keep(connection: Connection, kept: Mapping[str, list[Kept]]) -> None:
    """Keep these states."""
    rows = [{"vehicle_id": v, "at_ms": one.at_ms, "state": one.state} for v, some in kept.items() for one in some]
    upsert(connection, checkpoints, rows)


def forget_kept(connection: Connection, vehicle: str, *, after_ms: int, to_ms: int) -> None:
    """Drop the states with after < at <= to: late data made them wrong."""
    of_it = checkpoints.c.vehicle_id == vehicle
    connection.execute(delete(checkpoints).where(of_it, checkpoints.c.at_ms > after_ms, checkpoints.c.at_ms <= to_ms))


def spare_kept(connection: Connection, vehicle: str, times: Collection[int]) -> None:
    """Drop states that are no longer needed."""
    if times:
        of_it = checkpoints.c.vehicle_id == vehicle
        connection.execute(delete(checkpoints).where(of_it, checkpoints.c.at_ms.in_(times)))


def put_days(connection: Connection, days: Mapping[str, Mapping[int, Totals]]) -> None:
    """Overwrite what these days (since 1970) came to."""
    rows = [
        {
            "vehicle_id": vehicle,
            "day": _day(day * DAY_MS),
            "distance_mm": total.distance_mm,
            "driving_ms": total.driving_ms,
            "idling_ms": total.idling_ms,
            "engine_ms": total.engine_ms,
            "speeding_ms": total.speeding_ms,
        }
        for vehicle, of_it in days.items()
        for day, total in of_it.items()
    ]
    upsert(connection, day_totals, rows)


def forget_days(connection: Connection, vehicle: str, from_ms: int, to_ms: int) -> None:
    """Drop what the days of this range came to, before they are written anew."""
    first, last = (_day(min(max(ms, _FIRST_MS), _LAST_MS)) for ms in (from_ms, to_ms))
    of_it = day_totals.c.vehicle_id == vehicle
    connection.execute(delete(day_totals).where(of_it, day_totals.c.day.between(first, last)))


def days_of(connection: Connection, vehicles: Collection[str], first: date, last: date) -> list[Row]:
    """What the days from first to last came to, by vehicle and day."""
    asked = select(day_totals).where(day_totals.c.vehicle_id.in_(vehicles), day_totals.c.day.between(first, last))
    return _rows(connection, asked.order_by(day_totals.c.vehicle_id, day_totals.c.day))


def _day(at_ms: int) -> date:
    return date.fromordinal(_FIRST_DAY + at_ms // DAY_MS)


def _rewrite(
    connection: Connection,
    changed: list[tuple[Fact, Changes]],
    known: dict[str, Row],
    gone: set[str],
    now: datetime,
) -> None:
    """Facts that are there already say something else now, or stand no more, or again; what was goes into history."""
    rows, before = [], []
    for fact, change in changed:
        was = known.get(fact.id)
        if was is None:
            continue
        withdrawn = fact.id in gone
        same = was["body"] == fact.body and (was["withdrawn_at"] is not None) == withdrawn
        row = _row(fact, now, late=change.late)
        if same:  # decided by another item: nobody's news
            row |= {"recorded_at": was["recorded_at"], "late_ms": was["late_ms"]}
        else:
            before.append(_was(was, now))
        rows.append(
            {f"new_{name}": value for name, value in row.items()}
            | {"new_revision": was["revision"] + (not same), "new_withdrawn_at": now if withdrawn else None}
        )
    if before:
        connection.execute(insert(fact_history), before)
    if rows:
        names = ("at_ms", "decided_ms", "body", "late_ms", "recorded_at", "revision", "withdrawn_at")
        values = {name: bindparam(f"new_{name}", type_=facts.c[name].type) for name in names}
        connection.execute(update(facts).where(facts.c.id == bindparam("new_id")).values(values), rows)


def _was(row: Row, now: datetime) -> Row:
    return {
        "fact_id": row["id"],
        "recorded_at": row["recorded_at"],
        "until": now,
        "withdrawn": row["withdrawn_at"] is not None,
        "body": row["body"],
    }


def _row(fact: Fact, now: datetime, *, late: bool) -> Row:
    late_ms = round(now.timestamp() * 1000) - fact.decided_ms
    return {
        "id": fact.id,
        "vehicle_id": fact.vehicle,
        "kind": fact.kind,
        "at_ms": fact.at_ms,
        "decided_ms": fact.decided_ms,
        "fence_id": fact.fence,
        "body": fact.body,
        "late_ms": max(0, late_ms) if late or late_ms > LATE_MS else None,
        "recorded_at": now,
        "withdrawn_at": None,
    }


def _known(connection: Connection, ids: list[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for start in range(0, len(ids), 500):
        rows = connection.execute(select(facts).where(facts.c.id.in_(ids[start : start + 500]))).mappings()
        found |= {row["id"]: dict(row) for row in rows}
    return found


def _standing() -> Select[Any]:
    return select(facts).where(facts.c.withdrawn_at.is_(None))


def _rows(connection: Connection, asked: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(asked).mappings()]
