"""Speed limits of vehicles have versions: those that are there already hold from the beginning."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "vehicle_limits",
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cmps", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["vehicle_id"],
            ["vehicles.id"],
            name=op.f("fk_vehicle_limits_vehicle_id_vehicles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("vehicle_id", "from_ms", name=op.f("pk_vehicle_limits")),
    )
