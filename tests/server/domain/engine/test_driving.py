"""Speeding, harsh driving, idling, engine hours, sensors: what is told, from when until when, and what is not."""

import pytest

from server.domain.engine.memory import Memory
from server.domain.engine.readings import Reading, reading_of
from server.domain.engine.rules import DEFAULT, Range, Rules
from server.domain.facts import in_order
from tests.support.journeys import START_MS, Journey, a_circle, a_fix, facts_of, index, second
from wire.messages import Event, Sensor, instant


def told(facts, *wanted: str) -> list[tuple[str, float]]:
    return [(fact.kind, second(fact.at_ms)) for fact in facts if fact.kind in wanted]


def with_readings(fixes, *said: Reading, rules: Rules = DEFAULT) -> Memory:
    memory = Memory("van-1", rules)
    memory.absorb(fixes, said)
    return memory


def at_second(second_: float, name: str, sensor: str = "", value: float = 0.0) -> Reading:
    return Reading(START_MS + round(second_ * 1000), name, sensor, value)


def test_speeding_is_told_from_the_first_fix_above_to_the_first_below() -> None:
    """5 km/h above the limit are given; one fix above is an error of the receiver."""
    rules = Rules(speed_limit_mps=13.9)
    journey = Journey().drive(30, 12).drive(20, 18).drive(30, 12).drive(1, 20).drive(30, 14)
    facts = facts_of(journey.fixes, rules=rules)
    assert told(facts, "speeding_started", "speeding_ended") == [("speeding_started", 31), ("speeding_ended", 51)]
    [ended] = [fact for fact in facts if fact.kind == "speeding_ended"]
    assert ended.body["max_speed_mps"] == 18
    assert ended.body["duration_s"] == 20
    assert ended.body["distance_m"] == pytest.approx(19 * 18 + 12, abs=1)


def test_the_lowest_limit_that_holds_counts() -> None:
    """20 km/h on the square, whatever the van may drive elsewhere."""
    square = a_circle("square", east_m=500, radius_m=100, speed_limit_kmh=20)
    facts = facts_of(Journey().drive(100, 10).fixes, square, rules=Rules(speed_limit_mps=25))
    [started] = [fact for fact in facts if fact.kind == "speeding_started"]
    assert started.fence == "square"
    assert 40 <= second(started.at_ms) <= 43
    assert "speeding_ended" in [fact.kind for fact in facts]


def test_harsh_driving_needs_fixes_that_are_close_in_time() -> None:
    """Between fixes 15 s apart nobody knows how hard it braked."""
    stop = Journey().drive(60, 15).stand(10)
    assert told(facts_of(stop.fixes), "harsh_braking") == [("harsh_braking", 61)]
    assert not told(facts_of(Journey(every_s=15).drive(60, 15).stand(60).fixes), "harsh_braking")
    gentle = [a_fix(n, 0.0, 0.0, max(0.0, 15 - 1.5 * n)) for n in range(12)]
    assert not told(facts_of(gentle), "harsh_braking")


def test_a_hard_turn_is_cornering() -> None:
    """15 m/s through a right angle in three seconds is 7.9 m/s²."""
    turn = [
        a_fix(n, 15.0 * min(n, 30), 15.0 * max(0, n - 30), 15.0, course_deg=max(0.0, 90.0 - 30.0 * max(0, n - 30)))
        for n in range(60)
    ]
    facts = facts_of(turn)
    assert [kind for kind, _ in told(facts, "harsh_cornering")] == ["harsh_cornering"]


def test_idling_begins_with_the_stand_and_ends_with_it() -> None:
    """The engine runs for ten minutes at a kerb."""
    journey = Journey(every_s=5).drive(100).stand(600).drive(100)
    memory = with_readings(journey.fixes, at_second(1, "ignition_on"))
    facts = in_order(memory.facts.values())
    [(_, started), (_, ended)] = told(facts, "idling_started", "idling_ended")
    assert started == pytest.approx(105, abs=5)
    assert ended == pytest.approx(705, abs=10)
    [day] = memory.days.values()
    assert day.idling_ms == pytest.approx(600_000, abs=15_000)
    assert day.engine_ms == pytest.approx(799_000, abs=10_000)
    [halt] = [fact for fact in facts if fact.kind == "halt_ended"]
    assert halt.body["halt"] == "idle"


def test_without_ignition_nobody_idles() -> None:
    """A guess would be wrong half of the time."""
    facts = facts_of(Journey(every_s=5).drive(100).stand(600).drive(100).fixes)
    assert not told(facts, "idling_started")


def test_an_engine_that_was_switched_off_idles_no_longer() -> None:
    """And an ignition that says nothing for long is not known any more."""
    journey = Journey(every_s=5).drive(100).stand(900)
    facts = in_order(
        with_readings(journey.fixes, at_second(1, "ignition_on"), at_second(500, "ignition_off")).facts.values()
    )
    assert told(facts, "ignition_on", "idling_ended", "ignition_off") == [
        ("ignition_on", 1), ("idling_ended", 500), ("ignition_off", 500)
    ]  # fmt: skip


def test_a_cold_box_that_is_warm_for_long_enough_is_told() -> None:
    """An open door for half a minute is not."""
    rules = Rules(ranges=(Range(quantity="temperature_c", high=8.0, dwell_s=60),))
    values = [(0, 4.0), (10, 9.0), (40, 5.0), (100, 9.0), (130, 9.5), (170, 9.1), (300, 6.0)]
    said = [at_second(when, "temperature_c", "box", value) for when, value in values]
    facts = in_order(with_readings([], *said, rules=rules).facts.values())
    assert told(facts, "sensor_high", "sensor_normal") == [("sensor_high", 100), ("sensor_normal", 300)]
    assert facts[0].body["limit"] == 8.0


def test_a_tags_own_limit_goes_before_that_of_every_sensor_and_ends_when_it_is_taken_away() -> None:
    """One box is for ice, the others are for milk; who takes the limit away takes the alarm away."""
    ice = (Range(quantity="temperature_c", high=-18.0),)
    rules = Rules(
        ranges=(Range(quantity="temperature_c", high=8.0),),
        tags={"ice": ((START_MS, ice), (START_MS + 200_000, (Range(quantity="temperature_c", high=50.0),)))},
    )
    said = [at_second(when, "temperature_c", box, 4.0) for when in (10, 100, 210) for box in ("ice", "milk")]
    facts = in_order(with_readings([], *said, rules=rules).facts.values())
    assert told(facts, "sensor_high", "sensor_normal") == [("sensor_high", 10), ("sensor_normal", 210)]
    assert {fact.body["sensor"] for fact in facts} == {"ice"}


def test_a_low_battery_and_a_lid_are_facts() -> None:
    """What the gateway says of itself, word for word."""
    facts = in_order(
        with_readings([], at_second(5, "battery_percent", "tag-7", 12.0), at_second(9, "tamper")).facts.values()
    )
    assert told(facts, "battery_low", "tamper") == [("battery_low", 5), ("tamper", 9)]


def test_records_of_the_wire_become_readings() -> None:
    """A sensor's value and an event with its details, to the millisecond."""
    at = instant(START_MS + 1)
    assert reading_of(Sensor(at=at, sensor="box", quantity="temperature_c", value=4.5)) == Reading(
        START_MS + 1, "temperature_c", "box", 4.5
    )
    assert reading_of(Event(at=at, event="tamper", detail={"b": 1, "a": 2})).detail == '{"a":2,"b":1}'


def test_speeding_in_a_fence_ends_with_the_fence() -> None:
    """It drives as fast as before, but may."""
    square = a_circle("square", east_m=500, radius_m=60, speed_limit_kmh=20)
    memory = Memory("van-1", DEFAULT, index(square))
    memory.absorb(Journey().drive(100, 10).fixes)
    assert {fact.kind for fact in memory.facts.values()} >= {"speeding_started", "speeding_ended"}


def test_a_new_limit_counts_from_then_on() -> None:
    """What was driven before is judged by the limit that held."""
    rules = Rules(speed_limits=((START_MS + 100_000, 10.0),))
    facts = facts_of(Journey().drive(200, 14).drive(20, 8).fixes, rules=rules)
    assert told(facts, "speeding_started", "speeding_ended") == [("speeding_started", 100), ("speeding_ended", 201)]
