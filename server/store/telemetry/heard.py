"""What scanners heard: three series beside the positions, each with its columns. Pure.

Sightings of tags, the windows in which a scanner listened, and what sensors of tags said. A scanner is `vehicle:ID` or
`site:ID`; two gateways may be one scanner. Numbers are whole, in the units of their names (`rssi_max_cdbm` 0.01 dBm,
`expected_c` hundredths), but for a sensor's `value`. A row is what it says: an exact repeat is the same row.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from wire.messages import Record, Scanner, Sensor, Sighting, milliseconds


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """One of these series. `keys` are texts that every row has; `schema` is how a table of it is handed out."""

    name: str
    keys: tuple[str, ...]
    schema: pa.Schema

    @property
    def stored(self) -> pa.Schema:
        """The same with the time as a whole number, as it lies on disk."""
        return pa.schema([pa.field("at_ms", pa.int64()) if one.name == "at" else one for one in self.schema])

    @property
    def values(self) -> tuple[str, ...]:
        """The columns besides the keys and the time."""
        return tuple(name for name in self.schema.names if name not in (*self.keys, "at"))


def _series(name: str, keys: tuple[str, ...], **values: pa.DataType) -> Heard:
    fields = [pa.field(key, pa.string()) for key in keys]
    fields += [pa.field("at", pa.timestamp("ms", tz="UTC")), *(pa.field(*one) for one in values.items())]
    return Heard(name=name, keys=keys, schema=pa.schema(fields))


_I32 = pa.int32()
SIGHTINGS = _series(
    "sighting",
    ("scanner", "gateway", "tag"),
    window_ms=_I32,
    count=_I32,
    rssi_max_cdbm=_I32,
    rssi_mean_cdbm=_I32,
    expected_c=_I32,
    gap_ms=_I32,
)
SCANS = _series(
    "scanner",
    ("scanner", "gateway"),
    window_ms=_I32,
    healthy=pa.bool_(),
    adverts=_I32,
    tags=_I32,
    unknown=_I32,
    unknown_rssi_mean_cdbm=_I32,
    adapter=pa.string(),
    problem=pa.string(),
)
READINGS = _series("sensor", ("scanner", "gateway", "tag", "quantity"), value=pa.float64())
EVERY = (SIGHTINGS, SCANS, READINGS)

REQUIRED = {"sighting": ("window_ms", "count"), "scanner": ("window_ms", "healthy"), "sensor": ("value",)}
END_MS = 7_258_118_400_000
"""Rows have 0 <= at < END_MS: 1970 to 2200. Whoever says another time cannot be placed, and is kept as it came."""

_KEY = re.compile(r"[!-~]{1,200}")
_UNFIT = re.compile(r"""[\\"']""")
_MOST = 2**31 - 1
_LONGEST_S = 86_400
_LONGEST_TEXT = 200


def is_key(text: str) -> bool:
    """Whether a tag (or another key) can stand in every store: 1 to 200 signs of ASCII, no space, quote, backslash."""
    return bool(_KEY.fullmatch(text)) and not _UNFIT.search(text)


def row_of(record: Record, scanner: str, gateway: str) -> tuple[Heard, tuple[object, ...]] | None:
    """A record of the wire as a row of its series; None when it is none, or cannot be placed."""
    at_ms = milliseconds(record.at)
    if not 0 <= at_ms < END_MS:
        return None
    try:
        match record:
            case Sighting() if is_key(record.tag):
                return SIGHTINGS, (scanner, gateway, record.tag, at_ms, *_sighting(record))
            case Scanner():
                return SCANS, (scanner, gateway, at_ms, *_scan(record))
            case Sensor() if is_key(record.sensor) and is_key(record.quantity) and math.isfinite(record.value):
                return READINGS, (scanner, gateway, record.sensor, record.quantity, at_ms, float(record.value))
            case _:
                return None
    except ValueError:
        return None


def _sighting(said: Sighting) -> tuple[int | None, ...]:
    return (
        _window(said.window_s),
        _whole(said.count, 1),
        _whole(said.rssi_max_dbm, 100),
        _whole(said.rssi_mean_dbm, 100),
        _whole(said.expected, 100),
        _whole(said.gap_s, 1000),
    )


def _scan(said: Scanner) -> tuple[object, ...]:
    return (
        _window(said.window_s),
        said.healthy,
        _whole(said.adverts, 1),
        _whole(said.tags, 1),
        _whole(said.unknown, 1),
        _whole(said.unknown_rssi_mean_dbm, 100),
        _text(said.adapter),
        _text(said.problem),
    )


def _window(seconds: float) -> int | None:
    if not 0 < seconds <= _LONGEST_S:
        raise ValueError(f"no window has {seconds} s")
    return _whole(seconds, 1000)


def _whole(value: float | None, scale: int) -> int | None:
    if value is None:
        return None
    if not math.isfinite(value) or abs(value) * scale > _MOST:
        raise ValueError(f"{value} is out of range")
    return round(value * scale)


def _text(said: str | None) -> str | None:
    """For people; signs that not every store can hold become spaces."""
    plain = "".join(sign if sign.isprintable() and sign not in '\\"' else " " for sign in said or "")
    return plain.strip()[:_LONGEST_TEXT] or None


def table_of(series: Heard, rows: Iterable[tuple[object, ...]]) -> pa.Table:
    """Rows of `row_of` as a table for the store."""
    columns = list(zip(*rows, strict=True)) or [()] * len(series.stored)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, series.stored, strict=True)]
    return served(series, pa.Table.from_arrays(arrays, schema=series.stored))


def stored(series: Heard, table: pa.Table) -> pa.Table:
    """The table as it lies on disk; raises ValueError when it is none of the series."""
    if table.column_names != series.schema.names:
        raise ValueError(f"these are not the columns of {series.name}: {table.column_names}")
    place = table.column_names.index("at")
    rows = table.cast(series.schema).set_column(place, "at_ms", table["at"].cast(pa.int64())).cast(series.stored)
    missing = [name for name in (*series.keys, "at_ms", *REQUIRED[series.name]) if rows[name].null_count]
    if missing:
        raise ValueError(f"rows of {series.name} without {', '.join(missing)}")
    span = pc.min_max(rows["at_ms"]).as_py()
    if rows.num_rows and not 0 <= span["min"] <= span["max"] < END_MS:
        raise ValueError(f"rows of {series.name} from {span['min']} to {span['max']} ms since 1970; expected 1970-2200")
    for name in series.keys:
        for key in pc.unique(rows[name]).to_pylist():
            if not is_key(key):
                raise ValueError(f"not a {name}: {key[:80]!r}; 1 to 200 signs of ASCII, no space, quote or backslash")
    return rows


def served(series: Heard, rows: pa.Table) -> pa.Table:
    """Rows with the columns on disk as the contract hands them out."""
    columns = [rows["at_ms" if name == "at" else name] for name in series.schema.names]
    cast = [column.cast(kind) for column, kind in zip(columns, series.schema.types, strict=True)]
    return pa.table(cast, schema=series.schema)


def chosen(table: pa.Table, where: Mapping[str, Collection[str]]) -> pa.Table:
    """The rows whose keys are among those wanted."""
    for name, wanted in where.items():
        table = table.filter(pc.is_in(table[name], pa.array(list(wanted), pa.string())))
    return table


def once_in_order(series: Heard, table: pa.Table) -> pa.Table:
    """Each row once, by time and then by content."""
    names = series.schema.names
    once = table.group_by(names, use_threads=False).aggregate([]).select(names)
    order = ["at", *(name for name in names if name != "at")]
    return once.sort_by([(name, "ascending") for name in order]).cast(series.schema)
