"""One MQTT connection after the other, for as long as the program runs. Knows nothing of rows.

paho does the protocol on its own thread; each connection is a new client, so that nothing of an old one is left in its
queues. Names are looked up anew each time. There is no reason to give up: a broker that is away, a name that does not
resolve, a certificate that has expired, a refused password are all tried again, at growing intervals with jitter.
"""

import asyncio
import contextlib
import logging
import random
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from gateway.settings import Broker
from gateway.settings_checks import broker_address

log = logging.getLogger("uplink")

FIRST_PAUSE_S = 1.0
LAST_PAUSE_S = 30.0
ANSWER_WITHIN_S = 15.0
STEADY_S = 5.0
"""A connection that lasted so long was a good one: the next pause is short again."""
GOODBYE_S = 1.5
MOST_QUEUED = 64

Heard = Callable[[bytes], None]


class Link:
    """Keeps a connection. All methods belong to the event loop; `run` ends only by cancellation."""

    def __init__(self, client_id: str, broker: Broker, *, will: tuple[str, bytes]) -> None:
        """`will` is the topic and text of the retained last will. `listen` before `run`."""
        self.connected = False
        self.problem: str | None = None
        self.connects = 0
        self.beat_at = asyncio.get_running_loop().time()
        self.on_connected: Callable[[], None] = lambda: None
        self.on_disconnected: Callable[[], None] = lambda: None
        self._id = client_id
        self._broker = broker
        self._listeners: dict[str, Heard] = {}
        self._will = will
        self._client: Client | None = None
        self._was_connected = False
        self._gone = asyncio.Event()

    def listen(self, topic: str, heard: Heard) -> None:
        """Subscribe to a topic on each connection. The first one has to be granted, without others it goes on."""
        self._listeners[topic] = heard

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Hand a message to the connection; False when there is none or its queue is full."""
        if self._client is None or not self.connected:
            return False
        return self._client.publish(topic, payload, qos, retain).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def drop(self, why: str) -> None:
        """Give this connection up and make a new one."""
        if self.connected:
            log.warning("connecting again: %s", why)
            self._gone.set()

    async def run(self) -> None:
        """Connect, stay, connect again."""
        pause_s = FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._one_connection()
            steady = self._was_connected and loop.time() - began > STEADY_S
            pause_s = FIRST_PAUSE_S if steady else min(pause_s * 2, LAST_PAUSE_S)
            await self._rest(random.uniform(0, pause_s))

    async def goodbye(self, topic: str, payload: bytes) -> None:
        """Say a last retained word and disconnect in order, so that the last will is not needed."""
        client = self._client
        if client is None or not self.connected:
            return
        self._client, self.connected = None, False
        said = client.publish(topic, payload, 1, retain=True)
        with contextlib.suppress(TimeoutError):
            await _in_daemon(lambda: _said_goodbye(client, said), GOODBYE_S)

    async def _one_connection(self) -> None:
        self._gone = asyncio.Event()
        client = self._new_client()
        try:
            await _in_daemon(lambda: self._connect(client), ANSWER_WITHIN_S * 2)
            client.loop_start()
            self._client = client
            await self._watch(client)
        except (OSError, ValueError, TimeoutError) as error:
            self._say(_in_words(error, self._broker))
        finally:
            self._was_connected, self.connected, self._client = self.connected, False, None
            if self._was_connected:
                self.on_disconnected()
            threading.Thread(target=_ended, args=(client,), daemon=True).start()

    async def _watch(self, client: Client) -> None:
        """Until the connection is gone; paho notices a silent broker by its keep-alive."""
        loop = asyncio.get_running_loop()
        answer_by = loop.time() + ANSWER_WITHIN_S
        while not self._gone.is_set():
            self.beat_at = loop.time()
            if not self.connected and loop.time() > answer_by:
                raise TimeoutError(f"the broker did not answer within {ANSWER_WITHIN_S:g} s")
            if not client._thread or not client._thread.is_alive():  # noqa: SLF001 - paho says nothing when its thread dies
                await asyncio.sleep(0)  # what it said before it ended waits in the loop: a refusal must not be lost
                return
            try:
                await asyncio.wait_for(self._gone.wait(), 1.0)
            except TimeoutError:
                continue

    async def _rest(self, pause_s: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + pause_s
        while (left := end - loop.time()) > 0:
            self.beat_at = loop.time()
            await asyncio.sleep(min(left, 1.0))

    def _new_client(self) -> Client:
        loop = asyncio.get_running_loop()
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = ANSWER_WITHIN_S
        client.max_queued_messages_set(MOST_QUEUED)
        client.max_inflight_messages_set(MOST_QUEUED)
        client.will_set(*self._will, qos=1, retain=True)
        gone = self._gone

        def connected(_c: Client, _u: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
            loop.call_soon_threadsafe(self._connected, client, str(reason) if reason.is_failure else None)

        def disconnected(
            _c: Client, _u: object, _f: DisconnectFlags, reason: ReasonCode, _p: Properties | None
        ) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._disconnected, gone, str(reason))

        def subscribed(_c: Client, _u: object, _m: int, reasons: list[ReasonCode], _p: Properties | None) -> None:
            refused = [
                (topic, str(reason))
                for topic, reason in zip(self._listeners, reasons, strict=False)
                if reason.is_failure
            ]
            loop.call_soon_threadsafe(self._subscribed, client, refused)

        def message(_c: Client, _u: object, said: MQTTMessage) -> None:
            loop.call_soon_threadsafe(self._message, client, said.topic, bytes(said.payload))

        client.on_connect, client.on_disconnect = connected, disconnected
        client.on_subscribe, client.on_message = subscribed, message
        return client

    def _connect(self, client: Client) -> None:
        host, port, tls = broker_address(self._broker.url)
        if self._broker.user:
            client.username_pw_set(self._broker.user, _first_line(self._broker.password_file))
        if tls:
            context = ssl.create_default_context(cafile=self._broker.ca_file)
            if self._broker.cert_file and self._broker.key_file:
                context.load_cert_chain(self._broker.cert_file, self._broker.key_file)
            client.tls_set_context(context)
        client.connect(host, port, self._broker.keepalive_s)

    def _connected(self, client: Client, refused: str | None) -> None:
        if client is not self._client:
            return
        if refused:
            self._say(f"the broker refuses the gateway: {refused}; check user and password_file")
            self._gone.set()
            return
        client.subscribe([(topic, 1) for topic in self._listeners])

    def _subscribed(self, client: Client, refused: list[tuple[str, str]]) -> None:
        """Only now are acknowledgements heard, and so only now does the connection count."""
        if client is not self._client or self.connected:
            return
        for topic, why in refused:
            says = f"the broker does not let the gateway read {topic}: {why}; check its access list"
            if topic == next(iter(self._listeners)):
                self._say(says)
                self._gone.set()
                return
            log.warning(says)
        self.connected, self.problem = True, None
        self.connects += 1
        log.info("connected to %s", self._broker.url)
        self.on_connected()

    def _disconnected(self, gone: asyncio.Event, reason: str) -> None:
        if gone is self._gone and not gone.is_set():
            if self.connected:
                self._say(f"the connection to the broker was lost ({reason})")
            gone.set()

    def _message(self, client: Client, topic: str, payload: bytes) -> None:
        if client is self._client and topic in self._listeners:
            self._listeners[topic](payload)

    def _say(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s; trying again", problem)
        self.problem = problem


async def _in_daemon(call: Callable[[], None], within_s: float) -> None:
    """Run something that may hang (a name lookup, a handshake) on a thread that nobody has to wait for at the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: Exception | None) -> None:
        if not done.done():
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)

    def work() -> None:
        error: Exception | None = None
        try:
            call()
        except Exception as raised:  # noqa: BLE001 - it is raised again where it is awaited
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=work, name="connect", daemon=True).start()
    await asyncio.wait_for(done, within_s)


def _ended(client: Client) -> None:
    client.on_disconnect = None
    client.disconnect()
    client.loop_stop()


def _said_goodbye(client: Client, said: Any) -> None:
    try:
        said.wait_for_publish(1.0)
    except (RuntimeError, ValueError):
        return
    finally:
        _ended(client)


def _first_line(path: Path | None) -> str | None:
    return None if path is None else path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")


def _in_words(error: Exception, broker: Broker) -> str:
    host, port, _ = broker_address(broker.url)
    match error:
        case ssl.SSLCertVerificationError():
            return f"the broker's certificate is not trusted ({error.verify_message}); check ca_file and the clock"
        case ssl.SSLError():
            return f"no TLS connection to {host}:{port} ({error.reason}); check the url, cert_file and key_file"
        case socket.gaierror():
            return f"the name {host} cannot be looked up: there is no network, or the url is wrong"
        case TimeoutError():
            return f"no answer from {host}:{port}"
        case ConnectionRefusedError():
            return f"nothing listens on {host}:{port}: the broker is down, or the url is wrong"
    return f"no connection to {host}:{port} ({error})"
