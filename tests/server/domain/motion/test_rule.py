"""Driving or on foot: what it says must follow from the way alone, not from where, whither, how often or in which order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.motion.rule import on_foot

START_MS = 1_795_348_800_000
DRIVE_S, WALK_S = 150, 120


def way_m(at_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A drive at 11 m/s, a walk to a door and back at 1.3 m/s, a drive on."""
    there = np.minimum(at_s, DRIVE_S) * 11.0 + np.maximum(at_s - DRIVE_S - WALK_S, 0) * 11.0
    walked = np.clip(at_s - DRIVE_S, 0, WALK_S)
    return there, 1.3 * np.minimum(walked, WALK_S - walked)


def rows(every_s: float = 5.0, lon: float = 24.94, lat: float = 60.17, turned: float = 0.0) -> tuple[np.ndarray, ...]:
    """(at_ms, lon_e7, lat_e7) of that way somewhere on earth."""
    at_s = np.arange(0, 2 * DRIVE_S + WALK_S, every_s)
    there, aside = way_m(at_s)
    east = there * np.cos(turned) - aside * np.sin(turned)
    north = there * np.sin(turned) + aside * np.cos(turned)
    lons = (lon + east / 111_195 / np.cos(np.radians(lat)) + 180) % 360 - 180
    e7 = [np.round(degrees * 1e7).astype(np.int64) for degrees in (lons, lat + north / 111_195)]
    return START_MS + (at_s * 1000).astype(np.int64), *e7


def judged(at_ms: np.ndarray, lon_e7: np.ndarray, lat_e7: np.ndarray, vehicle: np.ndarray | None = None) -> np.ndarray:
    return on_foot(np.zeros(len(at_ms), dtype=np.int64) if vehicle is None else vehicle, at_ms, lon_e7, lat_e7)


@pytest.mark.parametrize("every_s", [1, 2, 5, 7.3, 10, 15])
def test_a_walk_between_two_drives_is_found_at_any_rate(every_s: float) -> None:
    """Phones differ: one says where it is each second, another every 15 s."""
    at_ms, *place = rows(every_s)
    p = judged(at_ms, *place)
    at_s = (at_ms - START_MS) / 1000
    assert (p[(at_s > 30) & (at_s < DRIVE_S - 20)] < 0.5).all()
    assert (p[(at_s > DRIVE_S + 30) & (at_s < DRIVE_S + WALK_S - 30)] > 0.5).all()
    assert (p[at_s > DRIVE_S + WALK_S + 20] < 0.5).all()


@given(
    lon=st.floats(-180, 180), lat=st.floats(-70, 70), turned=st.floats(0, 6.28), later_s=st.integers(-(10**9), 10**9)
)
def test_neither_place_nor_heading_nor_hour_matters(lon: float, lat: float, turned: float, later_s: int) -> None:
    """It was learnt in one country; it must not have learnt the country. The antimeridian is a place as well."""
    at_ms, *elsewhere = rows(lon=lon, lat=lat, turned=turned)
    assert np.abs(judged(at_ms + later_s * 1000, *elsewhere) - judged(*rows())).max() < 0.2


@given(st.randoms(use_true_random=False), st.integers(0, 40))
def test_neither_order_nor_repetition_matters(random: object, repeats: int) -> None:
    """A recording holds what came late, and what came twice."""
    at_ms, lon, lat = rows()
    which = [*range(len(at_ms)), *(random.randrange(len(at_ms)) for _ in range(repeats))]
    random.shuffle(which)
    assert np.array_equal(judged(at_ms[which], lon[which], lat[which]), judged(at_ms, lon, lat)[which])


def test_vehicles_that_are_mixed_are_told_apart() -> None:
    """Two drivers in one file, line by line: neither jumps to the other."""
    one, two = rows(), rows(lon=-71.06, lat=42.36, turned=1.0)
    mixed = [np.stack(pair, axis=1).ravel() for pair in zip(one, two, strict=True)]
    p = judged(*mixed, vehicle=np.tile([1, 0], len(one[0])))
    assert np.array_equal(p[0::2], judged(*one))
    assert np.array_equal(p[1::2], judged(*two))


def test_recordings_hours_apart_are_judged_each_on_its_own() -> None:
    """Nobody knows what a phone did while it was off: the line from evening to morning is no way that somebody went."""
    at_ms, lon, lat = rows()
    evening, morning = (at_ms, lon, lat), (at_ms + 36_000_000, lon + 50_000_000, lat)
    both = [np.concatenate(pair) for pair in zip(evening, morning, strict=True)]
    assert np.array_equal(judged(*both), np.concatenate([judged(*evening), judged(*morning)]))


@given(
    st.lists(
        st.tuples(st.integers(0, 10**7), st.integers(-(18 * 10**8), 18 * 10**8), st.integers(-9 * 10**8, 9 * 10**8)),
        max_size=30,
    )
)
def test_every_row_has_an_answer(values: list[tuple[int, int, int]]) -> None:
    """One fix, two of one instant at different ends of the earth, the pole: a probability, never NaN."""
    at_ms, lon, lat = np.array(values, dtype=np.int64).reshape(-1, 3).T
    p = judged(at_ms, lon, lat)
    assert p.shape == at_ms.shape
    assert ((p >= 0) & (p <= 1)).all()
