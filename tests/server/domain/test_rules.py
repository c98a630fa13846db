"""Pure rules of the server: distances, drawing, guessing."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.attempts import FREE, MOST, WINDOW, Attempts
from server.domain.believable import believable
from server.domain.drawing import simplified

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def haversine_m(lon1: np.ndarray, lat1: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    """Great-circle distances on the sphere of equal area, in 1e-7 degrees."""
    lon1, lat1, lon2, lat2 = (np.radians(values / 1e7) for values in (lon1, lat1, lon2, lat2))
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_007.2 * np.arcsin(np.sqrt(np.clip(h, 0, 1)))


def numbers(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_a_fix_is_believed_unless_there_is_a_reason() -> None:
    """Null island, years before Milepost, and what the vehicle itself doubts."""
    at = numbers(1_795_000_000_000, 1_795_000_000_000, 1_500_000_000_000, 1_795_000_000_000)
    lon, lat = numbers(249_384_000, 0, 249_384_000, 249_384_000), numbers(601_699_000, 5, 601_699_000, 601_699_000)
    assert believable(at, lon, lat, np.array([False, False, False, True])).tolist() == [True, False, False, False]


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
