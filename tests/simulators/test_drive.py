"""How simulated vans drive: plausibly, on the roads, and the same way every time."""

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.drive import BRAKING, SIDEWAYS, drive
from simulators.geometry import course_deg, distance_m, moved
from simulators.roads import Route, Stretch

HERE = (24.94, 60.17)


def a_route(*, length_m=1000.0, speed_mps=14.0, turns=(), signals=False, tunnel=False, course=90.0):
    """A road from HERE, first eastward, that bends by `turns` (degrees) at even distances."""
    import math

    points, stretches = [HERE], []
    part_m = length_m / (len(turns) + 1)
    for place in range(len(turns) + 1):
        way = math.radians(course + sum(turns[:place]))
        points.append(moved(points[-1], part_m * math.sin(way), part_m * math.cos(way)))
    for a, b in pairwise(points):
        stretches.append(
            Stretch(
                points=(a, b), length_m=distance_m(a, b), speed_mps=speed_mps, signal=signals, tunnel=tunnel, name="Tie"
            )
        )
    return Route(stretches=tuple(stretches))


def test_the_same_seed_drives_the_same_day_and_another_seed_another():
    """A fault that one run shows can be looked at in the next."""
    legs = [a_route(), a_route(turns=(40, -90))]
    assert list(drive(legs, seed=7)) == list(drive(legs, seed=7))
    assert list(drive(legs, seed=7)) != list(drive(legs, seed=8))


def test_a_van_halts_at_its_stop_for_half_a_minute_to_three():
    """Stops are what the whole of Milepost is about."""
    day = list(drive([a_route()] * 8, seed=1))
    halts, standing = [], 0
    for truth in day:
        if truth.phase == "stop":
            assert truth.speed_mps == 0
            standing += 1
        elif standing:
            halts.append(standing)
            standing = 0
    assert len(halts) >= 7
    assert all(29 <= halt <= 181 for halt in halts)


def test_speed_is_the_way_driven_in_a_second():
    """Odometer, trips and ETA are tried against this: position and speed must tell the same story."""
    day = list(drive([a_route(length_m=1500, turns=(30, -60, 10), signals=True)], seed=3))
    for before, after in pairwise(day):
        way = distance_m((before.lon, before.lat), (after.lon, after.lat))
        assert way == pytest.approx((before.speed_mps + after.speed_mps) / 2, abs=1.2)


def test_no_van_brakes_or_bends_beyond_what_its_load_bears():
    """A van that takes corners at 50 km/h would make every sampling rule look bad."""
    day = list(drive([a_route(turns=(90, -90, 90, 90))] * 3, seed=5))
    for before, after in pairwise(day):
        assert before.speed_mps - after.speed_mps <= BRAKING * 1.35
        turn = abs((after.course_deg - before.course_deg + 180) % 360 - 180)
        if before.speed_mps > 6 and after.speed_mps > 6 and before.phase == after.phase == "driving":
            assert turn * 3.1416 / 180 * before.speed_mps <= SIDEWAYS * 2.5


def test_traffic_makes_a_way_about_twice_as_long_as_a_router_says():
    """Free-flow times are half the real ones in Porto; an ETA that is tried on free flow learns nothing."""
    legs = [a_route(length_m=1200, turns=(20, 90, -45, 0, 90), signals=True, speed_mps=11.0) for _ in range(60)]
    free_s = sum(stretch.length_m / stretch.speed_mps for leg in legs for stretch in leg.stretches)
    driven_s = sum(truth.phase != "stop" for truth in drive(legs, seed=2))
    assert 1.5 < driven_s / free_s < 3.0


def test_lights_are_waited_at_and_only_where_they_stand():
    """Halts that are no stops are what confuses trip rules."""
    dark = list(drive([a_route(turns=(1, 1, 1, 1))] * 5, seed=4))
    lit = list(drive([a_route(turns=(1, 1, 1, 1), signals=True)] * 5, seed=4))
    assert not any(truth.phase == "light" for truth in dark)
    waits = [truth for truth in lit if truth.phase == "light"]
    assert waits
    assert all(truth.speed_mps == 0 for truth in waits)


@given(seed=st.integers(0, 999), rate=st.sampled_from([1.0, 2.0, 10.0]))
def test_samples_come_at_a_steady_rate(seed, rate):
    """A 10 Hz receiver shows the same drive ten times as fine, without a gap at the seams of legs."""
    day = list(drive([a_route(length_m=400), a_route(length_m=400)], seed=seed, rate_hz=rate))
    for number, truth in enumerate(day):
        assert truth.offset_s == pytest.approx(number / rate)


def test_a_finer_rate_is_the_same_drive():
    """What is seen at 1 Hz is a part of what is seen at 10."""
    coarse = list(drive([a_route()], seed=9, rate_hz=1))
    fine = list(drive([a_route()], seed=9, rate_hz=10))[::10]
    for one, other in zip(coarse, fine, strict=False):
        assert distance_m((one.lon, one.lat), (other.lon, other.lat)) < 1e-6


def test_the_van_looks_where_it_drives():
    """Heading arrows on the map come from this."""
    day = list(drive([a_route(course=90.0)], seed=1))
    assert all(truth.course_deg == pytest.approx(90, abs=0.5) for truth in day)
    first, last = day[0], day[-1]
    assert course_deg((first.lon, first.lat), (last.lon, last.lat)) == pytest.approx(90, abs=0.5)


def test_a_day_never_ends_by_itself():
    """A demo runs until somebody stops it."""
    from itertools import repeat

    assert len(list(islice(drive(repeat(a_route()), seed=1), 20_000))) == 20_000
