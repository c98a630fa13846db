"""Limits of tags have versions: those that are there already hold from the beginning."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """To this revision."""
    made = op.create_table(
        "tag_limits",
        sa.Column("tag_id", sa.String(length=100), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_tag_limits_tag_id_tags"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", "from_ms", name=op.f("pk_tag_limits")),
    )
    tags = sa.table("tags", sa.column("id", sa.String), sa.column("limits", sa.JSON))
    rows = [
        {"tag_id": row.id, "from_ms": -(2**62), "limits": row.limits}
        for row in op.get_bind().execute(sa.select(tags.c.id, tags.c.limits))
        if row.limits
    ]
    if rows:
        op.bulk_insert(made, rows)
