"""The one thread that commits: takes what has arrived, as a group, and answers after the commit.

While it writes, the next group gathers; so groups are as large as the load makes them, and nobody waits for a timer.
A store that is away is waited for with the group in hand; gateways keep what is not acknowledged, so a full queue may
drop.
"""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from server.live import Hub
from server.metrics import INGEST
from server.newest import hinted, moved
from server.record import Answer, Arrived, Outcome, record
from server.store import fleet
from server.store.database import Database, DatabaseUnavailable
from server.store.poison import add_poison
from server.store.telemetry import Telemetry, TelemetryUnavailable
from wire.decode import decode_live, decode_status, decode_up
from wire.messages import Position, WireError
from wire.topics import parse
from wire.topics import topic as topic_of

log = logging.getLogger("milepost.ingest")
QUEUE = 20_000
GROUP = 2_000
RETRY_S = 1.0


class Message(msgspec.Struct, frozen=True):
    """An MQTT message as it came."""

    topic: str
    payload: bytes
    received_at: datetime


class Writer:
    """Owns the queue and the thread. `trouble` is empty, or says why nothing is committed right now."""

    def __init__(
        self,
        database: Database,
        telemetry: Telemetry,
        hub: Hub,
        answer: Callable[[Answer], None],
        *,
        accept_unclaimed: bool,
        on_fault: Callable[[], None],
    ) -> None:
        self._database, self._telemetry, self._hub, self._answer = database, telemetry, hub, answer
        self._accept_unclaimed, self._on_fault = accept_unclaimed, on_fault
        self._queue: queue.Queue[Message | None] = queue.Queue(QUEUE)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._vehicles: dict[str, str] = {}
        self.trouble = ""

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Commit what is in hand and end."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join(timeout_s)

    def put(self, message: Message) -> None:
        """Take a message from the broker's thread; a full queue drops it, and its gateway sends it again."""
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            INGEST.dropped.inc()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set() or not self._queue.empty():
                self._commit(self._gathered())
        except Exception:
            self.trouble = "the writer ended by a fault of ours; the log says which"
            log.exception("the writer ends, and the server with it, so that its supervisor starts it again")
            self._on_fault()

    def _gathered(self) -> list[Message]:
        """One message, as soon as there is one, and all that wait behind it."""
        first = self._queue.get()
        found = [] if first is None else [first]
        while len(found) < GROUP:
            try:
                message = self._queue.get_nowait()
            except queue.Empty:
                break
            if message is not None:
                found.append(message)
        return found

    def _commit(self, messages: list[Message]) -> None:
        group: list[Arrived] = []
        for message in messages:
            try:
                topic = parse(message.topic)
                if topic.leaf == "up":
                    up = decode_up(message.payload)
                    group.append(
                        Arrived(gateway=topic.gateway, up=up, received_at=message.received_at, payload=message.payload)
                    )
                elif topic.leaf == "live":
                    self._hint(topic.gateway, decode_live(message.payload), message.received_at)
                elif topic.leaf == "status":
                    self._status(topic.gateway, message)
            except WireError as error:
                self._set_aside(message, str(error))
        if group:
            self._record(group)
        INGEST.messages.inc(len(messages))

    def _record(self, group: list[Arrived]) -> None:
        """Commit a group, however long its store is away; a message that cannot be committed at all is set aside."""
        try:
            outcome = self._patiently(lambda: self._once(group))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if len(group) > 1:
                for arrived in group:
                    self._record([arrived])
                return
            log.exception("a message of gateway %s could not be committed", group[0].gateway)
            [arrived] = group
            poison = Message(topic_of(arrived.gateway, "up"), arrived.payload, arrived.received_at)
            self._set_aside(poison, f"{type(error).__name__}: {error}")
            return
        if outcome is None:
            return
        INGEST.positions.inc(outcome.positions)
        INGEST.groups.inc()
        INGEST.refused.inc(len(outcome.refused))
        if outcome.moved:
            self._hub.publish("positions", [moved(row) for row in outcome.moved])
        for answer in outcome.answers:
            self._answer(answer)

    def _once(self, group: list[Arrived]) -> Outcome:
        now = datetime.now(UTC)
        return record(group, self._database, self._telemetry, accept_unclaimed=self._accept_unclaimed, now=now)

    def _patiently[T](self, work: Callable[[], T]) -> T | None:
        """Do it again until the stores take it; None when the server stops first."""
        while True:
            try:
                done = work()
            except (TelemetryUnavailable, DatabaseUnavailable) as error:
                if self.trouble != str(error):
                    log.warning("waiting: %s", error)
                self.trouble = str(error)
                if self._stopping.wait(RETRY_S):
                    return None
            else:
                if self.trouble:
                    log.info("going on")
                    self.trouble = ""
                return done

    def _set_aside(self, message: Message, reason: str) -> None:
        INGEST.poison.inc()
        log.warning("set aside: %s: %s", message.topic[:120], reason)

        def work() -> None:
            with self._database.writing() as connection:
                add_poison(
                    connection, topic=message.topic, reason=reason, payload=message.payload, now=message.received_at
                )

        self._patiently(work)

    def _hint(self, gateway: str, position: Position, received_at: datetime) -> None:
        """A newest position over QoS 0: shown, never stored."""
        vehicle = self._vehicle(gateway)
        if vehicle is None:
            return
        self._hub.publish("positions", [hinted(vehicle, position, received_at)])

    def _status(self, gateway: str, message: Message) -> None:
        status = decode_status(message.payload)
        if self._vehicle(gateway) is None:
            return
        body = msgspec.to_builtins(status)

        def work() -> None:
            with self._database.writing() as connection:
                fleet.set_status(connection, gateway, body, online=status.online, now=message.received_at)

        self._patiently(work)
        self._hub.publish("gateway", {"id": gateway, "online": status.online, "status": body})

    def _vehicle(self, gateway: str) -> str | None:
        """The vehicle of a gateway; one that nobody claimed becomes one, where that is allowed."""
        if gateway not in self._vehicles:
            with self._database.reading() as connection:
                row = fleet.known_gateways(connection, [gateway]).get(gateway)
            if row is None and not self._accept_unclaimed:
                return None
            if row is None:
                with self._database.writing() as connection:
                    fleet.add_gateways(connection, [gateway], datetime.now(UTC))
            self._vehicles[gateway] = row["vehicle_id"] if row else gateway
        return self._vehicles[gateway]
