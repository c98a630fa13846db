"""API keys: what programs come in with. Tokens are kept as hashes only."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from server.domain.permissions import WORDS, Role
from server.domain.person import Person, check_name
from server.store import teams
from server.store.schema import Row, api_keys
from server.store.tokens import hashed

_SHOWN = tuple(column for column in api_keys.columns if column.name != "token_hash")


def add_key(
    connection: Connection,
    *,
    name: str,
    role: Role,
    expires_at: datetime | None,
    now: datetime,
    scopes: Iterable[str] | None = None,
    team_ids: Iterable[str] | None = None,
    created_by: str | None = None,
) -> str:
    """A new API key; it is shown once. Raises ValueError with what to do instead."""
    check_name(name)
    if connection.execute(select(api_keys.c.name).where(api_keys.c.name == name)).first():
        raise ValueError(f"There is a key named {name!r} already. Choose another name, or remove it first.")
    narrowed = None if scopes is None else sorted(set(scopes))
    for scope in narrowed or ():
        if scope not in WORDS:
            raise ValueError(f"There is no scope {scope!r}. There are {', '.join(WORDS)}.")
    limited = None if team_ids is None else sorted(set(team_ids))
    if limited is not None:
        if role == "admin":
            raise ValueError("An admin's key sees every vehicle. Leave out the teams, or choose another role.")
        known = {row["id"] for row in teams.list_teams(connection, limited)}
        if missing := set(limited) - known:
            raise ValueError(f"There is no team {min(missing)!r}.")
    token = "mp_" + secrets.token_urlsafe(32)
    row = {"name": name, "token_hash": hashed(token), "role": role, "created_at": now, "expires_at": expires_at}
    row |= {"scopes": narrowed, "teams": limited, "created_by": created_by}
    connection.execute(insert(api_keys).values(row))
    return token


def key_person(connection: Connection, token: str, now: datetime) -> Person | None:
    """The machine that has this key, if the key still counts."""
    row = connection.execute(select(api_keys).where(api_keys.c.token_hash == hashed(token))).first()
    return _machine(connection, row, now)


def machine_named(connection: Connection, name: str, now: datetime) -> Person | None:
    """A machine as it is now, for what is done in its name, if its key still counts."""
    return _machine(connection, connection.execute(select(api_keys).where(api_keys.c.name == name)).first(), now)


def list_keys(connection: Connection) -> list[Row]:
    """The keys, without what they open with."""
    return [dict(row) for row in connection.execute(select(*_SHOWN).order_by(api_keys.c.name)).mappings()]


def used(connection: Connection, name: str, now: datetime) -> None:
    """Note that a key was used."""
    connection.execute(update(api_keys).where(api_keys.c.name == name).values(used_at=now))


def remove_key(connection: Connection, name: str) -> bool:
    """Whether there was such a key; now there is none."""
    return connection.execute(delete(api_keys).where(api_keys.c.name == name)).rowcount > 0


def _machine(connection: Connection, row: Any, now: datetime) -> Person | None:
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    person = Person(
        name=row.name,
        role=row.role,
        machine=True,
        scopes=None if row.scopes is None else frozenset(row.scopes),
        teams=None if row.teams is None else frozenset(row.teams),
        used_at=row.used_at,
    )
    return msgspec.structs.replace(person, sees=teams.visible(connection, person))
