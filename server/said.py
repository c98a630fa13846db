"""Facts as people are told them: in the API, in the event stream, on the command line."""

from datetime import datetime
from typing import Any

from server.domain.engine.told import when
from server.domain.facts import Changes, Fact
from server.store.schema import Row


def said(fact: Fact) -> dict[str, Any]:
    """A fact that stands, without what depends on when it came."""
    return {
        "id": fact.id,
        "kind": fact.kind,
        "vehicle": fact.vehicle,
        "at": when(fact.at_ms),
        "fence": fact.fence,
        **fact.body,
    }


def said_of_row(row: Row) -> dict[str, Any]:
    """A stored fact, withdrawn or not."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "vehicle": row["vehicle_id"],
        "at": when(row["at_ms"]),
        "fence": row["fence_id"],
        "late": row["late_ms"] is not None,
        "recorded_at": _rfc3339(row["recorded_at"]),
        "withdrawn": row["withdrawn_at"] is not None,
        "revision": row["revision"],
        "instead_of": row["instead_of"],
        **row["body"],
    }


def told(changes: Changes) -> dict[str, Any]:
    """An event of the stream: what became of a vehicle's facts."""
    return {
        "vehicle": next(one.vehicle for one in (*changes.added, *changes.changed, *changes.withdrawn)),
        "late": changes.late,
        "added": [said(one) for one in changes.added if one.kind != "fix_flagged"],
        "changed": [said(one) for one in changes.changed],
        "withdrawn": [one.id for one in changes.withdrawn],
    }


def _rfc3339(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
