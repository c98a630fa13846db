"""A fleet on a real broker: few MQTT connections, many vans. Only I/O and timing; the protocol is in `fleet`.

Each connection carries the vans whose acknowledgements it subscribes to; the topics carry the gateways' ids, as if
every van had a connection of its own. One lock guards the vans of all connections: messages are rare (batches).
"""

import heapq
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from simulators.fleet import Van
from wire.ack import decode_ack
from wire.encode import encode_live, encode_status, encode_up
from wire.messages import Status, WireError
from wire.topics import parse, topic

VANS_A_CONNECTION = 250
TOPICS_A_SUBSCRIPTION = 50
_ANSWER_WITHIN_S = 10.0
_QUEUE = 100_000


class SwarmError(Exception):
    """The broker cannot be used; the message says why."""


class Swarm:
    """The fleet's connections. `run` blocks until every van is done, `stop` is set, or the time is over."""

    def __init__(self, vans: Sequence[Van], *, url: str, name: str, live_every_s: float = 0.0) -> None:
        self._vans = {van.gateway: van for van in vans}
        self._url = url
        self._live_every_s = live_every_s
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._unfinished = {van.gateway for van in vans if not van.done}
        groups = [vans[start : start + VANS_A_CONNECTION] for start in range(0, len(vans), VANS_A_CONNECTION)]
        self._links = [_Link(url, f"{name}-{number}", group, self) for number, group in enumerate(groups)]
        self._link_of = {van.gateway: link for link in self._links for van in link.vans}

    def __enter__(self) -> Self:
        try:
            for link in self._links:
                link.start()
            for link in self._links:
                link.wait_until_listening()
        except (OSError, SwarmError) as error:
            self.__exit__()
            raise SwarmError(f"The broker at {self._url} does not answer: {error}. Is it running?") from error
        return self

    def __exit__(self, *_: object) -> None:
        for link in self._links:
            link.stop()

    def run(self, *, stop: threading.Event, until_s: float) -> None:
        """Send what is due, from now on, for at most so many seconds."""
        self._began = time.monotonic()
        due = [(0.0, gateway) for gateway in self._vans]
        live = [(place / len(self._vans) * self._live_every_s, gateway) for place, gateway in enumerate(self._vans)]
        if not self._live_every_s:
            live = []
        heapq.heapify(live)
        while not stop.is_set() and (now := self.now()) < until_s and self._unfinished:
            while due and due[0][0] <= now:
                _, gateway = heapq.heappop(due)
                heapq.heappush(due, (self._step(gateway, now), gateway))
            while live and live[0][0] <= now:
                at, gateway = live[0]
                self._show(gateway, now)
                heapq.heapreplace(live, (at + self._live_every_s, gateway))
            wakes = min([until_s, *(heap[0][0] for heap in (due, live) if heap)])
            stop.wait(max(0.0, min(wakes - self.now(), 0.5)))

    def now(self) -> float:
        """Seconds since `run` began."""
        return time.monotonic() - self._began

    def heard(self, message: MQTTMessage) -> None:
        """An acknowledgement came (on a connection's thread)."""
        try:
            gateway = parse(message.topic).gateway
            ack = decode_ack(bytes(message.payload))
        except WireError:
            return
        now = self.now()
        with self._lock:
            van = self._vans[gateway]
            van.told(ack, now)
            if van.done:
                self._unfinished.discard(gateway)
            self._send(gateway, now)

    def reconnected(self, vans: Sequence[Van]) -> None:
        """A connection is back (on its thread): nothing is known to be in flight."""
        with self._lock:
            for van in vans:
                van.reconnected(self.now())

    def _step(self, gateway: str, now: float) -> float:
        with self._lock:
            self._send(gateway, now)
            # An Ack may bring the next step forward; it sends by itself then, so being late here costs nothing.
            return max(self._vans[gateway].wakes_at(now), now + 0.02)

    def _send(self, gateway: str, now: float) -> None:
        for run in self._vans[gateway].runs(now):
            self._link_of[gateway].publish(topic(gateway, "up"), encode_up(run))

    def _show(self, gateway: str, now: float) -> None:
        position = self._vans[gateway].newest(now)
        if position is not None:
            self._link_of[gateway].publish(topic(gateway, "live"), encode_live(position))


class _Link:
    """One MQTT connection and its vans."""

    def __init__(self, url: str, name: str, vans: Sequence[Van], swarm: Swarm) -> None:
        self.vans = vans
        self._swarm = swarm
        self._listening = threading.Event()
        self._refused = ""
        self._unanswered: set[int] = set()
        self._parts = parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise SwarmError(f"{url} is not a broker's address; write mqtt://host:port or mqtts://host:port")
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, clean_session=True, protocol=MQTTProtocolVersion.MQTTv311
        )
        self._client.max_queued_messages_set(_QUEUE)
        self._client.reconnect_delay_set(1, 10)
        if parts.username:
            self._client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = lambda _client, _data, message: swarm.heard(message)

    def start(self) -> None:
        """Connect; raises OSError when nobody is there."""
        secure = self._parts.scheme == "mqtts"
        assert self._parts.hostname is not None
        self._client.connect(self._parts.hostname, self._parts.port or (8883 if secure else 1883), keepalive=30)
        self._client.loop_start()

    def wait_until_listening(self) -> None:
        """Raises SwarmError when the broker refuses or is silent."""
        if not self._listening.wait(_ANSWER_WITHIN_S) or self._refused:
            raise SwarmError(self._refused or "it did not answer in time")
        self._say(online=True)

    def publish(self, name: str, payload: bytes) -> None:
        """Hand over a message; what is lost is sent again by the delivery rule."""
        self._client.publish(name, payload, qos=0)

    def stop(self) -> None:
        """Say goodbye."""
        if self._client.is_connected():
            self._say(online=False)
        self._client.disconnect()
        self._client.loop_stop()

    def _say(self, *, online: bool) -> None:
        for van in self.vans:
            status = encode_status(Status(online=online, version="simulated" if online else None))
            self._client.publish(topic(van.gateway, "status"), status, qos=0, retain=True)

    def _connected(self, client: Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = f"it refuses the fleet: {reason}"
            self._listening.set()
            return
        topics = [topic(van.gateway, "ack") for van in self.vans]
        for start in range(0, len(topics), TOPICS_A_SUBSCRIPTION):
            wanted: list[Any] = [(name, 0) for name in topics[start : start + TOPICS_A_SUBSCRIPTION]]
            _, number = client.subscribe(wanted)
            if number is not None:
                self._unanswered.add(number)

    def _subscribed(self, _client: Client, _data: Any, number: int, _reasons: Any, _properties: Any) -> None:
        self._unanswered.discard(number)
        if self._unanswered:
            return
        if self._listening.is_set():
            self._swarm.reconnected(self.vans)
        self._listening.set()
