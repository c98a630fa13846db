"""Users with open sessions and keys, put straight into a server's database: as the commands do, but without a second each."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import httpx

from server.api.parts import COOKIE
from server.store import accounts, keys, sessions
from server.store.database import Database
from tests.support.servers import Server


def a_browser(server: Server, name: str, role: Any) -> httpx.Client:
    """The browser of a user, who is made when there is none, signed in."""
    database = Database(server.database_url, server.data)
    now = datetime.now(UTC)
    with database.writing() as connection:
        if not accounts.known(connection, name):
            accounts.add_user(connection, name=name, role=role, now=now, elsewhere=True)
        token = sessions.open_session(connection, name, now)
    database.close()
    return httpx.Client(base_url=server.api.base_url, cookies={COOKIE: token}, timeout=30)


def a_program(
    server: Server, name: str, role: Any, scopes: Collection[str] | None = None, teams: Collection[str] | None = None
) -> httpx.Client:
    """A program with a new key."""
    database = Database(server.database_url, server.data)
    with database.writing() as connection:
        key = keys.add_key(
            connection, name=name, role=role, expires_at=None, now=datetime.now(UTC), scopes=scopes, team_ids=teams
        )
    database.close()
    return httpx.Client(base_url=server.api.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)
