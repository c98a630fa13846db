"""Trips and halts: begun and ended where a person would say, started by no outlier, ended by silence."""

import pytest

from server.domain.engine.fix import Fix
from server.domain.engine.memory import Memory
from server.domain.engine.rules import DEFAULT
from tests.support.journeys import START_MS, Journey, a_circle, a_fix, facts_of, kinds, second

HARSH = ("harsh_acceleration", "harsh_braking")
"""Vans of these journeys stop within a second."""


def of_kind(facts, kind):
    return [fact for fact in facts if fact.kind == kind]


@pytest.mark.parametrize("says_speed", [True, False])
@pytest.mark.parametrize("every_s", [1, 5, 15])
def test_a_delivery_is_a_trip_between_two_halts(every_s: int, *, says_speed: bool) -> None:
    """The commonest day of all, whatever the receiver says and how often."""
    journey = Journey(every_s=every_s, says_speed=says_speed).stand(300).drive(600).stand(900).drive(300)
    facts = facts_of(journey.fixes)
    assert kinds(facts, *HARSH) == ["halt_started", "halt_ended", "trip_started", "trip_ended", "halt_started", "halt_ended",
                            "trip_started"]  # fmt: skip
    [started, again] = of_kind(facts, "trip_started")
    [ended] = of_kind(facts, "trip_ended")
    assert second(started.at_ms) == pytest.approx(300, abs=3 * every_s + 6)
    assert second(ended.at_ms) == pytest.approx(900, abs=every_s + 1)
    assert second(again.at_ms) == pytest.approx(1800, abs=3 * every_s + 6)
    assert ended.body["distance_m"] == pytest.approx(6000, abs=20)


def test_a_single_outlier_starts_no_trip() -> None:
    """A parked van must not drive in the report because of one bad fix, fast or far."""
    for said in ({}, {"speed_mps": 14.0}, {"speed_mps": -1.0, "sigma_m": 30.0}):
        facts = facts_of(Journey().stand(400).jump(90, **said).stand(400).fixes)
        assert "trip_started" not in kinds(facts)
        assert "halt_ended" not in kinds(facts)


def test_a_red_light_is_no_halt_and_a_jam_ends_no_trip() -> None:
    """A trip has its waits; only a stand of minutes ends it."""
    facts = facts_of(Journey().drive(120).stand(60).drive(120).stand(170).drive(120).stand(600).fixes)
    assert kinds(facts, *HARSH) == ["trip_started", "halt_started", "halt_ended", "trip_ended", "halt_started"]
    assert of_kind(facts, "halt_ended")[0].body["halt"] == "traffic"


@pytest.mark.parametrize(("minutes", "kind"), [(2.5, "traffic"), (8, "stop"), (40, "break")])
def test_a_halt_has_a_kind(minutes: float, kind: str) -> None:
    """By how long it took, when nothing else is known."""
    facts = facts_of(Journey().drive(120).stand(minutes * 60).drive(120).fixes)
    assert of_kind(facts, "halt_ended")[0].body["halt"] == kind


def test_a_halt_in_a_site_is_of_the_site() -> None:
    """Standing at the depot is no break."""
    depot = a_circle(east_m=1200, radius_m=80, site=True)
    facts = facts_of(Journey().drive(120).stand(2400).drive(120).fixes, depot)
    [ended] = of_kind(facts, "halt_ended")
    assert (ended.body["halt"], ended.fence) == ("site", "depot")


def test_a_trip_ends_where_the_van_was_last_heard() -> None:
    """The gateway loses its power with the ignition: nothing comes for a night, and the trip has ended all the same."""
    memory = Memory("van-1", DEFAULT)
    memory.absorb(Journey().drive(300).fixes)
    assert "trip_ended" not in kinds(list(memory.facts.values()))
    memory.pass_time(START_MS + (300 + 1801) * 1000)
    [ended] = of_kind(memory.facts.values(), "trip_ended")
    assert second(ended.at_ms) == 300


def test_a_silence_that_ends_a_trip_is_the_same_fact_whoever_noticed() -> None:
    """Noticed by the clock, or by the next fix in the morning: one id."""
    fixes = Journey().drive(300).silent(8 * 3600).drive(300).fixes
    by_clock = Memory("van-1", DEFAULT)
    by_clock.absorb(fixes[:300])
    by_clock.pass_time(START_MS + 2 * 3600 * 1000)
    by_clock.absorb(fixes[300:])
    assert list(by_clock.facts.values()) == facts_of(fixes)


def test_a_silence_that_was_none_is_taken_back() -> None:
    """A van in a dead zone: its data comes an hour late, and the trip never ended."""
    fixes = Journey().drive(3600).fixes
    memory = Memory("van-1", DEFAULT)
    memory.absorb(fixes[:300])
    memory.pass_time(START_MS + 3000 * 1000)
    changes = memory.absorb(fixes[300:])
    assert kinds(changes.withdrawn) == ["trip_ended"]
    assert kinds(list(memory.facts.values())) == ["trip_started"]


@pytest.mark.parametrize("noise_m", [3, 5, 10])
@pytest.mark.parametrize("over_s", [60, 120])
def test_a_parked_van_with_noise_drives_nothing_in_a_day(noise_m: float, over_s: float) -> None:
    """Correlated noise wanders for minutes: neither trips nor kilometres may come of it."""
    journey = Journey(every_s=10, noise_m=noise_m, over_s=over_s).stand(86_400)
    memory = Memory("van-1", DEFAULT)
    memory.absorb(journey.fixes)
    assert kinds(list(memory.facts.values())) == ["halt_started"]
    assert sum(day.distance_mm for day in memory.days.values()) < 200_000


def test_a_receiver_that_claims_too_much_is_seen_through() -> None:
    """No accuracy, no speed, and noise of 10 m: how its fixes scatter says how good it is."""
    journey = Journey(every_s=5, noise_m=10, over_s=60, says_speed=False).stand(86_400)
    blank = [Fix(fix.at_ms, fix.lon_e7, fix.lat_e7, -1.0, -1.0, 5.0) for fix in journey.fixes]
    assert kinds(facts_of(blank)) == ["halt_started"]


def test_the_day_counts_what_was_driven() -> None:
    """On WGS 84, to a metre in six kilometres."""
    memory = Memory("van-1", DEFAULT)
    memory.absorb(Journey().stand(300).drive(600).stand(300).fixes)
    [day] = memory.days.values()
    assert day.distance_mm == pytest.approx(6_000_000, abs=2_000)
    assert day.driving_ms == pytest.approx(600_000, abs=2_000)


def test_a_towed_van_has_left_whatever_its_receiver_says() -> None:
    """A receiver that says 0 m/s on a tow truck."""
    towed = [a_fix(400 + 10 * n, east_m=100.0 * n, speed_mps=0.0) for n in range(1, 20)]
    facts = facts_of([*Journey().stand(400).fixes, *towed])
    assert "trip_started" in kinds(facts)
