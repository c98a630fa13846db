"""The one thread that commits, on real stores: it waits for them, and no message blocks its neighbours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from sqlalchemy import insert, text, update

from server.ingest.messages import Message
from server.ingest.writer import QUEUE, Writer
from server.live import Hub
from server.metrics import INGEST
from server.record import Answer
from server.store import fleet
from server.store.poison import list_poison
from server.store.schema import gateways, vehicles
from tests.support.positions import a_position
from tests.support.postgres import Postgres
from tests.support.stores import NOW, Stores, a_run_of
from tests.support.waiting import until
from wire.encode import encode_status, encode_up
from wire.messages import Run, Status
from wire.topics import topic


@contextmanager
def a_writer(stores: Stores, answers: list[Answer]) -> Iterator[Writer]:
    """A writer at work; its faults fail the test."""
    faults: list[int] = []
    writer = Writer(
        stores.database,
        stores.telemetry,
        Hub(),
        answers.append,
        accept_unclaimed=True,
        on_fault=lambda: faults.append(1),
    )
    writer.start()
    yield writer
    writer.stop()
    assert not faults


def up(gateway: str, first: int, last: int) -> Message:
    """The rows first..last of a gateway."""
    run = a_run_of([a_position(second) for second in range(first, last + 1)], seq_from=first)
    return Message(topic(gateway, "up"), encode_up(run), datetime.now(UTC))


REFUSE = """create function refuse() returns trigger language plpgsql as $$
    begin perform nextval('tries'); raise exception 'disk full' using errcode = '53100'; end $$"""


def a_refusing_store(folder: Path, postgres: Postgres) -> Stores:
    """A database whose disk is full when the numbers of streams are to be written."""
    stores = Stores(folder, postgres.new_database())
    with stores.database.writing() as connection:
        connection.execute(text("create sequence tries"))
        connection.execute(text(REFUSE))
        connection.execute(text("create trigger refuse before insert on streams execute function refuse()"))
    return stores


def refused(stores: Stores) -> int:
    """How often the database refused; a sequence counts what is rolled back as well."""
    with stores.database.reading() as connection:
        return int(connection.execute(text("select last_value from tries")).scalar_one())


def ends(answers: list[Answer]) -> dict[str, int]:
    return {answer.gateway: answer.ack.last for answer in answers}


def poison(stores: Stores) -> list[tuple[str, str]]:
    with stores.database.reading() as connection:
        return [(row["topic"], row["reason"]) for row in list_poison(connection, before=None, limit=99)]


def test_a_message_that_our_own_code_fails_on_is_set_aside_alone(stores: Stores) -> None:
    """Here a vehicle with an id that no store takes; next time a fault that nobody thought of."""
    answers: list[Answer] = []
    with a_writer(stores, answers) as writer:
        writer.put(up("van-3", 1, 1))
        until(lambda: ends(answers) == {"van-3": 1})
        with stores.database.writing() as connection:
            connection.execute(insert(vehicles).values(id="van 3/x", name="van 3", created_at=NOW))
            connection.execute(update(gateways).where(gateways.c.id == "van-3").values(vehicle_id="van 3/x"))
        for number in range(1, 7):
            writer.put(up(f"van-{number}", 2 if number == 3 else 1, 4))
        until(lambda: len(ends(answers)) == 6)
        until(lambda: poison(stores))
    assert ends(answers) == {f"van-{n}": 1 if n == 3 else 4 for n in range(1, 7)}
    [(where, reason)] = poison(stores)
    assert where == topic("van-3", "up")
    assert "not a vehicle id" in reason


def test_poison_is_set_aside_and_never_answered(stores: Stores) -> None:
    """Topics and payloads that nobody can read stand beside good ones."""
    answers: list[Answer] = []
    with a_writer(stores, answers) as writer:
        now = datetime.now(UTC)
        for name, payload in (
            ("milepost/v1/a b/up", b"x"),
            ("other/up", b""),
            (topic("van-9", "up"), b"\x02zip"),
            (topic("milepost.mark", "up"), b"{}"),
        ):
            writer.put(Message(name, payload, now))
        writer.put(up("van-1", 1, 3))
        until(lambda: ends(answers) == {"van-1": 3})
    assert len(poison(stores)) == 4


def test_the_telemetry_is_written_once_however_long_the_database_is_away(tmp_path: Path, postgres: Postgres) -> None:
    """An hour of repeats would fill the disk with the same rows."""
    stores, answers = a_refusing_store(tmp_path, postgres), []
    with a_writer(stores, answers) as writer:
        writer.put(up("van-1", 1, 5))
        until(lambda: "disk full" in writer.trouble)
        tries = refused(stores)
        until(lambda: refused(stores) > tries + 1, 10, "two more tries")
        assert answers == []
        with stores.database.writing() as connection:
            connection.execute(text("drop trigger refuse on streams"))
        until(lambda: ends(answers) == {"van-1": 5})
        assert writer.trouble == ""
    assert len(stores.track("van-1")) == 5
    stores.close()
    with duckdb.connect(str(tmp_path / "telemetry" / "hot.duckdb")) as file:
        assert file.execute("select count(*) from hot where vehicle = 'van-1'").fetchone() == (5,)


def test_a_writer_that_waits_for_a_store_stops_at_once(tmp_path: Path, postgres: Postgres) -> None:
    """A restart of a machine does not wait for a database that is gone."""
    stores, answers = a_refusing_store(tmp_path, postgres), []
    with a_writer(stores, answers) as writer:
        for number in range(3):
            writer.put(up(f"van-{number}", 1, 1))
        until(lambda: writer.trouble)
        writer.stop(3)
        assert not writer._thread.is_alive()
    assert answers == []
    stores.close()


def test_a_full_queue_drops_and_counts(opened: Callable[..., Stores]) -> None:
    """A gateway sends again what nobody answered; a server that takes everything dies of it."""
    stores = opened()
    writer = Writer(stores.database, stores.telemetry, Hub(), print, accept_unclaimed=True, on_fault=lambda: None)
    before = INGEST.dropped._value.get()
    message = up("van-1", 1, 1)
    for _ in range(QUEUE + 10):
        writer.put(message)
    assert INGEST.dropped._value.get() - before == 10


def test_a_retained_status_says_nothing_about_now(stores: Stores) -> None:
    """The broker repeats it to every server that starts, years later too."""
    answers: list[Answer] = []
    with a_writer(stores, answers) as writer:
        writer.put(up("van-1", 1, 1))
        until(lambda: answers)
        status = encode_status(Status(online=True, version="3"))
        writer.put(Message(topic("van-1", "status"), status, datetime(2099, 1, 1, tzinfo=UTC), retained=True))
        until(lambda: _gateway(stores)["status"])
    assert _gateway(stores)["last_seen_at"].year < 2099


def test_a_gateway_that_stands_is_told_by_a_server_that_starts(stores: Stores) -> None:
    """A new or restored server lacks rows, and a parked van has nothing to say: the broker knows that it is there."""
    answers: list[Answer] = []
    with a_writer(stores, answers) as writer:
        writer.put(up("van-1", 1, 3))
        until(lambda: answers)
        for van, stream, online, retained in (
            ("van-1", answers[0].ack.stream, True, True),
            ("van-2", "s2", True, True),
            ("van-3", "s3", False, True),
            ("van-4", "s4", True, False),
        ):
            status = encode_status(Status(online=online, stream=stream))
            writer.put(Message(topic(van, "status"), status, NOW, retained=retained))
        writer.put(up("van-5", 1, 1))
        until(lambda: "van-5" in ends(answers))
    assert ends(answers[1:]) == {"van-1": 3, "van-2": 0, "van-5": 1}


def test_a_probe_is_answered_even_if_nothing_was_ever_sent(stores: Stores) -> None:
    """A new gateway asks first."""
    answers: list[Answer] = []
    with a_writer(stores, answers) as writer:
        writer.put(Message(topic("van-1", "up"), encode_up(Run(stream="s")), NOW))
        until(lambda: ends(answers) == {"van-1": 0})


def _gateway(stores: Stores) -> dict:
    with stores.database.reading() as connection:
        return fleet.known_gateways(connection, ["van-1"])["van-1"]
