"""What sensors and gateways said of a vehicle besides positions, out of the table of records."""

from typing import Any

import msgspec
from sqlalchemy import Connection, select

from server.domain.engine.readings import Reading, reading_of
from server.store.schema import records
from wire.messages import Event, Sensor

KINDS = ("event", "sensor")


def of_vehicle(connection: Connection, vehicle: str, after_ms: int, to_ms: int) -> list[Reading]:
    """The readings with after < at <= to, in their order, each once."""
    asked = select(records.c.body).where(
        records.c.vehicle_id == vehicle,
        records.c.at_ms > after_ms,
        records.c.at_ms <= to_ms,
        records.c.known,
        records.c.kind.in_(KINDS),
    )
    return sorted({reading for body in connection.execute(asked).scalars() if (reading := of_body(body)) is not None})


def of_body(body: dict[str, Any]) -> Reading | None:
    """The reading that a stored record is; None when it is none that we can read."""
    try:
        return reading_of(msgspec.convert(body, Event | Sensor))
    except msgspec.ValidationError:
        return None
