"""The tables, one module a room. One schema for SQLite and PostgreSQL.

Times are aware UTC (UtcDateTime, because SQLite hands back naive ones); where a store is written for every position,
times are whole milliseconds and coordinates 1e-7 degrees, as on the wire.
"""

from server.store.schema.accounts import (
    api_keys,
    audit_log,
    login_links,
    sessions,
    team_members,
    team_vehicles,
    teams,
    users,
)
from server.store.schema.alerts import (
    alert_history,
    alert_rules,
    alert_waits,
    alerts,
    channel_secrets,
    channels,
    deliveries,
    pulses,
    subscriptions,
)
from server.store.schema.base import BigKey, Row, UtcDateTime, metadata
from server.store.schema.custody import custody_beliefs, custody_checkpoints, custody_spans, custody_work
from server.store.schema.delivery import gaps, poison, records, stream_marks, streams
from server.store.schema.facts import checkpoints, day_totals, fact_history, facts, heads, matched_trips, recounts
from server.store.schema.fences import fence_changes, fence_versions
from server.store.schema.fleet import gateways, latest, vehicle_limits, vehicles
from server.store.schema.packages import (
    bindings,
    packages,
    plan_changes,
    routes,
    stops,
    tag_batteries,
    tag_limits,
    tags,
    tags_heard,
)
from server.store.schema.reports import report_schedules, report_sendings

__all__ = [
    "BigKey",
    "Row",
    "UtcDateTime",
    "alert_history",
    "alert_rules",
    "alert_waits",
    "alerts",
    "api_keys",
    "audit_log",
    "bindings",
    "channel_secrets",
    "channels",
    "checkpoints",
    "custody_beliefs",
    "custody_checkpoints",
    "custody_spans",
    "custody_work",
    "day_totals",
    "deliveries",
    "fact_history",
    "facts",
    "fence_changes",
    "fence_versions",
    "gaps",
    "gateways",
    "heads",
    "latest",
    "login_links",
    "matched_trips",
    "metadata",
    "packages",
    "plan_changes",
    "poison",
    "pulses",
    "records",
    "recounts",
    "report_schedules",
    "report_sendings",
    "routes",
    "sessions",
    "stops",
    "stream_marks",
    "streams",
    "subscriptions",
    "tag_batteries",
    "tag_limits",
    "tags",
    "tags_heard",
    "team_members",
    "team_vehicles",
    "teams",
    "users",
    "vehicle_limits",
    "vehicles",
]
