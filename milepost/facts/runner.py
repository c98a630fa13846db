"""Feeds a recording to the engine: rows in the order of the file, as if they arrived so, never sorted first.

A stretch in the order of time is one arrival; where time goes back a new one begins, so that what is late is noticed.
In a file that is shuffled through and through that would be endless: then arrivals grow with what is there already.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from milepost.facts.rules import RuleBook
from milepost.recordings import Arrival
from server.domain.engine.items import fixes_of
from server.domain.engine.memory import Memory
from server.domain.engine.quality import EARLIEST_MS
from server.domain.facts import in_order
from server.domain.fences.index import FenceIndex
from server.said import said
from wire.columns import MISSING

AT_ONCE = 2_000
"""Rows that arrive together at most."""
FREE = 100_000
"""So many rows of all vehicles are worked on again without a thought; beyond that GROWTH times those that there are."""
GROWTH = 4
SHARE = 0.25
TEN_YEARS_MS = 10 * 365 * 86_400_000


class Runner:
    """The vehicles of a recording."""

    def __init__(self, rules: RuleBook, fences: FenceIndex | None) -> None:
        """None has been seen."""
        self._rules, self._fences = rules, fences
        self._vehicles: dict[str, _Vehicle] = {}

    def take(self, rows: Sequence[Arrival], progress: Callable[[int], None]) -> None:
        """All rows of a file; `progress` is told how many are done, now and then."""
        earliest_ms, free = earliest(rows), FREE // max(1, len({row.vehicle for row in rows}))
        for number, row in enumerate(rows, start=1):
            vehicle = self._vehicles.get(row.vehicle)
            if vehicle is None:
                memory = Memory(row.vehicle, self._rules.of(row.vehicle), self._fences, earliest_ms=earliest_ms)
                vehicle = self._vehicles[row.vehicle] = _Vehicle(memory, free)
            vehicle.take(row)
            if number % 5_000 == 0:
                progress(number)
        for vehicle in self._vehicles.values():
            vehicle.flush()

    def facts(self) -> Iterator[dict[str, Any]]:
        """The facts that stand, in the order of time."""
        late = set().union(*(vehicle.memory.late for vehicle in self._vehicles.values()))
        every = (fact for vehicle in self._vehicles.values() for fact in vehicle.memory.facts.values())
        for fact in in_order(every):
            yield {**said(fact), "late": fact.id in late}


def earliest(rows: Sequence[Arrival]) -> int:
    """What is older has a wrong date: as in the server, but an old recording's own dates stand.

    A receiver that has lost its date is wrong by 1,024 weeks, nearly 20 years.
    """
    if not rows:
        return EARLIEST_MS
    middle_ms = sorted(row.at_ms for row in rows)[len(rows) // 2]
    return min(EARLIEST_MS, middle_ms - TEN_YEARS_MS)


class _Vehicle:
    """The rows of one vehicle that wait to arrive together."""

    def __init__(self, memory: Memory, free: int) -> None:
        self.memory, self._free = memory, free
        self._waiting: list[Arrival] = []
        self._newest_ms = -(2**62)
        self._seen = 0
        self._again = 0

    def take(self, row: Arrival) -> None:
        """One more row; those before it arrive when it is older than they are."""
        if self._waiting and row.at_ms < self._waiting[-1].at_ms and self._may_cut():
            self.flush()
        self._waiting.append(row)
        if len(self._waiting) >= max(AT_ONCE, self._seen * SHARE if not self._may_cut() else 0):
            self.flush()

    def flush(self) -> None:
        """What waits arrives."""
        rows, self._waiting = self._waiting, []
        if not rows:
            return
        oldest_ms = min(row.at_ms for row in rows)
        if oldest_ms <= self._newest_ms:
            self._again += self._seen
        self._seen += len(rows)
        self._newest_ms = max(self._newest_ms, *(row.at_ms for row in rows))
        table = [[MISSING if value is None else value for value in row.row] for row in rows]
        self.memory.absorb(fixes_of(np.array(table, dtype=np.int64).T))

    def _may_cut(self) -> bool:
        return self._again <= self._free + GROWTH * self._seen
