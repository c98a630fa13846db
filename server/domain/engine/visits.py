"""Visits to fences: entered at the edge, left well beyond it, crossed in between.

Enter: a fix inside, confirmed by a second one; the visit begins with the first. Leave: a fix beyond edge + margin + two
sigma, confirmed by a second; it ends with the first. A vehicle that halts does not leave by noise. Passing through
between two fixes, or with a single fix inside, is a crossing. A fence out of its hours is nowhere.
"""

from collections.abc import Iterable
from typing import NamedTuple

from server.domain.engine.fix import Fix
from server.domain.engine.motion import stands
from server.domain.engine.state import State, Visit
from server.domain.engine.told import Told, when
from server.domain.fences.fence import Fence
from server.domain.fences.schedule import in_force

CROSSING_GAP_MS = 300_000
"""Between fixes that are further apart nobody knows the way."""


class Near(NamedTuple):
    """A fence within reach of a fix, and how far outside its edge the fix is (<= 0: inside)."""

    fence: Fence
    outside_m: float


class Crossed(NamedTuple):
    """A fence through which the straight way to a fix leads, and the shares of the way where it does."""

    fence: Fence
    first_share: float
    last_share: float


def step(state: State, fix: Fix, near: Iterable[Near], told: Told) -> None:
    """One believed fix, after its motion is known."""
    here: set[str] = set()
    for fence, outside_m in near:
        if not _is_for(fence, told.vehicle, fix.at_ms):
            continue
        here.add(fence.id)
        visit = state.visits.get(fence.id)
        if visit is None:
            if outside_m <= 0:
                state.visits[fence.id] = _entering(fence, fix)
        elif outside_m > fence.margin_m + 2 * fix.sigma_m:
            _outside(state, fence.id, visit, fix, told)
        else:
            _inside(fence, visit, fix, told, inside=outside_m <= 0)
    for fence_id in [one for one in state.visits if one not in here]:
        _outside(state, fence_id, state.visits[fence_id], fix, told)
    if state.motion.halted:
        state.motion.site = _site(state)


def cross(state: State, before: Fix, fix: Fix, crossed: Iterable[Crossed], told: Told) -> None:
    """The straight way between two believed fixes, before the second is worked on."""
    elapsed_ms = fix.at_ms - before.at_ms
    if not 0 < elapsed_ms <= CROSSING_GAP_MS:
        return
    for fence, first, last in crossed:
        at_ms = before.at_ms + round(first * elapsed_ms)
        if fence.id not in state.visits and _is_for(fence, told.vehicle, at_ms):
            middle = (first + last) / 2
            lon = before.lon + ((fix.lon - before.lon + 540) % 360 - 180) * middle
            told.tell(
                "fence_crossed",
                at_ms,
                fence=fence.id,
                duration_s=round((last - first) * elapsed_ms / 1000, 3),
                lon=round((lon + 540) % 360 - 180, 7),
                lat=round(before.lat + (fix.lat - before.lat) * middle, 7),
            )


def _is_for(fence: Fence, vehicle: str, at_ms: int) -> bool:
    """Whether the fence counts for this vehicle at this time."""
    if fence.vehicles is not None and vehicle not in fence.vehicles:
        return False
    return fence.schedule is None or in_force(fence.schedule, at_ms)


def _entering(fence: Fence, fix: Fix) -> Visit:
    return Visit(fix.at_ms, fix.lon_e7, fix.lat_e7, dwell_ms=_dwell_ms(fence), site=fence.site)


def _inside(fence: Fence, visit: Visit, fix: Fix, told: Told, *, inside: bool) -> None:
    """Not outside: a second fix inside confirms, time passes."""
    visit.leaving = None
    if not visit.confirmed and inside:
        visit.confirmed = True
        lon, lat = visit.lon_e7 / 1e7, visit.lat_e7 / 1e7
        told.tell("fence_entered", visit.entered_ms, fence=fence.id, lon=lon, lat=lat)
    if visit.confirmed and visit.dwell_ms >= 0 and fix.at_ms >= visit.entered_ms + visit.dwell_ms:
        _tell_dwell(fence.id, visit, told)


def _outside(state: State, fence_id: str, visit: Visit, fix: Fix, told: Told) -> None:
    """Well outside: the first such fix waits for a second; a visit that was never confirmed was a crossing."""
    if not visit.confirmed:
        del state.visits[fence_id]
        lon, lat = visit.lon_e7 / 1e7, visit.lat_e7 / 1e7
        told.tell("fence_crossed", visit.entered_ms, fence=fence_id, duration_s=0.0, lon=lon, lat=lat)
    elif visit.leaving is None:
        if not stands(state.motion):
            visit.leaving = fix
    else:
        left = visit.leaving
        if visit.dwell_ms >= 0 and left.at_ms >= visit.entered_ms + visit.dwell_ms:
            _tell_dwell(fence_id, visit, told)
        told.tell(
            "fence_left",
            left.at_ms,
            fence=fence_id,
            entered_at=when(visit.entered_ms),
            duration_s=(left.at_ms - visit.entered_ms) / 1000,
            lon=left.lon,
            lat=left.lat,
        )
        del state.visits[fence_id]


def _tell_dwell(fence_id: str, visit: Visit, told: Told) -> None:
    told.tell(
        "dwell_reached",
        visit.entered_ms + visit.dwell_ms,
        fence=fence_id,
        entered_at=when(visit.entered_ms),
        dwell_s=visit.dwell_ms / 1000,
    )
    visit.dwell_ms = -1


def _dwell_ms(fence: Fence) -> int:
    return -1 if fence.dwell_s is None else round(fence.dwell_s * 1000)


def _site(state: State) -> str | None:
    """The site in which the vehicle halts: once it is known it stays until the halt is over."""
    sites = (one for one, visit in sorted(state.visits.items()) if visit.site and visit.confirmed)
    return state.motion.site or next(sites, None)
