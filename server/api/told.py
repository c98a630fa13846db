"""Alerts as the API tells them: rows, their facts, members and history made into JSON."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from server.alerting.described import Described, described
from server.domain.alerts.words import happened
from server.said import said_of_row
from server.store import alert_rules, alerts, deliveries
from server.store.schema import Row
from wire.messages import instant, rfc3339

EVIDENCE_MS = 600_000


def told(
    connection: Connection, rows: list[Row], sees: frozenset[str] | None, time_zone: str, now: datetime
) -> list[dict[str, Any]]:
    """Alerts for somebody who sees these vehicles."""
    known = alerts.facts_of(connection, {id_ for row in rows for id_ in row["facts"]})
    words = described(connection, rows, known, sees=sees, time_zone=time_zone, now=now)
    names = alert_rules.names(connection) if rows else {}
    return [
        _alert(
            row,
            names.get(row["rule_id"]) or row["rule_id"],
            [known[id_] for id_ in row["facts"] if id_ in known],
            words[row["id"]],
        )
        for row in rows
    ]


def one_told(
    connection: Connection, row: Row, sees: frozenset[str] | None, time_zone: str, now: datetime
) -> dict[str, Any]:
    """One alert with all that was done about it."""
    [said] = told(connection, [row], sees, time_zone, now)
    end_ms = row["closed_ms"] if row["closed_ms"] is not None and not row["withdrawn"] else row["opened_ms"]
    return {
        **said,
        "history": [_event(each) for each in alerts.history_of(connection, row["id"])],
        "evidence": {
            "vehicle": row["vehicle_id"],
            "from": _at(row["opened_ms"] - EVIDENCE_MS),
            "to": _at(min(end_ms, row["opened_ms"] + EVIDENCE_MS) + EVIDENCE_MS),
        },
        "deliveries": [delivery(each) for each in deliveries.list_deliveries(connection, alert=row["id"], sees=sees)],
    }


def delivery(row: Row) -> dict[str, Any]:
    """A message."""
    times = ("created_at", "due_at", "tried_at", "sent_at")
    same = ("id", "about", "users", "state", "digest", "message_id", "attempts", "error", "subject")
    return {
        **{name: row[name] for name in same},
        **{name: None if row[name] is None else rfc3339(row[name]) for name in times},
        "alert": row["alert_id"],
        "channel": row["channel_id"],
        "channel_name": row["channel_name"] or row["channel_id"],
    }


def _alert(row: Row, rule_name: str, facts: list[Row], words: Described) -> dict[str, Any]:
    same = (
        "id", "kind", "severity", "vehicle_name", "state", "acknowledged_by", "assigned_to", "closed_by", "instead",
        "late", "lon", "lat", "folded_into",
    )  # fmt: skip
    return {
        **{name: row[name] for name in same},
        "rule": row["rule_id"],
        "rule_name": rule_name,
        "vehicle": row["vehicle_id"],
        "fence": row["fence_id"],
        "opened_at": _at(row["opened_ms"]),
        "raised_at": _at(row["raised_ms"]),
        "closed_at": _at(row["closed_ms"]),
        "acknowledged_at": _at(row["acknowledged_ms"]),
        "snoozed_until": _at(row["snoozed_ms"]),
        "escalated_at": _at(row["escalated_ms"]),
        "facts": [said_of_row(each) for each in facts],
        "title": words.title,
        "because": words.because,
        "count": len(words.members),
        "members": list(words.members),
    }


def _event(row: Row) -> dict[str, Any]:
    detail = row["detail"]
    until = detail.get("until")
    return {
        "at": _at(row["at_ms"]),
        "who": row["who"],
        "what": row["what"],
        "says": happened(row["what"], row["who"], detail),
        "text": detail.get("text"),
        "to": detail.get("to"),
        "until": None if until is None else _at(until),
    }


def _at(at_ms: int | None) -> str | None:
    return None if at_ms is None else rfc3339(instant(at_ms))
