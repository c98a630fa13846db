"""Facts with their history, where each vehicle's rules stand, and what each day came to.

Written for every group of messages, so times are whole milliseconds. A fact that was withdrawn stays, marked: people
may have acted on it.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Index, Integer, LargeBinary, String, Table

from server.store.schema.base import BigKey, UtcDateTime, metadata

facts = Table(
    "facts",
    metadata,
    Column("id", String(32), primary_key=True),  # follows from kind, vehicle, place and time
    Column("vehicle_id", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("decided_ms", BigInteger, nullable=False),  # the event time of the item that decided it
    Column("fence_id", String(64)),
    Column("body", JSON, nullable=False),  # what else it says
    Column("late_ms", BigInteger),  # how long after it was decided it came; null when that was at once
    Column("recorded_at", UtcDateTime, nullable=False),  # since when it is as it is
    Column("revision", Integer, nullable=False),
    Column("instead_of", String(32)),  # the fact at another time that late data moved to here
    Column("withdrawn_at", UtcDateTime),  # late data showed that it was not so
)
Index("ix_facts_vehicle_id", facts.c.vehicle_id, facts.c.at_ms)
Index("ix_facts_decided", facts.c.vehicle_id, facts.c.decided_ms)
Index("ix_facts_decided_ms", facts.c.decided_ms)
Index("ix_facts_kind", facts.c.kind, facts.c.at_ms)
Index("ix_facts_fence", facts.c.fence_id, facts.c.at_ms)

fact_history = Table(
    "fact_history",
    metadata,
    Column("number", BigKey, primary_key=True),
    Column("fact_id", String(32), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),  # since when it was so
    Column("until", UtcDateTime, nullable=False),  # when that ended
    Column("withdrawn", Boolean, nullable=False),  # whether it did not stand in that time
    Column("body", JSON, nullable=False),
)
Index("ix_fact_history_fact_id", fact_history.c.fact_id)

heads = Table(
    "heads",
    metadata,
    Column("vehicle_id", String(64), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),  # everything up to here is in it
    Column("due_ms", BigInteger),  # when silence makes a fact
    Column("state", LargeBinary, nullable=False),
)
Index("ix_heads_due_ms", heads.c.due_ms)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("vehicle_id", String(64), primary_key=True),
    Column("at_ms", BigInteger, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

day_totals = Table(
    "day_totals",
    metadata,
    Column("vehicle_id", String(64), primary_key=True),
    Column("day", Date, primary_key=True),  # of UTC
    Column("distance_mm", BigInteger, nullable=False),
    Column("driving_ms", BigInteger, nullable=False),
    Column("idling_ms", BigInteger, nullable=False),
    Column("engine_ms", BigInteger, nullable=False),
    Column("speeding_ms", BigInteger, nullable=False),
)

matched_trips = Table(
    "matched_trips",
    metadata,
    Column("fact_id", String(32), primary_key=True),  # the trip, which may be withdrawn by now
    Column("vehicle_id", String(64), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),  # when the trip or its track changed
    Column("done_at", UtcDateTime),  # null: it waits
    Column("facts", JSON),  # the ids of what its matching said
)
Index("ix_matched_trips_vehicle_id", matched_trips.c.vehicle_id, matched_trips.c.at_ms)
Index("ix_matched_trips_waiting", matched_trips.c.done_at, matched_trips.c.asked_at)

recounts = Table(
    "recounts",
    metadata,
    Column("vehicle_id", String(64), primary_key=True),
    Column("from_ms", BigInteger, nullable=False),  # the oldest item that came too late to be worked on at once
    Column("done_ms", BigInteger),  # how far the work is; null: not begun
    Column("state", LargeBinary),  # where it goes on
    Column("asked_at", UtcDateTime, nullable=False),
)
