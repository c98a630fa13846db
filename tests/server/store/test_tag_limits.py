"""A tag's limits count from when somebody set them, whenever the readings come, and in whatever order."""

from datetime import timedelta

from server.domain.engine.rules import Range, range_of
from server.judging import Judges, read_judging
from server.record import record
from server.store import tags
from server.store.tag_limits import limit_tag
from tests.support.hearing import a_reading
from tests.support.positions import NOON, a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived

COLD = [{"quantity": "temperature_c", "min": 2.0, "max": 8.0, "dwell_s": 300}]
WARM = [{"quantity": "temperature_c", "min": None, "max": 25.0, "dwell_s": None}]


def at_ms(hours: float) -> int:
    return round((NOW + timedelta(hours=hours)).timestamp() * 1000)


def test_what_was_read_before_keeps_its_limits(stores: Stores) -> None:
    """Else the fridge of yesterday would have been too warm by a limit of today."""
    with stores.database.writing() as connection:
        tags.add_new(connection, {"cold-17": "ibeacon"}, NOW)
        limit_tag(connection, "cold-17", COLD, NOW)
        limit_tag(connection, "cold-17", WARM, NOW + timedelta(hours=2))
        limit_tag(connection, "cold-17", [], NOW + timedelta(hours=4))
    with stores.database.reading() as connection:
        rules = read_judging(connection).rules_of("van-1")
    asked = [range_of(rules, "cold-17", "temperature_c", at_ms(hours)) for hours in (-1, 0, 1, 2, 3, 4)]
    cold = Range(quantity="temperature_c", low=2.0, high=8.0, dwell_s=300)
    warm = Range(quantity="temperature_c", high=25.0)
    assert asked == [None, cold, cold, warm, warm, None]
    assert range_of(rules, "cold-17", "humidity_percent", at_ms(1)) is None
    assert range_of(rules, "another", "temperature_c", at_ms(1)) is None


def test_a_box_that_is_too_warm_for_long_enough_is_a_fact_of_the_van_that_hears_it(stores: Stores) -> None:
    """From the API's limit to the fact, by the server's own way; what came late counts the same."""
    with stores.database.writing() as connection:
        tags.add_new(connection, {"cold-17": "ibeacon"}, NOON)
        limit_tag(connection, "cold-17", COLD, NOON - timedelta(days=1))
    said = [a_reading(60 * minute, "cold-17", 9.5 if 5 <= minute < 15 else 5.0) for minute in range(20)]
    judges, now = Judges(), NOON + timedelta(hours=1)
    for number, part in enumerate(([*said[::2], a_position()], said[1::2]), start=0):
        run = a_run_of(part, seq_from=1 + number * 11)
        assert record(
            [arrived(run, "van-1")], stores.database, stores.telemetry, accept_unclaimed=True, now=now, judges=judges
        )
    facts = [fact for fact in stores.facts("van-1") if fact.kind.startswith("sensor_")]
    assert [(fact.kind, fact.at_ms) for fact in facts] == [
        ("sensor_high", round((NOON + timedelta(minutes=5)).timestamp() * 1000)),
        ("sensor_normal", round((NOON + timedelta(minutes=15)).timestamp() * 1000)),
    ]
    assert (facts[0].body["sensor"], facts[0].body["limit"]) == ("cold-17", 8.0)
