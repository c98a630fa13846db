"""Telemetry: the series of positions of every vehicle, in DuckDB or in InfluxDB 2 behind one contract.

What a store promises is in `contract`, what a batch looks like in `schema`. Here is only how one is opened. "The latest
of all vehicles" is not here: it is a table of the SQL store, never a scan.
"""

from pathlib import Path

from server.store.telemetry.batch import Part, batch_of
from server.store.telemetry.contract import Telemetry, TelemetryUnavailable
from server.store.telemetry.schema import SCHEMA

__all__ = ["SCHEMA", "Part", "Telemetry", "TelemetryUnavailable", "batch_of", "open_telemetry"]


def open_telemetry(url: str, data_dir: Path, *, memory_mb: int = 512, threads: int = 2) -> Telemetry:
    """The store that `url` names: DuckDB in `data_dir` when it is empty, else InfluxDB 2.

    `influxdb://TOKEN@host:port/ORG/BUCKET`; `influxdbs://` is the same over TLS, and `?token_file=PATH` takes the token
    from a file. `memory_mb` and `threads` bound DuckDB, which shares the machine with the server. An InfluxDB that is
    away is no error here: each call says so. Raises ValueError for a URL that cannot be right, and TelemetryUnavailable
    when the DuckDB file cannot be opened.
    """
    if not url:
        from server.store.telemetry.duck import DuckTelemetry  # noqa: PLC0415 - neither library is loaded for the other

        return DuckTelemetry(data_dir / "telemetry", memory_mb=memory_mb, threads=threads)
    from server.store.telemetry.influx import InfluxTelemetry  # noqa: PLC0415 - half a second that DuckDB need not pay
    from server.store.telemetry.influx_address import parse  # noqa: PLC0415

    return InfluxTelemetry(parse(url))
