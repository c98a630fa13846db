"""The server's end of the wire as a plain subscriber: it keeps rows by the delivery rule and answers. A peer, no mock.

It can lose what it is sent, fall back to an older state of itself, and begin anew.
"""

import threading
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.support.waiting import until
from wire import delivery, topics
from wire.ack import encode_ack
from wire.decode import Up, decode_live, decode_status, decode_up
from wire.down import CLEARED, encode_down
from wire.encode import as_dict
from wire.messages import Ack, Manifest, Position, Status

Key = tuple[str, str]
"""Gateway and stream."""


@dataclass
class Kept:
    """What a server has committed: one thing, so that it can be backed up."""

    last: dict[Key, int] = field(default_factory=dict)
    rows: list[tuple[str, str, int, dict]] = field(default_factory=list)
    gaps: list[tuple[str, str, int, int]] = field(default_factory=list)


class Landing:
    """Connected to a broker from `__enter__` to `__exit__`."""

    def __init__(
        self, port: int, *, answers: bool = True, tls: object = None, user: tuple[str, str] | None = None
    ) -> None:
        """`answers` False: it takes everything and says nothing."""
        self.kept = Kept()
        self.answers = answers
        self.live: list[tuple[str, Position]] = []
        self.statuses: list[tuple[str, Status]] = []
        self.order: list[str] = []
        self.messages = 0
        self.bytes = 0
        self._port = port
        self._lock = threading.Lock()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._subscribe
        self._client.on_message = self._take
        if tls:
            self._client.tls_set_context(tls)
        if user:
            self._client.username_pw_set(*user)
        self._ready = threading.Event()
        self._client.on_subscribe = lambda *_: self._ready.set()

    def __enter__(self) -> Self:
        self._client.connect_async("localhost" if self._client._ssl else "127.0.0.1", self._port, 20)
        self._client.loop_start()
        until(self._ready.is_set, 10, "the landing's subscription")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def records(self, kind: str = "", gateway: str = "") -> list[dict]:
        """What was committed, in the order of commitment."""
        with self._lock:
            return [
                record
                for of, _, _, record in self.kept.rows
                if (not kind or record["kind"] == kind) and (not gateway or of == gateway)
            ]

    def keys(self) -> list[tuple[str, int]]:
        """Stream and number of every committed row."""
        with self._lock:
            return [(stream, seq) for _, stream, seq, _ in self.kept.rows]

    def backup(self) -> Kept:
        """A copy of everything."""
        with self._lock:
            return deepcopy(self.kept)

    def restore(self, kept: Kept) -> None:
        """Be an older self, or a new server (`Kept()`)."""
        with self._lock:
            self.kept = deepcopy(kept)

    def say(self, gateway: str, ack: Ack) -> None:
        """Send any Ack."""
        self._client.publish(topics.topic(gateway, "ack"), encode_ack(ack), 1)

    def manifest(self, gateway: str, *tags: str, version: str = "v1", hours: float = 8.0) -> None:
        """Send a gateway its manifest, retained; without tags take it away."""
        until_ = datetime.now(UTC) + timedelta(hours=hours)
        payload = encode_down(Manifest(version=version, until=until_, tags=tags)) if tags else CLEARED
        self._client.publish(topics.topic(gateway, "down"), payload, 1, retain=True)

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe([(topics.every(leaf), 1) for leaf in ("up", "live", "status")])

    def _take(self, client: Client, _: object, message: MQTTMessage) -> None:
        gateway, leaf = topics.parse(message.topic)
        with self._lock:
            self.order.append(leaf)
            if leaf == "live":
                self.live.append((gateway, decode_live(message.payload)))
            elif leaf == "status":
                self.statuses.append((gateway, decode_status(message.payload)))
            else:
                self.messages += 1
                self.bytes += len(message.payload)
                if self.answers:
                    last = self._accept(gateway, decode_up(message.payload))
                    client.publish(topics.topic(gateway, "ack"), encode_ack(last), 1)

    def _accept(self, gateway: str, up: Up) -> Ack:
        key = (gateway, up.stream)
        last = self.kept.last.get(key, 0)
        if not up.probe and delivery.accepts(last, up.prev, up.seq_to):
            rows = {seq: as_dict(position) for seq, position in up.positions()}
            rows |= {other.seq: other.raw for other in up.others}
            self.kept.rows += [(*key, seq, rows[seq]) for seq in sorted(rows) if seq > last]
            self.kept.gaps += [(*key, low, high) for low, high in delivery.gaps(last, up.seq_to, rows)]
            last = self.kept.last[key] = up.seq_to
        return Ack(stream=up.stream, last=last)


def plain(record: dict) -> dict:
    """A record without the differences of precision that the wire makes, for comparing with the outbox."""
    return msgspec.json.decode(msgspec.json.encode({k: v for k, v in record.items() if k not in {"seq", "acked"}}))
