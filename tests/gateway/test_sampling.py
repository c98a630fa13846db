"""Sampling: what may be left out of a track, and what that costs at most."""

import math
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox import Entry
from gateway.sampling import LONGEST_S, MOST_POINTS, Sampling, error_m
from tests.support.outboxes import an_entry
from tests.support.positions import NOON, a_position
from wire.messages import Position

METRE = 1 / 111_195


def a_track(*steps: tuple[float, float, float]) -> list[Entry]:
    """Positions by seconds passed, metres east and metres north since the one before."""
    second = east_m = north_m = 0.0
    track = [an_entry(0)]
    for passed_s, east, north in steps:
        second, east_m, north_m = second + passed_s, east_m + east, north_m + north
        lon = 24.9384 + east_m * METRE / math.cos(math.radians(60.1699))
        track.append(an_entry(second, lon=round(lon, 7), lat=round(60.1699 + north_m * METRE, 7)))
    return track


def sampled(track: list[Entry], tolerance_m: float = 5, heartbeat_s: float = 60) -> list[Entry]:
    window = Sampling(tolerance_m=tolerance_m, heartbeat_s=heartbeat_s)
    return [kept for entry in track for kept in window.offer(entry)] + window.flush()


def at(entry: Entry) -> datetime:
    return entry.record.at


def worst_m(track: list[Entry], kept: list[Entry]) -> float:
    """The largest error of any position that was left out, between the kept ones around it."""
    worst, place = 0.0, 0
    for entry in track:
        while place + 1 < len(kept) and at(kept[place + 1]) <= at(entry):
            place += 1
        if at(kept[place]) < at(entry):
            assert place + 1 < len(kept), "the end of the track is kept"
            worst = max(worst, error_m(position(kept[place]), position(kept[place + 1]), position(entry)))
    return worst


def position(entry: Entry) -> Position:
    assert isinstance(entry.record, Position)
    return entry.record


steps = st.tuples(st.sampled_from([0.1, 1, 1, 1, 2, 7]), st.floats(-40, 40), st.floats(-40, 40))
smooth = st.tuples(st.just(1.0), st.floats(8, 14), st.floats(-4, 4))


@given(st.lists(steps, max_size=80) | st.lists(smooth, max_size=200), st.sampled_from([1, 5, 20]))
def test_no_position_that_is_left_out_was_further_off_than_the_tolerance(steps: list, tolerance_m: float) -> None:
    """The promise to everything that is computed later: speed, halts, fences, distance."""
    track = a_track(*steps)
    assert worst_m(track, sampled(track, tolerance_m)) <= tolerance_m


@given(st.lists(steps, max_size=80))
def test_what_is_kept_is_what_came_in_its_order(steps: list) -> None:
    """Coordinates and times are never altered, and nothing is kept twice."""
    track = a_track(*steps)
    kept = sampled(track)
    places = [track.index(entry) for entry in kept]
    assert places == sorted(set(places))
    assert (places[0], places[-1]) == (0, len(track) - 1)


@given(st.lists(steps, max_size=60))
def test_tolerance_zero_keeps_everything(steps: list) -> None:
    """Somebody who asks for everything gets it."""
    track = a_track(*steps)
    assert sampled(track, 0) == track


def test_a_straight_way_at_one_speed_is_two_positions_a_minute() -> None:
    """Most of what a receiver says is what one could have guessed."""
    kept = sampled(a_track(*[(1, 12, 3)] * 120))
    assert [(at(entry) - NOON).seconds for entry in kept] == [0, 30, 60, 90, 120]


def test_braking_on_a_straight_road_is_kept() -> None:
    """Leaving out by shape alone would keep two points and lose the halt at the traffic light."""
    kept = sampled(a_track(*[(1, 14, 0)] * 10, *[(1, 0, 0)] * 10, *[(1, 14, 0)] * 10))
    assert {10, 20} <= {(at(entry) - NOON).seconds for entry in kept}


def test_a_standing_vehicle_is_recorded_at_its_heartbeat_in_spite_of_noise() -> None:
    """A parked van must neither vanish nor fill the outbox."""
    noise = [(1, east, north) for east, north in [(1, 0), (0, 1), (-1, 0), (0, -1)] * 75]
    assert len(sampled(a_track(*noise), heartbeat_s=60)) == 6
    assert len(sampled(a_track(*noise), heartbeat_s=10)) == 31


def test_the_newest_kept_position_is_never_long_in_coming() -> None:
    """A window holds the newest position back; the stored track must not lag behind for long."""
    window, waited = Sampling(tolerance_m=5, heartbeat_s=60), 0.0
    newest = NOON
    for entry in a_track(*[(1, 12, 0)] * 300):
        for kept in window.offer(entry):
            newest = at(kept)
        waited = max(waited, (at(entry) - newest).total_seconds())
    assert waited <= LONGEST_S
    many = a_track(*[(0.01, 0.1, 0)] * (MOST_POINTS + 10))
    assert len(sampled(many, heartbeat_s=3600)) == 3, "nor does it grow without bound"


def test_a_clock_that_jumps_costs_no_position_its_place() -> None:
    """Before the first date a box may believe in any year; nothing can be interpolated over that."""
    track = [an_entry(0), an_entry(1), an_entry(-500), an_entry(-499), an_entry(-499)]
    kept = sampled(track)
    assert kept == [track[0], track[1], track[2], track[3], track[4]]


def test_another_kind_of_fix_begins_a_new_window() -> None:
    """Between satellites and dead reckoning nothing may be guessed; the change itself says where the tunnel is."""
    track = [an_entry(second, mode="3d") for second in range(5)]
    track += [an_entry(second, mode="dead_reckoning") for second in range(5, 10)]
    assert [at(entry).second for entry in sampled(track)] == [0, 4, 5, 9]
    flapping = [an_entry(second, mode="2d" if second % 2 else "3d") for second in range(10)]
    assert [at(entry).second for entry in sampled(flapping)] == [0, 9]


def test_a_window_over_the_date_line_is_as_good_as_any(tmp_path: object) -> None:
    """179.9999 and -179.9999 are 20 metres apart."""
    track = [
        Entry(record=a_position(second, lon=(179.999 + second * 1e-4 + 180) % 360 - 180, lat=-17.0))
        for second in range(20)
    ]
    kept = sampled(track)
    assert len(kept) == 2
    assert worst_m(track, kept) < 0.1


def test_a_long_gap_is_bridged_by_its_two_ends() -> None:
    """After a tunnel the window holds one old position and one new one; both are kept."""
    track = a_track((1, 12, 0), (1, 12, 0), (300, 2000, 100), (1, 12, 0))
    assert [round((at(entry) - NOON) / timedelta(seconds=1)) for entry in sampled(track)] == [0, 2, 302, 303]
