"""Fences in SQL: every version of each. A change opens a new version, in force from then on; nothing is rewritten.

Whoever keeps an index of them asks `changes`, one small row, and reads `versions` anew when it has grown.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from server.domain.fences.fence import Fence
from server.domain.fences.geojson import read_fence
from server.store.schema import Row, fence_changes, fence_versions

Outcome = Literal["added", "changed", "same"]
Feature = Mapping[str, Any]
_AT_ONCE = 1000
_table = fence_versions


def changes(connection: Connection) -> int:
    """How often fences were changed so far."""
    return int(connection.execute(select(fence_changes.c.count)).scalar_one())


def current(connection: Connection) -> list[Row]:
    """The version that is in force of each fence, by id."""
    return _rows(connection, _current().order_by(_table.c.fence_id))


def one(connection: Connection, fence: str) -> Row | None:
    """The version of a fence that is in force; None when there is no such fence now."""
    rows = _rows(connection, _current().where(_table.c.fence_id == fence))
    return rows[0] if rows else None


def versions(connection: Connection) -> list[Fence]:
    """All versions that ever counted, by fence and number: what positions are judged by."""
    return [
        msgspec.structs.replace(read_fence(row["feature"]), from_ms=row["from_ms"], until_ms=row["until_ms"])
        for row in _rows(connection, select(_table).order_by(_table.c.fence_id, _table.c.version))
    ]


def ids(connection: Connection) -> list[str]:
    """Ids that fences have or had."""
    return list(connection.execute(select(_table.c.fence_id).distinct()).scalars())


def put(connection: Connection, features: Iterable[Feature], *, by: str, now: datetime) -> dict[str, Outcome]:
    """Let these fences be so from now on; what each of them came to. A feature that says nothing new stays as it is."""
    wanted = {feature["id"]: dict(feature) for feature in features}
    count_a_change(connection)
    found = _newest_of(connection, wanted)
    done: dict[str, Outcome] = {}
    opened, closed = [], []
    for fence, feature in wanted.items():
        row = found.get(fence)
        if row is not None and row["until_ms"] is None and row["feature"] == feature:
            done[fence] = "same"
            continue
        from_ms = _after(row, now)
        if row is not None and row["until_ms"] is None:
            closed.append({"fence": fence, "number": row["version"], "ms": from_ms})
            done[fence] = "changed"
        else:
            done[fence] = "added"
        version = 1 if row is None else row["version"] + 1
        fresh = {"fence_id": fence, "version": version, "from_ms": from_ms, "until_ms": None, "feature": feature}
        opened.append({**fresh, "changed_by": by, "changed_at": now})
    _close(connection, closed)
    if opened:
        connection.execute(insert(_table), opened)
    return done


def end(connection: Connection, fence: str, now: datetime) -> bool:
    """Whether there was such a fence; from now on there is none."""
    count_a_change(connection)
    row = one(connection, fence)
    if row is not None:
        _close(connection, [{"fence": fence, "number": row["version"], "ms": _after(row, now)}])
    return row is not None


def count_a_change(connection: Connection) -> None:
    """First of all, because it also lets one change wait for the other (PostgreSQL locks the row)."""
    connection.execute(update(fence_changes).values(count=fence_changes.c.count + 1))


def _current() -> Select[Any]:
    return select(_table).where(_table.c.until_ms.is_(None))


def _newest_of(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The newest version of each of these fences, ended or not."""
    found: dict[str, Row] = {}
    for some in batched(ids, _AT_ONCE):
        newest = (
            select(_table.c.fence_id, func.max(_table.c.version).label("version"))
            .where(_table.c.fence_id.in_(some))
            .group_by(_table.c.fence_id)
            .subquery()
        )
        same = (_table.c.fence_id == newest.c.fence_id) & (_table.c.version == newest.c.version)
        found |= {row["fence_id"]: row for row in _rows(connection, select(_table).join(newest, same))}
    return found


def _close(connection: Connection, versions: list[Row]) -> None:
    if versions:
        its = (_table.c.fence_id == bindparam("fence")) & (_table.c.version == bindparam("number"))
        connection.execute(update(_table).where(its).values(until_ms=bindparam("ms")), versions)


def _after(row: Row | None, now: datetime) -> int:
    """From when on a new version counts: now, and always after the one before (the clock may have been put back)."""
    now_ms = round(now.timestamp() * 1000)
    if row is None:
        return now_ms
    begun: int = row["from_ms"] + 1 if row["until_ms"] is None else row["until_ms"]
    return max(now_ms, begun)


def _rows(connection: Connection, asked: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(asked).mappings()]
