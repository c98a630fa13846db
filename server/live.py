"""What moves, as it moves: from the ingest thread to any number of event streams.

Positions are gathered for a moment (TICK_S) so that a thousand vehicles are twenty events a second and not a thousand.
The newest events are kept, so that a browser that was away for seconds goes on where it was; one that was away longer,
or reads too slowly, is told to start afresh. Nothing here is needed for correctness: the map can always be loaded anew.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Literal

import msgspec

TICK_S = 0.05
KEEP = 1200
SLOW = 200
"""So many events may wait for a reader before it has to start afresh."""

Box = tuple[float, float, float, float]
Name = Literal["positions", "gateway", "fact", "alert", "custody", "accounts", "reset", "hello"]
"""`accounts` is for the streams themselves: who may see what has changed, ask again. It is told to nobody."""


class Happening(msgspec.Struct, frozen=True):
    """An event of the stream; `id` grows by one."""

    id: int
    name: Name
    data: Any


class Hub:
    """Fans events out. `publish` may be called from any thread; everything else belongs to the loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kept: deque[Happening] = deque(maxlen=KEEP)
        self._next = 1
        self._moved: dict[str, dict[str, Any]] = {}
        self._ticking: asyncio.TimerHandle | None = None
        self._readers: set[asyncio.Queue[Happening | None]] = set()
        self._closed = False

    def open(self, first_id: int) -> None:
        """Begin in the running loop; ids go on from the clock, so that an id of an earlier run is never one of this."""
        self._loop = asyncio.get_running_loop()
        self._next = first_id

    def close(self) -> None:
        """End every stream, so that the web server can stop."""
        self._closed = True
        for reader in self._readers:
            reader.put_nowait(None)

    @property
    def readers(self) -> int:
        """How many streams are open."""
        return len(self._readers)

    def publish(self, name: Name, data: Any) -> None:
        """Hand over something that happened; `positions` are a list of dicts with `vehicle` and `at_ms`."""
        if self._loop is not None and not self._loop.is_closed():
            # The loop may close between the two: then nobody listens any more.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take, name, data)

    def _take(self, name: Name, data: Any) -> None:
        if name != "positions":
            self._spread(name, data)
            return
        for moved in data:
            known = self._moved.get(moved["vehicle"])
            if known is None or known["at"] <= moved["at"]:
                self._moved[moved["vehicle"]] = moved
        if self._ticking is None:
            assert self._loop is not None
            self._ticking = self._loop.call_later(TICK_S, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        moved, self._moved = list(self._moved.values()), {}
        if moved:
            self._spread("positions", moved)

    def _spread(self, name: Name, data: Any) -> None:
        happening = Happening(self._next, name, data)
        self._next += 1
        self._kept.append(happening)
        for reader in self._readers:
            if reader.qsize() < SLOW:
                reader.put_nowait(happening)
            elif reader.qsize() == SLOW:
                reader.put_nowait(Happening(happening.id, "reset", {"because": "this reader was too slow"}))

    async def listen(self, last_id: int | None, hello: Any, beat_s: float) -> AsyncIterator[Happening | None]:
        """What happened after `last_id`, then what happens; None every `beat_s` without news, so that proxies wait."""
        reader: asyncio.Queue[Happening | None] = asyncio.Queue()
        missed = self._since(last_id)
        self._readers.add(reader)
        try:
            # An id says "all up to here was told", and what was missed is still to come.
            yield Happening(missed[0].id - 1 if missed else self._next - 1, "hello", hello)
            for happening in missed:
                yield happening
            while not self._closed:
                try:
                    async with asyncio.timeout(beat_s):
                        news = await reader.get()
                except TimeoutError:
                    yield None
                    continue
                if news is None:
                    return
                yield news
        finally:
            self._readers.discard(reader)

    def _since(self, last_id: int | None) -> list[Happening]:
        if last_id is None or last_id == self._next - 1:
            return []
        if self._kept and self._kept[0].id <= last_id + 1 <= self._next:
            return [happening for happening in self._kept if happening.id > last_id]
        return [Happening(self._next - 1, "reset", {"because": "the stream was away for too long"})]


def inside(data: list[dict[str, Any]], box: Box | None) -> list[dict[str, Any]]:
    """The positions in a box of west, south, east, north; east < west is a box over the antimeridian."""
    if box is None:
        return data
    west, south, east, north = box
    return [
        moved
        for moved in data
        if south <= moved["lat"] <= north
        and (west <= moved["lon"] <= east if west <= east else not east < moved["lon"] < west)
    ]
