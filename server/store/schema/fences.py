"""Fences: every version that ever counted.

Positions are judged by the version that was in force when they happened, so no version is ever rewritten; a change
closes one and opens the next. Times of force are whole milliseconds of event time.
"""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table

from server.store.schema.base import UtcDateTime, metadata

fence_versions = Table(
    "fence_versions",
    metadata,
    Column("fence_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),  # 1, 2, ... of each fence
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),  # null: in force
    Column("feature", JSON, nullable=False),  # GeoJSON, as server/domain/fences writes it
    Column("changed_by", String(120), nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)
Index("ix_fence_versions_until_ms", fence_versions.c.until_ms)

fence_changes = Table(
    "fence_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row
    Column("count", BigInteger, nullable=False),  # of changes so far: whoever holds an index asks for this only
)
