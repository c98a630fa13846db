"""Packages, routes, tags and bindings."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """To this revision."""
    _routes()
    _packages()
    _tags()
    _bindings()
    changes = op.create_table(
        "plan_changes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_changes")),
    )
    op.bulk_insert(changes, [{"id": 1, "count": 0}])


def _routes() -> None:
    op.create_table(
        "routes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("vehicle_id", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.String(length=64), nullable=True),
        sa.Column("dock", sa.String(length=40), nullable=False),
        sa.Column("driver", sa.String(length=120), nullable=False),
        sa.Column("departs_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name=op.f("fk_routes_vehicle_id_vehicles")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routes")),
    )
    op.create_index("ix_routes_departs_at", "routes", ["departs_at"])
    op.create_index("ix_routes_vehicle_id", "routes", ["vehicle_id", "departs_at"])
    op.create_table(
        "stops",
        sa.Column("route_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lon_e7", sa.BigInteger(), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name=op.f("fk_stops_route_id_routes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("route_id", "id", name=op.f("pk_stops")),
    )


def _packages() -> None:
    op.create_table(
        "packages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("vehicle_id", sa.String(length=64), nullable=True),
        sa.Column("site_id", sa.String(length=64), nullable=True),
        sa.Column("route_id", sa.String(length=64), nullable=True),
        sa.Column("stop_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicles.id"], name=op.f("fk_packages_vehicle_id_vehicles")),
        sa.ForeignKeyConstraint(["route_id"], ["routes.id"], name=op.f("fk_packages_route_id_routes")),
        sa.ForeignKeyConstraint(["route_id", "stop_id"], ["stops.route_id", "stops.id"], name=op.f("fk_packages_stop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packages")),
    )
    op.create_index("ix_packages_vehicle_id", "packages", ["vehicle_id", "id"])
    op.create_index("ix_packages_route_id", "packages", ["route_id", "stop_id"])
    op.create_index("ix_packages_order_id", "packages", ["order_id"])
    op.create_index("ix_packages_reference", "packages", ["reference"])


def _tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=True),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
    )
    op.create_table(
        "tags_heard",
        sa.Column("tag_id", sa.String(length=100), nullable=False),
        sa.Column("heard_ms", sa.BigInteger(), nullable=True),
        sa.Column("heard_rssi_cdbm", sa.Integer(), nullable=True),
        sa.Column("heard_by", sa.String(length=80), nullable=True),
        sa.Column("battery_ms", sa.BigInteger(), nullable=True),
        sa.Column("battery_percent", sa.Float(), nullable=True),
        sa.Column("battery_v", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_tags_heard_tag_id_tags"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", name=op.f("pk_tags_heard")),
    )
    op.create_table(
        "tag_batteries",
        sa.Column("tag_id", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("percent", sa.Float(), nullable=True),
        sa.Column("volts", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_tag_batteries_tag_id_tags"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", "day", name=op.f("pk_tag_batteries")),
    )


def _bindings() -> None:
    op.create_table(
        "bindings",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("package_id", sa.String(length=64), nullable=False),
        sa.Column("tag_id", sa.String(length=100), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("bound_by", sa.String(length=120), nullable=False),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["packages.id"], name=op.f("fk_bindings_package_id_packages")),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_bindings_tag_id_tags")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_bindings")),
    )
    op.create_index("ix_bindings_package_id", "bindings", ["package_id", "from_ms"])
    op.create_index("ix_bindings_tag_id", "bindings", ["tag_id", "from_ms"])
    still = sa.text("until_ms IS NULL")
    for name, column in (("uq_bindings_open_package", "package_id"), ("uq_bindings_open_tag", "tag_id")):
        op.create_index(name, "bindings", [column], unique=True, sqlite_where=still, postgresql_where=still)
