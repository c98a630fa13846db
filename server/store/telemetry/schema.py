"""The Arrow schema of telemetry: the columns of `wire.columns`, with the vehicle, and `at` as a timestamp.

Whole numbers in the units of their names: `lon_e7` 1e-7 degrees, `alt_dm` and `accuracy_dm` 0.1 m, `speed_cmps` cm/s,
`course_cdeg` and `hdop_c` hundredths; `mode` and `clock` are places in wire.messages.MODES and CLOCKS; `flags` are
joined by commas, null for none. On disk the time is a whole number, `at_ms` since 1970; `at` is made of it without a
copy.
"""

import re
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from wire.columns import RANGES
from wire.columns import REQUIRED as SAID
from wire.messages import GATEWAY_ID

SCHEMA = pa.schema(
    [
        ("vehicle", pa.string()),
        ("at", pa.timestamp("ms", tz="UTC")),
        ("lon_e7", pa.int32()),
        ("lat_e7", pa.int32()),
        ("alt_dm", pa.int32()),
        ("speed_cmps", pa.int32()),
        ("course_cdeg", pa.int32()),
        ("accuracy_dm", pa.int32()),
        ("satellites", pa.int16()),
        ("hdop_c", pa.int32()),
        ("mode", pa.int8()),
        ("clock", pa.int8()),
        ("flags", pa.string()),
    ]
)
STORED = pa.schema([pa.field("at_ms", pa.int64()) if field.name == "at" else field for field in SCHEMA])
"""The same with the time as a whole number, as it lies on disk."""

REQUIRED = ("vehicle", *SAID)
NUMBERS = tuple(field.name for field in STORED if field.name not in ("vehicle", "at_ms", "flags"))
"""The columns of whole numbers besides the time, in their order."""

EARLIEST_MS, LATEST_MS = RANGES["at_ms"][0], RANGES["at_ms"][1] + 1
"""A position has EARLIEST_MS <= at < LATEST_MS: the years 1 to 9999, because a receiver's nonsense is kept as well."""

DAY_MS = 86_400_000


def stored(batch: pa.RecordBatch | pa.Table) -> pa.Table:
    """The batch as it lies on disk; raises ValueError when it is no batch of positions."""
    table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
    if table.column_names != SCHEMA.names:
        raise ValueError(f"these are not the columns of telemetry: {table.column_names}; expected {SCHEMA.names}")
    table = table.cast(SCHEMA)
    at_ms = table["at"].cast(pa.int64())
    table = table.set_column(1, "at_ms", at_ms)
    missing = [name for name in REQUIRED if table[name].null_count]
    if missing:
        raise ValueError(f"positions without {', '.join(missing)}; every position needs {', '.join(REQUIRED)}")
    span = pc.min_max(at_ms).as_py()
    if table.num_rows and not EARLIEST_MS <= span["min"] <= span["max"] < LATEST_MS:
        raise ValueError(f"positions from {span['min']} to {span['max']} ms since 1970; expected the years 1 to 9999")
    for vehicle in pc.unique(table["vehicle"]).to_pylist():
        checked_vehicle(vehicle)
    for flags in pc.unique(table["flags"]).drop_null().to_pylist():
        if not _FLAGS.fullmatch(flags):
            raise ValueError(f"not flags: {flags[:80]!r}; words of a-z, 0-9 and _, joined by commas, or null for none")
    return table


def served(table: pa.Table) -> pa.Table:
    """A table of the columns on disk as the contract hands it out."""
    columns = [table["at_ms" if name == "at" else name] for name in SCHEMA.names]
    return pa.table([column.cast(kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA)


def checked_vehicle(vehicle: str) -> str:
    """The vehicle's id itself; raises ValueError when it could not stand in every store without escapes."""
    if not GATEWAY_ID.fullmatch(vehicle):
        raise ValueError(f"not a vehicle id: {vehicle[:80]!r}; 1 to 64 letters, digits, dots, dashes and underscores")
    return vehicle


def bound_ms(at: datetime) -> int:
    """The first millisecond that is not before `at`: a bound of a half-open range."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at.isoformat()}; say which instant is meant")
    since = at - _EPOCH
    return since.days * DAY_MS + since.seconds * 1000 - (-since.microseconds // 1000)


def day_of(at_ms: int) -> date:
    """The UTC date of an instant."""
    return date.fromordinal(at_ms // DAY_MS + _EPOCH_DAY)


def day_start_ms(day: date) -> int:
    """The first instant of a UTC date."""
    return (day.toordinal() - _EPOCH_DAY) * DAY_MS


def after_ms(at: datetime) -> int:
    """The first millisecond that is later than `at`."""
    return bound_ms(at) + (at.microsecond % 1000 == 0)


_FLAGS = re.compile(r"[a-z0-9_]+(,[a-z0-9_]+)*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
