"""Rows of the outbox to the server, and its acknowledgements back, by the rule of `wire.delivery`.

The broker is a pipe: what counts as delivered is what the server acknowledged. The newest position (`live`) goes its
own way, unacknowledged and at its own pace, and before everything else after a connection is made.
"""

import asyncio
import contextlib
import logging
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from gateway.intake import Intake
from gateway.link import Link
from gateway.settings import Live, Uplink
from wire import delivery
from wire.ack import decode_ack
from wire.delivery import News
from wire.encode import as_dict, encode_live, encode_up
from wire.messages import Ack, Position, Run, WireError, milliseconds
from wire.topics import topic

log = logging.getLogger("uplink")

UNKNOWN_CLOCK_WAITS_S = 60.0
"""Rows whose clock is unknown wait so long after the start for a fix that says what time it was (cold start: 30 s)."""
UNHEARD_S = 90.0
UNHEARD_MOST_S = 3600.0
"""A connection on which runs go out and no answer comes for so long is made anew, at doubling intervals: it may only
look alive. When it is the server that is away, that is no use, and so must not be done often."""
BEAT_S = 5.0


@dataclass(slots=True)
class Sent:
    """Counts since the start."""

    messages: int = 0
    rows: int = 0
    bytes: int = 0
    live: int = 0
    acks: int = 0
    rewinds: int = 0


class Sender:
    """The gateway's end of the delivery rule. All methods belong to the event loop."""

    def __init__(
        self, gateway: str, intake: Intake, link: Link, settings: Uplink, live: Live, *, time_comes: bool
    ) -> None:
        """Starts behind what the outbox says was acknowledged. `time_comes`: fixes will say what time it is."""
        loop = asyncio.get_running_loop()
        self.problem: str | None = None
        self.beat_at = loop.time()
        self.sent = Sent()
        self.window = delivery.opened(intake.outbox.stream, intake.outbox.acked, loop.time())
        self._up, self._live_topic = topic(gateway, "up"), topic(gateway, "live")
        self._intake, self._link, self._settings = intake, link, settings
        self._pace = Pace(live.every_s)
        self._newest_live: Position | None = None
        self._acks: deque[Ack] = deque(maxlen=1000)
        self._wake = asyncio.Event()
        self._commits: deque[tuple[int, float]] = deque(maxlen=1000)
        self._hurry_to = intake.outbox.newest
        self._streams = {intake.outbox.stream}
        self._unknown_until = loop.time() + (UNKNOWN_CLOCK_WAITS_S if time_comes else 0.0)
        self._doubts = Doubts()
        self.highest_sent = intake.outbox.acked
        intake.committed.append(self._committed)
        link.on_connected = self._connected
        link.on_disconnected = self._wake.set
        link.listen(topic(gateway, "ack"), self._heard)

    def live(self, position: Position) -> None:
        """The newest position, for the map: sent at its pace, or kept for the next connection."""
        self._newest_live = position
        if self._link.connected and self._pace.due(position.at, asyncio.get_running_loop().time()):
            self._send_live()

    def wake(self) -> None:
        """Look again at what can be sent."""
        self._wake.set()

    async def run(self) -> None:
        """Send what is due until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self.beat_at = loop.time()
            self._wake.clear()
            await self._follow_acks()
            wait_s = BEAT_S
            if self._link.connected:
                self.window = delivery.waited(self.window, loop.time())
                self._probe(loop.time())
                wait_s = await self._send_rows()
                self._doubt(loop.time())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, min(wait_s, BEAT_S)))

    def _probe(self, now: float) -> None:
        if delivery.probe_due(self.window, now):
            self.window = delivery.probed(self.window, now)
            self._publish(Run(stream=self.window.stream))

    async def _send_rows(self) -> float:
        """Send the runs that are due; in how many seconds something may be."""
        loop = asyncio.get_running_loop()
        while delivery.has_room(self.window) and self._link.connected:
            due_at = self._due_at()
            if due_at > loop.time():
                return min(due_at, delivery.wakes_at(self.window)) - loop.time()
            after = self.window.sent
            run = await self._next_run()
            if run is None:
                break
            if run.stream != self.window.stream:
                self.follow_new_stream()
                continue
            if after != self.window.sent:
                continue  # the connection was lost and made again, or the server went back, while the disk was read
            self._publish(run)
            self.window = delivery.sent(self.window, run.seq_to, loop.time())
            self.highest_sent = max(self.highest_sent, run.seq_to)
            if self._acks:
                await self._follow_acks()
        return delivery.wakes_at(self.window) - loop.time()

    def _due_at(self) -> float:
        """When the rows beyond `sent` have to go: at once, or when the oldest of them has waited long enough."""
        after = self.window.sent
        while self._commits and self._commits[0][0] <= after:
            self._commits.popleft()
        newest = self._intake.outbox.newest
        if newest <= after:
            return float("inf")
        again = after < self.highest_sent
        if again or self._hurry_to > after or newest - after >= self._settings.batch_rows or not self._commits:
            return 0.0
        return self._commits[0][1] + self._settings.linger_s

    async def _next_run(self) -> Run | None:
        """The run after `sent`, without rows that still wait for their time."""
        # Asked before and after: rows that are given their time in between were read without it.
        asked = await self._held_back()
        run = await self._intake.on_disk(self._intake.outbox.next_run, self.window.sent, self._settings.batch_rows)
        unknown = min((seq for seq in (asked, await self._held_back()) if seq is not None), default=None)
        if run is None or unknown is None or run.seq_to < unknown:
            return run
        known = tuple(pair for pair in run.records if pair[0] < unknown)
        if not known:
            return None
        return Run(stream=run.stream, prev=run.prev, seq_from=run.seq_from, seq_to=known[-1][0], records=known)

    async def _held_back(self) -> int | None:
        """The first row that is not sent yet because a fix may still say when it happened."""
        if asyncio.get_running_loop().time() > self._unknown_until:
            return None
        return await self._intake.on_disk(self._intake.outbox.first_unknown, self._intake.boot)

    def _publish(self, run: Run) -> None:
        try:
            payload = encode_up(run)
        except WireError as error:  # only in an outbox that somebody else wrote to
            log.warning("rows that fit no message are sent as they are: %s", error)
            bare = tuple((seq, as_dict(record)) for seq, record in run.records)
            payload = encode_up(
                Run(stream=run.stream, prev=run.prev, seq_from=run.seq_from, seq_to=run.seq_to, records=bare)
            )
        if self._link.publish(self._up, payload, qos=1):
            self.sent.messages += 1
            self.sent.rows += len(run.records)
            self.sent.bytes += len(payload)

    async def _follow_acks(self) -> None:
        """What the server said; only the last one counts for each stretch of progress, but each is judged."""
        loop = asyncio.get_running_loop()
        while self._acks:
            ack = self._acks.popleft()
            outbox = self._intake.outbox
            self.window, news = delivery.told(self.window, ack, outbox.newest, loop.time())
            self.sent.acks += 1
            if news is not News.OTHER_STREAM:
                self._doubts.heard()
            match news:
                case News.ADVANCED:
                    await self._intake.acknowledge(ack.last)
                case News.SERVER_REWOUND:
                    log.warning("the server has rows up to %d only: sending again from there", ack.last)
                    self.sent.rewinds += 1
                    self._hurry_to = outbox.newest
                    await self._intake.acknowledge(ack.last)
                case News.OUTBOX_REWOUND:
                    log.warning("the server has more rows than this outbox ever held: beginning a new stream")
                    await self._intake.begin_stream()
                    self.follow_new_stream()
                case News.OTHER_STREAM if ack.stream not in self._streams:
                    self.problem = "another box sends under this gateway's id: give each box an id of its own"

    async def delivered(self, within_s: float) -> bool:
        """Wait until the server has everything; False when that takes too long: the rest waits for the next start."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while self._intake.held or self.window.acked < self._intake.outbox.newest:
            if not self._link.connected or loop.time() > end:
                return False
            await asyncio.sleep(0.02)
        return True

    def follow_new_stream(self) -> None:
        """The outbox began anew: start with its first row."""
        outbox = self._intake.outbox
        self._streams.add(outbox.stream)
        self._commits.clear()
        self._hurry_to, self.highest_sent = outbox.newest, 0
        self.window = delivery.opened(outbox.stream, outbox.acked, asyncio.get_running_loop().time())

    def _doubt(self, now: float) -> None:
        """A connection that takes everything and answers nothing is given up now and then."""
        if self._doubts.overdue(now, asked=bool(self.window.in_flight)):
            self._link.drop("runs go out, and no acknowledgement comes")

    def _send_live(self) -> None:
        if self._newest_live is not None and self._link.publish(self._live_topic, encode_live(self._newest_live)):
            self.sent.live += 1
            self._newest_live = None

    def _connected(self) -> None:
        if self._pace.every_s:
            self._send_live()
        self.window = delivery.reconnected(self.window, asyncio.get_running_loop().time())
        self._hurry_to = self._intake.outbox.newest
        self._doubts.asked_at = None
        self._wake.set()

    def _committed(self, urgent: bool) -> None:
        outbox = self._intake.outbox
        if outbox.stream not in self._streams:
            self.follow_new_stream()
        self._commits.append((outbox.newest, asyncio.get_running_loop().time()))
        if urgent:
            self._hurry_to = outbox.newest
        self._wake.set()

    def _heard(self, payload: bytes) -> None:
        try:
            self._acks.append(decode_ack(payload))
        except WireError as error:
            log.warning("what came as an acknowledgement is none: %s", error)
        self._wake.set()


class Doubts:
    """Whether a connection that takes everything and answers nothing should be made anew. Times are monotonic."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.asked_at: float | None = None
        self._patience_s = UNHEARD_S

    def heard(self) -> None:
        """An Ack came."""
        self.asked_at, self._patience_s = None, UNHEARD_S

    def overdue(self, now: float, *, asked: bool) -> bool:
        """Whether it is time; the next time it takes twice as long."""
        if not asked:
            self.asked_at = None
        elif self.asked_at is None:
            self.asked_at = now
        elif now - self.asked_at > self._patience_s:
            self.asked_at, self._patience_s = None, min(self._patience_s * 2, UNHEARD_MOST_S)
            return True
        return False


class Pace:
    """Whether a position is due for the map, judged by its own time: 10 fixes a second are thinned evenly.

    A recording that is played fast is bound by the real time as well, at half the interval, because bursts jitter.
    """

    def __init__(self, every_s: float) -> None:
        """`every_s` 0: never."""
        self.every_s = every_s
        self._last: tuple[int, float] | None = None

    def due(self, at: datetime, now_s: float) -> bool:
        """Whether this one goes; `now_s` is monotonic."""
        if not self.every_s:
            return False
        at_ms = milliseconds(at)
        if self._last is not None:
            last_ms, last_s = self._last
            if 0 <= at_ms - last_ms < self.every_s * 950 or now_s - last_s < self.every_s / 2:
                return False
        self._last = at_ms, now_s
        return True
