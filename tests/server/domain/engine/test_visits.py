"""Visits: entered at the first fix inside, left at the first beyond the margin, crossed in between; by no noise."""

import pytest

from server.domain.engine.memory import Memory
from server.domain.engine.rules import DEFAULT
from tests.support.journeys import LAT, LON, START_MS, Journey, a_circle, a_fix, at, facts_of, index, kinds, second

MOTION = ("trip_started", "trip_ended", "halt_started", "halt_ended", "harsh_braking", "harsh_acceleration")


def through_the_depot(dwell_s: float | None = None, *, stay_s: float = 300) -> list:
    """A van that drives 1 km east into a circle of 50 m, stays, and drives on."""
    said = {} if dwell_s is None else {"dwell_s": dwell_s}
    depot = a_circle(east_m=1000, **said)
    return facts_of(Journey().drive(100).stand(stay_s).drive(100).fixes, depot)


def test_a_visit_begins_with_the_first_fix_inside_and_ends_with_the_first_beyond_the_margin() -> None:
    """The depot is 950 to 1050 m out; the margin is 25 m, sigma 3 m: outside from 1081 m on."""
    facts = [fact for fact in through_the_depot() if fact.fence == "depot"]
    assert kinds(facts) == ["fence_entered", "fence_left"]
    entered, left = facts
    assert second(entered.at_ms) == 95
    assert second(left.at_ms) == 409
    assert left.body["duration_s"] == 314
    assert left.body["entered_at"] == "2026-11-23T12:01:35.000Z"


def test_dwell_is_reached_at_entry_plus_dwell_whatever_the_fixes_are_at() -> None:
    """And entering and leaving are told in any case."""
    facts = [fact for fact in through_the_depot(dwell_s=200.5) if fact.fence == "depot"]
    assert kinds(facts) == ["fence_entered", "dwell_reached", "fence_left"]
    assert second(facts[1].at_ms) == 295.5
    assert kinds(through_the_depot(dwell_s=400), *MOTION) == ["fence_entered", "fence_left"]


def test_dwell_counts_to_the_moment_of_leaving() -> None:
    """It left at 314 s: a dwell of 314 is reached, one of 315 is not, though it is noticed only later."""
    assert "dwell_reached" in kinds(through_the_depot(dwell_s=314))
    assert "dwell_reached" not in kinds(through_the_depot(dwell_s=315))


def test_a_single_fix_inside_is_a_crossing_and_no_visit() -> None:
    """Drive-by: a corner of the fence is cut."""
    depot = a_circle(east_m=1000, radius_m=60)
    [crossed] = [fact for fact in facts_of(Journey(every_s=15, second=-7).drive(300).fixes, depot) if fact.fence]
    assert crossed.kind == "fence_crossed"


def test_a_way_through_a_fence_between_two_fixes_is_a_crossing() -> None:
    """20 m of street, one fix every 15 s: no fix is inside."""
    line = a_circle("line", east_m=1000, radius_m=10)
    [crossed] = [fact for fact in facts_of(Journey(every_s=15).drive(300).fixes, line) if fact.fence]
    assert crossed.kind == "fence_crossed"
    assert second(crossed.at_ms) == pytest.approx(99, abs=0.1)
    assert crossed.body["duration_s"] == pytest.approx(2, abs=0.1)


def test_a_way_that_nobody_knows_crosses_nothing() -> None:
    """Half an hour without a fix."""
    line = a_circle("line", east_m=1000, radius_m=10)
    fixes = [*Journey().drive(30).fixes, *Journey(second=1800, east_m=3000).drive(30).fixes]
    assert not [fact for fact in facts_of(fixes, line) if fact.fence]


def test_an_exact_repeat_confirms_no_visit() -> None:
    """One fix inside, sent three times, is one fix."""
    depot = a_circle(east_m=1000)
    journey = Journey(every_s=15, second=-7).drive(300)
    inside = [fix for fix in journey.fixes if 950 < (fix.lon_e7 / 1e7 - LON) * 55_515.2 < 1050][:1]
    others = [fix for fix in journey.fixes if not 900 < (fix.lon_e7 / 1e7 - LON) * 55_515.2 < 1100]
    assert "fence_entered" not in kinds(facts_of([*others, *inside * 3], depot))


@pytest.mark.parametrize("sigma_m", [3, 5, 10])
@pytest.mark.parametrize("over_s", [60, 120])
def test_a_parked_van_at_the_edge_makes_one_visit_a_day(sigma_m: float, over_s: float) -> None:
    """The jitter table of the design: 5 m inside of a 50 m fence for 24 h; memoryless rules flap 956 times."""
    depot = a_circle(east_m=1045)
    journey = Journey(noise_m=sigma_m, over_s=over_s, every_s=5).drive(100, 10.0).stand(86_400)
    told = [fact for fact in facts_of(journey.fixes, depot) if fact.fence]
    assert kinds(told) == ["fence_entered"]


def test_a_jump_out_of_a_fence_and_back_ends_no_visit() -> None:
    """200 m away with 1.7 m claimed, in the middle of the night."""
    facts = facts_of(Journey().drive(100).stand(300).jump(200).stand(300).jump(0, 150).stand(60).fixes,
                     a_circle(east_m=1000))  # fmt: skip
    assert kinds([fact for fact in facts if fact.fence]) == ["fence_entered"]


def test_a_fence_out_of_its_hours_says_nothing() -> None:
    """12:01 on a Monday, UTC, is after the hours of this one; in those of the next one it is within."""
    hours = {"hours": "Mon-Fri 08:00-12:00", "time_zone": "UTC"}
    journey = Journey().drive(100).stand(300).drive(100).fixes
    assert not [fact for fact in facts_of(journey, a_circle(east_m=1000, **hours)) if fact.fence]
    hours["time_zone"] = "America/New_York"
    assert [
        fact for fact in facts_of(journey, a_circle(east_m=1000, **hours | {"hours": "Mon 07:00-08:00"})) if fact.fence
    ]


def test_a_fence_for_some_vehicles_is_none_for_others() -> None:
    """Each van its own yard."""
    yard = a_circle(east_m=1000, vehicles=["van-2"])
    journey = Journey().drive(100).stand(60).fixes
    assert not [fact for fact in facts_of(journey, yard) if fact.fence]
    assert [fact for fact in facts_of(journey, yard, vehicle="van-2") if fact.fence]


def test_a_visit_goes_on_over_a_restart_of_the_rules() -> None:
    """The state is everything: cut anywhere, the facts are the same."""
    depot = a_circle(east_m=1000, dwell_s=100)
    fixes = Journey().drive(100).stand(300).drive(100).fixes
    whole = Memory("van-1", DEFAULT, index(depot))
    whole.absorb(fixes)
    for cut in range(90, 430, 7):
        parts = Memory("van-1", DEFAULT, index(depot))
        parts.absorb(fixes[:cut])
        parts.absorb(fixes[cut:])
        assert parts.facts == whole.facts


def test_a_corridor_and_an_area_are_visited_like_a_circle() -> None:
    """Every kind of fence has an edge."""
    line = {"type": "LineString", "coordinates": [at(900, -500), at(900, 500)]}
    ring = [at(1495, -50), at(1595, -50), at(1595, 50), at(1495, 50), at(1495, -50)]
    corridor = {"type": "Feature", "id": "road", "geometry": line, "properties": {"width_m": 60}}
    area = {"type": "Feature", "id": "yard", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}}
    told = [fact for fact in facts_of(Journey().drive(220).fixes, corridor, area) if fact.fence]
    assert [(fact.kind, fact.fence, second(fact.at_ms)) for fact in told] == [
        ("fence_entered", "road", 87), ("fence_left", "road", 97), ("fence_entered", "yard", 150),
        ("fence_left", "yard", 163),
    ]  # fmt: skip


def test_an_inaccurate_fix_leaves_nothing() -> None:
    """Seen in the field: one fix with 17 km of accuracy ended a visit."""
    journey = Journey().drive(100).stand(100)
    vague = [a_fix(201, east_m=4000, sigma_m=5_000.0), a_fix(202, east_m=4000, sigma_m=5_000.0)]
    told = facts_of([*journey.fixes, *vague, *Journey(second=203, east_m=1000).stand(60).fixes], a_circle(east_m=1000))
    assert kinds([fact for fact in told if fact.fence]) == ["fence_entered"]


def test_the_journey_is_where_it_says() -> None:
    """Builders that are wrong prove nothing."""
    assert at(1000)[0] > LON
    assert a_fix(0).at_ms == START_MS
    assert a_fix(0).lat == pytest.approx(LAT)
