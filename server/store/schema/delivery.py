"""How far each stream is, what is missing, and what is kept as it came."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from server.store.schema.base import BigKey, UtcDateTime, metadata

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

records = Table(
    "records",
    metadata,
    Column("gateway_id", String(64), primary_key=True),
    Column("stream", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("vehicle_id", String(64)),
    Column("at_ms", BigInteger),  # null where it cannot be read
    Column("known", Boolean, nullable=False),
    Column("body", JSON, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
)
Index("ix_records_kind", records.c.kind, records.c.received_at)
Index("ix_records_vehicle_id", records.c.vehicle_id, records.c.at_ms)

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
