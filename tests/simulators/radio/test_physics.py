"""What radio in a yard must be like, whatever the seed: measured on what the scanners of a world hear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators import radio
from simulators.radio.channel import fading, gamma_quantiles, lasting, where
from simulators.radio.fitted import FADING_MEMORY_S
from simulators.radio.world import GROUND


@pytest.fixture(scope="module")
def morning():
    made = radio.world("busy-dock", 2)
    return made, radio.heard(made), where(made)


def _levels(morning, number):
    """Per advert that van `number` heard: level, frame of the tag, whether the doors are open, before the start."""
    made, heard, places = morning
    one, van = heard[number], made.vans[number]
    second = one.offset_s.astype(int)
    dock = second < van.departs_s
    return one.rssi_dbm, places.frame[one.tag, second], van.door[second] > 0, dock


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_own_van_is_louder_than_the_next_one_but_not_always(morning, number):
    """If levels told the vans apart, a threshold would do; if they told nothing, nobody could."""
    rssi, frame, _, dock = _levels(morning, number)
    own, others = rssi[dock & (frame == number)], rssi[dock & (frame >= 0) & (frame != number)]
    assert own.mean() > others.mean() + 6
    assert np.quantile(others, 0.95) > np.quantile(own, 0.05)


def test_open_doors_lift_all_that_is_outside(morning):
    """The doors are what shifts everybody at once; a tag inside does not notice them."""
    made, _, places = morning
    for number, van in enumerate(made.vans):
        rssi, frame, is_open, dock = _levels(morning, number)
        outside, inside = dock & (frame == GROUND), frame == number
        assert rssi[outside & is_open].mean() > rssi[outside & ~is_open].mean() + 1, van.id
        assert abs(rssi[inside & is_open].mean() - rssi[inside & ~is_open].mean()) < 5, van.id
    assert places.in_hand.any()


def test_a_tag_aboard_keeps_its_level_while_its_van_drives(morning):
    """This is what decides custody after the start: the others fade away, one's own do not."""
    made, heard, places = morning
    van, one = made.vans[0], heard[0]
    second = one.offset_s.astype(int)
    driving = (van.speed_mps[second] > 3) & (second > van.gate_s)
    aboard = places.frame[one.tag, second] == 0
    assert (aboard & driving).sum() > 500
    assert one.rssi_dbm[aboard & driving].mean() == pytest.approx(one.rssi_dbm[aboard].mean(), abs=3)
    depot = (places.frame[one.tag, second] == GROUND) & (second > van.gate_s + 120) & (second < van.gate_s + 400)
    parcel = one.tag < len(made.parcels)
    assert (depot & driving & parcel).sum() < 0.02 * (aboard & driving).sum()


def test_a_deaf_scanner_hears_nothing_and_a_half_deaf_one_little():
    """What a scanner says of itself is told apart from what it hears."""
    made = radio.world("liar", 3)
    for one in radio.heard(made):
        for trouble in made.troubles:
            if trouble.scanner == one.scanner and trouble.to_s - trouble.from_s > 600:
                inside = np.count_nonzero((one.offset_s >= trouble.from_s) & (one.offset_s < trouble.to_s))
                usual = len(one.offset_s) * (trouble.to_s - trouble.from_s) / made.seconds
                assert inside == 0 if trouble.how != "half" else inside < 0.25 * usual


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_fading_dips_deeper_than_it_rises_and_forgets_within_seconds(seed):
    """Skew and memory are what makes the best of a window stand above its mean."""
    random = np.random.default_rng(seed)
    slow = lasting(1, 20_000, random)[0]
    kept = np.corrcoef(slow[:-2], slow[2:])[0, 1]
    assert kept == pytest.approx(np.exp(-2 / FADING_MEMORY_S), abs=0.06)
    one = fading(slow, np.full(20_000, 4.0), random)
    assert one.mean() == pytest.approx(0, abs=0.3)
    assert one.std() == pytest.approx(4.0, abs=0.3)
    assert ((one - one.mean()) ** 3).mean() / one.std() ** 3 < -0.5


@given(shape=st.floats(0.8, 8))
@settings(max_examples=25, deadline=None)
def test_a_gamma_of_larger_shape_is_less_skewed(shape):
    """The shape is the one knob of the skew; it goes the right way and the variance stays one."""

    def skew(value: float) -> float:
        values, below = gamma_quantiles(value)
        weight = np.diff(below, prepend=0)
        assert weight @ values**2 == pytest.approx(1, abs=0.02)
        return float(weight @ values**3)

    assert skew(shape) < skew(shape + 1) < 0
