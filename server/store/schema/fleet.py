"""Vehicles and gateways, and their newest positions."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from server.store.schema.base import UtcDateTime, metadata

vehicles = Table(
    "vehicles",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ahead_ms", BigInteger),  # the earliest stored fix from the future: not counted before it is overtaken
    Column("speed_limit_cmps", Integer),  # what it may drive, besides what fences say
)

vehicle_limits = Table(
    "vehicle_limits",  # what each vehicle was allowed to drive from when on; one without a row always what it may now
    metadata,
    Column("vehicle_id", ForeignKey("vehicles.id", ondelete="CASCADE"), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("cmps", Integer),
)

gateways = Table(
    "gateways",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("vehicle_id", ForeignKey("vehicles.id"), nullable=False),
    Column("claimed", Boolean, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("status", JSON),
    Column("stream", String(64)),  # the one that delivered last
    Column("returns", Integer, nullable=False),  # how often in a row a known stream took over from another
    Column("returned_at", UtcDateTime),
    Column("site_id", String(64)),  # the fence of the site whose scanner it is; null: its vehicle's
)
Index("ix_gateways_vehicle_id", gateways.c.vehicle_id)

latest = Table(
    "latest",
    metadata,
    Column("vehicle_id", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("lon_e7", BigInteger, nullable=False),
    Column("lat_e7", BigInteger, nullable=False),
    Column("alt_dm", Integer),
    Column("speed_cmps", Integer),
    Column("course_cdeg", Integer),
    Column("accuracy_dm", BigInteger),
    Column("satellites", Integer),
    Column("hdop_c", Integer),
    Column("mode", Integer),
    Column("clock", Integer, nullable=False),
    Column("flags", Text),
    Column("received_ms", BigInteger, nullable=False),
)
