"""Packages and where they are meant to go, tags, and which tag is on which package.

What people plan is overwritten; which tag was on which package is kept for ever, because what was heard is judged by
it. Times of bindings and of hearing are whole milliseconds of event time, coordinates 1e-7 degrees.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
)

from server.store.schema.base import BigKey, UtcDateTime, metadata

routes = Table(
    "routes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("vehicle_id", ForeignKey("vehicles.id"), nullable=False),
    Column("site_id", String(64)),  # the fence of a site, where it is loaded
    Column("dock", String(40), nullable=False),
    Column("driver", String(120), nullable=False),
    Column("departs_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
Index("ix_routes_departs_at", routes.c.departs_at)
Index("ix_routes_vehicle_id", routes.c.vehicle_id, routes.c.departs_at)

stops = Table(
    "stops",
    metadata,
    Column("route_id", ForeignKey("routes.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("sequence", Integer, nullable=False),  # 1, 2, ... of each route
    Column("name", String(200), nullable=False),
    Column("lon_e7", BigInteger, nullable=False),
    Column("lat_e7", BigInteger, nullable=False),
    Column("radius_m", Float, nullable=False),
)

packages = Table(
    "packages",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("order_id", String(64)),  # not unique: an order has several packages
    Column("reference", String(200)),  # what is printed on it; SSCC, number of the shipper
    Column("name", String(200), nullable=False),
    Column("vehicle_id", ForeignKey("vehicles.id")),  # planned; that of its route when it has one
    Column("site_id", String(64)),
    Column("route_id", ForeignKey("routes.id")),
    Column("stop_id", String(64)),  # several packages may share a stop
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),  # null: still expected somewhere
    ForeignKeyConstraint(["route_id", "stop_id"], ["stops.route_id", "stops.id"], name="fk_packages_stop"),
)
Index("ix_packages_vehicle_id", packages.c.vehicle_id, packages.c.id)
Index("ix_packages_route_id", packages.c.route_id, packages.c.stop_id)
Index("ix_packages_order_id", packages.c.order_id)
Index("ix_packages_reference", packages.c.reference)

tags = Table(
    "tags",
    metadata,
    Column("id", String(100), primary_key=True),  # an identity or an address; may hold a slash
    Column("name", String(200), nullable=False),
    Column("format", String(40)),
    Column("limits", JSON, nullable=False),  # a list of {quantity, min, max, dwell_s}
    Column("created_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),  # null: in the inventory. Its bindings stay
)

tag_limits = Table(
    "tag_limits",  # what each tag should say from when on; one without a row never had limits
    metadata,
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("limits", JSON, nullable=False),
)

tags_heard = Table(
    "tags_heard",
    metadata,
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Column("heard_ms", BigInteger),
    Column("heard_rssi_cdbm", Integer),  # of several that heard it then, the loudest is kept
    Column("heard_by", String(80)),  # `vehicle:v1` or `site:depot`
    Column("battery_ms", BigInteger),  # of the newest of the two that follow
    Column("battery_percent", Float),
    Column("battery_v", Float),
)

tag_batteries = Table(
    "tag_batteries",
    metadata,
    Column("tag_id", ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Date, primary_key=True),  # UTC
    Column("percent", Float),  # the highest of the day: cold and load make a cell say less than it has
    Column("volts", Float),
)

bindings = Table(
    "bindings",
    metadata,
    Column("number", BigKey, primary_key=True),
    Column("package_id", ForeignKey("packages.id"), nullable=False),
    Column("tag_id", ForeignKey("tags.id"), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),  # null: it is on the package
    Column("bound_by", String(120), nullable=False),
    Column("ended_by", String(120)),
)
Index("ix_bindings_package_id", bindings.c.package_id, bindings.c.from_ms)
Index("ix_bindings_tag_id", bindings.c.tag_id, bindings.c.from_ms)
_OPEN = bindings.c.until_ms.is_(None)
Index("uq_bindings_open_package", bindings.c.package_id, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("uq_bindings_open_tag", bindings.c.tag_id, unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)

plan_changes = Table(
    "plan_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("count", BigInteger, nullable=False),  # of changes of all the above but what was heard
)
