"""What the filter says of a morning that everybody understands."""

import math
import random

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.domain.custody import CustodyEvent, Parcel, Plan, Site, Step, frozen, thawed
from tests.server.domain.custody.morning import Levels, departure, plan, told, window


def inside(tag: str) -> Levels:
    return {("v1", tag): -62.0}


def carried_in(tags: list[str], nth: int, until: int) -> Levels:
    """One after the other from the sixth window on; silent from `until` on, all of them."""
    at = {("v1", tag): -62.0 if nth >= 6 + number else -79.0 for number, tag in enumerate(tags)}
    return at if nth < until else {}


def events_of(known, windows) -> list[CustodyEvent]:  # type: ignore[no-untyped-def]
    found: list[CustodyEvent] = []
    told(known, windows, see=lambda step: found.extend(step.events))
    return found


def test_what_stays_loud_while_the_van_drives_is_aboard() -> None:
    """The level in the own van stays as it is while everything else changes."""
    known = plan("t1")
    windows = departure(lambda _: inside("t1"))
    assert [event.kind for event in events_of(known, windows)] == ["loaded"]
    done = told(known, windows)
    assert done.beliefs["p-t1"].place == "vehicle:v1"
    assert done.beliefs["p-t1"].p > 0.99


def test_what_falls_silent_at_the_start_is_left_behind() -> None:
    """Its neighbours go on being heard, so the scanner hears."""
    known = plan("t1", "t2", "t3")

    def levels(nth: int) -> Levels:
        here = {("v1", "t2"): -61.0, ("v1", "t3"): -66.0, ("v2", "t1"): -74.0}
        return here | ({("v1", "t1"): -74.0} if nth <= 20 else {})

    windows = departure(levels)
    [alarm] = [event for event in events_of(known, windows) if event.kind != "loaded"]
    assert (alarm.kind, alarm.parcel, alarm.vehicle) == ("left_behind", "p-t1", "v1")
    assert alarm.noticed_at_ms <= 26 * 10_000
    assert told(known, windows).beliefs["p-t1"].place == "site:depot"


def test_what_was_silent_all_along_is_not_left_behind_half_an_hour_after_the_start() -> None:
    """Its tag chirped once in the morning; that nobody has heard it since is no news by then."""

    def levels(nth: int) -> Levels:
        return carried_in(["t2", "t3"], nth, 999) | ({("v1", "t1"): -76.0} if nth == 1 else {})

    windows = departure(levels, windows=260)
    assert [event.kind for event in events_of(plan("t1", "t2", "t3"), windows) if event.parcel == "p-t1"] == []


def test_the_silence_of_a_scanner_that_is_not_well_says_nothing() -> None:
    """No line about its health, or one that says so: then nothing is left behind by silence."""
    tags = ["t1", "t2", "t3"]
    windows = departure(lambda nth: carried_in(tags, nth, 25), healthy={})
    assert {event.kind for event in events_of(plan(*tags), windows)} == {"loaded"}
    assert told(plan(*tags), windows).beliefs["p-t1"].place == "vehicle:v1"


def test_all_at_once_silent_is_a_scanner_that_is_deaf() -> None:
    """Whatever it says of itself."""
    tags = [f"t{n}" for n in range(8)]
    windows = departure(lambda nth: carried_in(tags, nth, 21))
    assert {event.kind for event in events_of(plan(*tags), windows)} == {"loaded"}


def test_the_start_decides_whatever_was_believed_at_the_dock() -> None:
    """It lies deep in the van and becomes fainter just when the door closes, so that it seems to lie outside."""
    outside = [f"o{n}" for n in range(6)]

    def levels(nth: int) -> Levels:
        fainter = 9.0 if nth >= 8 else 0.0
        found = {("v1", tag): -75.0 - n - fainter for n, tag in enumerate(outside)} if nth <= 20 else {}
        return found | {("v1", "deep"): -77.0 - fainter} | carried_in(["t1", "t2", "t3"], nth, 99)

    start = told(plan("deep", "t1", "t2", "t3", *outside), departure(levels, windows=22))
    assert start.beliefs["p-deep"].place == "vehicle:v1", "two windows after the start"
    alarms = [e for e in events_of(plan("deep", "t1", "t2", "t3", *outside), departure(levels)) if e.kind != "loaded"]
    assert {event.kind for event in alarms} == {"left_behind"}
    assert {event.parcel for event in alarms} == {f"p-{tag}" for tag in outside}


def test_an_id_that_is_loud_in_two_vans_far_apart_is_never_sure() -> None:
    """Somebody printed it twice; one van drives away with one of them."""
    known = plan("t1")
    windows = departure(lambda _: {("v1", "t1"): -62.0, ("v2", "t1"): -62.0})
    assert told(known, windows).beliefs["p-t1"].p <= 0.9


def test_an_id_on_two_parcels_is_never_sure() -> None:
    """Both of them could be it."""
    known = plan("t1")
    again = msgspec.structs.replace(
        known, parcels=(*known.parcels, msgspec.structs.replace(known.parcels[0], id="p-2"))
    )
    done = told(again, departure(lambda _: inside("t1")))
    assert all(belief.p <= 0.9 for belief in done.beliefs.values())


@given(seed=st.integers(0, 2**16), cut=st.integers(1, 24))
def test_neither_the_order_within_a_window_nor_a_restart_changes_anything(seed: int, cut: int) -> None:
    """The same observations, the same answers."""
    known = plan("t1", "t2")
    windows = departure(lambda nth: inside("t1") | ({("v1", "t2"): -80.0} if nth <= 12 else {}), windows=25, leaves=12)
    rng = random.Random(seed)
    shuffled = [
        msgspec.structs.replace(
            one,
            fixes=tuple(rng.sample(one.fixes, len(one.fixes))),
            sightings=tuple(rng.sample(one.sightings, len(one.sightings))),
            scanners=tuple(rng.sample(one.scanners, len(one.scanners))),
        )
        for one in windows
    ]
    whole: list[Step] = []
    told(known, windows, see=whole.append)
    first = told(known, shuffled[:cut])
    state = thawed(frozen(first.state))
    assert state is not None
    rest: list[Step] = []
    if cut < len(windows):
        told(known, shuffled[cut:], state, see=rest.append)
    parts = [first, *rest]
    assert [one.beliefs for one in parts] == [one.beliefs for one in whole[cut - 1 :]]
    assert [one.events for one in rest] == [one.events for one in whole[cut:]]


def test_what_another_filter_wrote_is_not_read() -> None:
    """Its owner starts again from the observations."""
    assert thawed(b"nonsense") is None


def bare(*parcels: Parcel) -> Plan:
    """A plan without a site or a route."""
    return Plan(parcels=parcels)


def test_without_a_site_a_van_that_drives_with_the_parcel_of_another_is_told() -> None:
    """There is no dock to leave; it leaves where it stood."""
    known = bare(Parcel(id="p-t1", tag="t1", vehicle="v2"))
    [said] = [event for event in events_of(known, departure(lambda _: inside("t1"))) if event.kind != "loaded"]
    assert (said.kind, said.vehicle) == ("wrong_vehicle", "v1")


def test_a_parcel_of_which_nothing_is_planned_is_not_missing_before_it_is_heard() -> None:
    """It has no van and no site, and nobody listens for it: its odds are numbers all the same."""
    known = bare(Parcel(id="p-t1", tag="t1"), Parcel(id="p-t2", tag="t2"))
    windows = departure(lambda nth: inside("t1") if nth > 10 else {})
    with np.errstate(all="raise", under="ignore"):
        said = events_of(known, windows)
    assert not said
    assert told(known, windows).beliefs["p-t1"].place == "vehicle:v1"
    assert told(known, windows).beliefs["p-t2"].place == "unknown"


def test_a_plan_whose_first_site_is_another_one_moves_nobody() -> None:
    """Metres are counted from where the filter began."""
    known = plan("t1", "t2")
    far = Site(id="a-new-depot", lon=10.0, lat=50.0, radius_m=80.0)
    more = msgspec.structs.replace(known, sites=(far, *known.sites))
    windows = [window(nth, inside("t1") | inside("t2"), {"v1": (0.0, 0.0)}) for nth in range(1, 31)]
    first = told(known, windows[:15]).state
    after = told(more, windows[15:], first).state
    was, now = first.vehicles["v1"], after.vehicles["v1"]
    assert now.standing
    assert math.dist(now.place, was.place) < 5
    assert now.dock_away_m == 0


def test_scanners_that_turn_up_one_after_the_other_are_listened_to() -> None:
    """A visitor's van in each minute, and each hears the parcel a little; its own drives away with it."""
    known = bare(Parcel(id="p-t1", tag="t1", vehicle="v1"))
    windows = []
    for nth in range(1, 61):
        vans = {f"v{n}": (5.0 * n, 0.0) for n in range(1, min(1 + nth // 6, 9) + 1)}
        if nth > 54:
            vans["v1"] = ((nth - 54) * 80.0, 8.0)
        levels = {(name, "t1"): -62.0 if name == "v1" else -90.0 for name in vans if name == "v1" or nth <= 54}
        windows.append(window(nth, levels, vans))
    wide = []
    done = told(known, windows, see=lambda step: wide.append(step.state.ears and step.state.ears.scanner.shape[1]))
    assert (wide[0], wide[20], wide[-1]) == (1, 4, 6)
    assert done.beliefs["p-t1"].place == "vehicle:v1"
    assert done.beliefs["p-t1"].p > 0.99
