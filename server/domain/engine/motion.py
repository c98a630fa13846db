"""Trips and halts out of believed fixes.

A vehicle halts when its fixes stay around one place for a while, and drives when two fixes in a row say so: a single
one, however far off, starts nothing. Times are those of the fixes at which things began, not of those that proved it.
"""

import math
from typing import Literal

from server.domain.engine.fix import Fix, metres, metres_between
from server.domain.engine.rules import Rules
from server.domain.engine.state import Motion, State, Trip
from server.domain.engine.told import Told, when

CREEP_MPS = 1.5
"""Faster than this by the receiver's own (Doppler) speed is driving; noise says 0.1 to 0.5."""
AROUND_M = 25.0
"""A vehicle that stands is seen within so far of its place, and two sigma."""
TOWED_M = 100.0
"""So far from its place it has moved, whatever its receiver says of its speed."""
LEAST_SCATTER = 20
MOST_MEAN = 200
"""The mean place counts so many fixes: then it is known to a fraction of a metre."""

TRAFFIC_S, BREAK_S = 180.0, 900.0
_TURN = 3_600_000_000


def step(state: State, fix: Fix, rules: Rules, told: Told) -> None:
    """One believed fix; the distance to it has been counted."""
    motion = state.motion
    if not motion.count:
        _anchor(motion, fix, slow=fix.speed_mps < CREEP_MPS)
        motion.leaving = None if motion.slow else fix
    elif motion.halted or motion.trip is None:
        _standing(state, fix, rules, told)
    elif _off(motion, fix) > AROUND_M + 2 * fix.sigma_m or fix.speed_mps >= CREEP_MPS:
        _anchor(motion, fix, slow=fix.speed_mps < CREEP_MPS)
    elif not motion.slow:
        _anchor(motion, fix, slow=True)
    else:
        _gather(motion, fix)
        _perhaps_halt(motion, fix, rules, told)


def stands(motion: Motion) -> bool:
    """Whether the vehicle halts, and the last fix says nothing else."""
    return motion.halted and motion.leaving is None


def silent_at_ms(motion: Motion, last: Fix | None, rules: Rules) -> int | None:
    """When the trip is over if nothing is heard after the last believed fix."""
    if motion.trip is None or last is None:
        return None
    return last.at_ms + round(rules.silence_s * 1000)


def fall_silent(motion: Motion, last: Fix, told: Told) -> None:
    """Nothing was heard for so long that the trip is over, where the vehicle was last seen or began to stand."""
    _end_trip(motion, motion.anchor_ms if motion.slow else last.at_ms, told)
    motion.leaving = None


def _standing(state: State, fix: Fix, rules: Rules, told: Told) -> None:
    """Halted, or not known to drive: two fixes in a row that say that it does end the halt, and start a trip."""
    motion = state.motion
    if not _moves(motion, fix):
        motion.leaving, motion.slow = None, True
        _gather(motion, fix)
        _perhaps_halt(motion, fix, rules, told)
    elif motion.leaving is None:
        motion.leaving = fix
    else:
        first, motion.leaving = motion.leaving, None
        if motion.halted:
            _end_halt(state, first, rules, told)
        if motion.trip is None:
            _start_trip(motion, first, fix, told)
        _anchor(motion, fix, slow=False)


def _perhaps_halt(motion: Motion, fix: Fix, rules: Rules, told: Told) -> None:
    """It stands: for long enough to be a halt, or to end the trip?"""
    stood_ms = fix.at_ms - motion.anchor_ms
    if not motion.halted and stood_ms >= rules.halt_after_s * 1000:
        motion.halted = True
        lon, lat = place(motion)
        told.tell("halt_started", motion.anchor_ms, lon=lon, lat=lat)
    if motion.halted and motion.trip is not None and stood_ms >= rules.trip_end_s * 1000:
        _end_trip(motion, motion.anchor_ms, told)


def _moves(motion: Motion, fix: Fix) -> bool:
    """Whether a fix says that a vehicle that stood drives."""
    sigma_m = max(fix.sigma_m, _scatter_m(motion))
    off_m, around_m = _off(motion, fix), AROUND_M + 2 * sigma_m
    if fix.speed_mps < 0:
        return off_m > around_m + sigma_m
    if not motion.halted and fix.speed_mps >= 2 * CREEP_MPS:
        return True
    return (fix.speed_mps >= CREEP_MPS and off_m > around_m / 2) or off_m > TOWED_M + around_m


def _start_trip(motion: Motion, first: Fix, second: Fix, told: Told) -> None:
    top_mps = max(0.0, first.speed_mps, second.speed_mps)
    driven_mm = round(1000 * (_off(motion, first) + metres(first, second)))  # it stood at the anchor until then
    motion.trip = Trip(first.at_ms, first.lon_e7, first.lat_e7, driven_mm, top_mps)
    told.tell("trip_started", first.at_ms, lon=first.lon, lat=first.lat)


def _end_trip(motion: Motion, at_ms: int, told: Told) -> None:
    trip = motion.trip
    assert trip is not None
    lon, lat = place(motion)
    told.tell(
        "trip_ended",
        at_ms,
        started_at=when(trip.started_ms),
        duration_s=(at_ms - trip.started_ms) / 1000,
        distance_m=trip.distance_mm / 1000,
        max_speed_mps=trip.top_mps,
        idling_s=trip.idling_ms / 1000,
        lon=lon,
        lat=lat,
        from_lon=trip.lon_e7 / 1e7,
        from_lat=trip.lat_e7 / 1e7,
    )
    motion.trip = None


def _end_halt(state: State, first: Fix, rules: Rules, told: Told) -> None:
    motion = state.motion
    duration_s = (first.at_ms - motion.anchor_ms) / 1000
    lon, lat = place(motion)
    told.tell(
        "halt_ended",
        first.at_ms,
        fence=motion.site,
        started_at=when(motion.anchor_ms),
        duration_s=duration_s,
        halt=_kind(state, duration_s, rules),
        lon=lon,
        lat=lat,
    )
    motion.halted, motion.site = False, None


def _kind(state: State, duration_s: float, rules: Rules) -> Literal["site", "idle", "traffic", "break", "stop"]:
    """What kind of halt it was: by where it was, by the engine, by how long it took."""
    if state.motion.site is not None:
        return "site"
    if state.engine.halt_ms >= rules.idle_after_s * 1000:
        return "idle"
    if duration_s < TRAFFIC_S and state.engine.on is not False:
        return "traffic"
    return "break" if duration_s >= BREAK_S else "stop"


def _anchor(motion: Motion, fix: Fix, *, slow: bool) -> None:
    """This fix may be the first of a halt."""
    motion.anchor_ms, motion.slow = fix.at_ms, slow
    motion.count, motion.lon_sum, motion.lat_sum, motion.square_m2 = 1, fix.lon_e7, fix.lat_e7, 0.0


def _gather(motion: Motion, fix: Fix) -> None:
    """One more fix of the place; whole sums, so that no cut into batches changes them."""
    if motion.count < MOST_MEAN:
        ahead = fix.lon_e7 - motion.lon_sum // motion.count
        motion.square_m2 += _off(motion, fix) ** 2
        turn = _TURN if ahead < -_TURN // 2 else -_TURN if ahead > _TURN // 2 else 0
        motion.count += 1
        motion.lon_sum += fix.lon_e7 + turn
        motion.lat_sum += fix.lat_e7


def _scatter_m(motion: Motion) -> float:
    """How far the fixes of this place lie around it, one sigma per axis: some receivers claim less, or nothing."""
    return 0.0 if motion.count < LEAST_SCATTER else math.sqrt(motion.square_m2 / motion.count / 2)


def _off(motion: Motion, fix: Fix) -> float:
    """How far from the mean place, in metres; nothing when there is none yet."""
    if not motion.count:
        return 0.0
    return metres_between(motion.lon_sum // motion.count, motion.lat_sum // motion.count, fix.lon_e7, fix.lat_e7)


def place(motion: Motion) -> tuple[float, float]:
    """The mean place, in degrees."""
    count = max(1, motion.count)
    lon_e7 = (motion.lon_sum // count + _TURN // 2) % _TURN - _TURN // 2
    return lon_e7 / 1e7, motion.lat_sum // count / 1e7
