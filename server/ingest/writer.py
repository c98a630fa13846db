"""The one thread that commits: takes what has arrived, as a group, and answers after the commit.

While it writes, the next group gathers; so groups are as large as the load makes them, and nobody waits for a timer.
A store that is away is waited for with the group in hand; gateways keep what is not acknowledged, so a full queue may
drop, and so may whoever stops.
"""

import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from server import marks
from server.announcing import announce
from server.domain.engine.rules import DEFAULT, Rules
from server.facts import BEGINNING_MS
from server.ingest.hints import Hints
from server.ingest.messages import Message, Read, read
from server.ingest.statuses import greetings, note_statuses
from server.judging import Judges
from server.live import Hub
from server.metrics import INGEST
from server.newest import moved
from server.record import Answer, Arrived, News, Outcome, commit, keep, silence, slice_of_recount, take
from server.said import told
from server.store import recounts
from server.store.database import Database, DatabaseUnavailable
from server.store.poison import Unread, add_poison
from server.store.telemetry import Telemetry, TelemetryUnavailable
from wire.topics import topic

log = logging.getLogger("milepost.ingest")
QUEUE = 20_000
GROUP = 2_000
RETRY_S = 1.0
BEAT_S = 1.0
"""So long the writer waits for messages before it looks whether something else is due."""
BEAT = timedelta(seconds=5)
SETTLED = timedelta(minutes=2)
"""After its start the server gives gateways so long to send what they have, before silence means anything."""


class _Stopping(Exception):  # noqa: N818 - it names a state
    """The server stops while a store is away."""


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
        rules: Rules = DEFAULT,
    ) -> None:
        self._database, self._telemetry, self._hub, self._answer = database, telemetry, hub, answer
        self._accept_unclaimed, self._on_fault = accept_unclaimed, on_fault
        self._hints = Hints(hub)
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._mark_at = datetime.max.replace(tzinfo=UTC)
        self._judges = Judges(rules)
        self._recounting = True
        """Whether facts may wait to be worked out again."""
        self._beat_at = datetime.max.replace(tzinfo=UTC)
        self.trouble = ""
        self.failed = False
        """Whether it ended by a fault of ours."""

    def start(self) -> None:
        """Begin to commit."""
        self._thread.start()

    def stop(self, timeout_s: float = 4.0) -> None:
        """Commit what is in hand and end; what still waits is sent again."""
        self._stopping.set()
        self._queue.put(None)
        self._thread.join(timeout_s)

    def put(self, message: Message) -> None:
        """Take a message from the broker's thread; a full queue drops it, and its gateway sends it again."""
        if message.is_live and self._hints.show(message):
            return
        if self._queue.qsize() < QUEUE:
            self._queue.put(message)
        else:
            INGEST.dropped.inc()

    def _run(self) -> None:
        try:
            self._patiently(lambda: marks.compare(self._database, self._telemetry))
            self._mark_at = datetime.now(UTC)
            self._beat_at = self._mark_at + SETTLED
            self._patiently(self._ask_for_the_old)
            while not self._stopping.is_set():
                messages = self._gathered(0.0 if self._recounting else BEAT_S)
                if messages:
                    self._commit(messages)
                self._between()
        except _Stopping:
            pass
        except Exception:
            self.failed = True
            self.trouble = "The writer ended by a fault of ours; the log says which."
            log.exception("the writer ends, and the server with it, so that its supervisor starts it again")
            self._on_fault()

    def _gathered(self, wait_s: float) -> list[Message]:
        """One message, as soon as there is one, and all that wait behind it; none when none comes."""
        try:
            first = self._queue.get(timeout=wait_s) if wait_s else self._queue.get_nowait()
        except queue.Empty:
            return []
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
        found = read(messages)
        INGEST.messages.inc(len(messages))
        self._set_aside(found.unread)
        self._note(found)
        if found.group:
            self._record(found.group)

    def _record(self, group: list[Arrived]) -> None:
        """Commit a group; where that fails by a fault of ours, halve it until the message that does it stands alone."""
        try:
            self._once(group)
        except _Stopping:
            raise
        except Exception as error:  # whatever our code raises for it, it must not block its neighbours
            if len(group) > 1:
                half = len(group) // 2
                self._record(group[:half])
                self._record(group[half:])
                return
            [arrived] = group
            log.exception("a message of gateway %s could not be committed", arrived.gateway)
            reason = f"{type(error).__name__}: {error}"
            self._set_aside([Unread(topic(arrived.gateway, "up"), reason, arrived.payload, arrived.received_at)])

    def _once(self, group: list[Arrived]) -> None:
        """Decide, write, commit, publish, answer: in this order, each step as often as its store needs."""
        now, database, telemetry = datetime.now(UTC), self._database, self._telemetry
        taken = self._patiently(lambda: take(group, database, accept_unclaimed=self._accept_unclaimed, now=now))
        self._patiently(lambda: keep(taken, telemetry))
        outcome = self._patiently(lambda: commit(taken, database, telemetry, now=now, judges=self._judges))
        if now >= self._mark_at:  # before the Acks, else a kill right after them leaves them without a mark
            self._patiently(lambda: marks.make(database, telemetry, now))
            self._mark_at = now + marks.EVERY
        self._hints.know(taken.known)
        INGEST.positions.inc(taken.positions)
        INGEST.others.inc(taken.records)
        INGEST.groups.inc()
        INGEST.refused.inc(len(taken.refused))
        if outcome.moved:
            self._hub.publish("positions", [moved(row) for row in outcome.moved])
        self._tell(outcome)
        for answer in outcome.answers:
            self._answer(answer)
        self._recounting = self._recounting or outcome.asked_again

    def _between(self) -> None:
        """Between two groups: a slice of what is worked out again, and now and then what silence makes of vehicles."""
        now = datetime.now(UTC)
        if self._recounting:
            news = self._patiently(lambda: slice_of_recount(self._database, self._telemetry, self._judges, now))
            self._recounting = news is not None
            if news is not None:
                self._tell(news)
        if now >= self._beat_at:
            self._beat_at = now + BEAT
            self._tell(self._patiently(lambda: silence(self._database, self._judges, now)))

    def _ask_for_the_old(self) -> None:
        """Vehicles that were stored by a version that knew no facts."""
        with self._database.writing() as connection:
            count = recounts.ask_for_all_without_head(connection, BEGINNING_MS, datetime.now(UTC))
        if count:
            log.warning("the facts of %d vehicles are worked out from their stored positions", count)

    def _tell(self, news: Outcome | News) -> None:
        for change in news.changes:
            self._hub.publish("fact", told(change))
        announce(self._hub, news.alerts)

    def _note(self, found: Read) -> None:
        """Statuses, and hints of gateways that were not known yet."""
        if not found.statuses and not found.hints:
            return
        gateways = found.statuses.keys() | {message.gateway for message in found.hints}
        now = datetime.now(UTC)
        try:
            known = self._patiently(
                lambda: note_statuses(
                    self._database, found.statuses, gateways, accept_unclaimed=self._accept_unclaimed, now=now
                )
            )
        except _Stopping:
            raise
        except Exception:
            log.exception("the statuses of %s could not be kept; their gateways say them again", sorted(gateways))
            return
        self._hints.know(known)
        for gateway, said in found.statuses.items():
            if gateway in known:
                vehicle = known[gateway]["vehicle_id"]
                news = {"id": gateway, "vehicle": vehicle, "online": said.online, "status": said.body}
                self._hub.publish("gateway", news)
        for message in found.hints:
            self._hints.show(message)
        kept = {gateway: stream for gateway, stream in found.kept.items() if gateway in known}
        for answer in self._patiently(lambda: greetings(self._database, kept)):
            self._answer(answer)

    def _patiently[T](self, work: Callable[[], T]) -> T:
        """Do it again until the stores take it."""
        while True:
            try:
                done = work()
            except (TelemetryUnavailable, DatabaseUnavailable) as error:
                if self.trouble != str(error):
                    log.warning("waiting: %s", error)
                self.trouble = str(error)
                if self._stopping.wait(RETRY_S):
                    raise _Stopping from None
            else:
                if self.trouble:
                    log.warning("going on")
                    self.trouble = ""
                return done

    def _set_aside(self, unread: list[Unread]) -> None:
        if not unread:
            return
        INGEST.poison.inc(len(unread))
        for message in unread:
            log.warning("set aside: %s: %s", message.topic[:120], message.reason)

        def work() -> None:
            with self._database.writing() as connection:
                add_poison(connection, unread)

        self._patiently(work)
