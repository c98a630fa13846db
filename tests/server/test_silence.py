"""Gateways that fall silent and are heard again, from what the table of gateways says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from server.domain.facts import Changes
from server.silence import Silence
from server.store import facts, fleet
from server.store.schema import gateways
from tests.support.alerting import Alerting
from tests.support.news import a_rule, at, ms


@pytest.fixture
def alerting(tmp_path: Path, database_url: str):
    made = Alerting(database_url, tmp_path)
    made.rule(a_rule("gateway_silent"))
    yield made
    made.close()


def speak(alerting: Alerting, second: float, *names: str) -> None:
    """These gateways are heard, new ones for the first time."""
    with alerting.database.writing() as connection:
        fleet.add_gateways(connection, [fleet.unclaimed(name, at(second)) for name in names])
        connection.execute(update(gateways).where(gateways.c.id.in_(names)).values(last_seen_at=at(second)))


def told(alerting: Alerting) -> list[tuple[str, str, float]]:
    with alerting.database.reading() as connection:
        found = facts.standing(connection, None, ms(-10_000), ms(100_000))
    return [(fact.kind, fact.body["gateway"], (fact.at_ms - ms(0)) / 1000) for fact in found]


def watching(alerting: Alerting, *, since: float = 0, listens: Callable[[], bool] = lambda: True) -> Silence:
    return Silence(alerting.database, silent_after_s=300, listens=listens, since=at(since))


def test_a_gateway_is_silent_after_five_minutes_and_heard_again(alerting: Alerting) -> None:
    """Each is a fact, once; the alert opens and closes by itself."""
    silence = watching(alerting)
    speak(alerting, 10, "van-1", "van-2")
    for second in range(10, 700, 5):
        if second == 600:
            speak(alerting, 598, "van-1")
        if second % 60 == 0:
            speak(alerting, second, "van-2")
        silence.beat(at(second))
    assert told(alerting) == [("gateway_silent", "van-1", 310.0), ("gateway_heard", "van-1", 598.0)]
    row = alerting.one()
    assert (row["state"], row["closed_ms"]) == ("closed", ms(598))


def test_a_restart_tells_no_silence_twice(alerting: Alerting) -> None:
    """And still knows who was silent, so that the end is told."""
    speak(alerting, 10, "van-1")
    watching(alerting).beat(at(400))
    again = watching(alerting, since=500)
    again.beat(at(900))
    speak(alerting, 910, "van-1")
    again.beat(at(915))
    assert [kind for kind, *_ in told(alerting)] == ["gateway_silent", "gateway_heard"]


def test_the_time_in_which_nobody_listened_is_no_silence(alerting: Alerting) -> None:
    """The server was off for an hour: its gateways get their five minutes to be heard."""
    speak(alerting, 10, "van-1")
    silence = watching(alerting, since=3600)
    silence.beat(at(3601))
    silence.beat(at(3899))
    assert told(alerting) == []
    silence.beat(at(3900))
    assert told(alerting) == [("gateway_silent", "van-1", 3900.0)]


def test_a_store_that_is_away_makes_nobody_silent(alerting: Alerting) -> None:
    """The writer waits for its database: what gateways sent is not lost, and was not heard."""
    hears = [False]
    silence = watching(alerting, listens=lambda: hears[0])
    speak(alerting, 10, "van-1")
    silence.beat(at(900))
    hears[0] = True
    silence.beat(at(1100))
    assert told(alerting) == []


def test_a_goodbye_is_silence_too(alerting: Alerting) -> None:
    """Whoever switched it off may have meant to; that it stays off is still news."""
    silence = watching(alerting)
    speak(alerting, 10, "van-1")
    with alerting.database.writing() as connection:
        fleet.set_status(connection, "van-1", None, online=False, seen_at=None)
    silence.beat(at(100))
    assert told(alerting) == []
    silence.beat(at(311))
    assert told(alerting) == [("gateway_silent", "van-1", 310.0)]


def test_a_box_that_seldom_speaks_is_known_after_a_restart(alerting: Alerting) -> None:
    """One false alarm while it is new, and none after that."""
    silence = watching(alerting)
    for hour in range(4):
        speak(alerting, hour * 3600, "tracker")
        for second in range(0, 3600, 300):
            silence.beat(at(hour * 3600 + second + 1))
    assert [kind for kind, *_ in told(alerting)] == ["gateway_silent", "gateway_heard"]
    again = watching(alerting, since=4 * 3600)
    again.beat(at(4 * 3600 + 3000))
    assert len(told(alerting)) == 2


def test_a_whole_fleet_is_one_storm(alerting: Alerting) -> None:
    """The broker is away: 1,200 gateways in one beat, in transactions that others can wait for."""
    speak(alerting, 10, *[f"van-{n}" for n in range(1200)])
    changes, alerts = watching(alerting).beat(at(311))
    assert len(changes) == 1200
    assert all(isinstance(change, Changes) for change in changes)
    assert max(alert.count for alert in alerts) == 1200
