"""A newest position as people are told it: in the API, in the event stream, from a commit or from a hint."""

from datetime import datetime
from typing import Any

from server.store.schema import Row
from wire.columns import row as row_of
from wire.messages import CLOCKS, MODES, Position, instant, milliseconds


def moved(row: Row) -> dict[str, Any]:
    """A row of the table of newest positions. Written out, because it is done for every vehicle of every commit."""
    mode = row["mode"]
    return {
        "vehicle": row["vehicle_id"],
        "at": _rfc3339(row["at_ms"]),
        "received_at": _rfc3339(row["received_ms"]),
        "lon": row["lon_e7"] / 1e7,
        "lat": row["lat_e7"] / 1e7,
        "alt_m": _scaled(row["alt_dm"], 10),
        "speed_mps": _scaled(row["speed_cmps"], 100),
        "course_deg": _scaled(row["course_cdeg"], 100),
        "accuracy_m": _scaled(row["accuracy_dm"], 10),
        "satellites": row["satellites"],
        "hdop": _scaled(row["hdop_c"], 100),
        "mode": None if mode is None else MODES[mode],
        "clock": CLOCKS[row["clock"]],
        "flags": None,
        "live": False,
    }


def hinted(vehicle: str, said: Position, received_at: datetime) -> dict[str, Any]:
    """A hint over QoS 0 (`live` is true): shown, never stored."""
    received = {"vehicle_id": vehicle, "received_ms": milliseconds(received_at)}
    return {**moved({**row_of(said)._asdict(), **received}), "flags": list(said.flags) or None, "live": True}


def _rfc3339(at_ms: int) -> str:
    return instant(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _scaled(value: int | None, scale: float) -> float | None:
    return None if value is None else value / scale
