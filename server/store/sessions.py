"""Sessions and one-time links: how people stay in, and come in without a password. Kept as hashes only."""

import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from server.domain.person import Person
from server.store import teams
from server.store.schema import Row, login_links, sessions, users
from server.store.tokens import hashed

SESSION_DAYS = 14
ELSEWHERE_DAYS = 1
"""Of a session that was opened by OIDC: who is no longer known there is out within a day."""
LINK_MINUTES = 10
Way = Literal["password", "link", "oidc"]


def lasts(way: Way) -> timedelta:
    """How long a session counts."""
    return timedelta(days=ELSEWHERE_DAYS if way == "oidc" else SESSION_DAYS)


def open_session(
    connection: Connection, name: str, now: datetime, *, way: Way = "password", address: str = "", browser: str = ""
) -> str:
    """A new session's token; it goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    expires_at = now + lasts(way)
    row = {"token_hash": hashed(token), "user_name": name, "created_at": now, "expires_at": expires_at, "seen_at": now}
    row |= {"way": way, "address": address[:64], "browser": browser[:300]}
    connection.execute(insert(sessions).values(row))
    connection.execute(update(users).where(users.c.name == name).values(signed_in_at=now))
    connection.execute(delete(sessions).where(sessions.c.expires_at < now))
    return token


def session_person(connection: Connection, token: str, now: datetime) -> Person | None:
    """Whose session this is, if it is still open."""
    row = connection.execute(
        select(users, sessions.c.token_hash, sessions.c.seen_at)
        .join(sessions, sessions.c.user_name == users.c.name)
        .where(sessions.c.token_hash == hashed(token), sessions.c.expires_at > now)
    ).first()
    if row is None:
        return None
    person = Person(
        name=row.name,
        role=row.role,
        one_time=row.one_time,
        teams=teams.of_user(connection, row.name),
        session=_handle(row.token_hash),
        used_at=row.seen_at,
    )
    return msgspec.structs.replace(person, sees=teams.visible(connection, person))


def list_sessions(connection: Connection, name: str, now: datetime) -> list[Row]:
    """A user's open sessions, the last used first; `id` names one, and opens nothing."""
    asked = select(sessions).where(sessions.c.user_name == name, sessions.c.expires_at > now)
    rows = connection.execute(asked.order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc())).mappings()
    return [{**row, "id": _handle(row["token_hash"])} for row in rows]


def seen_again(connection: Connection, name: str, session: str, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(sessions).where(*_one(name, session)).values(seen_at=now))


def end_session(connection: Connection, name: str, session: str) -> bool:
    """Whether the user had this session; it is over."""
    return connection.execute(delete(sessions).where(*_one(name, session))).rowcount > 0


def end_sessions(connection: Connection, name: str, *, but: str | None = None) -> int:
    """End all sessions of a user (but one of them); how many there were."""
    ended = delete(sessions).where(sessions.c.user_name == name)
    if but:
        ended = ended.where(~sessions.c.token_hash.startswith(but, autoescape=True))
    return connection.execute(ended).rowcount


def close_session(connection: Connection, token: str) -> str | None:
    """Sign out; whose session it was, if it was one."""
    closed = delete(sessions).where(sessions.c.token_hash == hashed(token)).returning(sessions.c.user_name)
    return connection.execute(closed).scalar_one_or_none()


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


def _handle(token_hash: str) -> str:
    """A name for a session: the start of its token's hash, which nobody can turn into the token."""
    return token_hash[:16]


def _one(name: str, session: str) -> tuple[ColumnElement[bool], ...]:
    return (sessions.c.user_name == name, sessions.c.token_hash.startswith(session, autoescape=True))
