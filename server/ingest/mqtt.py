"""The server's end at the broker: subscribes to what gateways send, publishes Acks. paho's thread does the waiting."""

import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from server.ingest.messages import Message
from server.record import Answer
from server.settings import Broker
from wire.ack import encode_ack
from wire.topics import every, topic

log = logging.getLogger("milepost.mqtt")
_LEAVES = (("up", 1), ("live", 0), ("status", 1))
_PORTS = {"mqtt": 1883, "mqtts": 8883}


class Mqtt:
    """A connection that never gives up. `trouble` is empty while messages come, and says why they do not."""

    def __init__(self, settings: Broker, take: Callable[[Message], None]) -> None:
        self._take = take
        url = urlsplit(settings.url)
        self._host = url.hostname or "127.0.0.1"
        self._port = url.port or _PORTS[url.scheme]
        self.trouble = f"Not connected to the broker at {self.address} yet."
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=settings.client_id, protocol=paho.MQTTv311, clean_session=True
        )
        self._client.reconnect_delay_set(1, 10)
        if settings.user:
            self._client.username_pw_set(settings.user, _first_line(settings.password_file))
        if url.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context(cafile=settings.ca_file or None))
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_subscribe = self._on_subscribe
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
        """Say goodbye, after the Acks that are on their way."""
        self._client.on_disconnect = None
        self._client.disconnect()
        self._client.loop_stop()

    def answer(self, answer: Answer) -> None:
        """Publish an Ack; one that is lost is asked for again."""
        self._client.publish(topic(answer.gateway, "ack"), encode_ack(answer.ack, json=answer.json), qos=0)

    def hand_down(self, gateway: str, data: bytes) -> None:
        """Leave a message for a gateway, retained: it finds it whenever it comes."""
        self._client.publish(topic(gateway, "down"), data, qos=1, retain=True)

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._say(
                f"The broker at {self.address} refuses the server: {reason}. Look at [broker] user, password_file."
            )
        else:
            client.subscribe([(every(leaf), qos) for leaf, qos in _LEAVES])  # type: ignore[arg-type]

    def _on_subscribe(self, _client: paho.Client, _data: Any, _id: int, reasons: Any, _properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._say(f"The broker at {self.address} lets the server not read {every('up')}. Look at its access list.")
        else:
            self._say("")

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        self._say(f"No broker answers at {self.address}. Is it running?")

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not self.trouble:
            self._say(f"The broker at {self.address} went away: {reason}.")

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._take(Message(message.topic, bytes(message.payload), datetime.now(UTC), message.retain))

    def _say(self, trouble: str) -> None:
        """Log a change, once."""
        if trouble and trouble != self.trouble:
            log.warning("%s", trouble)
        elif trouble != self.trouble:
            log.info("connected to the broker at %s", self.address)
        self.trouble = trouble


def _first_line(path: str) -> str | None:
    if not path:
        return None
    with open(path, encoding="utf-8") as file:
        return file.readline().strip()
