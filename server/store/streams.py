"""How far each stream is committed, what it lost, and the marks to go back to when a store is restored.

Plain functions that take a connection. A stream is known by (gateway, stream); see wire.delivery for the rule.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, literal, select, update

from server.store.database import upsert
from server.store.schema import Row, gaps, stream_marks, streams
from wire.delivery import Gap

Key = tuple[str, str]
"""Gateway and stream."""


class Reached(NamedTuple):
    """`last` is committed; `top` is the greatest `last` ever: what is asked for again up to there is not missing."""

    last: int
    top: int


def reached(connection: Connection, gateways: Iterable[str]) -> dict[Key, Reached]:
    """How far every stream of these gateways is."""
    asked = select(streams.c.gateway_id, streams.c.stream, streams.c.last, streams.c.top)
    rows = connection.execute(asked.where(streams.c.gateway_id.in_(set(gateways))))
    return {(gateway, stream): Reached(last, top) for gateway, stream, last, top in rows}


def advance(connection: Connection, there: Mapping[Key, Reached], now: datetime) -> None:
    """Note how far these streams are now."""
    rows = [
        {"gateway_id": gateway, "stream": stream, "last": last, "top": top, "first_at": now, "last_at": now}
        for (gateway, stream), (last, top) in there.items()
    ]
    upsert(connection, streams, rows, keep=("first_at",))


def add_gaps(connection: Connection, found: Iterable[tuple[Key, Gap]], now: datetime) -> None:
    """Rows that are gone for good: recorded once, never silently."""
    rows = [
        {"gateway_id": gateway, "stream": stream, "seq_from": first, "seq_to": end, "found_at": now}
        for (gateway, stream), (first, end) in found
    ]
    upsert(connection, gaps, rows, keep=("found_at",))


def end(connection: Connection, ended: Mapping[Key, int], now: datetime) -> None:
    """A new outbox took over: what the old one still held from this row on is gone, nobody knows how much."""
    rows = [
        {"gateway_id": gateway, "stream": stream, "seq_from": first, "seq_to": None, "found_at": now}
        for (gateway, stream), first in ended.items()
    ]
    upsert(connection, gaps, rows, keep=("seq_to", "found_at"))


def reopen(connection: Connection, returned: Iterable[Key]) -> None:
    """These streams deliver again: none of them has ended, whatever was thought before."""
    for gateway, stream in returned:
        connection.execute(
            delete(gaps).where(gaps.c.gateway_id == gateway, gaps.c.stream == stream, gaps.c.seq_to.is_(None))
        )


def gaps_of(connection: Connection, gateway: str) -> list[Row]:
    """What a gateway lost, newest first."""
    asked = select(gaps).where(gaps.c.gateway_id == gateway).order_by(gaps.c.found_at.desc(), gaps.c.seq_from.desc())
    return [dict(row) for row in connection.execute(asked).mappings()]


def lost(connection: Connection, gateways: Iterable[str]) -> dict[str, tuple[int, int]]:
    """How many gaps each of these gateways has, and how many rows are known to be missing; only those with any."""
    rows = func.coalesce(func.sum(gaps.c.seq_to - gaps.c.seq_from + 1), 0)
    asked = select(gaps.c.gateway_id, func.count(), rows).group_by(gaps.c.gateway_id)
    found = connection.execute(asked.where(gaps.c.gateway_id.in_(set(gateways))))
    return {gateway: (count, int(missing)) for gateway, count, missing in found}


def mark(connection: Connection, at: datetime, since: datetime | None, keep_from: datetime) -> None:
    """Remember how far each stream is that moved after `since`, and forget what is no longer needed.

    A mark that is there stays: who has a clock that goes back makes it again.
    Of what is older than `keep_from` the newest mark of each stream stays: that is where it still stands.
    """
    moved = select(literal(at, stream_marks.c.at.type), streams.c.gateway_id, streams.c.stream, streams.c.last)
    there = select(stream_marks.c.at).where(
        stream_marks.c.at == at,
        stream_marks.c.gateway_id == streams.c.gateway_id,
        stream_marks.c.stream == streams.c.stream,
    )
    moved = moved.where(~there.exists())
    if since is not None:
        moved = moved.where(streams.c.last_at >= since)
    connection.execute(insert(stream_marks).from_select(["at", "gateway_id", "stream", "last"], moved))
    later = stream_marks.alias()
    newer = select(later.c.at).where(
        later.c.gateway_id == stream_marks.c.gateway_id,
        later.c.stream == stream_marks.c.stream,
        later.c.at > stream_marks.c.at,
        later.c.at < keep_from,
    )
    connection.execute(delete(stream_marks).where(stream_marks.c.at < keep_from, newer.exists()))


def newest_mark(connection: Connection) -> datetime | None:
    """When the last mark was made."""
    found: datetime | None = connection.execute(select(func.max(stream_marks.c.at))).scalar_one()
    return found


def rewind(connection: Connection, to: datetime | None) -> int:
    """Put every stream back to its mark of that time (None: to the beginning), so that its gateway sends again.

    The number of streams that have something to send again. What was committed before is not missing meanwhile: `top`
    stays.
    """
    count: int = connection.execute(update(streams).where(streams.c.last > _then(to)).values(last=_then(to))).rowcount
    connection.execute(delete(stream_marks) if to is None else delete(stream_marks).where(stream_marks.c.at > to))
    return count


def _then(to: datetime | None) -> ColumnElement[int]:
    """How far a stream was at that time: its newest mark by then, 0 when it has none."""
    if to is None:
        return literal(0)
    here = and_(stream_marks.c.gateway_id == streams.c.gateway_id, stream_marks.c.stream == streams.c.stream)
    newest = select(stream_marks.c.last).where(here, stream_marks.c.at <= to).order_by(stream_marks.c.at.desc())
    return func.coalesce(newest.limit(1).correlate(streams).scalar_subquery(), 0)
