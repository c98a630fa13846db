"""Tags in SQL: the inventory that people keep, and what was last heard of each. Plain functions."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, or_, select, true, update

from server.store.database import upsert
from server.store.schema import Row, bindings, packages, tag_batteries, tags, tags_heard
from server.store.seen import seen

LOW_PERCENT = 20.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which tags somebody asks for. `sees`: the vehicles that they see, None for all."""

    q: str = ""
    low: bool = False
    """With a battery that says less than a fifth."""
    silent_before_ms: int | None = None
    """Not heard since."""
    free: bool = False
    """On no package."""
    after: str = ""
    limit: int = 100
    sees: frozenset[str] | None = None


def list_tags(connection: Connection, wanted: Wanted) -> list[Row]:
    """Tags of the inventory by id, each with the package that it is on and what was last heard."""
    asked = _tags().where(tags.c.id > wanted.after, seen_by(wanted.sees), *_found(wanted))
    return _rows(connection, asked.order_by(tags.c.id).limit(wanted.limit))


def one_tag(connection: Connection, tag: str, sees: frozenset[str] | None = None) -> Row | None:
    """One tag like those of the list; None when there is none in the inventory that they may see."""
    return next(iter(_rows(connection, _tags().where(tags.c.id == tag, seen_by(sees)))), None)


def named(connection: Connection, name: str, sees: frozenset[str] | None) -> list[str]:
    """The tags of exactly this name; at most two, to tell one from more."""
    asked = _tags().where(tags.c.name == name, seen_by(sees)).order_by(tags.c.id).limit(2)
    return [row["id"] for row in _rows(connection, asked)]


def known(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these ids that are in the inventory."""
    return set(connection.execute(select(tags.c.id).where(tags.c.removed_at.is_(None), seen(tags.c.id, ids))).scalars())


def put(connection: Connection, rows: Iterable[Row], now: datetime) -> None:
    """Let these tags be in the inventory as they are said: id, name, format, limits."""
    made = [{**row, "created_at": now, "removed_at": None} for row in rows]
    upsert(connection, tags, made, keep=("created_at",))


def add_new(connection: Connection, formats: Mapping[str, str | None], now: datetime) -> None:
    """Let these ids be in the inventory, with an empty card; what was there stays as it is."""
    fresh = formats.keys() - known(connection, formats.keys())
    put(connection, [{"id": id_, "name": "", "format": formats[id_], "limits": []} for id_ in sorted(fresh)], now)


def remove(connection: Connection, tag: str, now: datetime) -> None:
    """Take a tag out of the inventory. What it was on stays known."""
    connection.execute(update(tags).where(tags.c.id == tag).values(removed_at=now))


def batteries_of(connection: Connection, ids: Collection[str]) -> dict[str, list[Row]]:
    """What the batteries of these tags said, day by day."""
    asked = select(tag_batteries).where(seen(tag_batteries.c.tag_id, ids))
    found: dict[str, list[Row]] = {}
    for row in connection.execute(asked.order_by(tag_batteries.c.tag_id, tag_batteries.c.day)).mappings():
        found.setdefault(row["tag_id"], []).append(dict(row))
    return found


def with_limits(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """The limits of all tags that have any."""
    asked = select(tags.c.id, tags.c.limits).where(tags.c.removed_at.is_(None))
    return {row.id: row.limits for row in connection.execute(asked) if row.limits}


def seen_by(sees: frozenset[str] | None) -> ColumnElement[bool]:
    """Tags on packages that they see, and tags that are on none."""
    if sees is None:
        return true()
    return or_(bindings.c.number.is_(None), seen(packages.c.vehicle_id, sees))


def _tags() -> Select[Any]:
    on = (bindings.c.tag_id == tags.c.id) & bindings.c.until_ms.is_(None)
    heard = [tags_heard.c[name] for name in ("heard_ms", "heard_by", "battery_ms", "battery_percent", "battery_v")]
    return (
        select(tags, bindings.c.package_id, packages.c.vehicle_id, *heard)
        .select_from(
            tags.outerjoin(bindings, on)
            .outerjoin(packages, packages.c.id == bindings.c.package_id)
            .outerjoin(tags_heard, tags_heard.c.tag_id == tags.c.id)
        )
        .where(tags.c.removed_at.is_(None))
    )


def _found(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.q:
        columns = (tags.c.id, tags.c.name, bindings.c.package_id)
        yield or_(*(column.icontains(wanted.q, autoescape=True) for column in columns))
    if wanted.low:
        yield tags_heard.c.battery_percent < LOW_PERCENT
    if wanted.silent_before_ms is not None:
        yield or_(tags_heard.c.heard_ms.is_(None), tags_heard.c.heard_ms < wanted.silent_before_ms)
    if wanted.free:
        yield bindings.c.number.is_(None)


def _rows(connection: Connection, asked: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(asked).mappings()]
