"""A report as Parquet: typed columns; units, definitions and the title in the metadata."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from server.reports.table import Column, Table
from wire.messages import rfc3339


def as_parquet(table: Table) -> bytes:
    """The table as one row group."""
    arrays = [
        pa.array([row[place] for row in table.rows], _type(column, table.zone))
        for place, column in enumerate(table.columns)
    ]
    about = {
        "title": table.title,
        "report": table.kind,
        "from": rfc3339(table.start),
        "to": rfc3339(table.end),
        "time_zone": table.zone,
    }
    schema = pa.schema([_field(column, table.zone) for column in table.columns], metadata=about)
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), out, compression="zstd")
    return out.getvalue()


def _field(column: Column, zone: str) -> Any:
    said = {"name": column.name, "unit": column.unit, "definition": column.definition}
    return pa.field(column.key, _type(column, zone), metadata={key: value for key, value in said.items() if value})


def _type(column: Column, zone: str) -> Any:
    if column.kind == "time":
        return pa.timestamp("ms", tz=zone)
    if column.kind == "day":
        return pa.date32()
    if column.kind in ("duration", "count"):
        return pa.int64()
    return pa.string() if column.kind == "text" else pa.float64()
