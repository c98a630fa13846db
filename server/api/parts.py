"""What requests are handled with: the parts of the running server, who asks, and what they may.

Nobody passes but by the table in server/domain/permissions.py: `gate` stands before every endpoint. An endpoint that
wants to know who asks takes `Asker`.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, cast
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends
from sqlalchemy import Connection
from starlette.requests import HTTPConnection, Request

from server.api.problems import Problem
from server.domain import permissions
from server.domain.person import Person
from server.live import Hub
from server.oidc import Provider
from server.settings import Settings
from server.store import keys, sessions, teams
from server.store.database import Database, DatabaseUnavailable
from server.store.telemetry import Telemetry

COOKIE = "milepost_session"
NOTED_EVERY = timedelta(minutes=1)
"""When a session or a key was last used is written no more often than this: it is for people."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The running server."""

    settings: Settings
    database: Database
    telemetry: Telemetry
    hub: Hub
    troubles: Mapping[str, Callable[[], str]]
    """What is wrong with the broker and the writer; empty when nothing is."""
    broker_name: str
    version: str
    oidc: Provider | None = None
    """Where people may sign in as well."""


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts behind a request."""
    return cast("Parts", connection.app.state.parts)


def gate(request: Request) -> Person | None:
    """Whoever asks for an endpoint, if the table lets them; None where anybody may."""
    path = request.scope["route"].path
    return None if permissions.needed(request.method, path) == "anybody" else admitted(request, path)


def admitted(request: Request, path: str) -> Person:
    """The same for an endpoint that is no route of the framework's, named by its path in the table."""
    person, needed = person_of(request), permissions.needed(request.method, path)
    if needed is None:
        raise Problem(403, f"{request.method} {path} is in no table of permissions, so nobody may.")
    return _allowed(person, needed)


def asker(person: Annotated[Person | None, Depends(gate)]) -> Person:
    """Who asks, at an endpoint that is not open to anybody."""
    assert person is not None, "an endpoint that is open to anybody cannot know who asks"
    return person


def person_of(request: Request) -> Person:
    """Who asks, by API key or by session; a Problem 401 when nobody is known, 403 for a forged request."""
    parts, now = parts_of(request), datetime.now(UTC)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    person = None
    with parts.database.reading() as connection:
        if scheme.lower() == "bearer":
            person = keys.key_person(connection, key.strip(), now)
        elif token := request.cookies.get(COOKIE):
            person = sessions.session_person(connection, token, now)
    if person is None:
        raise Problem(
            401, "Sign in, or send an API key as `Authorization: Bearer KEY`.", {"WWW-Authenticate": "Bearer"}
        )
    if not person.machine and request.method not in ("GET", "HEAD"):
        same_origin(request)
    _note(parts.database, person, now)
    return msgspec.structs.replace(person, address=address_of(request))


def visible(person: Person, connection: Connection) -> frozenset[str] | None:
    """The vehicles that somebody sees at this moment; None: all. `person.sees` is what this was at the request."""
    return teams.visible(connection, person)


def address_of(request: HTTPConnection) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def same_origin(request: Request) -> None:
    """Refuse a change that another site's page asks for with our user's cookie."""
    origin = request.headers.get("origin")
    ours = {urlsplit(str(request.base_url)).netloc, urlsplit(parts_of(request).settings.http.public_url).netloc} - {""}
    if origin is not None and urlsplit(origin).netloc not in ours:  # "null", of a sandboxed page, has no netloc
        raise Problem(403, "This request comes from another site's page.")


def _allowed(person: Person, needed: permissions.Open | permissions.Word | tuple[permissions.Word, ...]) -> Person:
    """The person, or a Problem 403 that says who may."""
    if needed == "somebody" or (needed == "user" and not person.machine):
        return person
    if needed == "user":
        raise Problem(403, "A key has no account; sign in as a user.")
    words = needed if isinstance(needed, tuple) else (needed,)
    asked = cast("tuple[permissions.Word, ...]", words)
    if any(person.may(word) for word in asked):
        return person
    if any(permissions.may(person.role, None, word) for word in asked):
        raise Problem(403, f"The key {person.name} lacks the scope {' or '.join(asked)}; an admin can make another.")
    roles = [role for role in permissions.ROLES if any(permissions.may(role, None, word) for word in asked)]
    raise Problem(403, f"The role {person.role} may not do this; {', '.join(roles)} may. An admin can change that.")


def _note(database: Database, person: Person, now: datetime) -> None:
    """Note that a session or key is in use; a database that cannot be written is no reason to refuse."""
    if person.used_at is not None and now - person.used_at < NOTED_EVERY:
        return
    with contextlib.suppress(DatabaseUnavailable), database.writing() as connection:
        if person.machine:
            keys.used(connection, person.name, now)
        else:
            sessions.seen_again(connection, person.name, person.session, now)


OurParts = Annotated[Parts, Depends(parts_of)]
Asker = Annotated[Person, Depends(asker)]
