"""The demo's morning at the dock: what a seed decides, and that the vans that are seen are the vans that are heard."""

from itertools import islice

import pytest

from simulators.demo.morning import GATE_M, PARCELS, Days, Morning, morning
from simulators.departing import day
from simulators.geometry import distance_m
from simulators.radio.adverts import adverts
from simulators.radio.world import World
from simulators.roads import City, open_city
from tests.support.extracts import helsinki_map

EROTTAJA = (24.9432, 60.1665)
NAMES = ("van-1", "van-2", "van-3")


@pytest.fixture(scope="module")
def city() -> City:
    return open_city(helsinki_map())


def a_morning(city: City, seed: int = 1, names: tuple[str, ...] = NAMES) -> Morning:
    return morning(city, seed=seed, names=names, departs_s=50, near=EROTTAJA)


@pytest.fixture(scope="module")
def played(city: City) -> tuple[Morning, World]:
    """A morning, and its first quarter of an hour."""
    found = a_morning(city)
    return found, Days(city, found).world(900)


@pytest.mark.parametrize("seed", range(5))
def test_every_parcel_lies_where_it_should_but_for_one_misload_and_one_left_behind(city: City, seed: int) -> None:
    """The demo shows what it says that it shows, with any seed."""
    found = a_morning(city, seed)
    aboard = {load.id: load.aboard for load in found.loads}
    slips = {slip.kind: slip for slip in found.slips}
    assert sorted(slips) == ["left_behind", "wrong_vehicle"]
    assert len(found.loads) == PARCELS * len(NAMES)
    for load in found.loads:
        if load.id == slips["wrong_vehicle"].parcel:
            assert aboard[load.id] == slips["wrong_vehicle"].van != load.van
        elif load.id == slips["left_behind"].parcel:
            assert aboard[load.id] is None
        else:
            assert aboard[load.id] == load.van
            assert load.trail.now_s < found.departs_s[load.van]


def test_one_van_alone_can_only_leave_something_behind(city: City) -> None:
    """`milepost demo --vans 1` has no other van to put a parcel into."""
    assert [slip.kind for slip in a_morning(city, names=("van-1",)).slips] == ["left_behind"]


def test_the_same_seed_is_the_same_morning(city: City) -> None:
    """The radio is another process than the receivers: they agree because the seed decides."""
    one, two = a_morning(city, 7), a_morning(city, 7)
    assert (one.berths, one.departs_s, one.slips, one.stops) == (two.berths, two.departs_s, two.slips, two.stops)
    assert [tag.id for tag in one.tags] == [tag.id for tag in two.tags]
    assert a_morning(city, 8).slips != one.slips


def test_a_van_is_heard_from_where_its_receiver_says_that_it_is(city: City, played: tuple[Morning, World]) -> None:
    """Custody compares what is heard with where it is heard: a radio that drives another way would prove nothing."""
    found, world = played
    for number, van in enumerate(world.vans):
        truths = day(city, found.berths[number], seed=1000 * found.seed + number, stands_s=found.departs_s[number])
        for second, truth in enumerate(islice(truths, 600)):
            place = found.lonlat(float(van.east[second]), float(van.north[second]))
            assert distance_m(place, (truth.lon, truth.lat)) < 0.5


def test_from_the_start_to_the_gate_there_is_time_to_notice(played: tuple[Morning, World]) -> None:
    """Two windows of moving, and what a server needs; but a spectator does not wait for long either."""
    found, world = played
    for number, van in enumerate(world.vans):
        beyond = next(s for s in range(900) if (van.east[s] ** 2 + van.north[s] ** 2) ** 0.5 > GATE_M)
        assert 55 <= beyond - found.departs_s[number] <= 120


def test_what_was_handed_over_stays_behind_and_what_was_misloaded_drives_along(played: tuple[Morning, World]) -> None:
    """Levels follow the true places: near the scanner it drives with, and never heard where it is not."""
    found, world = played
    wrong = next(slip for slip in found.slips if slip.kind == "wrong_vehicle")
    behind = next(slip for slip in found.slips if slip.kind == "left_behind")
    tags = {load.id: found.tags[number].id for number, load in enumerate(found.loads)}
    far_s = found.departs_s[wrong.van] + 240
    heard = list(adverts(world, from_s=far_s))
    assert {one.scanner for one in heard if one.tag == tags[wrong.parcel]} == {NAMES[wrong.van]}
    assert NAMES[behind.van] not in {one.scanner for one in heard if one.tag == tags[behind.parcel]}


def test_one_world_after_the_other_is_one_day(city: City) -> None:
    """The radio is made a quarter of an hour at a time, for as long as somebody looks."""
    days = Days(city, a_morning(city))
    first, second = days.world(120), days.world(120)
    for one, two in zip(first.vans, second.vans, strict=True):
        assert one is two, "vans are written on; what they were is in the next line"
    whole = Days(city, a_morning(city)).world(240)
    for van, parts in zip(whole.vans, second.vans, strict=True):
        assert abs(van.east[120:] - parts.east).max() < 1e-6
    for tag, part in zip(whole.tags, second.tags, strict=True):
        assert part.trail[0].from_s == 0
        assert part.trail[-1].to_s == 120
        assert tag.trail[-1].frame == part.trail[-1].frame
