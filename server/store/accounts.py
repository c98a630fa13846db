"""Users and their passwords. Passwords are kept as argon2 hashes only."""

import secrets
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, delete, func, insert, select, update

from server.domain.permissions import Role
from server.domain.person import Person, check_name
from server.store import teams
from server.store.schema import Row, sessions, team_members, users
from server.store.sessions import end_sessions

_hasher = PasswordHasher()


def first_admin(connection: Connection, now: datetime) -> str | None:
    """Make the first admin when there is no user at all; its one-time password, or None."""
    if connection.execute(select(func.count()).select_from(users)).scalar_one():
        return None
    return add_user(connection, name="admin", role="admin", now=now)


def one_user(connection: Connection, name: str, now: datetime) -> Row | None:
    """One user like those of the list, or None."""
    return next(iter(list_users(connection, now, name)), None)


def list_users(connection: Connection, now: datetime, name: str | None = None) -> list[Row]:
    """Users by name, with their `teams` and how many `sessions` of theirs are open; without their passwords."""
    open_ones = select(func.count()).where(sessions.c.user_name == users.c.name, sessions.c.expires_at > now)
    asked = select(users, open_ones.scalar_subquery().label("sessions")).order_by(users.c.name)
    if name is not None:
        asked = asked.where(users.c.name == name)
    found: dict[str, Row] = {row["name"]: {**row, "teams": []} for row in connection.execute(asked).mappings()}
    for member in connection.execute(select(team_members).order_by(team_members.c.team_id)):
        if member.user_name in found:
            found[member.user_name]["teams"].append(member.team_id)
    for row in found.values():
        row["has_password"] = bool(row.pop("password_hash"))
    return list(found.values())


def user_person(connection: Connection, name: str) -> Person | None:
    """A user as somebody who asks, for what is done in their name: messages, scheduled reports."""
    row = connection.execute(select(users).where(users.c.name == name)).first()
    return None if row is None else _person(connection, row)


def add_user(
    connection: Connection,
    *,
    name: str,
    role: Role,
    now: datetime,
    elsewhere: bool = False,
    subject: str | None = None,
) -> str:
    """A new user's one-time password; it is empty for one who signs in `elsewhere`, as `subject` if that is known.

    Raises ValueError when the name is taken, or is none.
    """
    check_name(name)
    if connection.execute(select(users.c.name).where(users.c.name == name)).first():
        raise ValueError(f"There is a user named {name!r} already. Choose another name.")
    password = "" if elsewhere else secrets.token_urlsafe(12)
    row: Row = {"name": name, "role": role, "created_at": now, "subject": subject, "one_time": not elsewhere}
    row["password_hash"] = _hasher.hash(password) if password else ""
    connection.execute(insert(users).values(row))
    return password


def new_password(connection: Connection, name: str) -> str:
    """A new one-time password for a user who is there; all sessions end."""
    password = secrets.token_urlsafe(12)
    set_password(connection, name=name, password=password, one_time=True)
    return password


def set_password(connection: Connection, *, name: str, password: str, one_time: bool = False) -> None:
    """Replace a user's password, and end all sessions that the old one opened."""
    connection.execute(
        update(users).where(users.c.name == name).values(password_hash=_hasher.hash(password), one_time=one_time)
    )
    end_sessions(connection, name)


def set_role(connection: Connection, name: str, role: Role, *, even_last: bool = False) -> None:
    """Another role; all sessions of the old one end. Raises ValueError when nobody would be admin (`even_last`: no)."""
    if not even_last:
        _leave_an_admin(connection, name, role)
    connection.execute(update(users).where(users.c.name == name).values(role=role))
    end_sessions(connection, name)


def remove_user(connection: Connection, name: str) -> bool:
    """Whether there was such a user; sessions and links are gone with them. Raises ValueError for the last admin."""
    _leave_an_admin(connection, name, None)
    return connection.execute(delete(users).where(users.c.name == name)).rowcount > 0


def password_fits(connection: Connection, name: str, password: str) -> Person | None:
    """The user, if the password is right; as slow for a name that nobody has as for a wrong password."""
    row = connection.execute(select(users).where(users.c.name == name)).first()
    try:
        _hasher.verify((row and row.password_hash) or _nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return _person(connection, row) if row and row.password_hash else None


def person_named(connection: Connection, name: str) -> Person | None:
    """A user as they are now, for what is done in their name while they are away."""
    row = connection.execute(select(users).where(users.c.name == name)).first()
    return _person(connection, row) if row else None


def has_password(connection: Connection, name: str) -> bool:
    """Whether this user has a password here, and does not sign in elsewhere."""
    return bool(connection.execute(select(users.c.password_hash).where(users.c.name == name)).scalar_one_or_none())


def known(connection: Connection, name: str) -> bool:
    """Whether there is such a user."""
    return connection.execute(select(users.c.name).where(users.c.name == name)).first() is not None


def _person(connection: Connection, row: Any) -> Person:
    person = Person(name=row.name, role=row.role, one_time=row.one_time, teams=teams.of_user(connection, row.name))
    return msgspec.structs.replace(person, sees=teams.visible(connection, person))


def _leave_an_admin(connection: Connection, name: str, role: Role | None) -> None:
    admins = set(connection.execute(select(users.c.name).where(users.c.role == "admin")).scalars())
    if admins == {name} and role != "admin":
        raise ValueError(f"{name} is the last admin. Make somebody else an admin first.")


@cache
def _nobody() -> str:
    """A password that nobody has, hashed: made when it is first needed, because it takes a fifth of a second."""
    return _hasher.hash(secrets.token_hex(8))
