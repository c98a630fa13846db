"""Signing in and out: password, one-time link, API keys are accepted elsewhere. Guessing is slowed down."""

import threading
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from server.api.parts import COOKIE, OurParts, Parts, Somebody, same_origin
from server.api.problems import Problem, errors
from server.api.shapes import Credentials, NewPassword, Session
from server.domain.attempts import Attempts
from server.store import accounts

router = APIRouter(prefix="/api/v1/session", tags=["session"], responses=errors(503))
links = APIRouter()
_attempts = Attempts()
_counting = threading.Lock()
_checking = threading.Semaphore(2)
"""Each check takes 64 MB and a core for a while (argon2): guessers are not to take all of them."""


@router.post("", status_code=204, responses=errors(400, 401, 403, 422, 429))
def sign_in(request: Request, response: Response, said: Credentials, parts: OurParts) -> None:
    """Open a session: the cookie that comes back is what later requests are known by."""
    same_origin(request)
    now = datetime.now(UTC)
    who = (said.name, request.client.host if request.client else "")
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
    finally:
        _checking.release()
    if person is None:
        raise Problem(401, "The name or the password is wrong.")
    with _counting:
        _attempts.succeeded(who)
    _enter(parts, request, response, person.name, now)


@router.get("", responses=errors(401))
def who_is_in(person: Somebody) -> Session:
    """Who this session or key belongs to."""
    return Session(name=person.name, role=person.role, one_time=person.one_time)


@router.put("/password", status_code=204, responses=errors(400, 401, 403, 422))
def change_password(request: Request, response: Response, said: NewPassword, person: Somebody, parts: OurParts) -> None:
    """Replace one's own password; all other sessions end."""
    if person.machine:
        raise Problem(403, "A key has no password.")
    with parts.database.writing() as connection:
        accounts.set_password(connection, name=person.name, password=said.password)
    _enter(parts, request, response, person.name, datetime.now(UTC))


@router.delete("", status_code=204, responses=errors(403))
def sign_out(request: Request, response: Response, parts: OurParts) -> None:
    """Close the session."""
    same_origin(request)
    if token := request.cookies.get(COOKIE):
        with parts.database.writing() as connection:
            accounts.close_session(connection, token)
    response.delete_cookie(COOKIE, path="/")


@links.get("/enter", include_in_schema=False)
def enter(request: Request, once: str, parts: OurParts) -> Response:
    """A one-time link: opens a session and goes on to the page."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        name = accounts.use_link(connection, once, now)
    if name is None:
        return RedirectResponse("/login?used=1", 303)
    response = RedirectResponse("/", 303)
    _enter(parts, request, response, name, now)
    return response


def _enter(parts: Parts, request: Request, response: Response, name: str, now: datetime) -> None:
    with parts.database.writing() as connection:
        token = accounts.open_session(connection, name, now)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(timedelta(days=accounts.SESSION_DAYS).total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or parts.settings.http.public_url.startswith("https"),
    )
