"""GNSS errors: as large, and as slow to change, as they say they are."""

import math
from itertools import pairwise

import numpy as np
import pytest

from simulators.drive import Truth
from simulators.geometry import METRES_PER_DEGREE
from simulators.noise import Wander, observe

LON, LAT = 24.94, 60.17


def standing(count, *, tunnel=lambda _second: False, speed_mps=0.0):
    """A van at one place, second by second."""
    for second in range(count):
        yield Truth(
            offset_s=float(second), lon=LON, lat=LAT, speed_mps=speed_mps, course_deg=45.0, phase="stop",
            tunnel=tunnel(second),
        )  # fmt: skip


def errors_m(observations):
    """East and north error of every fix."""
    fixes = [seen for seen in observations if seen.lon is not None]
    east = np.array([(seen.lon - LON) * METRES_PER_DEGREE * math.cos(math.radians(LAT)) for seen in fixes])
    north = np.array([(seen.lat - LAT) * METRES_PER_DEGREE for seen in fixes])
    return east, north, np.array([seen.sigma_m for seen in fixes])


def test_the_same_seed_errs_the_same_way():
    """Otherwise no failure can be looked at twice."""
    assert list(observe(standing(500), seed=3)) == list(observe(standing(500), seed=3))
    assert list(observe(standing(500), seed=3)) != list(observe(standing(500), seed=4))


def test_the_error_is_as_large_as_the_receiver_says():
    """`accuracy_m` is one sigma per axis: fences and custody build on that."""
    for axis in range(2):
        scaled = []
        for seed in range(6):
            seen = list(observe(standing(20_000), seed=seed, correlation_s=60, drop_outs=False))
            parts = errors_m(seen)
            scaled.append(parts[axis] / parts[2])
        assert np.std(np.concatenate(scaled)) == pytest.approx(1.0, abs=0.1)
        assert abs(np.mean(np.concatenate(scaled))) < 0.12


def test_the_error_is_forgotten_as_slowly_as_stated():
    """White noise averages out in seconds; a rule that only survives white noise flaps all day in a real street."""
    correlation_s = 80.0
    seen = list(observe(standing(120_000), seed=5, correlation_s=correlation_s, drop_outs=False))
    east, _, _ = errors_m(seen)
    east = east - east.mean()

    def correlation(lag):
        return float(np.dot(east[:-lag], east[lag:]) / np.dot(east, east))

    assert correlation(round(correlation_s)) == pytest.approx(math.exp(-1), abs=0.1)
    assert correlation(5) > 0.85
    assert abs(correlation(round(correlation_s * 6))) < 0.12


def test_the_step_size_does_not_change_the_wander():
    """10 Hz and 1 Hz receivers err alike."""
    import random

    for step_s in (0.1, 1.0, 10.0):
        wander = Wander(random.Random(1), 60.0)
        values = np.array([wander.after(step_s) for _ in range(60_000)])
        assert np.std(values) == pytest.approx(1.0, abs=0.15)


def test_typical_errors_are_two_to_five_metres():
    """The fleet's receivers differ, and none is a surveyor's."""
    sigmas = [
        np.mean([seen.sigma_m for seen in observe(standing(2_000), seed=seed, drop_outs=False)]) for seed in range(40)
    ]
    assert min(sigmas) > 1.0
    assert max(sigmas) < 5.0
    assert 1.8 < np.median(sigmas) < 3.5


def test_there_is_no_fix_in_a_tunnel_nor_right_after():
    """A receiver needs seconds to find its satellites again."""
    seen = list(observe(standing(200, tunnel=lambda second: 50 <= second < 80), seed=1, drop_outs=False))
    assert all(one.lon is not None for one in seen[:50])
    assert all(one.lon is None and (one.satellites or 0) < 4 for one in seen[50:81])
    assert all(one.lon is not None for one in seen[86:])


def test_drop_outs_are_rare_and_short():
    """A few a day, up to half a minute: what high houses do."""
    seen = list(observe(standing(8 * 3600), seed=2))
    lost = [one.lon is None for one in seen]
    began = sum(not before and now for before, now in pairwise(lost))
    assert 5 <= began <= 50
    assert 0.001 < sum(lost) / len(lost) < 0.05


def test_a_van_that_stands_says_no_course():
    """It would turn like a compass needle on the map."""
    seen = list(observe(standing(500), seed=1, drop_outs=False))
    assert sum(one.course_deg is None for one in seen) > 490
    moving = list(observe(standing(500, speed_mps=10.0), seed=1, drop_outs=False))
    assert all(one.course_deg is not None and abs(one.course_deg - 45) < 3 for one in moving)


def test_satellites_and_hdop_tell_one_story():
    """Fewer satellites, worse geometry, larger error."""
    seen = list(observe(standing(5_000), seed=8, drop_outs=False))
    by_count = {one.satellites: (one.hdop, one.sigma_m) for one in seen}
    ordered = [by_count[count] for count in sorted(by_count)]
    assert len(ordered) > 3
    assert ordered == sorted(ordered, reverse=True)
    assert all(4 <= count <= 18 for count in by_count)
