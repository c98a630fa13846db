"""A newest position as people are told it: in the API, in the event stream, from a commit or from a hint."""

from datetime import datetime
from typing import Any

from server.store.schema import Row
from wire.columns import NAMES, position
from wire.columns import Row as Whole
from wire.encode import as_dict
from wire.messages import Position, instant, rfc3339

_EMPTY: dict[str, Any] = dict.fromkeys(
    ("alt_m", "speed_mps", "course_deg", "accuracy_m", "satellites", "hdop", "mode", "flags")
)


def moved(row: Row) -> dict[str, Any]:
    """A row of the table of newest positions."""
    said = position(Whole(*(row[name] for name in NAMES)))
    return _told(row["vehicle_id"], said, instant(row["received_ms"]), live=False)


def hinted(vehicle: str, said: Position, received_at: datetime) -> dict[str, Any]:
    """A hint over QoS 0 (`live` is true): shown, never stored."""
    return _told(vehicle, said, received_at, live=True)


def _told(vehicle: str, said: Position, received_at: datetime, *, live: bool) -> dict[str, Any]:
    values = as_dict(said)
    del values["kind"]
    received = {"vehicle": vehicle, "received_at": rfc3339(received_at), "clock": said.clock, "live": live}
    return {**_EMPTY, **received, **values}
