"""The way into the outbox: records are gathered, committed in groups on the disk's own thread, and never waited for.

The event loop goes on while a slow card syncs. When the disk is full or fails, records are kept in memory up to a
bound, the oldest positions given up first, and the commit is tried again; what was given up is counted and becomes
part of the status. An outbox that SQLite finds damaged while it is open is set aside for a new one.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import msgspec

from gateway.clock import Clock
from gateway.outbox import Entry, Outbox
from gateway.outbox.box import history_from
from gateway.outbox.file import is_damage
from gateway.settings import Outbox as OutboxSettings
from wire.messages import Clock as Quality
from wire.messages import Outbox as Totals
from wire.messages import Position, instant

log = logging.getLogger("outbox")

T = TypeVar("T")

MOST_IN_MEMORY = 20_000
"""Records held while the disk takes none: five hours at 1 Hz, some 10 MB."""
TIDY_EVERY_S = 60.0
TRY_AGAIN_S = 2.0
SAVE_AFTER_S = 3.0
ROOM_ROWS = 2_000
"""A recording that is replayed at full speed waits while more than this is on its way to the disk."""


class Intake:
    """Owns the outbox's thread. All methods belong to the event loop."""

    def __init__(
        self, outbox: Outbox, settings: OutboxSettings, clock: Clock, *, most_held: int = MOST_IN_MEMORY
    ) -> None:
        """`clock` is the vehicle's."""
        self.outbox = outbox
        self.boot = clock.boot
        self.problem: str | None = None
        """Why nothing can be written right now."""
        self.beat_at = asyncio.get_running_loop().time()
        self.committed: list[Callable[[bool], None]] = []
        """Called after each commit; True when something urgent was in it."""
        self.totals: Totals = outbox.totals()
        self.put_total = 0
        self.lost_in_memory = 0
        self._settings = settings
        self._most_held = most_held
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._held: deque[Entry] = deque()
        self._leaving: list[Entry] = []
        """What is being written right now."""
        self._known: tuple[int, Quality] | None = None
        self._urgent = asyncio.Event()
        self._tidied_at: float | None = None
        self._acked_at: float | None = None
        self._closing = False

    def accept(self, entry: Entry, *, urgent: bool = False) -> None:
        """Take a record; it is durable after the next commit."""
        self._held.append(entry)
        self._bound_memory()
        if urgent or len(self._held) >= ROOM_ROWS:
            self._urgent.set()

    def hurry(self) -> None:
        """Commit now, and let it be sent at once: the program is about to end."""
        self._urgent.set()

    async def room(self) -> None:
        """Wait while more is on its way to the disk than a source should get ahead."""
        while len(self._held) >= ROOM_ROWS and not self.problem and not self._closing:
            self._urgent.set()
            await asyncio.sleep(0.01)

    async def on_disk(self, call: Callable[..., T], *args: object) -> T:
        """Run something with the outbox on the disk's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(call, *args))

    async def restamp(self, offset_ms: int, quality: Quality, *, after: int) -> None:
        """Boot time plus `offset_ms` is the true time: give it to whatever is still waiting beyond row `after`."""
        self._known = offset_ms, quality
        await self._guarded(self.outbox.restamp, self.boot, offset_ms, quality, after)

    async def acknowledge(self, last: int) -> None:
        """The server has the rows up to here. That is written down with the next rows, or after a while without any."""
        self._acked_at = self._acked_at or asyncio.get_running_loop().time()
        await self._guarded(self._then_count, self.outbox.acknowledge, last)

    async def begin_stream(self) -> None:
        """The outbox's numbers are used up: what waits gets new ones. On a full disk that is left for the next Ack."""
        await self._guarded(self._then_count, self.outbox.begin_stream)

    async def run(self) -> None:
        """Commit in groups, until `end`; never cancelled in the middle of a commit."""
        loop = asyncio.get_running_loop()
        while not self._closing:
            self.beat_at = loop.time()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._urgent.wait(), self._settings.commit_every_s)
            urgent = self._urgent.is_set()
            self._urgent.clear()
            if self._held and not await self.commit(urgent=urgent):
                await asyncio.sleep(TRY_AGAIN_S)
            if self._acked_at is not None and loop.time() - self._acked_at >= SAVE_AFTER_S:
                self._acked_at = None
                await self._guarded(self.outbox.save)
            if self._tidied_at is None or loop.time() - self._tidied_at >= TIDY_EVERY_S:
                await self._tidy()
                self._tidied_at = loop.time()

    async def commit(self, *, urgent: bool = False) -> bool:
        """Put on disk what is held; False when that failed, and everything is still held."""
        self._leaving = [self._with_known_time(entry) for entry in self._held]
        self._held.clear()
        if not self._leaving:
            return True
        done = await self._guarded(self._put, self._leaving)
        group, self._leaving = self._leaving, []
        if not done:
            self._held.extendleft(reversed(group))
            self._bound_memory()
            return False
        if self.problem:
            log.info("the outbox can be written again")
            self.problem = None
        self.put_total += len(group)
        self._acked_at = None
        for tell in self.committed:
            tell(urgent)
        return True

    def end(self) -> None:
        """Let `run` return, when what it is writing is written."""
        self._closing = True
        self._urgent.set()

    async def close(self) -> None:
        """Write what is held, and close the file. After `run` has returned."""
        await self.commit()
        await self.on_disk(self.outbox.close)
        self._thread.shutdown(wait=False)

    @property
    def held(self) -> int:
        """Records that are not on disk yet."""
        return len(self._held) + len(self._leaving)

    def _put(self, group: Sequence[Entry]) -> None:
        self.outbox.put(group, self._clock.now())
        if not self.outbox.fits():
            given_up = self.outbox.tidy(self._history_from())
            if given_up:
                log.warning("the outbox is full: %d of the oldest waiting rows were given up", given_up)
        self.totals = self.outbox.totals()

    async def _tidy(self) -> None:
        await self._guarded(self._tidy_on_disk)

    def _then_count(self, call: Callable[..., object], *args: object) -> None:
        call(*args)
        self.totals = self.outbox.totals()

    def _tidy_on_disk(self) -> None:
        self.outbox.tidy(self._history_from())
        self.totals = self.outbox.totals()

    def _history_from(self) -> datetime:
        stamp = self._clock.stamp()
        if stamp.quality == "unknown":
            return datetime.min.replace(tzinfo=UTC)  # nobody knows how old it is
        return history_from(stamp.at, self._settings.history_h)

    async def _guarded(self, call: Callable[..., object], *args: object) -> bool:
        """Run on disk; False, with the problem said once, when the disk does not take it."""
        try:
            await self.on_disk(call, *args)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                log.error("the outbox is damaged: %s", error)  # noqa: TRY400 - the text says it all
                await self.on_disk(self.outbox.renew, self._clock.now())
                return False
            if not isinstance(error, sqlite3.OperationalError):
                raise
            says = in_words(error)
            if says != self.problem:
                log.error("%s; what comes is kept in memory, and tried again", says)  # noqa: TRY400
            self.problem = says
            return False
        return True

    def _with_known_time(self, entry: Entry) -> Entry:
        if entry.mono_ms is None or self._known is None:
            return entry
        offset_ms, quality = self._known
        at = instant(offset_ms + entry.mono_ms)
        return Entry(record=msgspec.structs.replace(entry.record, at=at, clock=quality))

    def _bound_memory(self) -> None:
        """Give up the oldest positions, or the oldest of what there is, beyond what may be held."""
        while len(self._held) > self._most_held:
            oldest = (place for place, entry in enumerate(self._held) if isinstance(entry.record, Position))
            del self._held[next(oldest, 0)]
            self.lost_in_memory += 1


def in_words(error: sqlite3.DatabaseError) -> str:
    """What SQLite's complaint means for whoever looks after the box."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "the disk of data_dir is full: free some space on it"
    if code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
        return f"the disk of data_dir fails ({error}): free some space on it, or replace it"
    if code == sqlite3.SQLITE_READONLY:
        return "data_dir cannot be written: mount it read-write, and let the gateway's user own it"
    return f"the outbox cannot be written: {error}"
