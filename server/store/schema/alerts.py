"""Alerts, their rules, and what people are told.

Times that the fold computes with are whole milliseconds of event time; an alert that late data withdrew stays, marked.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from server.store.schema.base import BigKey, UtcDateTime, metadata

alert_rules = Table(
    "alert_rules",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("body", JSON, nullable=False),  # server.domain.alerts.rules.Rule
    Column("since_ms", BigInteger, nullable=False),  # news from before it was made or changed alert nobody
    Column("changed_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),  # its alerts keep its name
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", String(32), primary_key=True),  # follows from rule, subject and the opening fact
    Column("rule_id", String(64), nullable=False),
    Column("vehicle_id", String(64)),  # null: a storm
    Column("part", String(200), nullable=False),  # which of the vehicle's subjects: a fence, a sensor
    Column("kind", String(32), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("fence_id", String(64)),
    Column("began_ms", BigInteger, nullable=False),  # its first fact; it opened when that had lasted long enough
    Column("opened_ms", BigInteger, nullable=False),
    Column("closed_ms", BigInteger),
    Column("closed_by", String(120)),  # rule, late data, or a person's name
    Column("state", String(12), nullable=False),
    Column("acknowledged_by", String(120)),
    Column("acknowledged_ms", BigInteger),
    Column("assigned_to", String(120)),
    Column("snoozed_ms", BigInteger),  # until then
    Column("escalated_ms", BigInteger),
    Column("raised_ms", BigInteger, nullable=False),  # when we came to know
    Column("due_ms", BigInteger),  # when time itself changes it: a snooze ends, nobody has acted
    Column("late", Boolean, nullable=False),
    Column("withdrawn", Boolean, nullable=False),  # late data showed that it was not so
    Column("instead", String(32)),  # the alert that late data put in its place
    Column("folded_into", String(32)),  # the storm that it is a member of
    Column("count", Integer, nullable=False),  # of a storm: its members
    Column("lon", Float),
    Column("lat", Float),
    Column("facts", JSON, nullable=False),  # ids
)
Index("ix_alerts_rule_id", alerts.c.rule_id, alerts.c.vehicle_id, alerts.c.opened_ms)
Index("ix_alerts_vehicle_id", alerts.c.vehicle_id, alerts.c.opened_ms)
Index("ix_alerts_state", alerts.c.state, alerts.c.opened_ms)
Index("ix_alerts_opened_ms", alerts.c.opened_ms)
Index("ix_alerts_due_ms", alerts.c.due_ms)
Index("ix_alerts_folded_into", alerts.c.folded_into)

alert_waits = Table(
    "alert_waits",
    metadata,
    Column("rule_id", String(64), primary_key=True),
    Column("vehicle_id", String(64), primary_key=True),
    Column("part", String(200), primary_key=True),
    Column("from_ms", BigInteger, nullable=False),  # the fact that has to last
    Column("due_ms", BigInteger, nullable=False),  # when it has lasted
)
Index("ix_alert_waits_due_ms", alert_waits.c.due_ms)

alert_history = Table(
    "alert_history",
    metadata,
    Column("number", BigKey, primary_key=True),
    Column("alert_id", String(32), nullable=False),
    Column("rule_id", String(64), nullable=False),
    Column("vehicle_id", String(64)),
    Column("at_ms", BigInteger, nullable=False),
    Column("opened_ms", BigInteger, nullable=False),  # of the alert, as it was seen then
    Column("who", String(120)),  # null: a rule
    Column("what", String(20), nullable=False),
    Column("detail", JSON, nullable=False),
)
Index("ix_alert_history_alert_id", alert_history.c.alert_id)
Index("ix_alert_history_rule_id", alert_history.c.rule_id, alert_history.c.vehicle_id, alert_history.c.at_ms)

pulses = Table(
    "pulses",
    metadata,
    Column("gateway_id", String(64), primary_key=True),  # those that are silent, or seldom speak
    Column("interval_s", Float, nullable=False),
    Column("silent_since", UtcDateTime),  # when it was heard last before the silence that is told
)

channels = Table(
    "channels",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("target", Text, nullable=False),  # what may be shown of the address
    Column("enabled", Boolean, nullable=False),
    Column("created_by", String(120), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("failing_since", UtcDateTime),
    Column("error", Text),
    Column("gone_at", UtcDateTime),  # the receiver said that it is no more
)

channel_secrets = Table(
    "channel_secrets",
    metadata,
    Column("channel_id", ForeignKey("channels.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("secret", Text, nullable=False),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), primary_key=True),
    Column("body", JSON, nullable=False),  # server.domain.alerts.subscription.Subscription
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("alert_id", String(32), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("about", String(10), nullable=False),
    Column("users", JSON, nullable=False),  # for whom
    Column("state", String(10), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("digest", Boolean, nullable=False),
    Column("message_id", String(64)),  # of the message that carries it: its own, or a digest's
    Column("attempts", Integer, nullable=False),
    Column("tried_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("error", Text),
    Column("subject", Text),  # written when it first goes out, then kept
    Column("text", Text),
    Column("data", JSON),  # the same for programs
    UniqueConstraint("alert_id", "channel_id", "about"),
)
Index("ix_deliveries_due", deliveries.c.state, deliveries.c.due_at)
Index("ix_deliveries_alert_id", deliveries.c.alert_id)
