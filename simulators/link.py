"""One MQTT connection without a thread of its own: somebody else waits for its socket and calls `read` and `write`.

MQTT 3.1.1, QoS 0: what is lost is sent again by the delivery rule. A broken connection is made anew, a second later at
first, ten at most.
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

TOPICS_A_SUBSCRIPTION = 50
_FIRST_PAUSE_S, _LAST_PAUSE_S = 1.0, 10.0
_MISC_EVERY_S = 1.0
_QUEUE = 100_000

Heard = Callable[[str, bytes], None]


class LinkError(Exception):
    """The connection cannot be had; the message says why."""


class Link:
    """A connection that subscribes to some topics."""

    def __init__(self, url: str, name: str, topics: Sequence[str], heard: Heard) -> None:
        """`heard` is called with topic and payload of every message."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise LinkError(f"{url} is not a broker's address; write mqtt://host:port or mqtts://host:port")
        self._host, self._port = parts.hostname, parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        self._topics = topics
        self._unanswered: set[int] = set()
        self._refused = ""
        self._back = False
        self._lost_at: float | None = None
        self._pause_s = _FIRST_PAUSE_S
        self._misc_at = 0.0
        self.listening = False
        """Acknowledgements are heard: every subscription was answered."""
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, clean_session=True, protocol=MQTTProtocolVersion.MQTTv311
        )
        self._client.max_queued_messages_set(_QUEUE)
        if parts.username:
            self._client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context())
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_disconnect = self._disconnected

        def message(_client: Client, _data: object, said: MQTTMessage) -> None:
            heard(said.topic, bytes(said.payload))

        self._client.on_message = message

    @property
    def socket(self) -> socket.socket | None:
        """To be waited for; None while there is no connection."""
        return self._client.socket()  # type: ignore[return-value]  # TLS sockets are sockets too

    @property
    def unsent(self) -> bool:
        """Whether something waits to be written."""
        return self._client.want_write()

    def connect(self) -> None:
        """Raises OSError when nobody is there."""
        self._client.connect(self._host, self._port, keepalive=30)

    def close(self) -> None:
        """Leave in order."""
        self._client.on_disconnect = None
        self._client.disconnect()

    def publish(self, name: str, payload: bytes, *, retain: bool = False) -> None:
        """Hand over a message."""
        if self.listening:
            self._client.publish(name, payload, qos=0, retain=retain)

    def read(self) -> None:
        """The socket has something; raises LinkError when the broker refuses the connection."""
        self._client.loop_read()
        if self._refused:
            raise LinkError(self._refused)

    def write(self) -> None:
        """The socket has room."""
        self._client.loop_write()

    def kept_alive(self) -> bool:
        """Ping, connect again when that is due; True once when the connection is back after a loss."""
        now = time.monotonic()
        if now >= self._misc_at:
            self._misc_at = now + _MISC_EVERY_S
            self._client.loop_misc()
        if self._lost_at is not None and now >= self._lost_at + self._pause_s:
            self._lost_at, self._pause_s = now, min(self._pause_s * 2, _LAST_PAUSE_S)
            try:
                self._client.reconnect()
            except OSError:
                return False
            self._lost_at = None
        back, self._back = self._back, False
        return back

    def _connected(self, client: Client, _data: object, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused = f"it refuses the fleet: {reason}"
            return
        for start in range(0, len(self._topics), TOPICS_A_SUBSCRIPTION):
            wanted: list[Any] = [(name, 0) for name in self._topics[start : start + TOPICS_A_SUBSCRIPTION]]
            _, number = client.subscribe(wanted)
            if number is not None:
                self._unanswered.add(number)

    def _subscribed(self, _client: Client, _data: object, number: int, _reasons: Any, _properties: Any) -> None:
        self._unanswered.discard(number)
        if not self._unanswered:
            self.listening, self._back = True, True
            self._pause_s = _FIRST_PAUSE_S

    def _disconnected(self, _client: Client, _data: object, _flags: Any, _reason: Any, _properties: Any) -> None:
        self.listening = False
        self._unanswered.clear()
        self._lost_at = time.monotonic()
