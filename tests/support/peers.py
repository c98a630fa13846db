"""A gateway's end of the wire in a test's own process: wire.delivery over paho. It has an outbox in memory."""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.support.waiting import until
from wire import delivery, topics
from wire.ack import decode_ack
from wire.encode import encode_up
from wire.messages import Ack, Position, Run


class Peer:
    """One gateway; rows are put by `put` and never forgotten. It sends by the delivery rule until all is acknowledged."""

    def __init__(self, port: int, gateway: str, *, stream: str = "a1b2", rows_a_message: int = 7) -> None:
        self.gateway, self.stream = gateway, stream
        self.rows: list[Position] = []
        self.acks: list[Ack] = []
        self.news: list[delivery.News] = []
        self._per_message = rows_a_message
        self._lock = threading.Lock()
        self._window = delivery.opened(stream, 0, time.monotonic())
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.reconnect_delay_set(0.1, 0.5)
        self._client.on_connect = self._connected
        self._client.on_message = self._told
        self._client.connect_async("127.0.0.1", port)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._awake.set()
        self._thread.join(5)
        self._client.disconnect()
        self._client.loop_stop()

    def put(self, positions: Iterable[Position]) -> None:
        """More rows for the outbox."""
        with self._lock:
            self.rows.extend(positions)
        self._awake.set()

    @property
    def acked(self) -> int:
        """How far the server said that it is."""
        return self._window.acked

    def all_acked(self, deadline_s: float = 30) -> None:
        """Wait until the server has everything."""
        until(lambda: self._window.acked >= len(self.rows), deadline_s, f"the acks of {self.gateway}")

    def ask(self) -> None:
        """Send the probe."""
        self._publish(Run(stream=self.stream))

    def _connected(self, client: Client, *_: object) -> None:
        client.subscribe(topics.topic(self.gateway, "ack"))
        with self._lock:
            self._window = delivery.reconnected(self._window, time.monotonic())
        self._awake.set()

    def _told(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        ack = decode_ack(message.payload)
        with self._lock:
            self.acks.append(ack)
            self._window, news = delivery.told(self._window, ack, len(self.rows), time.monotonic())
            self.news.append(news)
        self._awake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.wait(0.1)
            self._awake.clear()
            with self._lock:
                self._step(time.monotonic())

    def _step(self, now: float) -> None:
        if not self._client.is_connected():
            return
        # A test has no patience: the first time-out is a fiftieth of what vehicles use.
        patient = delivery.FIRST_TIMEOUT_S / 10
        if self._window.in_flight and now - self._window.heard_at > patient:
            self._window = delivery.waited(self._window, self._window.heard_at + self._window.timeout_s)
        if delivery.probe_due(self._window, now):
            self._publish(Run(stream=self.stream))
            self._window = delivery.probed(self._window, now)
        while delivery.has_room(self._window) and self._window.sent < len(self.rows):
            first = self._window.sent + 1
            positions = self.rows[first - 1 : first - 1 + self._per_message]
            last = first + len(positions) - 1
            records = tuple(enumerate(positions, start=first))
            self._publish(Run(stream=self.stream, prev=first - 1, seq_from=first, seq_to=last, records=records))
            self._window = delivery.sent(self._window, last, now)

    def _publish(self, run: Run) -> None:
        self._client.publish(topics.topic(self.gateway, "up"), encode_up(run))


def deliver(port: int, rows: Mapping[str, Iterable[Position]], *, stream: str = "a1b2") -> None:
    """The rows of many gateways, one run each, over one connection; returns when all are acknowledged."""
    rows = {gateway: list(positions) for gateway, positions in rows.items()}
    with talking(port) as (client, acks):
        for gateway, positions in rows.items():
            records = tuple(enumerate(positions, start=1))
            run = Run(stream=stream, seq_from=1, seq_to=len(records), records=records)
            client.publish(topics.topic(gateway, "up"), encode_up(run), 1)
        ends = {gateway: Ack(stream=stream, last=len(positions)) for gateway, positions in rows.items()}
        until(lambda: ends.items() <= acks.items(), 20, "the acks")


@contextmanager
def talking(port: int) -> Iterator[tuple[Client, dict[str, Ack]]]:
    """A client at the broker that hears all Acks: the newest of each gateway."""
    acks: dict[str, Ack] = {}
    ready = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)

    def told(_client: Client, _data: object, message: MQTTMessage) -> None:
        acks[topics.parse(message.topic).gateway] = decode_ack(message.payload)

    client.on_message = told
    client.on_connect = lambda *_: client.subscribe(topics.every("ack"))
    client.on_subscribe = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(10)
    try:
        yield client, acks
    finally:
        client.disconnect()
        client.loop_stop()
