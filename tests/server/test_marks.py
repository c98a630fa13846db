"""Telemetry that was restored or exchanged without the database is noticed, and what it lacks is sent again."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from server import marks
from server.record import keep, take
from server.store import streams
from tests.support.positions import a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived, later
from wire.messages import Run


def deliver(stores: Stores, first: int, last: int, *, gateway: str = "van-1", at_s: float = 0) -> None:
    """The rows first..last, so many seconds after NOW."""
    rows = [a_position(second) for second in range(first, last + 1)]
    stores.record(arrived(a_run_of(rows, seq_from=first), gateway), now=later(at_s))


def last(stores: Stores, gateway: str = "van-1") -> int:
    """How far the server says that it is."""
    [answer] = stores.record(arrived(Run(stream="a1b2"), gateway)).answers
    return answer.ack.last


def mark(stores: Stores, at_s: float) -> None:
    marks.make(stores.database, stores.telemetry, later(at_s))


def restore_telemetry(stores: Stores, backup: Path, folder: Path) -> None:
    stores.close()
    shutil.rmtree(folder / "telemetry")
    shutil.copytree(backup, folder / "telemetry")


def test_telemetry_from_last_night_gets_the_rest_again(opened: Callable[..., Stores], tmp_path: Path) -> None:
    """Only its folder was restored: the database would say that everything is there."""
    stores = opened()
    deliver(stores, 1, 5)
    mark(stores, 10)
    stores.telemetry.close()
    shutil.copytree(tmp_path / "data" / "telemetry", tmp_path / "backup")
    stores = opened()
    deliver(stores, 6, 9, at_s=20)
    deliver(stores, 1, 3, gateway="van-2", at_s=21)
    mark(stores, 30)
    restore_telemetry(stores, tmp_path / "backup", tmp_path / "data")

    restored = opened()
    marks.compare(restored.database, restored.telemetry)
    assert (last(restored), last(restored, "van-2")) == (5, 0)
    deliver(restored, 6, 9)
    assert restored.track("van-1") == [a_position(second) for second in range(1, 10)]


def test_another_telemetry_gets_everything_that_gateways_still_have(
    opened: Callable[..., Stores], tmp_path: Path
) -> None:
    """Somebody moves from DuckDB to InfluxDB, or throws a damaged folder away."""
    stores = opened()
    deliver(stores, 1, 5)
    mark(stores, 10)
    stores.close()
    shutil.rmtree(tmp_path / "data" / "telemetry")
    renewed = opened()
    marks.compare(renewed.database, renewed.telemetry)
    assert last(renewed) == 0


def test_telemetry_that_is_as_new_changes_nothing(stores: Stores) -> None:
    """Every ordinary start."""
    deliver(stores, 1, 5)
    mark(stores, 10)
    deliver(stores, 6, 9, at_s=20)
    marks.compare(stores.database, stores.telemetry)
    assert last(stores) == 9


def test_telemetry_that_is_newer_changes_nothing(stores: Stores) -> None:
    """The database was restored: its own numbers are older already."""
    deliver(stores, 1, 5)
    mark(stores, 10)
    ahead = arrived(a_run_of([a_position(6)], seq_from=6))
    keep(take([ahead], stores.database, accept_unclaimed=True, now=NOW), stores.telemetry)
    with stores.database.writing() as connection:
        streams.rewind(connection, later(10))
    marks.compare(stores.database, stores.telemetry)
    assert last(stores) == 5


def test_a_stream_that_rests_keeps_its_mark(stores: Stores) -> None:
    """A van in winter storage: its mark is older than all that are thrown away."""
    deliver(stores, 1, 5)
    mark(stores, 10)
    for day in range(1, 30):
        deliver(stores, day, day, gateway="van-2", at_s=day * 86_400)
        mark(stores, day * 86_400 + 10)
    with stores.database.writing() as connection:
        streams.rewind(connection, NOW + timedelta(days=28))
    assert (last(stores), last(stores, "van-2")) == (5, 27)


def test_two_starts_in_a_second_make_two_marks(stores: Stores) -> None:
    """What came between them is not behind the first: telemetry from then would be taken for whole."""
    deliver(stores, 1, 5)
    mark(stores, 10)
    deliver(stores, 6, 9, at_s=10.2)
    mark(stores, 10.9)
    with stores.database.writing() as connection:
        streams.rewind(connection, later(10.9))
    assert last(stores) == 9
    with stores.database.writing() as connection:
        streams.rewind(connection, later(10))
    assert last(stores) == 5


def test_a_mark_of_the_same_moment_goes_on_saying_how_far_it_was_first(stores: Stores) -> None:
    """A clock that was put back makes it again, and must not stop the server."""
    deliver(stores, 1, 5)
    mark(stores, 10)
    deliver(stores, 6, 9, at_s=10.2)
    mark(stores, 10)
    with stores.database.writing() as connection:
        streams.rewind(connection, later(10))
    assert last(stores) == 5
