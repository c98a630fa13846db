"""What a GNSS receiver believes of where its van is: errors that are correlated in time, and times without a signal.

The error of each axis is an Ornstein-Uhlenbeck process (first-order Gauss-Markov): it wanders, with a correlation time
of one to two minutes, because satellites, atmosphere and reflections change slowly. White noise would average out in
seconds, and rules that are tried against it look better than they are. The number of satellites wanders too; HDOP
follows from it, and the error from HDOP.

Pure and deterministic by seed. Metres, seconds, m/s, degrees; sigma is one standard deviation per axis.
"""

import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulators.drive import Truth
from simulators.geometry import moved

USER_RANGE_ERROR_M = (2.0, 4.0)
"""Range of the receivers' error at HDOP 1; a receiver keeps its own."""

CORRELATION_S = (60.0, 120.0)
WHITE_M = 0.25
DOPPLER_MPS = 0.08
"""Error of the speed, per axis; the course's error follows from it."""

STANDING_MPS = 0.4
"""Below this a receiver says no course: it would be noise."""

DROP_OUT_EVERY_S, DROP_OUT_S = 1_500.0, (3.0, 25.0)
"""High houses, bridges, a lorry beside: how often (mean) and how long there is no fix."""

REACQUIRE_S = (1.0, 5.0)
"""After the signal has come back."""

_SATELLITES, _SATELLITES_SD, _SATELLITES_S = 11.0, 2.2, 240.0
_ALTITUDE_M = 20.0
_VERTICAL = 1.8
"""Height is so much worse than the plane."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """What a receiver says of one epoch; without a fix `lon` and `lat` are None. `sigma_m` is its own estimate."""

    offset_s: float
    lon: float | None = None
    lat: float | None = None
    alt_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    satellites: int | None = None
    hdop: float | None = None
    sigma_m: float | None = None


class Wander:
    """An Ornstein-Uhlenbeck process of unit standard deviation."""

    def __init__(self, rng: random.Random, correlation_s: float) -> None:
        self._rng = rng
        self._correlation_s = correlation_s
        self._value = rng.gauss(0, 1)

    def after(self, elapsed_s: float) -> float:
        """Its value so much later; exact for any step."""
        kept = math.exp(-elapsed_s / self._correlation_s)
        self._value = kept * self._value + math.sqrt(1 - kept * kept) * self._rng.gauss(0, 1)
        return self._value

    def forget(self) -> None:
        """Begin anew, as after a loss of signal."""
        self._value = self._rng.gauss(0, 1)


class _Sky:
    """How well the satellites are seen, and when not at all."""

    def __init__(self, rng: random.Random, *, drop_outs: bool) -> None:
        self._rng = rng
        self._wander = Wander(rng, _SATELLITES_S)
        self._drop_outs = drop_outs
        self._drop_from_s = rng.expovariate(1 / DROP_OUT_EVERY_S)
        self._blind_until_s = -math.inf

    def satellites(self, elapsed_s: float) -> int:
        """How many are used."""
        return max(4, min(18, round(_SATELLITES + _SATELLITES_SD * self._wander.after(elapsed_s))))

    def blind(self, truth: Truth) -> bool:
        """Whether there is no fix: in a tunnel, in a drop-out, or shortly after one."""
        now_s = truth.offset_s
        if self._drop_outs and now_s >= self._drop_from_s:
            self._blind_until_s = now_s + self._rng.uniform(*DROP_OUT_S)
            self._drop_from_s = self._blind_until_s + self._rng.expovariate(1 / DROP_OUT_EVERY_S)
        if truth.tunnel:
            self._blind_until_s = max(self._blind_until_s, now_s + self._rng.uniform(*REACQUIRE_S))
        return now_s < self._blind_until_s


def observe(
    truths: Iterable[Truth],
    *,
    seed: int,
    user_range_error_m: float | None = None,
    correlation_s: float | None = None,
    drop_outs: bool = True,
) -> Iterator[Observation]:
    """One observation a truth. Error and correlation time are drawn by seed when they are not given."""
    rng = random.Random(f"noise {seed}")
    error_m = rng.uniform(*USER_RANGE_ERROR_M) if user_range_error_m is None else user_range_error_m
    memory_s = rng.uniform(*CORRELATION_S) if correlation_s is None else correlation_s
    axes = tuple(Wander(rng, memory_s) for _ in range(3))
    sky = _Sky(rng, drop_outs=drop_outs)
    before_s = 0.0
    was_blind = False
    for truth in truths:
        elapsed_s, before_s = truth.offset_s - before_s, truth.offset_s
        satellites = sky.satellites(elapsed_s)
        hdop = round(12 / satellites**1.15, 2)
        sigma_m = error_m * hdop
        east, north, up = (axis.after(elapsed_s) * sigma_m + rng.gauss(0, WHITE_M) for axis in axes)
        if sky.blind(truth):
            was_blind = True
            yield Observation(offset_s=truth.offset_s, satellites=min(3, satellites - 4))
            continue
        if was_blind:
            was_blind = False
            for axis in axes:
                axis.forget()
        lon, lat = moved((truth.lon, truth.lat), east, north)
        speed, course = _motion(truth, rng)
        yield Observation(
            offset_s=truth.offset_s, lon=lon, lat=lat, alt_m=_ALTITUDE_M + up * _VERTICAL, speed_mps=speed,
            course_deg=course, satellites=satellites, hdop=hdop, sigma_m=sigma_m,
        )  # fmt: skip


def _motion(truth: Truth, rng: random.Random) -> tuple[float, float | None]:
    """Speed and course from the noisy velocity, as receivers compute them (from Doppler, not from positions)."""
    way = math.radians(truth.course_deg)
    east = truth.speed_mps * math.sin(way) + rng.gauss(0, DOPPLER_MPS)
    north = truth.speed_mps * math.cos(way) + rng.gauss(0, DOPPLER_MPS)
    speed = math.hypot(east, north)
    return speed, math.degrees(math.atan2(east, north)) % 360 if speed >= STANDING_MPS else None
