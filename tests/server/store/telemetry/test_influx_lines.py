"""The keys of points: for ever the same, near for near times, different for different content."""

from datetime import UTC, datetime, timedelta

import numpy as np

from server.store.telemetry.influx_lines import FAR_END_NS, FAR_START_NS, lines
from server.store.telemetry.schema import stored
from tests.support.positions import NOON, a_position
from tests.support.telemetry import a_batch
from wire.messages import Position, milliseconds


def time_ns(*positions: Position) -> list[int]:
    """The times of the positions' points."""
    return [int(line.rsplit(b" ", 1)[1]) for line in lines(stored(a_batch(*positions))).splitlines()]


def test_a_line_says_what_the_position_says_and_nothing_else() -> None:
    """Also the keys of the last version: a repeat after an update must fall on the same point, so this never changes."""
    full = a_position(0, alt_m=12.3, speed_mps=8.1, course_deg=90, satellites=9, hdop=0.9, mode="3d", flags=("jump",))
    assert lines(stored(a_batch(a_position(0, accuracy_m=4), full))).decode() == (
        "position,vehicle=van-1 lon_e7=249384000i,lat_e7=601699000i,accuracy_dm=40i,clock=0i 1795348800000784648\n"
        "position,vehicle=van-1 lon_e7=249384000i,lat_e7=601699000i,alt_dm=123i,speed_cmps=810i,course_cdeg=9000i,"
        'satellites=9i,hdop_c=90i,mode=1i,clock=0i,flags="jump" 1795348800000257078\n'
    )


def test_the_millisecond_of_a_point_is_that_of_its_position() -> None:
    """Ranges and retention are cut by time, so a key may only use the digits below."""
    moments = [a_position(second, lon=lon) for second in (0, 0.001, 0.999) for lon in (24, 25)]
    assert [time // 1_000_000 for time in time_ns(*moments)] == [milliseconds(one.at) for one in moments]


def test_different_positions_of_one_millisecond_have_different_keys() -> None:
    """Half a million digits for a handful of fixes: among 200 twins hardly two may meet."""
    twins = [a_position(0, lon=24 + step / 1e7, alt_m=alt) for step in range(100) for alt in (None, 0.0)]
    keys = time_ns(*twins)
    assert len(set(keys)) >= len(keys) - 1
    assert np.std([key % 1_000_000 for key in keys]) > 200_000


def test_times_that_influxdb_cannot_hold_stand_in_a_window_of_their_own() -> None:
    """The year 9999 of a confused receiver must neither be lost nor fall on another one's key."""
    odd = [Position(at=datetime(year, 1, 1, tzinfo=UTC), lon=1.0, lat=2.0) for year in (1, 1969, 2200, 9999)]
    keys = time_ns(*odd, a_position(0))
    assert len(set(keys)) == 5
    assert all(FAR_START_NS <= key < FAR_END_NS for key in keys[:4])
    assert keys[4] // 1_000_000 == milliseconds(NOON)
    text = lines(stored(a_batch(odd[0], a_position(0)))).splitlines()
    assert b",at_ms=-62135596800000i " in text[0]
    assert b"at_ms" not in text[1]
    assert timedelta(microseconds=(FAR_END_NS - FAR_START_NS) / 1000) < timedelta(hours=5)
