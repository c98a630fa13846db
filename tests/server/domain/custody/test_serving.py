"""A van that leaves a stop has served it, says the plan, when nobody hears; and tags that are dead follow it."""

import msgspec

from server.domain.custody import CustodyEvent, Health, Plan, Route, Window
from tests.server.domain.custody.morning import LAT, east, told
from tests.server.domain.custody.test_round import AT_M, Leg, driven, events, round_plan

TAGS = ["t1", "t2", "t3"]


def broken(windows: list[Window], since: int, until: int = 999) -> list[Window]:
    """The van's scanner hears nothing in these windows, and says so."""

    def one(nth: int, window: Window) -> Window:
        if not since <= nth < until:
            return window
        said = Health(to_ms=window.to_ms, from_ms=window.from_ms, scanner="v1", healthy=False)
        return msgspec.structs.replace(window, sightings=(), scanners=(said,))

    return [one(nth, window) for nth, window in enumerate(windows, start=1)]


def test_a_hand_over_while_the_scanner_is_broken_is_what_the_plan_says() -> None:
    """And its reason says that nobody heard it."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    windows = broken(driven([(AT_M["S1"], 10), (4_000.0, 1)], {"t1": 0}, TAGS), since=26)
    [said] = events(known, windows)
    assert (said.kind, said.parcel, said.stop) == ("handed_over", "p-t1", "S1")
    assert 0.9 <= said.p < 0.98
    assert "the plan says so" in said.because
    after = told(known, windows).beliefs
    assert after["p-t1"].place == "stop:S1"
    assert after["p-t2"].place == "vehicle:v1"


def test_what_was_heard_at_the_door_needs_no_plan() -> None:
    """The same halt with a scanner that hears."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    [said] = events(known, driven([(AT_M["S1"], 8), (4_000.0, 1)], {"t1": 0}, TAGS))
    assert "It was taken out at S1" in said.because


def test_two_halts_for_one_stop_make_one_hand_over() -> None:
    """The van moves on by 40 m and halts again; at which of them it went out nobody knows, and it does not matter."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    legs: list[Leg] = [(AT_M["S1"] - 20, 5), (AT_M["S1"] + 20, 5), (4_000.0, 1)]
    said = events(known, broken(driven(legs, {"t1": 1}, TAGS), since=26))
    assert [(event.kind, event.stop) for event in said] == [("handed_over", "S1")]


def test_what_is_heard_again_after_an_hour_was_left_aboard_many_halts_ago() -> None:
    """Nobody heard it stay; the van has been at four more stops since."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    legs: list[Leg] = [*[(AT_M[f"S{n}"], 8) for n in range(1, 6)], (AT_M["S5"] + 600, 1), (AT_M["S5"] + 1_500, 1)]
    windows = driven(legs, {}, TAGS)
    said = [event for event in events(known, broken(windows, 26, len(windows) - 14)) if event.kind == "left_aboard"]
    assert [(event.parcel, event.stop) for event in said] == [("p-t1", "S1")]


def test_a_short_halt_for_one_parcel_may_be_a_red_light() -> None:
    """Nothing else is for that stop, so that nothing else says whether it was served; a long one served it."""
    known = round_plan(t1="S1", t2="S6", t3="S6")
    assert not events(known, driven([(AT_M["S1"], 5), (4_000.0, 1)], {}, TAGS))
    [said] = events(known, driven([(AT_M["S1"], 9), (4_000.0, 1)], {}, TAGS))
    assert (said.kind, said.parcel) == ("left_aboard", "p-t1")


def test_a_tag_that_was_never_heard_goes_where_its_plan_goes() -> None:
    """A dead battery is likelier than a parcel that does not exist."""
    known = round_plan(t1="S1", t2="S1", t3="S1", t4="S6")
    taken = dict.fromkeys(TAGS[:2], 0)
    windows = driven([(AT_M["S1"], 8), (4_000.0, 1)], taken, ["t1", "t2", "t4"])
    after = told(known, windows).beliefs["p-t3"]
    assert after.place == "stop:S1"
    assert after.p < 0.9
    assert dict(after.others)["unknown"] < 0.15


def adjacent_plan() -> Plan:
    """S2 is 60 m after S1; three parcels for each."""
    known = round_plan(a1="S1", a2="S1", a3="S1", b1="S2", b2="S2", b3="S2")
    first = known.routes[0].stops[0]
    second = msgspec.structs.replace(known.routes[0].stops[1], lon=east(AT_M["S1"] + 60), lat=LAT)
    parcels = tuple(
        msgspec.structs.replace(one, stop=second if one.id.startswith("p-b") else first) for one in known.parcels
    )
    return msgspec.structs.replace(known, parcels=parcels, routes=(Route(vehicle="v1", stops=(first, second)),))


def test_what_goes_out_with_the_others_of_the_stop_before_is_at_the_wrong_one() -> None:
    """b3 goes out with a1 and a2; a3 comes along to the next door, with b1 and b2."""
    tags = ["a1", "a2", "a3", "b1", "b2", "b3"]
    taken = {"a1": 0, "a2": 0, "b3": 0, "a3": 1, "b1": 1, "b2": 1}
    legs: list[Leg] = [(AT_M["S1"], 8), (AT_M["S1"] + 60, 8), (4_000.0, 1)]
    said: list[CustodyEvent] = events(adjacent_plan(), driven(legs, taken, tags))
    by_parcel = {event.parcel: (event.kind, event.stop) for event in said}
    assert by_parcel["p-b3"] == ("wrong_stop", "S1")
    assert {by_parcel[f"p-{tag}"] for tag in ("a1", "a2")} == {("handed_over", "S1")}
    assert {by_parcel[f"p-{tag}"] for tag in ("b1", "b2")} == {("handed_over", "S2")}
