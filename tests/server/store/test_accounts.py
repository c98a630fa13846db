"""Who comes in, and who does not any more, on each database."""

from datetime import timedelta

import pytest

from server.store import accounts, keys, sessions
from server.store.database import Database
from tests.support.stores import NOW, Stores, later


@pytest.fixture
def database(stores: Stores) -> Database:
    """With the first admin, whose password is `first`."""
    with stores.database.writing() as connection:
        accounts.add_user(connection, name="admin", role="admin", now=NOW)
        accounts.set_password(connection, name="admin", password="first", one_time=True)
    return stores.database


def test_the_first_admin_is_made_once(stores: Stores) -> None:
    """The second start prints no password."""
    with stores.database.writing() as connection:
        password = accounts.first_admin(connection, NOW)
        assert password
        assert accounts.first_admin(connection, NOW) is None
        assert accounts.password_fits(connection, "admin", password).one_time  # type: ignore[union-attr]


def test_a_wrong_password_and_an_unknown_name_are_alike(database: Database) -> None:
    """Nobody learns which names there are."""
    with database.reading() as connection:
        assert accounts.password_fits(connection, "admin", "wrong") is None
        assert accounts.password_fits(connection, "nobody", "first") is None


def test_a_new_password_ends_all_sessions(database: Database) -> None:
    """Whoever stole the old one is out."""
    with database.writing() as connection:
        token = sessions.open_session(connection, "admin", NOW)
        assert sessions.session_person(connection, token, NOW).one_time  # type: ignore[union-attr]
        accounts.set_password(connection, name="admin", password="second")
        assert sessions.session_person(connection, token, NOW) is None
        assert not accounts.password_fits(connection, "admin", "second").one_time  # type: ignore[union-attr]


def test_sessions_keys_and_links_end_in_time(database: Database) -> None:
    """What was forgotten somewhere opens nothing for ever."""
    with database.writing() as connection:
        session = sessions.open_session(connection, "admin", NOW)
        key = keys.add_key(connection, name="k", role="viewer", expires_at=later(10), now=NOW)
        link = sessions.add_link(connection, "admin", NOW)
        assert sessions.session_person(connection, session, NOW + timedelta(days=13))
        assert sessions.session_person(connection, session, NOW + timedelta(days=14)) is None
        assert keys.key_person(connection, key, later(9))
        assert keys.key_person(connection, key, later(10)) is None
        assert sessions.use_link(connection, link, NOW + timedelta(minutes=10)) is None


def test_a_link_works_once(database: Database) -> None:
    """A history or a proxy may have seen it."""
    with database.writing() as connection:
        link = sessions.add_link(connection, "admin", NOW)
        assert sessions.use_link(connection, link, later(1)) == "admin"
        assert sessions.use_link(connection, link, later(2)) is None


def test_a_key_that_is_removed_opens_nothing(database: Database) -> None:
    """At once."""
    with database.writing() as connection:
        key = keys.add_key(connection, name="k", role="viewer", expires_at=None, now=NOW)
        assert keys.key_person(connection, key, NOW)
        assert keys.remove_key(connection, "k")
        assert keys.key_person(connection, key, NOW) is None
        assert not keys.remove_key(connection, "k")


def test_no_token_is_kept(database: Database) -> None:
    """Whoever reads the database cannot sign in."""
    with database.writing() as connection:
        tokens = [
            sessions.open_session(connection, "admin", NOW),
            keys.add_key(connection, name="k", role="viewer", expires_at=None, now=NOW),
            sessions.add_link(connection, "admin", NOW),
            "first",
        ]
        for table in ("users", "sessions", "api_keys", "login_links"):
            rows = connection.exec_driver_sql(f"select * from {table}").fetchall()
            assert rows
            assert not [token for token in tokens if token in str(rows)]
