"""A speed limit counts from when somebody set it, whenever the data comes."""

from datetime import timedelta

from server.domain.engine.rules import limit_at
from server.judging import read_judging
from server.store.speed_limits import limit_speed
from tests.support.positions import a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived


def at_ms(hours: float) -> int:
    return round((NOW + timedelta(hours=hours)).timestamp() * 1000)


def limits(stores: Stores, *hours: float) -> list[float | None]:
    with stores.database.reading() as connection:
        rules = read_judging(connection).rules_of("van-1")
    return [limit_at(rules, at_ms(hour)) for hour in hours]


def test_what_was_driven_before_keeps_its_limit(stores: Stores) -> None:
    """Else late data of yesterday would be speeding by a limit of today."""
    stores.record(arrived(a_run_of([a_position()]), "van-1"))
    with stores.database.writing() as connection:
        limit_speed(connection, "van-1", 1500, NOW)
        limit_speed(connection, "van-1", 1000, NOW + timedelta(hours=2))
        limit_speed(connection, "van-1", None, NOW + timedelta(hours=4))
        limit_speed(connection, "van-1", 2000, NOW + timedelta(hours=4))
    assert limits(stores, -1, 0, 1, 2, 3, 4, 5) == [None, 15, 15, 10, 10, 20, 20]
