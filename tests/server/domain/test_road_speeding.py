"""Fixes with the limits of their roads become facts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.domain.engine.driving import DRIVING_GAP_MS
from server.domain.engine.fix import DEFAULT_SIGMA_M, UNSAID, Fix
from server.domain.facts import fact
from server.domain.road_speeding import MARGIN_MPS, OnRoad, speedings

TRIP = fact("trip_ended", "van-1", 1_800_000_000_000, 1_800_000_300_000, started_at="2027-01-15T07:00:00.000Z")
BEGIN_MS = 1_799_990_000_000


def on_road(second: float, speed_mps: float, limit_mps: float | None = 10.0, road: str | None = "Katu") -> OnRoad:
    at_ms = BEGIN_MS + round(second * 1000)
    fix = Fix(at_ms, 249_384_000, 601_699_000, speed_mps, UNSAID, DEFAULT_SIGMA_M)
    return OnRoad(fix=fix, limit_mps=limit_mps, road=road)


def told(*track: OnRoad) -> list[tuple[float, float]]:
    """From when on, and for how long."""
    return [((one.at_ms - BEGIN_MS) / 1000, one.body["duration_s"]) for one in speedings(TRIP, track)]


def test_two_fixes_in_a_row_above_the_limit_are_speeding() -> None:
    """It begins with the first, says the limit, the top speed and the road, and belongs to its trip."""
    [found] = speedings(TRIP, [on_road(0, 10), on_road(1, 12), on_road(2, 15), on_road(3, 13), on_road(4, 11)])
    assert (found.kind, found.vehicle, found.at_ms) == ("road_speeding", "van-1", BEGIN_MS + 1000)
    assert found.decided_ms == TRIP.decided_ms
    assert found.body == {
        "ended_at": "2027-01-15T05:13:23.000Z",
        "duration_s": 2.0,
        "limit_mps": 10.0,
        "max_speed_mps": 15,
        "road": "Katu",
        "lon": 24.9384,
        "lat": 60.1699,
        "trip": TRIP.id,
    }


def test_one_fix_alone_proves_nothing() -> None:
    """A receiver's outlier is nobody's fault; nor does a second one of the same instant confirm it."""
    assert told(on_road(0, 9), on_road(1, 30), on_road(2, 9)) == []
    assert told(on_road(0, 9), on_road(1, 30), on_road(1, 31), on_road(2, 9)) == []


def test_within_the_margin_nothing_is_said() -> None:
    """Receivers and speedometers differ by as much."""
    assert told(on_road(0, 10 + MARGIN_MPS), on_road(1, 10 + MARGIN_MPS)) == []


def test_where_nobody_knows_the_limit_nothing_is_said() -> None:
    """And what is known on both sides of it is not one stretch."""
    fast = [on_road(second, 20) for second in range(2)]
    unknown = [on_road(second, 40, None) for second in range(2, 5)]
    more = [on_road(second, 20) for second in range(5, 9)]
    assert told(*unknown) == []
    assert told(*fast, *unknown, *more) == [(0, 1), (5, 3)]


def test_another_limit_begins_another_stretch_and_another_road_does_not() -> None:
    """So each fact has one limit, and a long street with many names is told once."""
    first = [on_road(0, 20, 10.0, "Katu"), on_road(1, 20, 10.0, "Tie"), on_road(2, 20, 10.0, None)]
    second = [on_road(3, 20, 15.0), on_road(4, 20, 15.0)]
    assert told(*first, *second) == [(0, 2), (3, 1)]


def test_a_long_pause_ends_a_stretch() -> None:
    """Nobody knows how fast it was driven in between."""
    pause_s = DRIVING_GAP_MS / 1000 + 1
    assert told(on_road(0, 20), on_road(1, 20), on_road(1 + pause_s, 20)) == [(0, 1)]


tracks = st.lists(
    st.builds(
        on_road,
        st.integers(0, 2_000),
        st.sampled_from([UNSAID, 0.0, 9.0, 11.3, 11.5, 14.0, 30.0]),
        st.sampled_from([None, 10.0, 13.0]),
        st.sampled_from([None, "Katu", "Tie"]),
    ),
    max_size=60,
).map(lambda track: sorted(track, key=lambda one: one.fix.at_ms))


@given(tracks)
def test_every_fact_stands_on_fast_fixes_only(track: list[OnRoad]) -> None:
    """Who is told of speeding can be shown the fixes: each of the stretch is above its limit, and two of them are."""
    found = speedings(TRIP, track)
    assert len({one.id for one in found}) == len(found)
    for one, other in pairwise(found):
        assert one.at_ms + one.body["duration_s"] * 1000 <= other.at_ms
    for one in found:
        last_ms = one.at_ms + one.body["duration_s"] * 1000
        inside = [fix for fix in track if one.at_ms < fix.fix.at_ms < last_ms]
        assert all(fix.limit_mps == one.body["limit_mps"] for fix in inside)
        assert all(fix.fix.speed_mps > fix.limit_mps + MARGIN_MPS for fix in inside)
        assert one.body["max_speed_mps"] > one.body["limit_mps"] + MARGIN_MPS
        assert one.body["duration_s"] > 0


@given(tracks)
def test_no_two_fast_fixes_in_a_row_go_untold(track: list[OnRoad]) -> None:
    """Read the other way: each pair of neighbours that is fast under one limit is inside of a fact."""
    found = [(one.at_ms, one.at_ms + one.body["duration_s"] * 1000) for one in speedings(TRIP, track)]
    for one, other in pairwise(track):
        fast = all(x.limit_mps is not None and x.fix.speed_mps > x.limit_mps + MARGIN_MPS for x in (one, other))
        if fast and one.limit_mps == other.limit_mps and 0 < other.fix.at_ms - one.fix.at_ms <= DRIVING_GAP_MS:
            assert any(start <= one.fix.at_ms and other.fix.at_ms <= end for start, end in found)
