"""Accounts: teams, keys with scopes, sessions that say where they are, an audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """To this revision."""
    _grown()
    _teams()
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_what", "audit_log", ["what", "number"])


def _grown() -> None:
    """Columns of tables that are there; added in place, because a table made anew would take its children along."""
    at = sa.DateTime(timezone=True)
    for table, name, kind in (
        ("users", "signed_in_at", at),
        ("users", "subject", sa.String(length=400)),
        ("sessions", "seen_at", at),
        ("sessions", "address", sa.String(length=64)),
        ("sessions", "browser", sa.String(length=300)),
        ("sessions", "way", sa.String(length=10)),
        ("api_keys", "scopes", sa.JSON()),
        ("api_keys", "teams", sa.JSON()),
        ("api_keys", "used_at", at),
        ("api_keys", "created_by", sa.String(length=120)),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_index("ix_users_subject", "users", ["subject"], unique=True)


def _teams() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    for table, column, kind, refers in (
        ("team_members", "user_name", sa.String(length=120), "users.name"),
        ("team_vehicles", "vehicle_id", sa.String(length=64), "vehicles.id"),
    ):
        op.create_table(
            table,
            sa.Column("team_id", sa.String(length=16), nullable=False),
            sa.Column(column, kind, nullable=False),
            sa.PrimaryKeyConstraint("team_id", column, name=op.f(f"pk_{table}")),
            sa.ForeignKeyConstraint(
                ["team_id"], ["teams.id"], name=op.f(f"fk_{table}_team_id_teams"), ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                [column],
                [refers],
                name=op.f(f"fk_{table}_{column}_{refers.partition('.')[0]}"),
                ondelete="CASCADE",
            ),
        )
        op.create_index(f"ix_{table}_{column}", table, [column])
