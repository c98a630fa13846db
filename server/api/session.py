"""Signing in and out: password, one-time link, API keys are accepted elsewhere. Guessing is slowed down."""

import re
import threading
from datetime import UTC, datetime

import msgspec
from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection
from starlette.responses import RedirectResponse

from server.api.parts import COOKIE, Asker, OurParts, Parts, address_of, same_origin
from server.api.problems import Problem, errors
from server.api.shapes import Credentials, NewPassword, Session
from server.domain.attempts import Attempts
from server.domain.person import Person
from server.store import accounts, sessions
from server.store.audit import audit, failed_sign_in
from server.store.sessions import Way

router = APIRouter(prefix="/api/v1/session", tags=["session"], responses=errors(503))
links = APIRouter()
_attempts = Attempts()
_counting = threading.Lock()
_OURS = re.compile(r"/(?!/)[\w/?=&%.:,+-]*")
"""A path of this server, with no backslash or control character that a browser would take for something else."""
_checking = threading.Semaphore(2)
"""Each check takes 64 MB and a core for a while (argon2): guessers are not to take all of them."""


@router.post("", status_code=204, responses=errors(400, 401, 403, 422, 429))
def sign_in(request: Request, response: Response, said: Credentials, parts: OurParts) -> None:
    """Open a session: the cookie that comes back is what later requests are known by."""
    same_origin(request)
    now = datetime.now(UTC)
    who = (said.name, address_of(request))
    with _counting:
        wait_s = _attempts.wait_s(who, now)
        if wait_s > 0:
            raise Problem(429, f"Too many wrong passwords. Try again in {wait_s} s.", {"Retry-After": str(wait_s)})
        _attempts.failed(who, now)  # counted before the slow check, so that many at once do not slip through
    if not _checking.acquire(timeout=2):
        raise Problem(429, "Too many people sign in at this moment. Try again in 5 s.", {"Retry-After": "5"})
    try:
        with parts.database.reading() as connection:
            person = accounts.password_fits(connection, said.name, said.password)
            known = accounts.known(connection, said.name)
    finally:
        _checking.release()
    if person is None:
        with parts.database.writing() as connection:
            failed_sign_in(connection, said.name if known else "", address_of(request), now)
        raise Problem(401, "The name or the password is wrong.")
    with _counting:
        _attempts.succeeded(who)
    with parts.database.writing() as connection:
        token = enter_as(connection, request, person, now, "password")
    set_cookie(parts, request, response, token)


@router.get("", responses=errors(401))
def who_is_in(person: Asker, parts: OurParts) -> Session:
    """Who this session or key belongs to, and what it may do."""
    with parts.database.reading() as connection:
        password = not person.machine and accounts.has_password(connection, person.name)
    return Session(
        name=person.name,
        role=person.role,
        one_time=person.one_time,
        machine=person.machine,
        password=password,
        teams=None if person.sees is None else sorted(person.teams or ()),
        may=person.words,
    )


@router.put("/password", status_code=204, responses=errors(400, 401, 403, 422))
def change_password(request: Request, response: Response, said: NewPassword, person: Asker, parts: OurParts) -> None:
    """Replace one's own password; all other sessions end."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        if not accounts.has_password(connection, person.name):
            raise Problem(403, "You sign in elsewhere; there is no password here to change.")
        accounts.set_password(connection, name=person.name, password=said.password)
        audit(connection, person, "password_changed", person.name, {}, now)
        token = enter_as(connection, request, person, now, "password")
    parts.hub.publish("accounts", None)
    set_cookie(parts, request, response, token)


@router.delete("", status_code=204, responses=errors(403))
def sign_out(request: Request, response: Response, parts: OurParts) -> None:
    """Close the session."""
    same_origin(request)
    if token := request.cookies.get(COOKIE):
        with parts.database.writing() as connection:
            if name := sessions.close_session(connection, token):
                person = Person(name=name, role="recipient", address=address_of(request))
                audit(connection, person, "signed_out", name, {}, datetime.now(UTC))
        parts.hub.publish("accounts", None)
    response.delete_cookie(COOKIE, path="/")


@links.get("/enter", include_in_schema=False)
def enter(request: Request, once: str, parts: OurParts, to: str = "/") -> Response:
    """A one-time link: opens a session and goes on to the page `to`, which is a path of ours whatever the link says."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        name = sessions.use_link(connection, once, now)
        person = accounts.user_person(connection, name) if name else None
        token = enter_as(connection, request, person, now, "link") if person else ""
    if not token:
        return RedirectResponse("/login?used=1", 303)
    response = RedirectResponse(to if _OURS.fullmatch(to) else "/", 303)
    set_cookie(parts, request, response, token)
    return response


def enter_as(connection: Connection, request: Request, person: Person, now: datetime, way: Way) -> str:
    """Open a session for whoever proved to be this person; its token."""
    address, browser = address_of(request), request.headers.get("user-agent", "")
    audit(connection, msgspec.structs.replace(person, address=address), "signed_in", person.name, {"way": way}, now)
    return sessions.open_session(connection, person.name, now, way=way, address=address, browser=browser)


def set_cookie(parts: Parts, request: Request, response: Response, token: str, way: Way = "password") -> None:
    """Hand a session's token to the browser, and to nobody else."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(sessions.lasts(way).total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or parts.settings.http.public_url.startswith("https"),
    )
