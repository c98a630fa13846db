"""Visits that go on: a vehicle entered a fence and has not left it, by the facts that stand."""

from collections.abc import Collection

from sqlalchemy import Connection, and_, case, func, or_, select

from server.store.schema import Row, facts, fence_versions
from server.store.seen import seen


def open_visits(connection: Connection, sees: Collection[str] | None = None) -> list[Row]:
    """`fence_id`, `vehicle_id` and `entered_ms` of each, of fences that are in force and vehicles that are seen."""
    entered = func.max(case((facts.c.kind == "fence_entered", facts.c.at_ms)))
    left = func.max(case((facts.c.kind == "fence_left", facts.c.at_ms)))
    in_force = select(fence_versions.c.fence_id).where(fence_versions.c.until_ms.is_(None))
    asked = (
        select(facts.c.fence_id, facts.c.vehicle_id, entered.label("entered_ms"))
        .where(facts.c.kind.in_(("fence_entered", "fence_left")), facts.c.withdrawn_at.is_(None))
        .where(facts.c.fence_id.in_(in_force), seen(facts.c.vehicle_id, sees))
        .group_by(facts.c.fence_id, facts.c.vehicle_id)
        .having(and_(entered.is_not(None), or_(left.is_(None), left < entered)))
        .order_by(facts.c.fence_id, facts.c.vehicle_id)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]
