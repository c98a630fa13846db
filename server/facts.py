"""What new items make of the facts: in the transaction that commits them.

What continues a vehicle's series is worked on at once. What is older goes back to a kept state, reads the stored series
from there, and compares: new facts are added, changed ones superseded, vanished ones withdrawn. What is much older, or
older than all kept states, is left to `recount`, a slice at a time between the groups of messages; its progress is in
the database, so a stop loses none of it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from sqlalchemy import Connection

from server.domain.engine.advance import Advanced, Kept, advance, due_ms
from server.domain.engine.fix import Fix
from server.domain.engine.items import fixes_of, wrong_dates
from server.domain.engine.keeping import spare
from server.domain.engine.quality import EARLIEST_MS
from server.domain.engine.readings import Reading
from server.domain.engine.rules import Rules
from server.domain.engine.state import State, Totals, fresh, frozen, thawed
from server.domain.facts import Changes, compare
from server.domain.fences.index import FenceIndex
from server.domain.series import Numbers
from server.store import facts as store
from server.store import matched_trips, recounts
from server.store import readings as readings_store
from server.store.schema import Row
from server.store.telemetry import Telemetry
from server.store.telemetry.batch import values_of
from wire.columns import NAMES

BEGINNING_MS = -(2**62)
AT_ONCE_MS = 6 * 3_600_000
"""Late items that are no further behind than this are worked on in the transaction that brings them."""
SLICE = 20_000
"""So many positions are worked on in one slice of a recount: a tenth of a second."""
SLICE_DAYS = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_VALUES: Numbers = np.empty((len(NAMES), 0), dtype=np.int64)


class New(msgspec.Struct, kw_only=True):
    """What arrived of one vehicle. `values` as in wire.columns, without what the gateway flagged."""

    values: Numbers
    readings: list[Reading] = []
    since_ms: int | None = None
    """The stored series may hold items from here on that were never worked on."""
    reach_ms: int = BEGINNING_MS
    """Items later than this are from the future, and wait."""


class Judging(msgspec.Struct, frozen=True, kw_only=True):
    """What vehicles are judged by."""

    fences: FenceIndex | None = None
    rules: Mapping[str, Rules] = {}
    """By vehicle, where they are not the default."""
    default: Rules = Rules()

    def rules_of(self, vehicle: str) -> Rules:
        """The rules of a vehicle."""
        return self.rules.get(vehicle, self.default)


class _Work(msgspec.Struct, kw_only=True):
    """What is to be written for a group of vehicles, gathered, so that it is a handful of statements."""

    changes: list[Changes] = []
    heads: list[Row] = []
    kept: dict[str, list[Kept]] = {}
    days: dict[str, dict[int, Totals]] = {}


def settle(
    connection: Connection, telemetry: Telemetry, new: Mapping[str, New], judging: Judging, now: datetime
) -> list[Changes]:
    """Work the new items of these vehicles in, and write what they change; all of it in this transaction."""
    work = _Work()
    stands = store.heads_of(connection, new)
    for vehicle, arrived in new.items():
        head = stands.get(vehicle)
        state = thawed(head.state) if head is not None else fresh()
        if state is None:  # made by other rules
            recounts.ask(connection, vehicle, BEGINNING_MS, now)
            state = fresh()
        _settle_one(connection, telemetry, vehicle, arrived, state, judging, work, now)
    _write(connection, work, now)
    return [one for one in work.changes if one]


def is_due(connection: Connection, now: datetime) -> bool:
    """Whether silence makes a fact by now."""
    return bool(store.due_heads(connection, _ms(now), 1))


def pass_time(connection: Connection, judging: Judging, now: datetime, limit: int = 500) -> list[Changes]:
    """What silence alone makes of vehicles by now."""
    now_ms = _ms(now)
    vehicles = store.due_heads(connection, now_ms, limit)
    work = _Work()
    for vehicle, head in store.heads_of(connection, vehicles).items():
        state = thawed(head.state)
        if state is not None:
            rules = judging.rules_of(vehicle)
            done = advance(state, (), vehicle=vehicle, rules=rules, fences=judging.fences, horizon_ms=now_ms)
            _note(work, vehicle, done, Changes(added=done.facts), rules)
    _write(connection, work, now)
    return [one for one in work.changes if one]


def recount(connection: Connection, telemetry: Telemetry, judging: Judging, now: datetime) -> list[Changes] | None:
    """One slice of the oldest recount that was asked for; None when there is none."""
    asked = recounts.oldest(connection)
    if asked is None:
        return None
    vehicle, rules = asked["vehicle_id"], judging.rules_of(asked["vehicle_id"])
    head = store.heads_of(connection, [vehicle]).get(vehicle)
    base = _base_of_recount(connection, asked)
    end_ms = head.at_ms if head is not None else BEGINNING_MS
    if base.at_ms >= end_ms:
        recounts.done(connection, vehicle)
        return []
    values = _some_of(telemetry, vehicle, base.at_ms, end_ms)
    to_ms = min(int(values[0, -1]), end_ms) if values.shape[1] else end_ms
    said = readings_store.of_vehicle(connection, vehicle, base.at_ms, to_ms)
    state = thawed(base.state) or fresh()
    before = store.decided_after(connection, vehicle, base.at_ms)
    done = advance(state, fixes_of(values), said, vehicle=vehicle, rules=rules, fences=judging.fences,
                   horizon_ms=to_ms)  # fmt: skip
    until = {id_: one for id_, one in before.items() if one.decided_ms <= done.state.at_ms}
    changes = compare(until, done.facts, late=True)
    work = _Work(changes=[changes])
    store.forget_kept(connection, vehicle, after_ms=base.at_ms, to_ms=done.state.at_ms)
    store.keep(connection, {vehicle: done.kept})
    store.forget_days(connection, vehicle, base.at_ms, done.state.at_ms)
    work.days[vehicle] = dict(done.days)
    if to_ms >= end_ms:
        _note_head(work, vehicle, done.state, rules)
        recounts.done(connection, vehicle)
    else:
        recounts.went_on(connection, vehicle, to_ms, frozen(done.state))
    _write(connection, work, now)
    return [changes] if changes else []


def _settle_one(
    connection: Connection,
    telemetry: Telemetry,
    vehicle: str,
    arrived: New,
    state: State,
    judging: Judging,
    work: _Work,
    now: datetime,
) -> None:
    rules = judging.rules_of(vehicle)
    at_ms = arrived.values[0]
    impossible = at_ms < EARLIEST_MS
    if impossible.any():
        work.changes.append(Changes(added=wrong_dates(vehicle, fixes_of(arrived.values[:, impossible]))))
    reach_ms = max(arrived.reach_ms, state.at_ms)
    values = arrived.values[:, ~impossible & (at_ms <= reach_ms)]
    said = sorted({one for one in arrived.readings if EARLIEST_MS <= one.at_ms <= reach_ms})
    first_ms = min(
        [*([int(values[0].min())] if values.shape[1] else []), *(one.at_ms for one in said[:1])], default=None
    )
    if arrived.since_ms is not None:
        first_ms = min(arrived.since_ms, reach_ms if first_ms is None else first_ms)
    if first_ms is None:
        return
    if arrived.since_ms is None and first_ms > state.at_ms:
        done = advance(state, fixes_of(values), said, vehicle=vehicle, rules=rules, fences=judging.fences)
        _note(work, vehicle, done, Changes(added=done.facts), rules)
        return
    if values.shape[1] or arrived.since_ms is not None:
        last_ms = reach_ms if arrived.since_ms is not None else int(values[0].max())
        matched_trips.ask_within(connection, vehicle, first_ms, last_ms, now)
    base = store.kept_before(connection, vehicle, first_ms)
    if reach_ms - first_ms > AT_ONCE_MS or (base is not None and thawed(base.state) is None):
        recounts.ask(connection, vehicle, first_ms, now)
        _go_on(vehicle, state, values, said, judging, work)
        return
    _again(connection, telemetry, vehicle, base, reach_ms, judging, work)


def _go_on(vehicle: str, state: State, values: Numbers, said: list[Reading], judging: Judging, work: _Work) -> None:
    """Of items that a recount will work on: those that continue the series are worked on now."""
    later = values[:, values[0] > state.at_ms]
    more = [one for one in said if one.at_ms > state.at_ms]
    rules = judging.rules_of(vehicle)
    done = advance(state, fixes_of(later), more, vehicle=vehicle, rules=rules, fences=judging.fences)
    _note(work, vehicle, done, Changes(added=done.facts), rules)


def _again(
    connection: Connection,
    telemetry: Telemetry,
    vehicle: str,
    base: Kept | None,
    reach_ms: int,
    judging: Judging,
    work: _Work,
) -> None:
    """Go back to a kept state, work through the stored series from there, and compare."""
    state = thawed(base.state) if base is not None else None
    base_ms = base.at_ms if base is not None and state is not None else BEGINNING_MS
    rules = judging.rules_of(vehicle)
    fixes = _stored(telemetry, vehicle, base_ms, reach_ms)
    said = readings_store.of_vehicle(connection, vehicle, base_ms, reach_ms)
    before = store.decided_after(connection, vehicle, base_ms)
    done = advance(state or fresh(), fixes, said, vehicle=vehicle, rules=rules, fences=judging.fences,
                   horizon_ms=reach_ms)  # fmt: skip
    store.forget_kept(connection, vehicle, after_ms=base_ms, to_ms=2**62)
    store.forget_days(connection, vehicle, base_ms, reach_ms)
    _note(work, vehicle, done, compare(before, done.facts, late=True), rules)


def _base_of_recount(connection: Connection, asked: Row) -> Kept:
    """Where a recount goes on, or begins: at a kept state, else at the beginning of the series."""
    if asked["done_ms"] is not None and asked["state"] is not None and thawed(asked["state"]) is not None:
        return Kept(asked["done_ms"], asked["state"])
    kept = store.kept_before(connection, asked["vehicle_id"], asked["from_ms"])
    if kept is not None and thawed(kept.state) is not None:
        return kept
    return Kept(BEGINNING_MS, frozen(fresh()))


def _some_of(telemetry: Telemetry, vehicle: str, after_ms: int, to_ms: int) -> Numbers:
    """The next stored positions behind `after_ms`, some days of them, cut between two instants."""
    while after_ms < to_ms:
        following = telemetry.first_after(vehicle, _instant(max(after_ms, EARLIEST_MS - 1)))
        if not following.num_rows:
            break
        start_ms = int(values_of(following)[0, 0])
        end_ms = min(to_ms, start_ms + SLICE_DAYS * 86_400_000)
        values = _believed(telemetry, vehicle, start_ms - 1, end_ms)
        if values.shape[1] > SLICE:
            return values[:, values[0] <= values[0, SLICE]]
        if values.shape[1]:
            return values
        after_ms = end_ms
    return NO_VALUES


def _stored(telemetry: Telemetry, vehicle: str, after_ms: int, to_ms: int) -> list[Fix]:
    return fixes_of(_believed(telemetry, vehicle, after_ms, to_ms))


def _believed(telemetry: Telemetry, vehicle: str, after_ms: int, to_ms: int) -> Numbers:
    """What the store holds with after < at <= to, without what its gateway flagged."""
    track = telemetry.track(vehicle, _instant(max(after_ms + 1, EARLIEST_MS)), _instant(to_ms + 1))
    return values_of(track.filter(track["flags"].is_null()))


def _note(work: _Work, vehicle: str, done: Advanced, changes: Changes, rules: Rules) -> None:
    work.changes.append(changes)
    work.days[vehicle] = dict(done.days)
    if done.kept:
        work.kept[vehicle] = done.kept
    _note_head(work, vehicle, done.state, rules)


def _note_head(work: _Work, vehicle: str, state: State, rules: Rules) -> None:
    row = {"vehicle_id": vehicle, "at_ms": state.at_ms, "due_ms": due_ms(state, rules), "state": frozen(state)}
    work.heads.append(row)


def _write(connection: Connection, work: _Work, now: datetime) -> None:
    changes = [one for one in work.changes if one]
    store.apply(connection, changes, now)
    matched_trips.ask(connection, changes, now)
    store.put_heads(connection, work.heads)
    store.put_days(connection, work.days)
    store.keep(connection, work.kept)
    at_ms = {row["vehicle_id"]: row["at_ms"] for row in work.heads}
    for vehicle in work.kept:
        store.spare_kept(connection, vehicle, spare(store.kept_times(connection, vehicle), at_ms[vehicle]))


def _instant(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
