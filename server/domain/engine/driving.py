"""From one believed fix to the next: distance and time of the day, speeding, harsh driving."""

import math

from server.domain.engine.fix import Fix, metres
from server.domain.engine.rules import Rules
from server.domain.engine.state import Excess, State, Totals
from server.domain.engine.told import Told, when

COUNTS_MPS = 1.0
"""Slower than this a standing vehicle's noise would be counted."""
FASTEST_MPS = 70.0
LONGEST_GAP_MS = 12 * 3600 * 1000
DRIVING_GAP_MS = 300_000
"""Over a longer gap nobody knows that the vehicle drove all the time."""
DAY_MS = 86_400_000

HARSH_GAP_MS = 1_500
"""Harsh driving shows in fixes of 1 Hz and more only."""
HARSH_AGAIN_MS = 5_000
HARSH_FROM_MPS = 3.0


def count(state: State, before: Fix, fix: Fix) -> None:
    """Distance and driving time from one fix to the next, on the day on which it ends."""
    elapsed_ms = fix.at_ms - before.at_ms
    if elapsed_ms <= 0 or elapsed_ms > LONGEST_GAP_MS:
        return
    distance_m = metres(before, fix)
    implied_mps = distance_m * 1000 / elapsed_ms
    said_mps = max(before.speed_mps, fix.speed_mps)
    if (implied_mps if said_mps < 0 else max(said_mps, implied_mps / 2)) < COUNTS_MPS or implied_mps > FASTEST_MPS:
        return
    distance_mm = round(distance_m * 1000)
    total = total_of(state, fix.at_ms)
    total.distance_mm += distance_mm
    if elapsed_ms <= DRIVING_GAP_MS:
        total.driving_ms += elapsed_ms
    if state.excess is not None:
        state.excess.distance_mm += distance_mm
        total.speeding_ms += elapsed_ms if state.excess.confirmed and elapsed_ms <= DRIVING_GAP_MS else 0
    trip = state.motion.trip
    if trip is not None:
        trip.distance_mm += distance_mm
        trip.top_mps = max(trip.top_mps, fix.speed_mps)


def total_of(state: State, at_ms: int) -> Totals:
    """The totals of the day of an instant."""
    return state.totals.setdefault(at_ms // DAY_MS, Totals())


def speeding(state: State, fix: Fix, limit: tuple[float, str | None] | None, rules: Rules, told: Told) -> None:
    """Faster than the limit (m/s, and the fence that sets it) at two fixes in a row, until it is not."""
    excess = state.excess
    over = limit is not None and fix.speed_mps > limit[0] + rules.speed_over_mps
    if excess is not None and (not over or limit is None or limit[1] != excess.fence):
        if excess.confirmed:
            _end_speeding(excess, fix, told)
        state.excess = excess = None
    if not over or limit is None:
        return
    if excess is None:
        state.excess = Excess(fix.at_ms, limit[0], limit[1], fix.speed_mps)
        return
    excess.top_mps = max(excess.top_mps, fix.speed_mps)
    if not excess.confirmed:
        excess.confirmed = True
        total_of(state, fix.at_ms).speeding_ms += min(fix.at_ms - excess.started_ms, DRIVING_GAP_MS)
        told.tell("speeding_started", excess.started_ms, fence=excess.fence, limit_mps=excess.limit_mps)


def _end_speeding(excess: Excess, fix: Fix, told: Told) -> None:
    told.tell(
        "speeding_ended",
        fix.at_ms,
        fence=excess.fence,
        started_at=when(excess.started_ms),
        duration_s=(fix.at_ms - excess.started_ms) / 1000,
        max_speed_mps=excess.top_mps,
        limit_mps=excess.limit_mps,
        distance_m=excess.distance_mm / 1000,
    )


def harsh(state: State, before: Fix, fix: Fix, rules: Rules, told: Told) -> None:
    """Braking, acceleration and cornering between two fixes that are close in time."""
    elapsed_ms = fix.at_ms - before.at_ms
    if not 0 < elapsed_ms <= HARSH_GAP_MS or before.speed_mps < 0 or fix.speed_mps < 0:
        return
    along_mps2 = (fix.speed_mps - before.speed_mps) * 1000 / elapsed_ms
    if along_mps2 <= -rules.brake_mps2 and before.speed_mps >= HARSH_FROM_MPS:
        _tell_harsh(state, "harsh_braking", -along_mps2, fix, told)
    elif along_mps2 >= rules.accelerate_mps2:
        _tell_harsh(state, "harsh_acceleration", along_mps2, fix, told)
    if before.course_deg >= 0 and fix.course_deg >= 0 and min(before.speed_mps, fix.speed_mps) >= HARSH_FROM_MPS:
        turned = abs((fix.course_deg - before.course_deg + 180) % 360 - 180)
        across_mps2 = math.radians(turned) * (before.speed_mps + fix.speed_mps) / 2 * 1000 / elapsed_ms
        if across_mps2 >= rules.corner_mps2:
            _tell_harsh(state, "harsh_cornering", across_mps2, fix, told)


def _tell_harsh(state: State, kind: str, mps2: float, fix: Fix, told: Told) -> None:
    """One event is told once, however many fixes it takes."""
    last = state.harsh_ms.get(kind)
    state.harsh_ms[kind] = fix.at_ms
    if last is None or fix.at_ms - last > HARSH_AGAIN_MS:
        told.tell(kind, fix.at_ms, mps2=round(mps2, 2), speed_mps=fix.speed_mps, lon=fix.lon, lat=fix.lat)
