"""A radio world is the same for the same seed, and its truth leaves no second open."""

import json
from datetime import datetime, timedelta

import numpy as np
import pytest

from simulators import radio

NAME, SEED = "deep-stack", 3


@pytest.fixture(scope="module")
def morning():
    made = radio.world(NAME, SEED)
    return made, radio.heard(made)


def test_a_world_is_the_same_bytes_for_the_same_seed(morning):
    """A figure that somebody reports must be the figure that another finds."""
    made, heard = morning
    again = radio.world(NAME, SEED)
    assert list(radio.observations(again, radio.heard(again))) == list(radio.observations(made, heard))
    assert list(radio.truth(again, heard)) == list(radio.truth(made, heard))


def test_the_truth_covers_every_second_of_every_parcel_once(morning):
    """A statement about any moment can be judged, and only in one way."""
    made, heard = morning
    rows = [json.loads(line) for line in radio.truth(made, heard)]
    for parcel in made.parcels:
        spans = [row for row in rows if row["kind"] == "whereabouts" and row["parcel"] == parcel.id]
        ends = [datetime.fromisoformat(row["to"]) for row in spans]
        begins = [datetime.fromisoformat(row["from"]) for row in spans]
        assert begins == [made.began_at, *ends[:-1]]
        assert ends[-1] == made.began_at + timedelta(seconds=made.seconds)
        assert all(row["places"] for row in spans)


@pytest.mark.parametrize("name", radio.NAMES)
def test_what_the_issue_calls_ordinary_is_kept_by_every_world(name):
    """Bars are for worlds of a kind: misloads lie 3 minutes before the start, the gate is a minute away or 28 s."""
    for seed in (11, 12):
        made = radio.world(name, seed)
        vans = {van.id: van for van in made.vans}
        quickest = min(van.gate_s - van.departs_s for van in made.vans)
        assert quickest >= (60 if made.recipe.ordinary else 27)
        assert len(made.parcels) == 120
        assert 90 * 60 <= made.seconds <= 9_000
        for one in made.happenings:
            if one.event == "wrong_vehicle" and not one.brief:
                assert one.at_s <= vans[one.vehicle].departs_s - 180
            if one.event in {"wrong_vehicle", "left_behind"} and not one.brief:
                assert one.until_s == min(vans[one.vehicle].gate_s, made.seconds)


@pytest.mark.parametrize("name", radio.NAMES)
def test_what_happened_agrees_with_where_the_parcels_are(name):
    """An alarm is judged by one, a statement by the other; they must not contradict each other."""
    made = radio.world(name, 5)
    tag_of = {parcel.id: parcel.tag for parcel in made.parcels}

    def places(parcel, second):
        return next(one.places for one in made.tags[tag_of[parcel]].trail if one.from_s <= second < one.to_s)

    for one in made.happenings:
        van = next(van for van in made.vans if van.id == one.vehicle)
        match one.event:
            case "wrong_vehicle" if not one.brief:
                assert places(one.parcel, van.departs_s) == (f"vehicle:{van.id}",)
                assert next(parcel for parcel in made.parcels if parcel.id == one.parcel).vehicle != van.id
            case "left_behind":
                assert places(one.parcel, van.departs_s) == ("site:depot",)
            case "left_aboard":
                assert places(one.parcel, one.at_s) == (f"vehicle:{van.id}",)
            case "handed_over" | "wrong_stop":
                assert places(one.parcel, one.at_s) == (f"stop:{one.stop}",)
    kinds = {one.event for one in made.happenings}
    assert {"wrong_vehicle", "left_behind", "handed_over"} <= kinds


@pytest.mark.parametrize("name", radio.NAMES)
def test_nobody_carries_a_parcel_through_a_driving_van_or_for_long(name):
    """A world that cannot be is no test of anything; carrying through the yard to a van that is not there was one."""
    for seed in (1001, 1002):
        made = radio.world(name, seed)
        taken = {made.tags[parcel.tag].id for parcel in made.parcels for one in made.happenings
                 if one.event == "missing" and one.parcel == parcel.id}  # fmt: skip
        for tag in made.tags[: len(made.parcels)]:
            for one in tag.trail:
                if one.in_hand and one.frame >= 0:
                    assert made.vans[one.frame].speed_mps[one.from_s : one.to_s].max(initial=0) == 0, (tag.id, one)
                assert not one.in_hand or one.to_s - one.from_s < 120 or tag.id in taken, (tag.id, one)


def test_vans_do_not_jump_and_convoys_keep_their_distance():
    """A track that jumps is found out by any filter; a convoy that drives through itself is none."""
    made = radio.world("convoy", 2)
    first, second, third = made.vans
    for van in made.vans:
        assert np.hypot(np.diff(van.east), np.diff(van.north)).max() < 25
    together = slice(first.departs_s, first.departs_s + 300)
    for ahead, behind in ((first, second), (second, third)):
        apart = np.hypot(ahead.east[together] - behind.east[together], ahead.north[together] - behind.north[together])
        assert apart.min() > 4
        assert apart.max() < 40


def test_adverts_come_in_order_of_time_and_add_up_to_the_sightings(morning):
    """A scanner's rig that is fed the adverts must say what the file says."""
    made, heard = morning
    single = list(radio.adverts(made, from_s=1000, to_s=1300))
    assert [one.offset_s for one in single] == sorted(one.offset_s for one in single)
    assert {one.address for one in single} <= {tag.address for tag in made.tags}
    within = sum(int(np.count_nonzero((one.offset_s >= 1000) & (one.offset_s < 1300))) for one in heard)
    assert len(single) == within > 1000
    rows = [json.loads(line) for line in radio.observations(made, heard)]
    assert sum(row["count"] for row in rows if row["kind"] == "sighting") == sum(len(one.tag) for one in heard)
