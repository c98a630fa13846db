"""One vehicle's facts over a series that is held in memory: of a recording, of a preview, of a test.

The same steps as over the stores (server.facts): what continues the series is worked on at once; what is older goes
back to a kept state, works through the series from there, and compares the facts.
"""

from bisect import bisect_right
from collections.abc import Sequence

from server.domain.engine.advance import Advanced, Kept, advance
from server.domain.engine.driving import DAY_MS
from server.domain.engine.fix import Fix
from server.domain.engine.items import in_order, wrong_dates
from server.domain.engine.keeping import base_of, spare
from server.domain.engine.quality import EARLIEST_MS
from server.domain.engine.readings import Reading
from server.domain.engine.rules import Rules
from server.domain.engine.state import State, Totals, fresh, thawed
from server.domain.facts import Changes, Fact, compare
from server.domain.fences.index import FenceIndex

BEGINNING_MS = -(2**62)


class Memory:
    """A vehicle: its series so far, and the facts that stand."""

    def __init__(
        self, vehicle: str, rules: Rules, fences: FenceIndex | None = None, *, earliest_ms: int = EARLIEST_MS
    ) -> None:
        """Nothing has happened; a date before `earliest_ms` is a wrong one."""
        self.vehicle, self.rules, self.fences, self._earliest_ms = vehicle, rules, fences, earliest_ms
        self.facts: dict[str, Fact] = {}
        self.days: dict[int, Totals] = {}
        self.late: set[str] = set()
        """Facts that data out of order brought or changed."""
        self._fixes: list[Fix] = []
        self._known: set[Fix | Reading] = set()
        self._said: list[Reading] = []
        self._head = fresh()
        self._kept: list[Kept] = []

    def absorb(self, fixes: Sequence[Fix], said: Sequence[Reading] = ()) -> Changes:
        """Take what arrived, in whatever order; what it changes."""
        fixes = [one for one in fixes if one not in self._known]
        said = [one for one in said if one not in self._known]
        self._known.update(fixes, said)
        self.facts |= {one.id: one for one in wrong_dates(self.vehicle, fixes, self._earliest_ms)}
        fixes = [one for one in fixes if one.at_ms >= self._earliest_ms]
        first_ms = min([*(fix.at_ms for fix in fixes), *(one.at_ms for one in said)], default=None)
        if first_ms is None:
            return Changes()
        if first_ms > self._head.at_ms:
            new, more = in_order(list(fixes)), sorted(set(said))
            self._fixes += new
            self._said += more
            done = self._advance(self._head, new, more)
            changes = Changes(added=done.facts)
        else:
            self._fixes = in_order([*self._fixes, *fixes])
            self._said = sorted({*self._said, *said})
            changes = self._again(first_ms)
        self._apply(changes)
        return changes

    def pass_time(self, to_ms: int) -> Changes:
        """Let time pass without items."""
        done = self._advance(self._head, [], [], horizon_ms=to_ms)
        changes = Changes(added=done.facts)
        self._apply(changes)
        return changes

    def _again(self, first_ms: int) -> Changes:
        """Go back to before the oldest new item, and work through the series from there."""
        base = base_of(self._kept, first_ms)
        base_ms, state = BEGINNING_MS, None
        if base is not None:
            base_ms, state = base.at_ms, thawed(base.state)
        reach_ms = self._head.at_ms
        self._kept = [kept for kept in self._kept if kept.at_ms <= base_ms]
        self.days = {day: total for day, total in self.days.items() if day < base_ms // DAY_MS}
        fixes = self._fixes[bisect_right(self._fixes, base_ms, key=lambda fix: fix.at_ms) :]
        said = [one for one in self._said if one.at_ms > base_ms]
        before = {id_: one for id_, one in self.facts.items() if one.decided_ms > max(base_ms, self._earliest_ms)}
        done = self._advance(state or fresh(), fixes, said, horizon_ms=reach_ms)
        return compare(before, done.facts, late=True)

    def _advance(self, state: State, fixes: Sequence[Fix], said: Sequence[Reading],
                 horizon_ms: int | None = None) -> Advanced:  # fmt: skip
        done = advance(
            state, fixes, said, vehicle=self.vehicle, rules=self.rules, fences=self.fences, horizon_ms=horizon_ms
        )
        self._head = done.state
        self.days |= done.days
        self._kept += done.kept
        gone = spare([kept.at_ms for kept in self._kept], self._head.at_ms)
        self._kept = [kept for kept in self._kept if kept.at_ms not in gone]
        return done

    def _apply(self, changes: Changes) -> None:
        for one in changes.withdrawn:
            del self.facts[one.id]
        for one in (*changes.added, *changes.changed):
            self.facts[one.id] = one
            if changes.late:
                self.late.add(one.id)
