"""Line protocol of positions, whole columns at a time: a microsecond a position instead of ten."""

import pyarrow as pa
import pyarrow.compute as pc

from server.store.telemetry.influx_keys import Flags, is_far, times_ns
from server.store.telemetry.schema import NUMBERS

MEASUREMENT = "position"
FAR_TIME = "at_ms"
"""The field that holds the time of a position whose point stands elsewhere."""


def lines(rows: pa.Table, first: Flags) -> bytes:
    """The rows of schema.STORED in line protocol, with times in ns; `first` as of influx_keys.Newest."""
    at_ms = rows["at_ms"].to_numpy()
    far = is_far(at_ms)
    parts = [_heads(rows["vehicle"])]
    for place, name in enumerate(NUMBERS):
        parts.append(_joined(f"{',' if place else ' '}{name}=", rows[name], "i"))
    if rows["flags"].null_count < rows.num_rows:
        parts.append(_joined(',flags="', rows["flags"], '"'))
    if far.any():
        parts.append(_joined(f",{FAR_TIME}=", pa.chunked_array([pa.array(at_ms, mask=~far)]), "i"))
    parts.append(_joined(" ", pa.chunked_array([times_ns(rows, first)]), "\n"))
    text = pc.binary_join_element_wise(*parts, "", null_handling="skip")
    whole: bytes = pc.binary_join(pa.ListArray.from_arrays([0, len(text)], text), "")[0].as_buffer().to_pybytes()
    return whole


def _heads(vehicles: pa.ChunkedArray) -> pa.Array:
    """Measurement and tag of each line; vehicles' ids, like flags, need no escapes."""
    codes = vehicles.combine_chunks().dictionary_encode()
    heads = pa.array([f"{MEASUREMENT},vehicle={vehicle}" for vehicle in codes.dictionary.to_pylist()], pa.string())
    return heads.take(codes.indices)


def _joined(before: str, column: pa.ChunkedArray, after: str) -> pa.Array:
    """Text around each value, null where there is none."""
    return pc.binary_join_element_wise(before, column.combine_chunks().cast(pa.string()), after, "")
