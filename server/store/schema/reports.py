"""Reports that are sent by themselves."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from server.store.schema.base import UtcDateTime, metadata

report_schedules = Table(
    "report_schedules",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("format", String(10), nullable=False),
    Column("filters", JSON, nullable=False),  # vehicles, team, fence, group
    Column("every", String(10), nullable=False),  # day, week, month
    Column("on_day", Integer, nullable=False),  # of the week from Monday = 1, or of the month
    Column("at", String(5), nullable=False),  # 07:00 in its time zone
    Column("time_zone", String(64), nullable=False),
    Column("recipients", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("owner", String(120), nullable=False),  # whose eyes it looks through: who saved it last
    Column("owner_is_key", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),  # what was due before is not sent
    Column("changed_at", UtcDateTime, nullable=False),
)

report_sendings = Table(
    "report_sendings",
    metadata,
    Column("schedule_id", ForeignKey("report_schedules.id", ondelete="CASCADE"), primary_key=True),
    Column("period", String(40), primary_key=True),  # the day on which it was due; by hand: with the time
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, sent, failed
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),  # of the next try
    Column("tried_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("error", Text),
)
Index("ix_report_sendings_due", report_sendings.c.state, report_sendings.c.due_at)
