"""The SQL database: SQLite by default, PostgreSQL by its URL. Opening, migrating, transactions.

The transaction is owned by the edge: whoever handles a request or a message opens `reading` or `writing` and hands the
connection to plain functions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from server.store.schema import Row


class DatabaseUnavailable(Exception):  # noqa: N818 - it names a state that passes, not a mistake
    """The database cannot be reached or written now; trying again may help. The text says what to look at."""


class Database:
    """An open database at its newest schema."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self.engine = _engine(url, data_dir)
        self.name = self.engine.dialect.name
        try:
            _migrate(self.engine)
        except DBAPIError as error:
            raise DatabaseUnavailable(f"The database could not be opened: {_said(error)}.") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, and rolled back when anything goes wrong."""
        with _away("The database did not take what was written"), self.engine.connect() as connection:
            connection.execution_options(milepost_writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view, without waiting for whoever writes."""
        with _away("The database does not answer"), self.engine.connect() as connection, connection.begin():
            yield connection

    def check(self) -> str:
        """The database's name and version; raises DatabaseUnavailable when it does not answer."""
        ask = "select sqlite_version()" if self.name == "sqlite" else "show server_version"
        with self.reading() as connection:
            return f"{self.name} {connection.execute(text(ask)).scalar_one()}"

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def upsert(connection: Connection, table: Table, rows: list[Row], *, keep: tuple[str, ...] = ()) -> None:
    """Insert the rows; where the primary key is there already, overwrite all columns but `keep` (all kept: ignore)."""
    if not rows:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    key = [column.name for column in table.primary_key]
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in (*key, *keep)}
    if fresh:
        statement = statement.on_conflict_do_update(index_elements=key, set_=fresh)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    connection.execute(statement, rows)


def _engine(url: str, data_dir: Path) -> Engine:
    try:
        where = make_url(url or f"sqlite:///{data_dir / 'milepost.sqlite'}")
        if where.drivername in ("postgresql", "postgres"):
            where = where.set(drivername="postgresql+psycopg")
        if where.drivername == "postgresql+psycopg":
            return create_engine(
                where,
                connect_args={"connect_timeout": 5},
                pool_size=8,
                max_overflow=32,
                pool_pre_ping=True,
                json_serializer=_json,
            )
    except ArgumentError:
        where = make_url("none://")
    if where.drivername != "sqlite":
        raise ValueError("[database] url has to be empty (SQLite), or postgresql://user:password@host/name")
    engine = create_engine(where, connect_args={"timeout": 30}, pool_size=8, max_overflow=32, json_serializer=_json)
    _tune_sqlite(engine)
    return engine


def _json(value: Any) -> str:
    """JSON that both databases take: NaN is null, as PostgreSQL has none."""
    return msgspec.json.encode(value).decode()


def _tune_sqlite(engine: Engine) -> None:
    """WAL and FULL: in power cuts NORMAL lost hundreds of acknowledged records, FULL none."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, so that writers never have to upgrade a lock
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("milepost_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        connection.execution_options(milepost_writes=True)
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


@contextmanager
def _away(what: str) -> Iterator[None]:
    """Turn errors that pass (the connection, the disk, a lock) into DatabaseUnavailable; a bad statement is ours."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError) or _stands_by(error):
            raise DatabaseUnavailable(f"{what}: {_said(error)}.") from error
        raise
    except PoolTimeoutError as error:
        raise DatabaseUnavailable(f"{what}: all its connections are in use.") from error


def _stands_by(error: DBAPIError) -> bool:
    """PostgreSQL's "read-only transaction": a replica that has not taken over yet."""
    return getattr(error.orig, "sqlstate", None) == "25006"


def _said(error: DBAPIError) -> str:
    return str(error.orig).strip().rstrip(".").replace("\n", "; ")
