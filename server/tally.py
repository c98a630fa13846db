"""What a group of positions changes: each vehicle's newest position, and how far it drove on which day.

What holds after every commit, whatever the order of arrival: a vehicle's odometer is the sum over its stored believable
positions up to its newest one. Positions that continue a series are added on the fast path, for all vehicles at once.
Where one is older than what is there (or has the very same time), the days that it touches are summed anew from the
stored series: up to the newest position and no further, because what is stored beyond it (a commit that failed after
the telemetry was written, a database restored from a backup) comes again, and would count twice.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
from sqlalchemy import Connection

from server.domain.driven import DAY_MS, LONGEST_GAP_MS, believable, by_group, segments_mm
from server.domain.series import AT, Numbers, Series, in_order, last_of_each
from server.store import fleet, newest, odometer
from server.store.schema import Row
from server.store.telemetry import Telemetry
from server.store.telemetry.order import instants, numbers
from wire.columns import MISSING, NAMES

AHEAD_MS = 600_000
"""A fix from further in the future than this is stored, but is nobody's newest position: it would stay so for ever."""
_LON, _LAT, _SPEED = (NAMES.index(name) for name in ("lon_e7", "lat_e7", "speed_cmps"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_NONE = np.empty(0, dtype=np.int64)
_OWNER = 10_000_000
"""More days than there are: owner * _OWNER + day is one number."""


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """New positions of one vehicle: `values` as on the wire (a row for each of wire.columns.NAMES)."""

    vehicle: str
    values: Numbers
    flags: dict[int, tuple[str, ...]]
    received_ms: int


def tally(
    connection: Connection, telemetry: Telemetry, batches: list[Batch], *, recount: Collection[str] = ()
) -> list[Row]:
    """Update newest positions and odometers; the rows of the vehicles that moved on are returned.

    `recount`: vehicles of which the telemetry may hold positions that were never tallied, because rows are missing.
    """
    names = sorted({batch.vehicle for batch in batches})
    series = _gathered(batches, names)
    if not len(series.vehicle):
        return []
    before = _before(connection, names)
    moved = _moved(series, before)
    reach = before[AT].copy()
    reach[moved.vehicle] = moved.values[AT]
    ahead = fleet.ahead_of(connection, names)
    counts = series.values[AT] <= reach[series.vehicle]
    untold = _untold(names, before[AT], reach, ahead, recount)
    late = np.isin(np.arange(len(names)), list(untold))
    late[series.vehicle[series.values[AT] <= before[AT, series.vehicle]]] = True
    _add(connection, names, series.chosen(counts & ~late[series.vehicle]), before)
    for place in np.flatnonzero(late).tolist():
        days = set(np.unique(series.values[AT, counts & (series.vehicle == place)] // DAY_MS).tolist())
        if place in untold:
            days |= {_number(day) for day in telemetry.days(names[place]) if _number(day) >= untold[place] // DAY_MS}
        _sum_anew(connection, telemetry, names[place], days, int(reach[place]))
    _look_ahead(connection, telemetry, names, series.chosen(~counts), ahead, reach)
    rows = [_row(names, moved, place) for place in range(len(moved.vehicle))]
    newest.put(connection, rows)
    return rows


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


def _add(connection: Connection, names: list[str], series: Series, before: Numbers) -> None:
    """Add what the fast path has driven."""
    if not len(series.vehicle):
        return
    owners = np.unique(series.vehicle)
    owners = owners[before[AT, owners] != MISSING]
    # Each vehicle's former newest position stands before its new ones, so that the first segment has its start.
    owner = np.concatenate((owners, series.vehicle))
    order = np.argsort(owner, kind="stable")
    values = np.concatenate((before[:, owners], series.values), axis=1)[:, order]
    found = _by_day(owner[order], values[AT], values[_LON], values[_LAT], values[_SPEED])
    added = {(names[owner], day): mm for (owner, day), mm in found.items()}
    driven = odometer.on_days(connection, added)
    odometer.put(connection, {key: driven[key] + mm for key, mm in added.items()})


def _sum_anew(connection: Connection, telemetry: Telemetry, vehicle: str, days: Iterable[int], reach_ms: int) -> None:
    """Write these days of the odometer anew, and those after them, on which a segment that changed may end."""
    touched = sorted({day for first in days for day in (first, first + 1) if day <= reach_ms // DAY_MS})
    driven: dict[tuple[str, date], int] = {}
    for day in touched:
        start_ms, end_ms = day * DAY_MS, min((day + 1) * DAY_MS, reach_ms + 1)
        # What came before starts the first segment; longer gaps do not count anyway.
        track = telemetry.track(vehicle, _instant(start_ms - LONGEST_GAP_MS), _instant(end_ms))
        at, lon, lat, speed = (numbers(track[name]) for name in ("at", "lon_e7", "lat_e7", "speed_cmps"))
        kept = believable(at, lon, lat, ~track["flags"].is_null().to_numpy())
        owner = np.zeros(int(kept.sum()), dtype=np.int64)
        found = _by_day(owner, at[kept], lon[kept], lat[kept], speed[kept])
        driven |= {(vehicle, of): mm for (_, of), mm in found.items() if _number(of) == day}
    odometer.forget(connection, vehicle, [_day(day) for day in touched])
    odometer.put(connection, driven)


def _by_day(owner: Numbers, at_ms: Numbers, lon: Numbers, lat: Numbers, speed: Numbers) -> dict[tuple[int, date], int]:
    """Millimetres by owner and the day on which a segment ends, where there are any."""
    if len(owner) < 2:
        return {}
    driven = segments_mm(at_ms, lon, lat, speed)
    same = owner[1:] == owner[:-1]
    keys, sums = by_group((owner[1:] * _OWNER + at_ms[1:] // DAY_MS)[same], driven[same])
    pairs = zip(keys.tolist(), sums.tolist(), strict=True)
    return {(key // _OWNER, _day(key % _OWNER)): mm for key, mm in pairs if mm}


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


def _day(since_1970: int) -> date:
    return date.fromordinal(_EPOCH_DAY + since_1970)


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY
