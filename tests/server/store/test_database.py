"""Opening, migrating and losing a database, on SQLite and on a real PostgreSQL."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from server.store import matched_trips
from server.store.database import Database, DatabaseUnavailable
from server.store.schema import UtcDateTime, facts, metadata, sessions, users, vehicles
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.real import ROOT

NEW_YEAR = datetime(2026, 12, 31, 23, 59, 59, 123_000, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, database_url: str):
    opened = Database(database_url, tmp_path)
    yield opened
    opened.close()


def add_van(database: Database, name: str = "van-1") -> None:
    with database.writing() as connection:
        connection.execute(insert(vehicles).values(id=name, name=name, created_at=NEW_YEAR))


def vans(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(select(vehicles.c.id)).scalars())


def test_the_migrations_make_what_the_schema_says(database: Database) -> None:
    """`alembic check`: a forgotten migration breaks every server that is not new."""

    def same_type(_context, _inspected, column, _found, ours) -> bool | None:
        return False if isinstance(ours, UtcDateTime) else None

    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type})
        assert compare_metadata(context, metadata) == []


def test_trips_of_before_wait_for_the_roads(tmp_path: Path) -> None:
    """An update brings limits of roads for the days that are stored already; what was withdrawn is not asked for."""
    engine = create_engine(f"sqlite:///{tmp_path / 'milepost.sqlite'}")
    config = Config()
    config.set_main_option("script_location", str(ROOT / "server/store/migrations"))
    trip = {"vehicle_id": "van-1", "kind": "trip_ended", "at_ms": 10**12, "decided_ms": 10**12, "body": {}}
    trip |= {"recorded_at": NEW_YEAR, "revision": 1, "withdrawn_at": None}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        rows = [{"id": "a"}, {"id": "b", "withdrawn_at": NEW_YEAR}, {"id": "c", "kind": "trip_started"}]
        connection.execute(insert(facts), [trip | row for row in rows])
    engine.dispose()
    opened = Database("", tmp_path)
    with opened.reading() as connection:
        [row] = matched_trips.waiting(connection, 9)
    opened.close()
    assert (row["fact_id"], row["vehicle_id"], row["at_ms"], row["asked_at"]) == ("a", "van-1", 10**12, NEW_YEAR)


def test_opening_again_keeps_everything(tmp_path: Path, database_url: str) -> None:
    """Every restart migrates, and finds nothing to do."""
    first = Database(database_url, tmp_path)
    add_van(first)
    first.close()
    again = Database(database_url, tmp_path)
    assert vans(again) == ["van-1"]
    again.close()


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    """SQLite hands out naive ones, PostgreSQL the zone of the session."""
    add_van(database)
    with database.reading() as connection:
        [at] = connection.execute(select(vehicles.c.created_at)).scalars()
    assert at == NEW_YEAR
    assert at.utcoffset().total_seconds() == 0


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    """The facts and how far they go are one transaction."""
    add_van(database)
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(vehicles), [{"id": i, "name": i, "created_at": NEW_YEAR} for i in ("van-2", "van-1")])
    assert vans(database) == ["van-1"]


def test_a_naive_time_is_refused(database: Database) -> None:
    """Nobody could say which instant it is."""
    with pytest.raises(Exception, match="without a zone"), database.writing() as connection:
        connection.execute(insert(vehicles).values(id="v", name="v", created_at=datetime(2026, 1, 1)))


def test_a_postgresql_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    """Whoever reads or writes is told to try again; afterwards the same object goes on."""
    server = Postgres()
    database = Database(server.new_database(), tmp_path)
    add_van(database)
    server.stop()
    for work in (lambda: vans(database), lambda: add_van(database, "van-2"), database.check):
        with pytest.raises(DatabaseUnavailable):
            work()
    server.start()
    add_van(database, "van-2")
    assert vans(database) == ["van-1", "van-2"]
    database.close()
    server.remove()


def test_a_postgresql_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    """The address may be wrong: the message names it, and not the password."""
    with pytest.raises(DatabaseUnavailable) as error:
        Database(f"postgresql://milepost:geheim@127.0.0.1:{free_port()}/milepost", tmp_path)
    assert "could not be opened" in str(error.value)
    assert "geheim" not in str(error.value)


def test_a_locked_sqlite_is_unavailable_and_nothing_else(tmp_path: Path) -> None:
    """Somebody's backup holds the lock for longer than we wait."""
    database = Database("", tmp_path)
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(tmp_path / "milepost.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        add_van(database)
    other.execute("ROLLBACK")
    other.close()
    add_van(database)
    database.close()


@pytest.mark.parametrize("url", ["mysql://host/name", "postgres", "sqlserver+x://y", "file.db"])
def test_another_address_is_refused_with_what_to_write(tmp_path: Path, url: str) -> None:
    """The traceback of a missing driver helps nobody."""
    with pytest.raises(ValueError, match="postgresql://"):
        Database(url, tmp_path)


def test_people_and_their_sessions_survive_the_update(tmp_path: Path, database_url: str) -> None:
    """Migration 0003 adds columns to tables that others hang on: nobody is thrown out by it."""
    url = database_url or f"sqlite:///{tmp_path / 'milepost.sqlite'}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", str(ROOT / "server" / "store" / "migrations"))
    with engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys=ON") if not database_url else text("select 1"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        name = {"name": "aino", "at": NEW_YEAR.isoformat()}
        connection.execute(text("insert into users values (:name, 'hash', false, 'viewer', :at)"), name)
        connection.execute(text("insert into sessions values ('token', :name, :at, :at)"), name)
    engine.dispose()
    database = Database(database_url, tmp_path)
    with database.reading() as connection:
        assert [row.way for row in connection.execute(select(sessions))] == [None]
        assert [row.subject for row in connection.execute(select(users))] == [None]
    database.close()
