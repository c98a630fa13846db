"""Which tag is on which package, in SQL: one at a time of each, and who put it there. History is never rewritten.

Times are whole milliseconds of event time. Whoever changes bindings calls `packages.count_a_change` first, which also
lets one change wait for the other.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from server.store.schema import Row, bindings, packages
from server.store.seen import seen

_table = bindings
_STILL = _table.c.until_ms.is_(None)


class Pair(NamedTuple):
    """A tag on a package."""

    package: str
    tag: str


def bind(
    connection: Connection,
    pairs: Sequence[Pair],
    *,
    at_ms: int,
    by: str,
    move: bool = False,
    sees: frozenset[str] | None = None,
) -> list[str]:
    """Put these tags on these packages; for each why not, or nothing. No tag and no package is there twice.

    Where one of them is held by another, that is refused unless `move`: then the other binding ends at that time.
    """
    held = _Held(connection, pairs, sees)
    refused = [held.why_not(pair, at_ms, move=move) for pair in pairs]
    good = [pair for pair, why in zip(pairs, refused, strict=True) if not why and pair not in held.same]
    ended = {row["number"] for pair in good for row in held.in_the_way(pair)}
    if ended:
        closing = update(_table).where(_table.c.number == bindparam("of"))
        connection.execute(closing.values(until_ms=at_ms, ended_by=by), [{"of": number} for number in sorted(ended)])
    if good:
        rows = [{"package_id": pair.package, "tag_id": pair.tag, "from_ms": at_ms, "bound_by": by} for pair in good]
        connection.execute(insert(_table), rows)
    return refused


def unbind(connection: Connection, package: str, *, at_ms: int, by: str) -> str | None:
    """The tag that was on a package, and is not from then on; None when there was none."""
    row = _first(connection, _table.c.package_id == package, _STILL)
    if row is not None:
        ended = update(_table).where(_table.c.number == row["number"])
        connection.execute(ended.values(until_ms=max(at_ms, row["from_ms"]), ended_by=by))
    return row["tag_id"] if row is not None else None


def package_of(connection: Connection, tag: str) -> str | None:
    """The package that a tag is on."""
    row = _first(connection, _table.c.tag_id == tag, _STILL)
    return row["package_id"] if row is not None else None


def count(connection: Connection) -> int:
    """How many bindings there are and were."""
    return int(connection.execute(select(func.count()).select_from(_table)).scalar_one())


def history(
    connection: Connection, *, tag: str = "", package: str = "", sees: frozenset[str] | None = None
) -> list[Row]:
    """The bindings of a tag or of a package, newest first; of packages that may be seen."""
    of = _table.c.tag_id == tag if tag else _table.c.package_id == package
    asked = select(_table).join(packages, packages.c.id == _table.c.package_id)
    asked = asked.where(of, seen(packages.c.vehicle_id, sees)).order_by(_table.c.from_ms.desc(), _table.c.number.desc())
    return [dict(row) for row in connection.execute(asked).mappings()]


class _Held:
    """What is bound now of these tags and packages, and until when each was bound before."""

    def __init__(self, connection: Connection, pairs: Iterable[Pair], sees: frozenset[str] | None) -> None:
        """Read."""
        every = list(pairs)
        tags, ids = {pair.tag for pair in every}, {pair.package for pair in every}
        self._by_tag = self._open(connection, _table.c.tag_id, tags)
        self._by_package = self._open(connection, _table.c.package_id, ids)
        self._free_tag = self._latest(connection, _table.c.tag_id, tags)
        self._free_package = self._latest(connection, _table.c.package_id, ids)
        self.same = {pair for pair in every if self._is_so(pair)}
        holders = {row["package_id"] for row in self._by_tag.values()}
        visible = select(packages.c.id).where(seen(packages.c.id, holders), seen(packages.c.vehicle_id, sees))
        self._seen = set(connection.execute(visible).scalars())

    def why_not(self, pair: Pair, at_ms: int, *, move: bool) -> str:
        """Why a pair cannot be bound; empty when it can."""
        if pair in self.same:
            return ""
        holder, worn = self._by_tag.get(pair.tag), self._by_package.get(pair.package)
        if holder is not None and holder["package_id"] not in self._seen:
            return f"The tag {pair.tag!r} is on a package that you do not see. Ask somebody who sees it."
        if holder is not None and not move:
            return f"The tag {pair.tag!r} is on the package {holder['package_id']!r}. Take it off there, or move it."
        if worn is not None and not move:
            return f"The package {pair.package!r} has the tag {worn['tag_id']!r}. Take that off, or exchange it."
        begun = max([row["from_ms"] for row in (holder, worn) if row is not None], default=at_ms)
        free = max(begun, self._free_tag.get(pair.tag, at_ms), self._free_package.get(pair.package, at_ms))
        if free > at_ms:
            return "The tag or the package was bound otherwise at that time already. Say a later time, or none."
        return ""

    def in_the_way(self, pair: Pair) -> list[Row]:
        """The bindings that end when this one begins."""
        return [row for row in (self._by_tag.get(pair.tag), self._by_package.get(pair.package)) if row is not None]

    def _is_so(self, pair: Pair) -> bool:
        holder = self._by_tag.get(pair.tag)
        return holder is not None and holder["package_id"] == pair.package

    def _open(self, connection: Connection, column: ColumnElement[str], ids: Collection[str]) -> dict[str, Row]:
        rows = connection.execute(select(_table).where(seen(column, ids), _STILL)).mappings()
        return {row[column]: dict(row) for row in rows}

    def _latest(self, connection: Connection, column: ColumnElement[str], ids: Collection[str]) -> dict[str, int]:
        asked = select(column, func.max(_table.c.until_ms)).where(seen(column, ids), _table.c.until_ms.is_not(None))
        return {row[0]: row[1] for row in connection.execute(asked.group_by(column))}


def _first(connection: Connection, *conditions: Any) -> Row | None:
    row = connection.execute(select(_table).where(*conditions)).mappings().first()
    return dict(row) if row else None
