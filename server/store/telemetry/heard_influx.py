"""What scanners heard, in InfluxDB: a measurement for each series, its keys are the tags of the points.

Within a millisecond a point stands at digits that follow from its content: so a repeat is the same point, and two rows
that differ are both kept. That costs some bytes a field (see influx_keys), at a tenth of the positions' rate.
"""

from collections.abc import Callable, Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from server.store.telemetry.heard import END_MS, EVERY, REQUIRED, Heard, chosen, once_in_order, served
from server.store.telemetry.influx_http import InfluxConnection
from server.store.telemetry.influx_keys import NS, Numbers, mixed, text_numbers
from server.store.telemetry.order import numbers

BATCH = 5_000
ASKED = 50
"""Of more keys than this all rows of the range are read, so that the question's URL stays short."""
_SUFFIX = {"int32": "i", "double": "", "bool": ""}


class InfluxHeard:
    """The three series of one bucket; how to talk to it is influx's business."""

    def __init__(
        self,
        influx: InfluxConnection,
        database: Callable[[], dict[str, str]],
        delete: Callable[[str, int, int], None],
    ) -> None:
        self._influx, self._database, self._delete = influx, database, delete

    def write(self, series: Heard, rows: pa.Table) -> None:
        """Write rows as they lie on disk."""
        self._database()
        for start in range(0, rows.num_rows, BATCH):
            self._influx.write(lines(series, rows.slice(start, BATCH)))

    def rows(self, series: Heard, start_ms: int, end_ms: int, where: Mapping[str, Collection[str]]) -> pa.Table:
        """The rows of a range, each once, in order."""
        start_ms, end_ms = max(start_ms, 0), min(end_ms, END_MS)
        if start_ms >= end_ms or not all(where.values()):
            return series.schema.empty_table()
        asked = [f"time >= {start_ms * NS} and time < {end_ms * NS}"]
        values: dict[str, str] = {}
        for name, wanted in where.items():
            if len(wanted) <= ASKED:
                values |= {f"{name}{place}": key for place, key in enumerate(wanted)}
                asked.append("(" + " or ".join(f'"{name}" = ${name}{place}' for place in range(len(wanted))) + ")")
        columns = ", ".join(f'"{name}"' for name in (*series.values, *series.keys))
        query = f'select {columns} from "{series.name}" where {" and ".join(asked)}'  # noqa: S608 - keys are parameters
        types = {name: series.stored.field(name).type for name in (*series.values, *series.keys)}
        found = self._influx.select(self._database(), query, {"time": pa.int64(), **types}, **values)
        table = served(series, found.append_column("at_ms", pc.divide(found["time"], NS)))
        return once_in_order(series, chosen(table, where))

    def retain(self, end_ns: int) -> None:
        """Forget what is older."""
        for series in EVERY:
            self._delete(f'_measurement="{series.name}"', 0, end_ns)

    def forget(self, scanner: str) -> None:
        """Forget all that a scanner heard."""
        self._delete(f'scanner="{scanner}"', 0, END_MS * NS)


def lines(series: Heard, rows: pa.Table) -> bytes:
    """The rows in line protocol, with times in ns, whole columns at a time."""
    parts: list[pa.Array | pa.ChunkedArray | str] = [series.name]
    for name in series.keys:
        parts += [f",{name}=", _escaped(rows[name])]
    # What every row has comes first, so that the commas stand between the fields.
    required = REQUIRED[series.name]
    for name in (*required, *(name for name in series.values if name not in required)):
        parts.append(_field(" " if name == required[0] else ",", name, rows[name]))
    parts += [" ", pc.cast(pa.chunked_array([times_ns(series, rows)]), pa.string()), "\n"]
    text = pc.binary_join_element_wise(*parts, "", null_handling="skip")
    text = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    whole: bytes = pc.binary_join(pa.ListArray.from_arrays([0, len(text)], text), "")[0].as_buffer().to_pybytes()
    return whole


def times_ns(series: Heard, rows: pa.Table) -> Numbers:
    """The time of each point: its millisecond, and digits that follow from what it says."""
    said = np.zeros(rows.num_rows, dtype=np.uint64)
    for name in series.values:
        said = mixed(said, _numbers(rows[name]))
    found: Numbers = rows["at_ms"].to_numpy() * NS + (said % np.uint64(NS)).astype(np.int64)
    return found


def _numbers(column: pa.ChunkedArray) -> Numbers:
    if pa.types.is_string(column.type):
        return text_numbers(column)
    if pa.types.is_floating(column.type):
        bits: Numbers = column.to_numpy().view(np.int64)
        return bits
    return numbers(column)


def _field(before: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A field of each point, null where there is none."""
    if pa.types.is_string(column.type):
        return pc.binary_join_element_wise(f'{before}{name}="', column, '"', "")
    return pc.binary_join_element_wise(f"{before}{name}=", column.cast(pa.string()), _SUFFIX[str(column.type)], "")


def _escaped(keys: pa.ChunkedArray) -> pa.ChunkedArray:
    """Keys as the line protocol wants them; they hold no space, quote or backslash."""
    for sign in (",", "="):
        keys = pc.replace_substring(keys, sign, f"\\{sign}")
    return keys
