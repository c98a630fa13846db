"""Who may come in: users with passwords, sessions, API keys, one-time links. Tokens are kept as hashes only."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, delete, func, insert, select, update

from server.store.database import upsert
from server.store.schema import Row, api_keys, login_links, sessions, users

Role = Literal["admin", "dispatcher", "viewer", "installer", "driver", "shipper", "carrier", "recipient"]
SESSION_DAYS = 14
LINK_MINUTES = 10
_hasher = PasswordHasher()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever asks: a user or a machine."""

    name: str
    role: Role
    machine: bool = False
    one_time: bool = False
    """Signed in with the first password, which has to be replaced."""


def first_admin(connection: Connection, now: datetime) -> str | None:
    """Make the first admin when there is no user at all; its one-time password, or None."""
    if connection.execute(select(func.count()).select_from(users)).scalar_one():
        return None
    password = secrets.token_urlsafe(12)
    add_user(connection, name="admin", password=password, role="admin", one_time=True, now=now)
    return password


def role_of(connection: Connection, name: str) -> Role | None:
    """The role of a user; None when there is no such user."""
    role: Role | None = connection.execute(select(users.c.role).where(users.c.name == name)).scalar_one_or_none()
    return role


def add_user(connection: Connection, *, name: str, password: str, role: Role, one_time: bool, now: datetime) -> None:
    """A new user, or a new password and role for one who is there; all their sessions end."""
    row = {"name": name, "password_hash": _hasher.hash(password), "one_time": one_time, "role": role, "created_at": now}
    upsert(connection, users, [row], keep=("created_at",))
    connection.execute(delete(sessions).where(sessions.c.user_name == name))


def set_password(connection: Connection, *, name: str, password: str) -> None:
    """Replace a user's password, and end all sessions that the old one opened."""
    connection.execute(
        update(users).where(users.c.name == name).values(password_hash=_hasher.hash(password), one_time=False)
    )
    connection.execute(delete(sessions).where(sessions.c.user_name == name))


def password_fits(connection: Connection, name: str, password: str) -> Person | None:
    """The user, if the password is right; as slow for a name that nobody has as for a wrong password."""
    row = connection.execute(select(users).where(users.c.name == name)).mappings().first()
    try:
        _hasher.verify(row["password_hash"] if row else _nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return Person(name=row["name"], role=row["role"], one_time=row["one_time"]) if row else None


def open_session(connection: Connection, name: str, now: datetime) -> str:
    """A new session's token; it goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=SESSION_DAYS)
    row = {"token_hash": hashed(token), "user_name": name, "created_at": now, "expires_at": expires_at}
    connection.execute(insert(sessions).values(row))
    connection.execute(delete(sessions).where(sessions.c.expires_at < now))
    return token


def session_person(connection: Connection, token: str, now: datetime) -> Person | None:
    """Whose session this is, if it is still open."""
    row = connection.execute(
        select(users)
        .join(sessions, sessions.c.user_name == users.c.name)
        .where(sessions.c.token_hash == hashed(token), sessions.c.expires_at > now)
    ).first()
    return Person(name=row.name, role=row.role, one_time=row.one_time) if row else None


def close_session(connection: Connection, token: str) -> None:
    """Sign out."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == hashed(token)))


def add_key(connection: Connection, *, name: str, role: Role, expires_at: datetime | None, now: datetime) -> str:
    """A new API key; it is shown once. Raises ValueError when the name is taken."""
    if connection.execute(select(api_keys.c.name).where(api_keys.c.name == name)).first():
        raise ValueError(f"there is a key named {name!r} already; choose another name, or remove it first")
    token = "mp_" + secrets.token_urlsafe(32)
    row = {"name": name, "token_hash": hashed(token), "role": role, "created_at": now, "expires_at": expires_at}
    connection.execute(insert(api_keys).values(row))
    return token


def key_person(connection: Connection, token: str, now: datetime) -> Person | None:
    """The machine that has this key, if the key still counts."""
    row = connection.execute(select(api_keys).where(api_keys.c.token_hash == hashed(token))).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Person(name=row.name, role=row.role, machine=True)


def list_keys(connection: Connection) -> list[Row]:
    """The keys, without what they open with."""
    asked = select(api_keys.c.name, api_keys.c.role, api_keys.c.created_at, api_keys.c.expires_at)
    return [dict(row) for row in connection.execute(asked.order_by(api_keys.c.name)).mappings()]


def remove_key(connection: Connection, name: str) -> bool:
    """Whether there was such a key; now there is none."""
    return connection.execute(delete(api_keys).where(api_keys.c.name == name)).rowcount > 0


def add_link(connection: Connection, name: str, now: datetime) -> str:
    """A one-time link's token for this user. Raises ValueError when there is no such user."""
    if not connection.execute(select(users.c.name).where(users.c.name == name)).first():
        raise ValueError(f"there is no user {name!r}")
    token = secrets.token_urlsafe(32)
    expires_at = now + timedelta(minutes=LINK_MINUTES)
    row = {"token_hash": hashed(token), "user_name": name, "expires_at": expires_at}
    connection.execute(insert(login_links).values(row))
    connection.execute(delete(login_links).where(login_links.c.expires_at < now))
    return token


def use_link(connection: Connection, token: str, now: datetime) -> str | None:
    """Whose link this is; it works once."""
    row = connection.execute(
        delete(login_links)
        .where(login_links.c.token_hash == hashed(token))
        .returning(login_links.c.user_name, login_links.c.expires_at)
    ).first()
    return row.user_name if row and row.expires_at > now else None


@cache
def _nobody() -> str:
    """A password that nobody has, hashed: made when it is first needed, because it takes a fifth of a second."""
    return _hasher.hash(secrets.token_hex(8))


def hashed(token: str) -> str:
    """What is kept of a token.

    Tokens have 256 random bits, so one round of SHA-256 is enough, and looking up the hash tells nothing by its timing.
    """
    return hashlib.sha256(token.encode()).hexdigest()
