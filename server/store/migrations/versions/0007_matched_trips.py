"""Trips that are matched with the roads; those that are there already wait for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
WEEK_MS = 604_800_000


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "matched_trips",
        sa.Column("fact_id", sa.String(length=32), nullable=False),
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_matched_trips")),
    )
    op.create_index("ix_matched_trips_vehicle_id", "matched_trips", ["vehicle_id", "at_ms"])
    op.create_index("ix_matched_trips_waiting", "matched_trips", ["done_at", "asked_at"])
    # Their beginnings are inside of their JSON: a week before its end is early enough for each.
    op.execute(
        sa.text(
            "INSERT INTO matched_trips (fact_id, vehicle_id, from_ms, at_ms, asked_at) "
            "SELECT id, vehicle_id, at_ms - :week, at_ms, recorded_at FROM facts "
            "WHERE kind = 'trip_ended' AND withdrawn_at IS NULL"
        ).bindparams(week=WEEK_MS)
    )
