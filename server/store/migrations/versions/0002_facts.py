"""Facts, where the rules stand, totals of days."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """To this revision."""
    _facts()
    _states()
    _totals()


def _facts() -> None:
    op.create_table(
        "facts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("decided_ms", sa.BigInteger(), nullable=False),
        sa.Column("fence_id", sa.String(length=64), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("late_ms", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("instead_of", sa.String(length=32), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facts")),
    )
    op.create_index("ix_facts_vehicle_id", "facts", ["vehicle_id", "at_ms"])
    op.create_index("ix_facts_decided", "facts", ["vehicle_id", "decided_ms"])
    op.create_index("ix_facts_kind", "facts", ["kind", "at_ms"])
    op.create_index("ix_facts_fence", "facts", ["fence_id", "at_ms"])
    op.create_table(
        "fact_history",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fact_id", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_fact_history")),
    )
    op.create_index("ix_fact_history_fact_id", "fact_history", ["fact_id"])


def _states() -> None:
    op.create_table(
        "heads",
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("vehicle_id", name=op.f("pk_heads")),
    )
    op.create_index("ix_heads_due_ms", "heads", ["due_ms"])
    op.create_table(
        "checkpoints",
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("vehicle_id", "at_ms", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "recounts",
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vehicle_id", name=op.f("pk_recounts")),
    )


def _totals() -> None:
    op.create_table(
        "day_totals",
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *[
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("distance_mm", "driving_ms", "idling_ms", "engine_ms", "speeding_ms")
        ],
        sa.PrimaryKeyConstraint("vehicle_id", "day", name=op.f("pk_day_totals")),
    )
    # The odometer was a table of its own; its days are summed anew from the stored series, with the facts.
    op.drop_table("odometer")
    with op.batch_alter_table("vehicles") as batch:
        batch.add_column(sa.Column("speed_limit_cmps", sa.Integer(), nullable=True))
    with op.batch_alter_table("records") as batch:
        batch.add_column(sa.Column("vehicle_id", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("at_ms", sa.BigInteger(), nullable=True))
        batch.create_index("ix_records_vehicle_id", ["vehicle_id", "at_ms"])
