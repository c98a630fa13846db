"""The rows of the report of alerts: one for each alert of a vehicle that opened and still stands.

A storm is its members, so that nothing counts twice. What late data withdrew is no row.
"""

from datetime import datetime
from itertools import batched

from sqlalchemy import Connection

from server.alerting.described import described
from server.reports.lists import LAT, LON, VEHICLE, VEHICLE_ID
from server.reports.question import Asked
from server.reports.rows import Leaf, Names
from server.reports.table import Column, Value, degrees, whole_second
from server.store import alert_rules
from server.store import alerts as store
from server.store.reports import Span, Within, opened_alerts
from server.store.schema import Row

_AT_ONCE = 5000
COLUMNS = (
    VEHICLE,
    VEHICLE_ID,
    Column(key="alert", name="Alert", definition="What happened, in few words."),
    Column(key="severity", name="Severity", definition="As the rule says: critical, warning or info."),
    Column(
        key="opened_at",
        name="Opened",
        kind="time",
        definition="When it happened, and had lasted as long as the rule wants.",
    ),
    Column(
        key="answered_after_s",
        name="Answered after",
        kind="duration",
        total="most",
        definition="From when the server knew of it to when somebody acknowledged it. Empty when nobody did.",
    ),
    Column(key="closed_at", name="Closed", kind="time", definition="Empty while it is open."),
    Column(
        key="open_s",
        name="Open for",
        kind="duration",
        total="sum",
        definition="From opened to closed. Empty while it is open.",
    ),
    Column(key="closed_by", name="Closed by", definition="A person, or rule: the cause was over."),
    Column(key="state", name="State", main=False, definition="Now: open, acknowledged, snoozed or closed."),
    Column(key="rule", name="Rule", main=False),
    Column(key="fence", name="Fence", main=False),
    Column(key="fence_id", name="Fence id", main=False),
    Column(
        key="critical", name="Critical", kind="count", total="sum", main=False, definition="1 for a critical alert."
    ),
    Column(
        key="answered",
        name="Answered",
        kind="count",
        total="sum",
        main=False,
        definition="1 when somebody acknowledged it.",
    ),
    LON,
    LAT,
    Column(key="alert_id", name="Alert id", main=False),
)


def alerts_of(connection: Connection, asked: Asked, within: Within, names: Names, now: datetime) -> list[Leaf]:
    """The alerts, oldest first."""
    rows = [row for row in opened_alerts(connection, within) if asked.fence in (None, row["fence_id"])]
    rules = alert_rules.names(connection) if rows else {}
    found = []
    for some in batched(rows, _AT_ONCE):
        facts = store.facts_of(connection, {row["facts"][0] for row in some if row["facts"]})
        words = described(connection, some, facts, sees=asked.of, time_zone=asked.zone, now=now)
        for row in some:
            rule = rules.get(row["rule_id"]) or row["rule_id"]
            found.append(_leaf(row, words[row["id"]].title, rule, names))
    return found


def _leaf(row: Row, title: str, rule: str, names: Names) -> Leaf:
    opened = whole_second(row["opened_ms"])
    closed = None if row["closed_ms"] is None else whole_second(row["closed_ms"])
    answered_ms = row["acknowledged_ms"]
    cells: tuple[Value, ...] = (
        names.vehicle(row["vehicle_id"]),
        row["vehicle_id"],
        title,
        row["severity"],
        opened,
        None if answered_ms is None else max(0, round((answered_ms - row["raised_ms"]) / 1000)),
        closed,
        None if closed is None else round((closed - opened).total_seconds()),
        row["closed_by"],
        row["state"],
        rule,
        names.fence(row["fence_id"]),
        row["fence_id"],
        int(row["severity"] == "critical"),
        int(answered_ms is not None),
        degrees(row["lon"]),
        degrees(row["lat"]),
        row["id"],
    )
    return Leaf(vehicle=row["vehicle_id"], at=opened, fence=row["fence_id"], cells=cells, span=_span(row))


def _span(row: Row) -> Span:
    return Span(
        id=row["id"],
        kind="alert",
        vehicle=row["vehicle_id"],
        start_ms=row["opened_ms"],
        end_ms=row["closed_ms"],
        fence=row["fence_id"],
        body={"lon": row["lon"], "lat": row["lat"]},
    )
