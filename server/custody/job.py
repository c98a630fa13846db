"""The custody job: takes marks, steps the filter forward, works late data through, writes what is new.

Two positions move: `done`, up to which everything is believed, and, when late data came, a replay that starts at a kept
state before it and runs until it reaches `done`, or a kept state that comes out the same as before. Each slice of
windows is one transaction. The head goes on while a replay is under way, so nobody waits for a week of late data.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from server.alerting import AlertChange, react
from server.custody.keeping import OLDEST_MS, Kept, beginning, packed, spare, unpacked
from server.custody.observations import windows
from server.domain.custody import WINDOW_MS, Belief, step
from server.domain.custody_story import Span, Story, alarm_of, band, compared, tell
from server.domain.facts import Changes, Fact, merged
from server.store import custody as store
from server.store import facts
from server.store.custody_plan import Planning, read_plan
from server.store.database import Database
from server.store.schema import Row
from server.store.telemetry import Telemetry
from wire.messages import milliseconds

log = logging.getLogger("milepost.custody")
SETTLE_MS = 8_000
"""A window is worked on so long after its end, when what gateways say at once has come; later data is worked in."""
SLICE = 30
"""Windows in one transaction."""
BEAT_S = 2.0
"""A beat ends after the slice in which it has taken so long; a server that stops waits for it."""
WARM_UP_MS = 12 * 3_600_000
"""A state that another version of the filter wrote is made anew from so far back."""
DAY_MS = 86_400_000


class Heard(msgspec.Struct, kw_only=True):
    """What came of a beat, to be published."""

    changes: list[Changes] = []
    alerts: list[AlertChange] = []
    beliefs: list[Row] = []
    """Packages whose place, certainty or alarm is another."""


class _Worked(msgspec.Struct, kw_only=True):
    """A slice of windows worked through."""

    base_ms: int
    at: Kept
    beliefs: Mapping[str, Belief] = {}
    facts: list[Fact] = []
    spans: dict[tuple[str, int], Span] = {}
    kept: dict[int, bytes] = {}
    same: bool = False
    """It ended at a kept state that comes out as before: so does everything behind it."""


class Custody:
    """Owns what is remembered between beats, so that states need not be read again. Belongs to one thread."""

    def __init__(self, database: Database, telemetry: Telemetry, *, keep_days: int = 0) -> None:
        """`keep_days`: what is older has no telemetry, so nothing is worked through from there."""
        self._database, self._telemetry = database, telemetry
        self._oldest_ms = min(OLDEST_MS, keep_days * DAY_MS) if keep_days else OLDEST_MS
        self._at: dict[int, Kept] = {}

    def beat(self, now: datetime, tell: Callable[[Heard], None]) -> None:
        """Work on what there is to work on, for a moment, and tell after each commit what came of it."""
        target_ms = (milliseconds(now) - SETTLE_MS) // WINDOW_MS * WINDOW_MS
        until_s = time.monotonic() + BEAT_S
        while (row := self._taken(target_ms)) is not None:
            busy = False
            if row["replay_ms"] is not None:
                tell(self._slice(row, min(row["replay_ms"] + SLICE * WINDOW_MS, row["done_ms"]), now, late=True))
                row, busy = self._row(), True
            if row["done_ms"] < target_ms:
                tell(self._slice(row, min(row["done_ms"] + SLICE * WINDOW_MS, target_ms), now, late=False))
                busy = True
            if not busy or time.monotonic() >= until_s:
                break

    def _row(self) -> Row:
        with self._database.reading() as connection:
            row = store.work(connection)
        assert row is not None
        return row

    def _taken(self, target_ms: int) -> Row | None:
        """Take the mark of what arrived: a beginning, or a replay; None when nothing was ever heard."""
        with self._database.reading() as connection:
            row = store.work(connection)
            if row is None:
                return None
            bound = store.bindings_after(connection, row["bindings"])
        if row["dirty_from_ms"] is None and bound is None:
            return row if row["done_ms"] is not None else None
        with self._database.writing() as connection:
            row = store.work(connection)
            assert row is not None
            fresh = self._with_mark(connection, row, bound, target_ms)
            return {**row, **fresh} if store.put_work(connection, row, fresh) else None

    def _with_mark(self, connection: Connection, row: Row, bound: tuple[int, int] | None, target_ms: int) -> Row:
        """What the work comes to with what arrived since the last look."""
        fresh: Row = {"dirty_from_ms": None, "dirty_to_ms": None}
        from_ms, to_ms, done_ms = row["dirty_from_ms"], row["dirty_to_ms"], row["done_ms"]
        if bound is not None:
            fresh["bindings"] = bound[0]
            if done_ms is not None and bound[1] < done_ms:  # what a binding changes has no end
                from_ms, to_ms = min(bound[1], bound[1] if from_ms is None else from_ms), done_ms
        if from_ms is None:
            return fresh
        from_ms = max(from_ms, target_ms - self._oldest_ms)
        if done_ms is None:
            began_ms = self._begun(connection, min(from_ms, target_ms))
            return fresh | {"began_ms": began_ms, "done_ms": began_ms}
        return fresh | (self._replayed(connection, row, from_ms, min(to_ms, done_ms)) if from_ms <= done_ms else {})

    def _replayed(self, connection: Connection, row: Row, from_ms: int, to_ms: int) -> Row:
        """Where a replay of what is not older than `from_ms` begins; one that is under way may come by."""
        fresh: Row = {"replay_to_ms": max(row["replay_to_ms"] or 0, to_ms)}
        if row["replay_ms"] is not None and from_ms > row["replay_ms"]:
            return fresh
        if from_ms <= row["began_ms"]:
            began_ms = self._begun(connection, from_ms)
            return fresh | {"began_ms": began_ms, "replay_ms": began_ms}
        kept = store.kept_before(connection, from_ms)
        if kept is None:
            log.warning("something was heard that is older than every kept state; it is stored, and changes nothing")
            return {}
        return fresh | {"replay_ms": kept[0]}

    def _begun(self, connection: Connection, from_ms: int) -> int:
        """Begin before the window in which something is."""
        began_ms = (from_ms - 1) // WINDOW_MS * WINDOW_MS
        store.keep(connection, {began_ms: packed(beginning(began_ms))})
        return began_ms

    def _slice(self, row: Row, end_ms: int, now: datetime, *, late: bool) -> Heard:
        """Work through the next windows of the replay, or of the head, and commit what came of it."""
        base = self._base(row["replay_ms"] if late else row["done_ms"])
        with self._database.reading() as connection:
            planning = read_plan(connection, base.at_ms, end_ms)
            old = store.kept_between(connection, base.at_ms, end_ms) if late else {}
        worked = self._through(base, planning, end_ms, old, row["replay_to_ms"] if late else None)
        at_ms = worked.at.at_ms
        caught_up = late and at_ms >= row["done_ms"]
        fresh: Row = {"replay_ms": at_ms} if late else {"done_ms": at_ms}
        if caught_up or worked.same:
            fresh = {"replay_ms": None, "replay_to_ms": None}
        told, after = Heard(), {**row, **fresh}
        with self._database.writing() as connection:
            if not store.put_work(connection, row, fresh):
                return told
            _write(connection, worked, now, told, late=late)
            if not worked.same and at_ms >= after["done_ms"]:
                told.beliefs = _beliefs(connection, worked, planning)
            store.keep(connection, worked.kept)
            needed = {after["done_ms"], after["replay_ms"]} - {None}
            store.forget(connection, spare(store.kept_times(connection), after["done_ms"], needed))
        stale = {ms for ms in self._at if base.at_ms < ms <= at_ms}
        self._at = {ms: kept for ms, kept in self._at.items() if ms in needed - stale}
        self._at[at_ms] = worked.at
        return told

    def _base(self, at_ms: int) -> Kept:
        """The state of a time; one that cannot be read is made anew, from half a day before."""
        if at_ms in self._at:
            return self._at[at_ms]
        with self._database.reading() as connection:
            kept = store.kept_before(connection, at_ms + 1)
        found = unpacked(*kept) if kept is not None and kept[0] == at_ms else None
        if found is None:
            log.warning("the state of custody is made anew from what was heard in the last 12 hours")
            return beginning(at_ms - WARM_UP_MS)
        return found

    def _through(
        self, base: Kept, planning: Planning, end_ms: int, old: Mapping[int, bytes], same_from_ms: int | None
    ) -> _Worked:
        """Step through the windows up to `end_ms`, or to a kept state that is the same as before."""
        worked = _Worked(base_ms=base.at_ms, at=base)
        for window in windows(self._telemetry, planning.vehicles(), base.at_ms, end_ms):
            plan = planning.at(window.to_ms)
            done = step(worked.at.state, plan, window)
            told = tell(worked.at.story, plan, window, done)
            worked.at = Kept(at_ms=window.to_ms, state=done.state, story=told.story)
            worked.beliefs = done.beliefs
            worked.facts += told.facts
            worked.spans |= told.spans
            if window.to_ms in old:
                if same_from_ms is not None and window.to_ms >= same_from_ms and _same(worked.at, old[window.to_ms]):
                    worked.same = True
                    return worked
                worked.kept[window.to_ms] = packed(worked.at)
        worked.kept[worked.at.at_ms] = packed(worked.at)
        return worked


def _write(connection: Connection, worked: _Worked, now: datetime, told: Heard, *, late: bool) -> None:
    """The facts, the alerts and the past of packages that a slice came to."""
    base_ms, end_ms = worked.base_ms, worked.at.at_ms
    changes = compared(store.decided_between(connection, base_ms, end_ms), worked.facts, late=late)
    store.put_spans(connection, [_span(*key, span) for key, span in worked.spans.items()], base_ms, end_ms)
    if changes:
        facts.apply(connection, changes, now)
        told.changes = changes
        told.alerts = react(connection, merged(changes), now)


def _same(kept: Kept, old: bytes) -> bool:
    """By their bytes: states hold arrays, and what is equal is written equally."""
    return packed(kept) == old


def _span(package: str, from_ms: int, span: Span) -> Row:
    return {
        "package_id": package,
        "from_ms": from_ms,
        "place": span.place,
        "p_min": span.p_min,
        "p_max": span.p_max,
        "p_mean": span.p_sum / span.windows,
        "lon": span.lon,
        "lat": span.lat,
    }


def _beliefs(connection: Connection, worked: _Worked, planning: Planning) -> list[Row]:
    """Write what is believed now where it is news; what the event stream says of it."""
    before, story = store.beliefs(connection), worked.at.story
    rows = [_belief(package, story, belief, worked.at.at_ms) for package, belief in worked.beliefs.items()]
    news = [row for row in rows if _differs(before.get(row["package_id"]), row, finely=True)]
    store.put_beliefs(connection, news, before.keys() - worked.beliefs.keys())
    told = [row for row in news if _differs(before.get(row["package_id"]), row, finely=False)]
    return [
        {"vehicle_id": planning.parcels[row["package_id"]].vehicle}
        | {name: row[name] for name in ("package_id", "place", "p", "alarm")}
        for row in told
    ]


def _belief(package: str, story: Story, belief: Belief, at_ms: int) -> Row:
    return {
        "package_id": package,
        "place": belief.place,
        "p": _shown(belief.p),
        "since_ms": story.spans[package].since_ms,
        "at_ms": at_ms,
        "others": [list(one) for one in belief.others],
        "alarm": alarm_of(story, package),
    }


def _shown(p: float) -> float:
    """In thousandths, so that what is written does not depend on what was written before; never quite 1."""
    return min(round(p, 3), 0.9999)


def _differs(before: Row | None, row: Row, *, finely: bool) -> bool:
    if before is None or any(before[name] != row[name] for name in ("place", "alarm", "since_ms")):
        return True
    return band(before["p"]) != band(row["p"]) or (finely and before["p"] != row["p"])
