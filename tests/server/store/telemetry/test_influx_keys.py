"""The keys of points: for ever the same, never one that is taken, and regular wherever that is certain."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from server.store.telemetry.influx_keys import FAR_END_NS, FAR_START_NS, Newest, times_ns
from server.store.telemetry.influx_lines import lines
from server.store.telemetry.schema import stored
from tests.support.positions import NOON, a_position
from tests.support.telemetry import VEHICLE, a_batch, at_seconds
from wire.messages import Position, milliseconds

NOON_MS = milliseconds(NOON)


def keys_of(positions: Sequence[Position], *, first: bool = False) -> list[int]:
    """The keys of positions that are all certain to be the first of their time, or none of them."""
    return times_ns(stored(a_batch(*positions)), np.full(len(positions), first)).tolist()


def seen(newest: Newest, *seconds: float, now_ms: int = NOON_MS) -> list[bool]:
    """Which of the positions, written now, are certain to be the first of their time."""
    rows = stored(at_seconds(*seconds))
    first = newest.first_of_their_time(rows, now_ms)
    newest.wrote(rows, first)
    return first.tolist()


def test_a_line_says_what_the_position_says_and_nothing_else() -> None:
    """Also the hash of the first version: a repeat after an update must have the same key, so this never changes."""
    full = a_position(0, alt_m=12.3, speed_mps=8.1, course_deg=90, satellites=9, hdop=0.9, mode="3d", flags=("jump",))
    rows = stored(a_batch(a_position(0, accuracy_m=4), full, a_position(1)))
    assert lines(rows, np.array([False, False, True])).decode() == (
        "position,vehicle=van-1 lon_e7=249384000i,lat_e7=601699000i,accuracy_dm=40i,clock=0i 1795348800000554650\n"
        "position,vehicle=van-1 lon_e7=249384000i,lat_e7=601699000i,alt_dm=123i,speed_cmps=810i,course_cdeg=9000i,"
        'satellites=9i,hdop_c=90i,mode=1i,clock=0i,flags="jump" 1795348800000712590\n'
        "position,vehicle=van-1 lon_e7=249384000i,lat_e7=601699000i,clock=0i 1795348801000000000\n"
    )


def test_the_millisecond_of_a_point_is_that_of_its_position() -> None:
    """Ranges and retention are cut by time, so a key may only use the digits below."""
    moments = [a_position(second, lon=lon) for second in (0, 0.001, 0.999) for lon in (24, 25)]
    for first in (True, False):
        assert [key // 1_000_000 for key in keys_of(moments, first=first)] == [milliseconds(one.at) for one in moments]


def test_different_positions_of_one_millisecond_have_different_keys() -> None:
    """A million keys for a handful of fixes: among 200 twins hardly two may meet, and none takes the plain key."""
    twins = [a_position(0, lon=24 + step / 1e7, alt_m=alt) for step in range(100) for alt in (None, 0.0)]
    digits = [key % 1_000_000 for key in keys_of(twins)]
    assert len(set(digits)) >= len(digits) - 1
    assert min(digits) > 0
    assert np.std(digits) > 200_000


def test_only_what_is_later_than_all_before_gets_a_plain_key() -> None:
    """Plain keys are what compresses; on one that may be taken something would be lost."""
    newest = Newest()
    newest.learn({VEHICLE: NOON_MS})
    assert seen(newest, 0, 1, 2) == [False, True, True]
    assert seen(newest, 2, 1, 3) == [False, False, True]
    assert seen(newest, 5, 4, 5, 6) == [False, True, False, True]  # 5 has a twin
    assert seen(newest, 5) == [False]


def test_after_a_failure_nothing_is_certain() -> None:
    """A request that was broken off may have been stored or not."""
    newest = Newest()
    newest.learn({VEHICLE: -1})
    assert seen(newest, 0, 1) == [True, True]
    newest.forget([VEHICLE])
    assert newest.unknown([VEHICLE]) == [VEHICLE]


def test_a_receiver_that_is_in_the_future_does_not_make_the_present_late() -> None:
    """One confused fix must not cost every later position of the vehicle its compression."""
    newest = Newest()
    newest.learn({VEHICLE: -1})
    assert seen(newest, 1, 90_000_000, -2e9) == [True, False, False]
    assert seen(newest, 2) == [True]


def test_times_that_influxdb_cannot_hold_stand_in_a_window_of_their_own() -> None:
    """The year 9999 of a confused receiver must neither be lost nor fall on another one's key."""
    odd = [Position(at=datetime(year, 1, 1, tzinfo=UTC), lon=1.0, lat=2.0) for year in (1, 1969, 2200, 9999)]
    keys = keys_of([*odd, a_position(0)])
    assert len(set(keys)) == 5
    assert all(FAR_START_NS <= key < FAR_END_NS for key in keys[:4])
    assert keys[4] // 1_000_000 == NOON_MS
    text = lines(stored(a_batch(odd[0], a_position(0))), np.array([False, True])).splitlines()
    assert b",at_ms=-62135596800000i " in text[0]
    assert b"at_ms" not in text[1]
    assert timedelta(microseconds=(FAR_END_NS - FAR_START_NS) / 1000) < timedelta(hours=5)
