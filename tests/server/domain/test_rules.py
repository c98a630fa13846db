"""Pure rules of the server: distances, drawing, guessing."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.attempts import FREE, MOST, WINDOW, Attempts
from server.domain.drawing import METRES_PER_E7, simplified
from server.domain.driven import believable, by_group, haversine_m, segments_mm

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def numbers(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def driven_m(*fixes: tuple[float, float, int | None]) -> float:
    """Metres of fixes (second, metres north, cm/s or None)."""
    at_ms, north, speed = zip(*fixes, strict=True)
    lat = numbers(*(601_699_000 + round(m / METRES_PER_E7) for m in north))
    at = 1_795_000_000_000 + numbers(*(round(s * 1000) for s in at_ms))
    lon = np.full(len(lat), 249_384_000)
    return float(segments_mm(at, lon, lat, numbers(*(-1 if s is None else s for s in speed))).sum()) / 1000


def test_a_kilometre_is_one() -> None:
    """On the sphere of equal area: 0.6 % at most."""
    assert abs(driven_m((0, 0, 1000), (100, 1000, 1000)) - 1000) < 6


def test_a_vehicle_that_stands_drives_nothing() -> None:
    """A receiver's noise wanders by half a metre a second: 40 km a day, if it were counted."""
    standing = [(second, (second % 3) * 0.4, 20) for second in range(600)]
    assert driven_m(*standing) == 0


def test_without_a_speed_the_distance_over_the_time_decides() -> None:
    """Trackers that say no speed."""
    assert driven_m((0, 0, None), (10, 5, None)) == 0
    assert driven_m((0, 0, None), (10, 50, None)) > 49


def test_jumps_and_long_gaps_do_not_count() -> None:
    """Faster than any van, or half a day without a word."""
    assert driven_m((0, 0, 1000), (1, 500, 1000)) == 0
    assert driven_m((0, 0, 1000), (13 * 3600, 50_000, 1000)) == 0
    assert driven_m((0, 0, 1000), (0, 10, 1000)) == 0


def test_a_fix_is_believed_unless_there_is_a_reason() -> None:
    """Null island, years before Milepost, and what the vehicle itself doubts."""
    at = numbers(1_795_000_000_000, 1_795_000_000_000, 1_500_000_000_000, 1_795_000_000_000)
    lon, lat = numbers(249_384_000, 0, 249_384_000, 249_384_000), numbers(601_699_000, 5, 601_699_000, 601_699_000)
    assert believable(at, lon, lat, np.array([False, False, False, True])).tolist() == [True, False, False, False]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-5, 5))))
def test_sums_of_runs_are_the_sums(pairs: list[tuple[int, int]]) -> None:
    """What goes in comes out, by key."""
    pairs.sort()
    keys, sums = by_group(numbers(*(key for key, _ in pairs)), numbers(*(value for _, value in pairs)))
    expected = {key: sum(value for k, value in pairs if k == key) for key, _ in pairs}
    assert dict(zip(keys.tolist(), sums.tolist(), strict=True)) == expected


_steps = st.lists(st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)), min_size=1, max_size=30)


@given(_steps, st.integers(1, 30), st.sampled_from([24.9, -122.4, 151.2]), st.sampled_from([60.1, 0.0, -33.8]))
def test_a_drawn_line_is_never_further_than_the_tolerance(
    steps: list[tuple[int, int]], tolerance_m: int, lon_deg: float, lat_deg: float
) -> None:
    """And begins and ends where the track does; anywhere on Earth."""
    lon = round(lon_deg * 1e7) + np.cumsum(numbers(*(step for step, _ in steps)))
    lat = round(lat_deg * 1e7) + np.cumsum(numbers(*(step for _, step in steps)))
    kept = simplified(lon, lat, tolerance_m)
    assert kept[0] == 0
    assert kept[-1] == len(steps) - 1
    along = np.linspace(0, 1, 101)
    for first, last in pairwise(kept.tolist()):
        line_lon, line_lat = (of[first] + along * (of[last] - of[first]) for of in (lon, lat))
        for place in range(first + 1, last):
            off_m = haversine_m(np.full(101, lon[place]), np.full(101, lat[place]), line_lon, line_lat).min()
            length_m = haversine_m(
                lon[first : first + 1], lat[first : first + 1], lon[last : last + 1], lat[last : last + 1]
            )
            assert off_m <= tolerance_m * 1.01 + length_m[0] / 200 + 0.1  # half of what lies between two samples


def test_guessers_wait_and_are_forgiven_in_time() -> None:
    """Five tries in five minutes."""
    attempts, who = Attempts(), ("admin", "10.0.0.1")
    for second in range(FREE):
        assert attempts.wait_s(who, NOON + timedelta(seconds=second)) == 0
        attempts.failed(who, NOON + timedelta(seconds=second))
    wait_s = attempts.wait_s(who, NOON + timedelta(seconds=10))
    assert wait_s == WINDOW.total_seconds() - 10
    assert attempts.wait_s(("admin", "10.0.0.2"), NOON) == 0
    assert attempts.wait_s(who, NOON + timedelta(seconds=10 + wait_s)) == 0


def test_whoever_knows_the_password_starts_afresh() -> None:
    """Four typing mistakes a day are human."""
    attempts, who = Attempts(), ("admin", "10.0.0.1")
    for _ in range(FREE):
        attempts.failed(who, NOON)
    attempts.succeeded(who)
    assert attempts.wait_s(who, NOON) == 0


def test_only_so_many_guessers_are_remembered() -> None:
    """A botnet costs no memory."""
    attempts = Attempts()
    for number in range(MOST + 50):
        attempts.failed((f"name {number}", ""), NOON)
    assert len(attempts._failed) == MOST
    assert ("name 0", "") not in attempts._failed
