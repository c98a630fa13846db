"""The tables: delivery, fleet, what is set aside, accounts.

One schema for SQLite and PostgreSQL. Times are aware UTC (UtcDateTime, because SQLite hands back naive ones); where a
store is written for every position, times are whole milliseconds and coordinates 1e-7 degrees, as on the wire.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        del dialect
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigKey = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only when the key's type is INTEGER."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

vehicles = Table(
    "vehicles",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ahead_ms", BigInteger),  # the earliest stored fix from the future: not counted before it is overtaken
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
)
Index("ix_gateways_vehicle_id", gateways.c.vehicle_id)

streams = Table(
    "streams",
    metadata,
    Column("gateway_id", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("top", BigInteger, nullable=False),  # the greatest `last` ever: what is asked for again is not missing
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)

stream_marks = Table(
    "stream_marks",
    metadata,
    Column("at", UtcDateTime, primary_key=True),
    Column("gateway_id", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("last", BigInteger, nullable=False),  # committed by then: to go back to when the telemetry is restored
)

gaps = Table(
    "gaps",
    metadata,
    Column("gateway_id", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("seq_from", BigInteger, primary_key=True),
    Column("seq_to", BigInteger),  # null: a new outbox took over, and nobody knows how much the old one held
    Column("found_at", UtcDateTime, nullable=False),
)

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

odometer = Table(
    "odometer",
    metadata,
    Column("vehicle_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True),  # of UTC
    Column("distance_mm", BigInteger, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("gateway_id", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("known", Boolean, nullable=False),
    Column("body", JSON, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
)
Index("ix_records_kind", records.c.kind, records.c.received_at)

poison = Table(
    "poison",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # of topic and payload: it is sent again and again
    Column("times", Integer, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),  # first
)

users = Table(
    "users",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("one_time", Boolean, nullable=False),  # the first password, to be replaced
    Column("role", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)

login_links = Table(
    "login_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_name", ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

Row = dict[str, Any]
