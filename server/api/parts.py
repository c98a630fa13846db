"""What requests are handled with: the parts of the running server, who asks, and what they may.

Permission is a parameter: an endpoint that takes `Viewer` is open to whoever may look, `Admin` is for admins.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from server.api.problems import Problem
from server.live import Hub
from server.settings import Settings
from server.store import accounts
from server.store.accounts import Person
from server.store.database import Database
from server.store.telemetry import Telemetry

COOKIE = "milepost_session"
LOOKS = ("admin", "dispatcher", "viewer", "installer")
"""Roles that may see every vehicle. The others come with what they may see."""


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


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts behind a request."""
    return cast("Parts", connection.app.state.parts)


def person_of(request: Request) -> Person:
    """Who asks, by API key or by session; a Problem 401 when nobody is known, 403 for a forged request."""
    parts, now = parts_of(request), datetime.now(UTC)
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    person = None
    with parts.database.reading() as connection:
        if scheme.lower() == "bearer":
            person = accounts.key_person(connection, key.strip(), now)
        elif token := request.cookies.get(COOKIE):
            person = accounts.session_person(connection, token, now)
    if person is None:
        raise Problem(
            401, "Sign in, or send an API key as `Authorization: Bearer KEY`.", {"WWW-Authenticate": "Bearer"}
        )
    if not person.machine and request.method not in ("GET", "HEAD"):
        same_origin(request)
    return person


def same_origin(request: Request) -> None:
    """Refuse a change that another site's page asks for with our user's cookie."""
    origin = request.headers.get("origin")
    ours = {urlsplit(str(request.base_url)).netloc, urlsplit(parts_of(request).settings.http.public_url).netloc} - {""}
    if origin is not None and urlsplit(origin).netloc not in ours:  # "null", of a sandboxed page, has no netloc
        raise Problem(403, "This request comes from another site's page.")


def viewer(request: Request) -> Person:
    """Whoever may see all vehicles."""
    return allowed(person_of(request), LOOKS)


def admin(request: Request) -> Person:
    """Whoever may change everything."""
    return allowed(person_of(request), ("admin",))


def allowed(person: Person, roles: tuple[str, ...]) -> Person:
    """The person, or a Problem 403 that says who may."""
    if person.role not in roles:
        raise Problem(
            403, f"The role {person.role} may not see this; {', '.join(roles)} may. An admin can change that."
        )
    return person


OurParts = Annotated[Parts, Depends(parts_of)]
Somebody = Annotated[Person, Depends(person_of)]
Viewer = Annotated[Person, Depends(viewer)]
Admin = Annotated[Person, Depends(admin)]
