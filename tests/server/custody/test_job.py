"""The custody job on real stores: what it says is a function of what was heard, whenever and in whatever order it came."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from server.custody import keeping
from server.store import custody, facts
from server.store.schema import bindings
from server.store.telemetry.heard import SIGHTINGS
from tests.support.hearing import a_scan, a_sighting
from tests.support.packages import EARLY, NOON, Depot, a_van, at_site, bind, shuffled
from tests.support.positions import a_position

LATER = NOON + timedelta(minutes=6)


class Killed(Exception):  # noqa: N818 - it names what happened
    """kill -9, as far as the job can tell: it never comes back from telling."""


OWN = {"p1": "van_1", "p2": "van_1", "p3": "van_2"}


@pytest.fixture
def depot(tmp_path: Path, database_url: str) -> Iterator[Depot]:
    made = Depot(tmp_path, database_url, **OWN)
    yield made
    made.close()


@pytest.fixture
def depots(tmp_path: Path) -> Iterator[Callable[[], Depot]]:
    """Any number of depots with the same plan."""
    made: list[Depot] = []

    def another() -> Depot:
        made.append(Depot(tmp_path / str(len(made)), **OWN))
        return made[-1]

    yield another
    for one in made:
        one.close()


def gist(depot: Depot) -> tuple[object, ...]:
    """Everything that people are shown."""
    found = [(one.id, one.kind, one.vehicle, one.at_ms, one.decided_ms, one.body) for one in depot.facts()]
    return found, depot.beliefs(), depot.past()


def in_order(depot: Depot) -> None:
    """The morning, told as it happens, and worked on as it comes."""
    for start in range(0, 240, 20):
        for van, aboard in (("van-1", ["p1", "p2"]), ("van-2", ["p3"])):
            whole = a_van(aboard)
            low, high = NOON + timedelta(seconds=start), NOON + timedelta(seconds=start + 20)
            part = [one for one in whole if low < one.at <= high or (start == 0 and one.at == low)]
            depot.bring(van, part, high)
        depot.work(NOON + timedelta(seconds=start + 20))
    depot.work(LATER)


def test_a_package_that_travels_with_its_van_is_aboard(depot: Depot) -> None:
    """What a dispatcher looks at first."""
    in_order(depot)
    places = {package: place for package, (place, _) in depot.beliefs().items()}
    assert places == {"p1": "vehicle:van-1", "p2": "vehicle:van-1", "p3": "vehicle:van-2"}
    loaded = [(one.vehicle, one.body["package"]) for one in depot.facts("loaded")]
    assert sorted(loaded) == [("van-1", "p1"), ("van-1", "p2"), ("van-2", "p3")]


def test_the_stream_is_told_what_is_news_and_only_that(depot: Depot) -> None:
    """A screen that flickers every ten seconds is one that nobody looks at."""
    in_order(depot)
    news = [one for heard in depot.heard for one in heard.beliefs]
    assert {one["package_id"] for one in news} == {"p1", "p2", "p3"}
    assert len(news) < 20
    assert news[-1].keys() == {"vehicle_id", "package_id", "place", "p", "alarm"}
    depot.heard.clear()
    depot.work(LATER)
    assert depot.heard == []


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_arrival_changes_nothing(depots: Callable[[], Depot], seed: int) -> None:
    """P2: shuffled, repeated, and worked on in between; facts, beliefs and the past come out the same."""
    straight, mixed = depots(), depots()
    in_order(straight)
    pieces = [("van-1", piece) for piece in shuffled(a_van(["p1", "p2"]), 4, seed)]
    pieces += [("van-2", piece) for piece in shuffled(a_van(["p3"]), 3, seed + 9)]
    for number, (van, piece) in enumerate(pieces):
        mixed.bring(van, piece)
        mixed.work(LATER, beats=number % 3)
    mixed.work(LATER)
    assert gist(mixed) == gist(straight)


def test_late_data_changes_what_was_said_and_the_fact_keeps_what_it_was(depot: Depot) -> None:
    """The van was out of reach while it was loaded: what it heard comes when it is in reach again."""
    whole = a_van(["p1"])
    cut = NOON + timedelta(seconds=120)
    depot.bring("van-1", [one for one in whole if one.at > cut], LATER)
    depot.work(LATER)
    [before] = depot.facts("loaded")
    depot.bring("van-1", [one for one in whole if one.at <= cut], LATER)
    depot.work(LATER)
    [after] = depot.facts("loaded")
    assert after.at_ms < before.at_ms
    with depot.stores.database.reading() as connection:
        row, old = facts.one(connection, after.id), facts.one(connection, before.id)
    assert row is not None
    assert old is not None
    assert (row["instead_of"], old["withdrawn_at"] is not None) == (before.id, True)


def test_a_job_that_is_killed_between_its_steps_loses_and_doubles_nothing(depots: Callable[[], Depot]) -> None:
    """It remembers nothing but what is in the database; each step may be its last."""
    straight, killed = depots(), depots()
    in_order(straight)
    whole = a_van(["p1", "p2"])
    killed.bring("van-2", a_van(["p3"]))
    killed.bring("van-1", whole[len(whole) // 2 :])

    def kill(_heard: object) -> None:
        raise Killed

    kills = 0
    for number in range(6):
        killed.restart()
        try:
            killed.custody.beat(LATER, kill)
        except Killed:
            kills += 1
        if number == 0:
            killed.bring("van-1", whole[: len(whole) // 2])
    killed.restart()
    killed.work(LATER)
    assert kills >= 3
    assert gist(killed) == gist(straight)


def test_a_replay_that_meets_a_state_that_was_kept_goes_on_or_ends(depot: Depot) -> None:
    """A sighting of a stranger's tag, late, in the middle of the morning: worked in, and nothing is said anew."""
    in_order(depot)
    done = gist(depot)
    for second, tag in ((30, "strange"), (110, "strange"), (110, "strange")):
        depot.bring("van-1", [a_sighting(second, tag)])
        depot.work(LATER)
        with depot.stores.database.reading() as connection:
            row = custody.work(connection)
        assert row is not None
        assert (row["replay_ms"], row["dirty_from_ms"]) == (None, None)
        assert gist(depot) == done


def test_what_one_job_began_another_leaves_alone(depot: Depot) -> None:
    """Two servers on one database for a moment: the one that comes second writes nothing."""
    depot.bring("van-1", a_van(["p1"]))
    depot.work(LATER, beats=1)
    first = depot.custody
    depot.restart()
    depot.work(LATER)
    done = gist(depot)
    first.beat(LATER, depot.heard.append)
    assert gist(depot) == done


def test_a_scanner_of_a_site_hears_for_the_site(depot: Depot) -> None:
    """A box at the dock: its vehicle is nobody's."""
    depot.bring("dock", [a_position(0)])
    at_site(depot.stores.database, "dock")
    depot.bring("dock", [one for second in range(10, 70, 10) for one in (a_scan(second), a_sighting(second, "t-p1"))])
    depot.work(LATER)
    assert {row["scanner"] for row in depot.rows(SIGHTINGS)} == {"site:depot"}
    assert depot.beliefs()["p1"][0] == "site:depot"


def test_a_binding_of_before_is_worked_in(depot: Depot) -> None:
    """Somebody scans the tags an hour after loading, and says when it was."""
    with depot.stores.database.writing() as connection:
        connection.execute(delete(bindings))
    depot.bring("van-1", a_van(["p1"]))
    depot.work(LATER)
    assert (depot.facts(), depot.beliefs()) == ([], {})
    with depot.stores.database.writing() as connection:
        bind(connection, "p1", EARLY)
    depot.work(LATER)
    assert [one.body["package"] for one in depot.facts("loaded")] == ["p1"]
    assert depot.beliefs()["p1"][0] == "vehicle:van-1"


def test_a_clock_that_is_wrong_by_years_does_not_stop_the_work(depot: Depot) -> None:
    """A box that believes in 1990, and one that is in 2031: neither is worked on for years."""
    depot.bring("van-9", [a_scan(-1_200_000_000), a_scan(150_000_000)])
    depot.bring("van-1", a_van(["p1"]))
    with depot.stores.database.reading() as connection:
        assert custody.work(connection)["dirty_from_ms"] is not None  # type: ignore[index]
    depot.work(LATER, beats=3)
    with depot.stores.database.reading() as connection:
        row = custody.work(connection)
    assert row is not None
    assert row["done_ms"] > (LATER - timedelta(days=36)).timestamp() * 1000


def test_kept_states_are_bounded(depot: Depot) -> None:
    """A state holds every package: a thousand of them would be the largest thing in the database."""
    hour_ms = 3_600_000
    times = range(0, 40 * 24 * hour_ms, 60_000)
    gone = keeping.spare(times, times[-1], [times[-1]])
    kept = sorted(set(times) - gone)
    assert len(kept) < 90
    assert kept[-1] == times[-1]
    again = keeping.spare(kept, times[-1] + 60_000, [times[-1]])
    assert len(again) <= 6, "only spans that have just become wider lose any"
