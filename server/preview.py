"""What a fence would have said: the engine over stored tracks, in memory. Nothing is written.

Only what is near the fence is worked on, and only for so long: of a large fleet the nearest vehicles come first.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection

from server.domain.drawing import simplified
from server.domain.engine.advance import advance
from server.domain.engine.items import fixes_of
from server.domain.engine.rules import Rules
from server.domain.engine.state import fresh
from server.domain.facts import Fact
from server.domain.fences.fence import Fence
from server.domain.fences.index import FenceIndex
from server.domain.fences.nearby import Box, box_around, near, windows
from server.domain.series import Numbers
from server.store import newest
from server.store.telemetry import Telemetry
from server.store.telemetry.batch import values_of
from wire.columns import NAMES

BUDGET_S = 8.0
DRAWN_M = 8.0
MOST_DRAWN = 40_000
"""Corners of all tracks together: more than this nobody sees."""
_LON, _LAT = NAMES.index("lon_e7"), NAMES.index("lat_e7")


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A visit; `left_ms` is None when it goes on at the end."""

    vehicle: str
    entered_ms: int
    left_ms: int | None
    duration_s: float


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, over the first `tried` of `vehicles`."""

    visits: list[Visit]
    crossings: int
    facts: list[Fact]
    tracks: list[tuple[str, list[tuple[float, float]]]]
    vehicles: int
    tried: int


def preview(
    fence: Fence,
    vehicles: Sequence[str],
    telemetry: Telemetry,
    start: datetime,
    end: datetime,
    *,
    rules: Rules | None = None,
    budget_s: float = BUDGET_S,
) -> Preview:
    """What this fence would have told of these vehicles, in this order, until the time is over."""
    index, box = FenceIndex([msgspec.structs.replace(fence, from_ms=None, until_ms=None)]), box_around(fence)
    facts: list[Fact] = []
    tracks: list[tuple[str, list[tuple[float, float]]]] = []
    deadline, tried, drawn = time.monotonic() + budget_s, 0, 0
    for vehicle in vehicles:
        if time.monotonic() > deadline:
            break
        track = telemetry.track(vehicle, start, end)
        values = values_of(track.filter(track["flags"].is_null()))
        which = near(box, values[_LON], values[_LAT])
        for first, last in windows(values[0], which):
            some = values[:, first:last]
            facts += _told(vehicle, some, index, rules or Rules(), end if last == values.shape[1] else None)
            lines = _lines(some, which[first:last]) if drawn < MOST_DRAWN else []
            tracks += [(vehicle, line) for line in lines]
            drawn += sum(len(line) for line in lines)
        tried += 1
    visits = sorted(_visits(facts, _ms(end)), key=lambda visit: (visit.entered_ms, visit.vehicle))
    crossings = sum(one.kind == "fence_crossed" for one in facts)
    return Preview(visits=visits, crossings=crossings, facts=facts, tracks=tracks, vehicles=len(vehicles), tried=tried)


def nearest_first(connection: Connection, fence: Fence, sees: frozenset[str] | None) -> list[str]:
    """The vehicles that the fence is for and that may be seen: those that are nearest now come first."""
    box = box_around(fence)
    rows = newest.everywhere(connection, sees)
    far = {row["vehicle_id"]: _far(box, row["lon_e7"] / 1e7, row["lat_e7"] / 1e7) for row in rows}
    meant = far.keys() if fence.vehicles is None else far.keys() & fence.vehicles
    return sorted(meant, key=lambda vehicle: (far[vehicle], vehicle))


def _told(vehicle: str, values: Numbers, index: FenceIndex, rules: Rules, end: datetime | None) -> list[Fact]:
    """The engine's facts about the fence."""
    horizon_ms = int(values[0, -1]) if end is None else _ms(end)
    done = advance(fresh(), fixes_of(values), vehicle=vehicle, rules=rules, fences=index, horizon_ms=horizon_ms)
    return [one for one in done.facts if one.fence is not None]


def _visits(facts: Iterable[Fact], end_ms: int) -> Iterable[Visit]:
    inside: dict[str, int] = {}
    for one in sorted(facts, key=lambda one: (one.at_ms, one.kind == "fence_entered")):
        if one.kind == "fence_entered":
            inside[one.vehicle] = one.at_ms
        elif one.kind == "fence_left" and (entered_ms := inside.pop(one.vehicle, None)) is not None:
            seconds = (one.at_ms - entered_ms) / 1000
            yield Visit(vehicle=one.vehicle, entered_ms=entered_ms, left_ms=one.at_ms, duration_s=seconds)
    for vehicle, entered_ms in inside.items():
        yield Visit(vehicle=vehicle, entered_ms=entered_ms, left_ms=None, duration_s=(end_ms - entered_ms) / 1000)


def _lines(values: Numbers, which: Any) -> list[list[tuple[float, float]]]:
    """The parts of a way that are near, simplified."""
    found = []
    places = np.flatnonzero(which)
    for part in np.split(places, np.flatnonzero(np.diff(places) > 1) + 1):
        lon, lat = values[_LON, part], values[_LAT, part]
        keep = simplified(lon, lat, DRAWN_M)
        if len(keep) > 1:
            found.append([(x / 1e7, y / 1e7) for x, y in zip(lon[keep].tolist(), lat[keep].tolist(), strict=True)])
    return found


def _far(box: Box, lon: float, lat: float) -> float:
    """Degrees beyond the box, for the order only."""
    east = abs((lon - box.lon + 180) % 360 - 180) - box.half_lon
    return max(east, abs(lat - box.lat) - box.half_lat)


def _ms(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
