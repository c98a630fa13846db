"""What a group of positions changes of the newest ones, and which items the rules of facts are to work on.

Positions that are older than the newest one, and what the telemetry may hold that was never worked on, are told to the
rules by the time since when; fixes from the future wait until they are overtaken.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from sqlalchemy import Connection

from server.domain.believable import believable
from server.domain.series import AT, Numbers, Series, in_order, last_of_each
from server.facts import New
from server.store import fleet, newest
from server.store.schema import Row
from server.store.telemetry import Telemetry
from server.store.telemetry.order import instants
from wire.columns import MISSING, NAMES

AHEAD_MS = 600_000
"""A fix from further in the future than this is stored, but is nobody's newest position: it would stay so for ever."""
_LON, _LAT = (NAMES.index(name) for name in ("lon_e7", "lat_e7"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = np.empty(0, dtype=np.int64)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """New positions of one vehicle: `values` as on the wire (a row for each of wire.columns.NAMES)."""

    vehicle: str
    values: Numbers
    flags: dict[int, tuple[str, ...]]
    received_ms: int


class Tallied(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of the vehicles that moved on, and what is new of each vehicle."""

    moved: list[Row]
    new: dict[str, New]


def tally(
    connection: Connection, telemetry: Telemetry, batches: list[Batch], *, recount: Collection[str] = ()
) -> Tallied:
    """Update the newest positions.

    `recount`: vehicles of which the telemetry may hold positions that were never worked on, because rows are missing.
    """
    names = sorted({batch.vehicle for batch in batches})
    if not names:
        return Tallied(moved=[], new={})
    series = _gathered(batches, names)
    before = _before(connection, names)
    moved = _moved(series, before)
    new = {name: New(values=values) for name, values in _unflagged(batches, names)}
    reach = np.maximum(before[AT], [new[name].values[AT].max(initial=MISSING) for name in names])
    ahead = fleet.ahead_of(connection, names)
    untold = _untold(names, before[AT], reach, ahead, recount)
    _look_ahead(connection, telemetry, names, series.chosen(series.values[AT] > reach[series.vehicle]), ahead, reach)
    rows = [_row(names, moved, place) for place in range(len(moved.vehicle))]
    newest.put(connection, rows)
    for place, name in enumerate(names):
        new[name].since_ms, new[name].reach_ms = untold.get(place), int(reach[place])
    return Tallied(moved=rows, new=new)


def _unflagged(batches: list[Batch], names: list[str]) -> Iterator[tuple[str, Numbers]]:
    """The positions of each vehicle that its gateway did not flag, as they came, without those from the future."""
    of: dict[str, list[Numbers]] = {name: [] for name in names}
    for batch in batches:
        keep = batch.values[AT] <= batch.received_ms + AHEAD_MS
        keep[list(batch.flags)] = False
        of[batch.vehicle].append(batch.values if keep.all() else batch.values[:, keep])
    for name, parts in of.items():
        yield name, parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def _gathered(batches: list[Batch], names: list[str]) -> Series:
    """The believable positions of all batches, in order; `vehicle` is a place in `names`."""
    if not batches:
        return Series(_NONE, np.empty((len(NAMES), 0), dtype=np.int64), _NONE)
    batches = sorted(batches, key=lambda batch: batch.vehicle)
    counts = [batch.values.shape[1] for batch in batches]
    places = {name: place for place, name in enumerate(names)}
    values = np.concatenate([batch.values for batch in batches], axis=1)
    flagged = np.zeros(values.shape[1], dtype=np.bool_)
    starts = np.cumsum([0, *counts])
    for batch, start in zip(batches, starts.tolist(), strict=False):
        flagged[[start + place for place in batch.flags]] = True
    series = Series(
        np.repeat([places[batch.vehicle] for batch in batches], counts),
        values,
        np.repeat([batch.received_ms for batch in batches], counts),
    )
    kept = believable(values[AT], values[_LON], values[_LAT], flagged)
    return in_order(series if kept.all() else series.chosen(kept))


def _before(connection: Connection, names: list[str]) -> Numbers:
    """The newest positions so far, a column for each name, MISSING where there is none."""
    found = newest.values_of(connection, names)
    none = (None,) * len(NAMES)
    rows = [[MISSING if value is None else value for value in found.get(name, none)] for name in names]
    return np.array(rows, dtype=np.int64).T


def _moved(series: Series, before: Numbers) -> Series:
    """The newest position of each vehicle, where it is newer than before."""
    last = last_of_each(series.chosen(series.values[AT] <= series.received_ms + AHEAD_MS))
    known = before[:, last.vehicle]
    newer = last.values[AT] > known[AT]
    for place in np.flatnonzero(last.values[AT] == known[AT]).tolist():
        newer[place] = last.values[:, place].tolist() > known[:, place].tolist()
    return last.chosen(newer)


def _untold(
    names: list[str], before_ms: Numbers, reach: Numbers, ahead: Mapping[str, int], recount: Collection[str]
) -> dict[int, int]:
    """Vehicles of which the telemetry holds what was never tallied, though it is old enough: by place, since when."""
    untold: dict[int, int] = {}
    for place, name in enumerate(names) if ahead or recount else ():
        since = [ahead[name]] if name in ahead and ahead[name] <= reach[place] else []
        since += [int(before_ms[place])] if name in recount else []
        if since:
            untold[place] = min(since)
    return untold


def _look_ahead(
    connection: Connection,
    telemetry: Telemetry,
    names: list[str],
    beyond: Series,
    ahead: Mapping[str, int],
    reach: Numbers,
) -> None:
    """Remember the earliest fix from the future of each vehicle, and forget it when it is no longer that."""
    found: dict[str, int | None] = {}
    for place, name in enumerate(names) if ahead else ():
        if name in ahead and ahead[name] <= reach[place]:
            next_one = telemetry.first_after(name, _instant(int(reach[place])))
            found[name] = int(instants(next_one)[0]) if next_one.num_rows else None
    for place, at_ms in zip(beyond.vehicle.tolist(), beyond.values[AT].tolist(), strict=True):
        known = found.get(names[place], ahead.get(names[place]))
        if known is None or at_ms < known:
            found[names[place]] = at_ms
    fleet.set_ahead(connection, found)


def _row(names: list[str], moved: Series, place: int) -> Row:
    """A newest position as a row of its table."""
    values = (None if value == MISSING else value for value in moved.values[:, place].tolist())
    said = {"vehicle_id": names[moved.vehicle[place]], "received_ms": int(moved.received_ms[place]), "flags": None}
    return {**dict(zip(NAMES, values, strict=True)), **said}


def _instant(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)
