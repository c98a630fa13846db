"""What is said of a round: handed over, left aboard, and what only looks like it."""

import msgspec
import numpy as np

from server.domain.custody import CustodyEvent, Plan, Route, Stop, Window
from tests.server.domain.custody.morning import LAT, Levels, east, plan, told, window

AT_M = {f"S{n}": 1_600.0 * n for n in range(1, 7)}
STOPS = tuple(Stop(id=name, lon=east(metres), lat=LAT, radius_m=30.0) for name, metres in AT_M.items())
Leg = tuple[float, int]
"""Metres east of the depot to drive to, and for how many windows to stand there."""


def round_plan(**stops: str) -> Plan:
    """Parcels by tag, each for its stop."""
    made = plan(*stops)
    by_id = {stop.id: stop for stop in STOPS}
    parcels = tuple(msgspec.structs.replace(one, stop=by_id[stops[one.tag or ""]]) for one in made.parcels)
    return msgspec.structs.replace(made, parcels=parcels, routes=(Route(vehicle="v1", stops=STOPS),))


def driven(legs: list[Leg], taken: dict[str, int], tags: list[str]) -> list[Window]:
    """Loaded one after the other, then leg by leg at about 10 m/s.

    A tag that is taken at a halt is heard at the door while the van stands, and then no more.
    """
    windows = [
        window(nth, {("v1", tag): -62.0 if nth >= 6 + k else -79.0 for k, tag in enumerate(tags)}, {"v1": (0.0, 0.0)})
        for nth in range(1, 21)
    ]
    metres = 0.0
    for number, (to, stands) in enumerate(legs):
        steps = round((to - metres) / 100)
        way = [(metres + (to - metres) * n / steps, (to - metres) / steps / 10) for n in range(1, steps + 1)]
        metres = to
        for place, speed in [*way, *[(to, 0.0)] * stands]:
            levels: Levels = {
                ("v1", tag): -62.0 if number < taken.get(tag, 99) or speed else -89.0
                for tag in tags
                if number <= taken.get(tag, 99)
            }
            windows.append(window(len(windows) + 1, levels, {"v1": (place, speed)}))
    return windows


def events(known: Plan, windows: list[Window]) -> list[CustodyEvent]:
    found: list[CustodyEvent] = []
    told(known, windows, see=lambda step: found.extend(step.events))
    return [event for event in found if event.kind != "loaded"]


def test_one_is_handed_over_and_the_other_stays_aboard() -> None:
    """Said when the van has left, not while it stands: the driver may still come for it."""
    known = round_plan(t1="S1", t2="S1", t3="S6", t4="S6", t5="S6")
    windows = driven([(AT_M["S1"], 6), (3_000.0, 1)], {"t2": 0}, ["t1", "t2", "t3", "t4", "t5"])
    said = {(event.kind, event.parcel): event for event in events(known, windows)}
    assert set(said) == {("handed_over", "p-t2"), ("left_aboard", "p-t1")}
    left = said["left_aboard", "p-t1"]
    assert (left.vehicle, left.stop) == ("v1", "S1")
    assert left.noticed_at_ms > left.at_ms


def test_a_queue_before_the_stop_leaves_nothing_aboard() -> None:
    """It stands 50 m short of it, goes on, and serves it after a while."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    at = AT_M["S1"]
    legs: list[Leg] = [(at - 50, 4), (at + 60, 4), (at + 60, 6), (3_000.0, 1)]
    windows = driven(legs, {"t1": 2}, ["t1", "t2", "t3"])
    assert [(event.kind, event.parcel) for event in events(known, windows)] == [("handed_over", "p-t1")]


def test_a_halt_for_coffee_in_the_street_of_a_later_stop_serves_it_not() -> None:
    """Its turn has not come."""
    known = round_plan(t1="S1", t2="S6", t3="S6", t4="S6")
    legs: list[Leg] = [(AT_M["S1"], 6), (AT_M["S6"], 6), (AT_M["S6"] + 1_500, 1)]
    said = events(known, driven(legs, {"t1": 0}, ["t1", "t2", "t3", "t4"]))
    assert [(event.kind, event.parcel) for event in said] == [("handed_over", "p-t1")]


def test_a_halt_at_a_stop_that_lets_nothing_out_did_not_serve_it() -> None:
    """The driver telephones at the kerb, turns round, and serves it then: two parcels were not forgotten at once."""
    known = round_plan(t1="S1", t2="S1", t3="S6")
    legs: list[Leg] = [(AT_M["S1"], 5), (AT_M["S1"] + 500, 1), (AT_M["S1"], 6), (3_000.0, 1)]
    said = events(known, driven(legs, {"t1": 2, "t2": 2}, ["t1", "t2", "t3"]))
    assert [(event.kind, event.parcel) for event in said] == [("handed_over", "p-t1"), ("handed_over", "p-t2")]


def test_a_stop_in_a_sites_circle_is_a_stop() -> None:
    """What is handed over there is not left behind at the site, which the van left with it an hour ago."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    wide = tuple(msgspec.structs.replace(site, radius_m=1_700.0) for site in known.sites)
    legs: list[Leg] = [(AT_M["S1"] + 35, 6), (4_000.0, 1)]
    said = events(msgspec.structs.replace(known, sites=wide), driven(legs, {"t1": 0}, ["t1", "t2", "t3"]))
    assert [(event.kind, event.parcel) for event in said] == [("handed_over", "p-t1")]


def test_hypotheses_that_say_the_same_leave_room_for_others() -> None:
    """An hour aboard with many halts: at each it may have been moved to where it lies; of those one is enough."""
    known = round_plan(t1="S6", t2="S6")
    halts: list[Leg] = [(500.0 + 200 * n, 25) for n in range(5)]
    windows = driven(halts, {}, ["t1", "t2"])
    state = told(known, windows[: len(windows) // 3 * 3]).state
    now, van = state.hypotheses, state.scanners.index("v1")
    assert now is not None
    for row in range(2):
        aboard = [n for n in np.flatnonzero(now.place[row] == van) if not now.carried[row, n]]
        likeliest = now.logw[row].argmax(axis=1)
        levels = np.round(
            2 * np.concatenate([part[row, range(len(likeliest)), likeliest] for part in (now.mean, now.var)], 1)
        )
        said = {(int(now.since[row, n]), int(likeliest[n]), *levels[n].tolist()) for n in aboard}
        assert len(said) == len(aboard) >= 2
