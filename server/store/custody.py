"""How far the custody job is, the states that it kept, and what it says: plain functions that take a connection.

Whatever brings observations marks, in the transaction that commits them, from when on they are; the job takes the mark
before it reads the telemetry. So nothing that arrives meanwhile is forgotten.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, case, delete, func, select, update

from server.domain.custody_story import KINDS
from server.domain.facts import Fact
from server.store.database import upsert
from server.store.facts import fact_of
from server.store.schema import (
    Row,
    bindings,
    custody_beliefs,
    custody_checkpoints,
    custody_spans,
    custody_work,
    facts,
    gateways,
)
from server.store.seen import seen

_work = custody_work


def mark(connection: Connection, from_ms: int, to_ms: int, *, heard: bool) -> None:
    """Observations between these times were committed; before anything was `heard` nobody works on them."""
    if heard:
        upsert(connection, _work, [{"id": 1, "bindings": 0}], keep=("bindings",))
    since, until = _work.c.dirty_from_ms, _work.c.dirty_to_ms
    earlier = case((since.is_(None), from_ms), (since > from_ms, from_ms), else_=since)
    later = case((until.is_(None), to_ms), (until < to_ms, to_ms), else_=until)
    connection.execute(update(_work).values(dirty_from_ms=earlier, dirty_to_ms=later))


def work(connection: Connection) -> Row | None:
    """How far the work is; None before anything was heard."""
    row = connection.execute(select(_work)).mappings().first()
    return dict(row) if row else None


def put_work(connection: Connection, before: Row, fresh: Row) -> bool:
    """Note how far it is, unless somebody else has meanwhile. A mark that came meanwhile stays."""
    same = (_work.c[name].is_not_distinct_from(before[name]) for name in ("done_ms", "replay_ms"))
    return bool(connection.execute(update(_work).where(*same).values(fresh)).rowcount)


def kept_before(connection: Connection, before_ms: int) -> tuple[int, bytes] | None:
    """The newest kept state that holds nothing of that time or later."""
    asked = select(custody_checkpoints).where(custody_checkpoints.c.at_ms < before_ms)
    row = connection.execute(asked.order_by(custody_checkpoints.c.at_ms.desc()).limit(1)).first()
    return (row.at_ms, row.state) if row else None


def kept_between(connection: Connection, after_ms: int, to_ms: int) -> dict[int, bytes]:
    """The states with after < at <= to."""
    kept = custody_checkpoints
    rows = connection.execute(select(kept).where(kept.c.at_ms > after_ms, kept.c.at_ms <= to_ms))
    return {row.at_ms: row.state for row in rows}


def kept_times(connection: Connection) -> list[int]:
    """The times for which a state is kept."""
    return list(connection.execute(select(custody_checkpoints.c.at_ms)).scalars())


def keep(connection: Connection, states: dict[int, bytes]) -> None:
    """Keep these states."""
    upsert(connection, custody_checkpoints, [{"at_ms": at_ms, "state": state} for at_ms, state in states.items()])


def forget(connection: Connection, times: Collection[int]) -> None:
    """Drop these states."""
    if times:
        connection.execute(delete(custody_checkpoints).where(custody_checkpoints.c.at_ms.in_(times)))


def decided_between(connection: Connection, after_ms: int, to_ms: int) -> list[Fact]:
    """The custody facts that stand and were decided by windows with after < end <= to."""
    asked = select(facts).where(
        facts.c.decided_ms > after_ms,
        facts.c.decided_ms <= to_ms,
        facts.c.kind.in_(KINDS),
        facts.c.withdrawn_at.is_(None),
    )
    return [fact_of(dict(row)) for row in connection.execute(asked).mappings()]


def put_spans(connection: Connection, rows: list[Row], after_ms: int, to_ms: int) -> None:
    """Put what these windows say of packages' past in the place of what they said before."""
    spans = custody_spans
    connection.execute(delete(spans).where(spans.c.from_ms > after_ms, spans.c.from_ms <= to_ms))
    upsert(connection, spans, rows)


def beliefs(connection: Connection, packages: Collection[str] | None = None) -> dict[str, Row]:
    """What is believed now of these packages, or of all."""
    asked = select(custody_beliefs).where(seen(custody_beliefs.c.package_id, packages))
    return {row["package_id"]: dict(row) for row in connection.execute(asked).mappings()}


def put_beliefs(connection: Connection, rows: list[Row], gone: Iterable[str]) -> None:
    """What is believed now."""
    upsert(connection, custody_beliefs, rows)
    left = list(gone)
    if left:
        connection.execute(delete(custody_beliefs).where(seen(custody_beliefs.c.package_id, left)))


def spans_of(connection: Connection, package: str, start_ms: int, end_ms: int) -> list[Row]:
    """A package's past in the order of time, from the span that holds the start on."""
    spans = custody_spans
    of_it = spans.c.package_id == package
    first = select(func.max(spans.c.from_ms)).where(of_it, spans.c.from_ms <= start_ms).scalar_subquery()
    asked = select(spans).where(of_it, spans.c.from_ms >= func.coalesce(first, start_ms), spans.c.from_ms < end_ms)
    return [dict(row) for row in connection.execute(asked.order_by(spans.c.from_ms)).mappings()]


def bindings_after(connection: Connection, number: int) -> tuple[int, int] | None:
    """Of the bindings that are newer: the greatest number, and the earliest time from which one counts."""
    asked = select(func.max(bindings.c.number), func.min(bindings.c.from_ms)).where(bindings.c.number > number)
    row = connection.execute(asked).one()
    return None if row[0] is None else (row[0], row[1])


def site_gateways(connection: Connection) -> dict[str, str]:
    """The gateways that are scanners of a site, by id, with their site."""
    rows = connection.execute(select(gateways.c.id, gateways.c.site_id).where(gateways.c.site_id.is_not(None)))
    return {row.id: row.site_id for row in rows}
