"""The server's end at the broker: subscribes to what gateways send, publishes Acks. paho's thread does the waiting."""

import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from server.ingest.writer import Message
from server.record import Answer
from server.settings import Broker
from wire.ack import encode_ack
from wire.topics import every, topic

log = logging.getLogger("milepost.mqtt")
_LEAVES = (("up", 1), ("live", 0), ("status", 1))


class Mqtt:
    """A connection that never gives up. `connected` is for readiness, `trouble` says why it is not."""

    def __init__(self, settings: Broker, take: Callable[[Message], None]) -> None:
        self._take = take
        self.connected = False
        self.trouble = "not connected yet"
        url = urlsplit(settings.url)
        self._host = url.hostname or "127.0.0.1"
        self._port = url.port or (8883 if url.scheme == "mqtts" else 1883)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=settings.client_id, protocol=paho.MQTTv311, clean_session=True
        )
        self._client.max_queued_messages_set(10_000)
        self._client.reconnect_delay_set(1, 10)
        if settings.user:
            self._client.username_pw_set(settings.user, _first_line(settings.password_file))
        if url.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context(cafile=settings.ca_file or None))
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    @property
    def address(self) -> str:
        """Where the broker is."""
        return f"{self._host}:{self._port}"

    def start(self) -> None:
        """Connect as soon as that works, and for ever after."""
        self._client.connect_async(self._host, self._port, keepalive=20)
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()

    def answer(self, answer: Answer) -> None:
        """Publish an Ack; one that is lost is asked for again."""
        self._client.publish(topic(answer.gateway, "ack"), encode_ack(answer.ack, json=answer.json), qos=0)

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.trouble = f"the broker at {self.address} refused: {reason}"
            log.warning("%s", self.trouble)
            return
        self.connected, self.trouble = True, ""
        client.subscribe([(every(leaf), qos) for leaf, qos in _LEAVES])  # type: ignore[arg-type]
        log.info("connected to the broker at %s", self.address)

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        if not self.trouble.startswith("no broker"):
            self.trouble = f"no broker answers at {self.address}; is it running?"
            log.warning("%s", self.trouble)

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.connected = False
        if not self.trouble:
            self.trouble = f"the broker at {self.address} went away: {reason}"
            log.warning("%s", self.trouble)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._take(Message(message.topic, bytes(message.payload), datetime.now(UTC)))


def _first_line(path: str) -> str | None:
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        return file.readline().strip()
