"""Reports that are sent by themselves, and what became of each: one row a period, so that each goes out once.

A try is noted before anything goes over the wire; a process that dies meanwhile leaves a row that is tried again, under
the same message id.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from server.domain.periods import Period, Timing
from server.store.database import upsert
from server.store.schema import Row, report_schedules, report_sendings

_schedules, _sendings = report_schedules, report_sendings


def add(connection: Connection, values: Row) -> str:
    """A new schedule's id."""
    schedule = secrets.token_hex(4)
    connection.execute(insert(_schedules).values(id=schedule, **values))
    return schedule


def change(connection: Connection, schedule: str, values: Row) -> None:
    """Everything that it is, anew. What was sent stays sent."""
    connection.execute(update(_schedules).where(_schedules.c.id == schedule).values(values))


def remove(connection: Connection, schedule: str) -> None:
    """No longer, with what is known of its sendings."""
    connection.execute(delete(_schedules).where(_schedules.c.id == schedule))


def one(connection: Connection, schedule: str) -> Row | None:
    """One schedule, or None."""
    row = connection.execute(select(_schedules).where(_schedules.c.id == schedule)).mappings().first()
    return dict(row) if row else None


def every(connection: Connection) -> list[Row]:
    """All of them, by name."""
    asked = select(_schedules).order_by(_schedules.c.name, _schedules.c.id)
    return [dict(row) for row in connection.execute(asked).mappings()]


def timing(row: Row) -> Timing:
    """When a schedule is due."""
    return Timing(every=row["every"], on=row["on_day"], at=time.fromisoformat(row["at"]), zone=row["time_zone"])


def last_sendings(connection: Connection, schedules: Collection[str]) -> dict[str, Row]:
    """The newest sending of each of these that has one."""
    found: dict[str, Row] = {}
    for schedule in schedules:
        asked = select(_sendings).where(_sendings.c.schedule_id == schedule)
        newest = func.coalesce(_sendings.c.tried_at, _sendings.c.due_at).desc()
        row = connection.execute(asked.order_by(newest).limit(1)).mappings().first()
        if row is not None:
            found[schedule] = dict(row)
    return found


def sending(connection: Connection, schedule: str, period: str) -> Row | None:
    """One sending."""
    its = (_sendings.c.schedule_id == schedule, _sendings.c.period == period)
    row = connection.execute(select(_sendings).where(*its)).mappings().first()
    return dict(row) if row else None


def open_sendings(connection: Connection, schedule: str, periods: Collection[Period]) -> None:
    """Let these periods wait to be sent; those that are known already stay as they are."""
    fresh = {"state": "waiting", "attempts": 0, "tried_at": None, "sent_at": None, "error": None}
    rows: list[Row] = [
        {
            "schedule_id": schedule,
            "period": period.key,
            "start_at": period.start,
            "end_at": period.end,
            "due_at": period.due,
            **fresh,
        }
        for period in periods
    ]
    upsert(connection, _sendings, rows, keep=tuple(column.name for column in _sendings.columns))


def waiting(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Schedule and period of what is due to be tried, oldest first."""
    asked = select(_sendings.c.schedule_id, _sendings.c.period).where(
        _sendings.c.state == "waiting", _sendings.c.due_at <= now
    )
    return [(row.schedule_id, row.period) for row in connection.execute(asked.order_by(_sendings.c.due_at).limit(100))]


def try_it(connection: Connection, schedule: str, period: str, now: datetime, again_at: datetime) -> Row | None:
    """Note that it is tried now, and would be again at `again_at`; None when somebody else is at it, or it is sent."""
    mine = (_sendings.c.schedule_id == schedule, _sendings.c.period == period)
    claim = update(_sendings).where(*mine, _sendings.c.state == "waiting", _sendings.c.due_at <= now)
    tried: dict[str, Any] = {"attempts": _sendings.c.attempts + 1, "tried_at": now, "due_at": again_at}
    return sending(connection, schedule, period) if connection.execute(claim.values(tried)).rowcount else None


def ended(connection: Connection, schedule: str, period: str, **fresh: Any) -> None:
    """What became of it."""
    mine = (_sendings.c.schedule_id == schedule, _sendings.c.period == period)
    connection.execute(update(_sendings).where(*mine).values(fresh))
