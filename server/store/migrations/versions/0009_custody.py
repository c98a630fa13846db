"""Where packages are believed to be; gateways that are scanners of a site."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """To this revision."""
    big, text = sa.BigInteger, sa.String
    op.add_column("gateways", sa.Column("site_id", text(length=64), nullable=True))
    op.create_index("ix_facts_decided_ms", "facts", ["decided_ms"])
    op.create_table(
        "custody_work",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, big(), nullable=True)
            for name in ("began_ms", "done_ms", "dirty_from_ms", "dirty_to_ms", "replay_ms", "replay_to_ms")
        ),
        sa.Column("bindings", big(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_work")),
    )
    op.create_table(
        "custody_checkpoints",
        sa.Column("at_ms", big(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("at_ms", name=op.f("pk_custody_checkpoints")),
    )
    op.create_table(
        "custody_beliefs",
        sa.Column("package_id", text(length=64), nullable=False),
        sa.Column("place", text(length=160), nullable=False),
        sa.Column("p", sa.Float(), nullable=False),
        sa.Column("since_ms", big(), nullable=False),
        sa.Column("at_ms", big(), nullable=False),
        sa.Column("others", sa.JSON(), nullable=False),
        sa.Column("alarm", text(length=32), nullable=True),
        sa.PrimaryKeyConstraint("package_id", name=op.f("pk_custody_beliefs")),
    )
    op.create_table(
        "custody_spans",
        sa.Column("package_id", text(length=64), nullable=False),
        sa.Column("from_ms", big(), nullable=False),
        sa.Column("place", text(length=160), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("p_min", "p_max", "p_mean")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("lon", "lat")),
        sa.PrimaryKeyConstraint("package_id", "from_ms", name=op.f("pk_custody_spans")),
    )
