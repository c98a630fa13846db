"""Hints: newest positions over QoS 0, shown at once and never stored; they overtake everything that is committed."""

from collections.abc import Mapping

import numpy as np

from server.domain.believable import believable
from server.ingest.messages import Message
from server.live import Hub
from server.metrics import INGEST
from server.newest import hinted
from server.store.schema import Row
from server.tally import AHEAD_MS
from wire.columns import row
from wire.decode import decode_live
from wire.messages import Position, WireError, milliseconds


class Hints:
    """Knows which vehicle a gateway is in. `show` may be called from any thread."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._vehicles: dict[str, str] = {}

    def know(self, gateways: Mapping[str, Row]) -> None:
        """These gateways are in these vehicles."""
        self._vehicles.update({gateway: row["vehicle_id"] for gateway, row in gateways.items()})

    def show(self, message: Message) -> bool:
        """Show where the vehicle is; False when the gateway is not known yet."""
        vehicle = self._vehicles.get(message.gateway)
        if vehicle is None:
            return False
        try:
            position = decode_live(message.payload)
        except WireError:
            INGEST.poison.inc()  # the next one comes in a second; nothing is set aside
            return True
        if _is_newest(position, milliseconds(message.received_at)):
            self._hub.publish("positions", [hinted(vehicle, position, message.received_at)])
        return True


def _is_newest(position: Position, received_ms: int) -> bool:
    """The rule for newest positions that are committed."""
    values = row(position)
    at_ms, lon, lat = (np.array([value]) for value in (values.at_ms, values.lon_e7, values.lat_e7))
    fine = believable(at_ms, lon, lat, np.array([bool(position.flags)]))
    return bool(fine[0]) and values.at_ms <= received_ms + AHEAD_MS
