"""Where packages are believed to be: how far the work is, kept states, beliefs with their past.

Everything here follows from the telemetry and the plan. Times are whole milliseconds of event time.
"""

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, LargeBinary, String, Table

from server.store.schema.base import metadata

custody_work = Table(
    "custody_work",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # one row, from the first sighting on
    Column("began_ms", BigInteger),  # nothing that was heard before is in any state
    Column("done_ms", BigInteger),  # what is believed now holds everything up to here
    Column("dirty_from_ms", BigInteger),  # the earliest and the latest of what arrived since somebody looked
    Column("dirty_to_ms", BigInteger),
    Column("replay_ms", BigInteger),  # late data is being worked through: how far; null: none is
    Column("replay_to_ms", BigInteger),  # the latest of it
    Column("bindings", BigInteger, nullable=False),  # the newest binding that was looked at
)

custody_checkpoints = Table(
    "custody_checkpoints",
    metadata,
    Column("at_ms", BigInteger, primary_key=True),
    Column("state", LargeBinary, nullable=False),
)

custody_beliefs = Table(
    "custody_beliefs",
    metadata,
    Column("package_id", String(64), primary_key=True),
    Column("place", String(160), nullable=False),  # `vehicle:v1`, `site:depot`, `stop:ROUTE/STOP`, `unknown`
    Column("p", Float, nullable=False),
    Column("since_ms", BigInteger, nullable=False),  # at this place
    Column("at_ms", BigInteger, nullable=False),  # when it was said; where nothing is new it goes on to hold
    Column("others", JSON, nullable=False),
    Column("alarm", String(32)),  # the kind of the fact that nothing took back
)

custody_spans = Table(
    "custody_spans",
    metadata,
    Column("package_id", String(64), primary_key=True),
    Column("from_ms", BigInteger, primary_key=True),  # until the next of the package
    Column("place", String(160), nullable=False),  # empty: nobody watches it from here on
    Column("p_min", Float, nullable=False),
    Column("p_max", Float, nullable=False),
    Column("p_mean", Float, nullable=False),
    Column("lon", Float),  # where the place was then
    Column("lat", Float),
)
