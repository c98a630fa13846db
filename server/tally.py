"""What a group of positions changes: each vehicle's newest position, and how far it drove on which day.

Positions that continue a vehicle's series are added on the fast path, for all vehicles at once. Where something is older
than what is there (or has the very same time), the days from there on are summed anew from the stored series, so that the
odometer is the same in whatever order the positions came.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from server.domain.driven import DAY_MS, Mask, Numbers, believable, by_group, segments_mm
from server.store import fleet
from server.store.schema import Row
from server.store.telemetry import Telemetry
from wire.columns import MISSING, NAMES

AHEAD_MS = 600_000
"""A fix from further in the future than this is stored, but is nobody's newest position: it would stay so for ever."""
_AT, _LON, _LAT = (NAMES.index(name) for name in ("at_ms", "lon_e7", "lat_e7"))
_SPEED = NAMES.index("speed_cmps")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FOREVER = datetime(9999, 12, 31, tzinfo=UTC)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """New positions of one vehicle: `values` as on the wire (a row for each of wire.columns.NAMES)."""

    vehicle: str
    values: Numbers
    flags: dict[int, tuple[str, ...]]
    received_ms: int


class _Series(msgspec.Struct, frozen=True, kw_only=True):
    """All believable positions of a group, sorted by (vehicle, time); `vehicle` is a place in `names`."""

    names: list[str]
    vehicle: Numbers
    values: Numbers
    received_ms: Numbers


def tally(connection: Connection, telemetry: Telemetry, batches: list[Batch], *, now: datetime) -> list[Row]:
    """Update latest positions and odometers; the rows of the vehicles that moved on are returned."""
    del now
    series = _gathered(batches)
    if not len(series.vehicle):
        return []
    before = fleet.latest_of(connection, series.names)
    late = _late(series, before)
    added = _added(series, before, late)
    driven = fleet.odometer_days(connection, added)
    fleet.set_odometer(connection, {key: driven[key] + mm for key, mm in added.items()})
    for vehicle, at_ms in late.items():
        _sum_anew(connection, telemetry, vehicle, at_ms)
    moved = _newest(series, before)
    fleet.set_latest(connection, moved)
    return moved


def _gathered(batches: list[Batch]) -> _Series:
    names = sorted({batch.vehicle for batch in batches})
    places = {name: place for place, name in enumerate(names)}
    counts = [batch.values.shape[1] for batch in batches]
    if not batches:
        empty = np.empty(0, dtype=np.int64)
        return _Series(names=[], vehicle=empty, values=np.empty((len(NAMES), 0), np.int64), received_ms=empty)
    values = np.concatenate([batch.values for batch in batches], axis=1)
    vehicle = np.repeat([places[batch.vehicle] for batch in batches], counts)
    received_ms = np.repeat([batch.received_ms for batch in batches], counts)
    flagged = np.zeros(values.shape[1], dtype=np.bool_)
    start = 0
    for batch, count in zip(batches, counts, strict=True):
        flagged[[start + place for place in batch.flags]] = True
        start += count
    kept = np.flatnonzero(believable(values[_AT], values[_LON], values[_LAT], flagged))
    order = kept[np.lexsort((values[_LAT][kept], values[_LON][kept], values[_AT][kept], vehicle[kept]))]
    return _Series(names=names, vehicle=vehicle[order], values=values[:, order], received_ms=received_ms[order])


def _late(series: _Series, before: dict[str, Row]) -> dict[str, int]:
    """Vehicles whose days have to be summed anew, and from which time on."""
    newest = np.array([before[name]["at_ms"] if name in before else MISSING for name in series.names])
    at_ms, vehicle = series.values[_AT], series.vehicle
    doubtful = at_ms <= newest[vehicle]
    doubtful[1:] |= (np.diff(at_ms) == 0) & (np.diff(vehicle) == 0)
    # A fix from the future is nobody's newest position, so what follows it cannot be told from what precedes it.
    doubtful |= at_ms > series.received_ms + AHEAD_MS
    late: dict[str, int] = {}
    for place in np.flatnonzero(doubtful).tolist():
        name = series.names[vehicle[place]]
        late[name] = min(late.get(name, at_ms[place]), int(at_ms[place]))
    return late


def _added(series: _Series, before: dict[str, Row], late: dict[str, int]) -> dict[tuple[str, date], int]:
    """Millimetres that the fast path adds, by vehicle and day."""
    fast = np.array([name not in late for name in series.names])[series.vehicle]
    vehicle, values = series.vehicle[fast], series.values[:, fast]
    if not len(vehicle):
        return {}
    earlier = [place for place, name in enumerate(series.names) if name in before and name not in late]
    # Each vehicle's former newest position stands before its new ones, so that the first segment has its start.
    at_ms, lon, lat, speed = (
        np.concatenate(([_said(before[series.names[place]][name]) for place in earlier], values[row])).astype(np.int64)
        for name, row in (("at_ms", _AT), ("lon_e7", _LON), ("lat_e7", _LAT), ("speed_cmps", _SPEED))
    )
    owner = np.concatenate((np.array(earlier, dtype=np.int64), vehicle))
    order = np.lexsort((at_ms, owner))
    at_ms, lon, lat, speed, owner = at_ms[order], lon[order], lat[order], speed[order], owner[order]
    return {
        (series.names[key // 10_000_000], _day(key % 10_000_000)): mm
        for key, mm in _by_day(at_ms, lon, lat, speed, owner)
        if mm
    }


def _by_day(at_ms: Numbers, lon: Numbers, lat: Numbers, speed: Numbers, owner: Numbers) -> list[tuple[int, int]]:
    """(owner * 10,000,000 + day since 1970, millimetres) of every owner and day on which a segment ends."""
    driven = segments_mm(at_ms, lon, lat, speed)
    same = owner[1:] == owner[:-1]
    keys, sums = by_group((owner[1:] * 10_000_000 + at_ms[1:] // DAY_MS)[same], driven[same])
    return list(zip(keys.tolist(), sums.tolist(), strict=True))


def _sum_anew(connection: Connection, telemetry: Telemetry, vehicle: str, at_ms: int) -> None:
    """Write the odometer of one vehicle anew, from the day of `at_ms` on."""
    first = _day(at_ms // DAY_MS)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    # A day earlier as well: its last position starts the first segment. Longer gaps do not count anyway.
    track = telemetry.track(vehicle, start - timedelta(days=1), _FOREVER)
    at, lon, lat, speed = (_numbers(track, name) for name in ("at", "lon_e7", "lat_e7", "speed_cmps"))
    flagged: Mask = ~track["flags"].is_null().to_numpy()
    kept = believable(at, lon, lat, flagged)
    at, lon, lat, speed = at[kept], lon[kept], lat[kept], speed[kept]
    days = {_day(key): mm for key, mm in _by_day(at, lon, lat, speed, np.zeros(len(at), np.int64))} if len(at) else {}
    fleet.forget_odometer(connection, vehicle, first)
    fleet.set_odometer(connection, {(vehicle, day): mm for day, mm in days.items() if day >= first and mm})


def _newest(series: _Series, before: dict[str, Row]) -> list[Row]:
    """The newest believable position of each vehicle of the group, where it is newer than what was known."""
    present = np.flatnonzero(series.values[_AT] <= series.received_ms + AHEAD_MS)
    last = present[np.flatnonzero(np.append(np.diff(series.vehicle[present]) != 0, [True] if len(present) else []))]
    rows = []
    for place in last.tolist():
        name = series.names[series.vehicle[place]]
        values = [None if value == MISSING else value for value in series.values[:, place].tolist()]
        row = {"vehicle_id": name, **dict(zip(NAMES, values, strict=True)), "flags": None}
        row["received_ms"] = int(series.received_ms[place])
        known = before.get(name)
        if known is None or _place(row) > _place(known):
            rows.append(row)
    return rows


def _place(row: Row) -> tuple[int, int, int]:
    """Where a position stands in its series: by time, then by content."""
    return row["at_ms"], row["lon_e7"], row["lat_e7"]


def _said(value: int | None) -> int:
    return -1 if value is None else value


def _numbers(track: Any, name: str) -> Numbers:
    column = track[name]
    if name == "at":
        column = column.cast("int64")
    filled: npt.NDArray[np.int64] = column.fill_null(-1).to_numpy().astype(np.int64)
    return filled


def _day(since_1970: int) -> date:
    return date.fromordinal(_EPOCH_DAY + int(since_1970))
