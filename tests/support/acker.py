"""The server's part of the delivery rule on a real broker, and nothing else of it: for tests of gateways and fleets.

Keeps what it accepted in memory. It is not the server: tests of the whole way use that one.
"""

import threading
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from wire.ack import encode_ack
from wire.decode import decode_up
from wire.delivery import accepts
from wire.messages import Ack, Position
from wire.topics import every, parse, topic


class Acker:
    """Accepts runs and answers them; `deaf` makes it ignore everything."""

    def __init__(self, port: int) -> None:
        self.last: dict[tuple[str, str], int] = {}
        self.positions: dict[str, list[tuple[int, Position]]] = {}
        self.live = 0
        self.refused = 0
        self.deaf = False
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.on_connect = self._connected
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(10)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def restore(self, last: int) -> None:
        """Go back to an older state, as after a backup was restored."""
        with self._lock:
            for key in self.last:
                self.last[key] = min(self.last[key], last)
            for gateway, rows in self.positions.items():
                self.positions[gateway] = [row for row in rows if row[0] <= last]

    def _connected(self, client: Client, *_: Any) -> None:
        client.subscribe([(every("up"), 0), (every("live"), 0)])

    def _message(self, client: Client, _data: Any, message: Any) -> None:
        where = parse(message.topic)
        if self.deaf:
            return
        if where.leaf == "live":
            self.live += 1
            return
        up = decode_up(message.payload)
        with self._lock:
            last = self.last.setdefault((where.gateway, up.stream), 0)
            if not up.probe and accepts(last, up.prev, up.seq_to):
                rows = self.positions.setdefault(where.gateway, [])
                rows.extend(row for row in up.positions() if row[0] > last)
                last = self.last[where.gateway, up.stream] = up.seq_to
            elif not up.probe:
                self.refused += 1
        client.publish(topic(where.gateway, "ack"), encode_ack(Ack(stream=up.stream, last=last)))
