"""Signing in at an OpenID provider, beside the password: sent there, and taken back."""

import base64
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from server.api.parts import OurParts, Parts, address_of
from server.api.problems import errors
from server.api.session import enter_as, set_cookie
from server.api.shapes_accounts import SignIn
from server.domain.attempts import Attempts
from server.domain.identity import identity
from server.oidc import Provider, ProviderAway, Refused, new_token
from server.store.audit import failed_sign_in
from server.store.elsewhere import NoRole, Taken, come_in

log = logging.getLogger(__name__)
router = APIRouter(responses=errors(503))
BACK = "/login/oidc/callback"
MINUTES = 10
_attempts = Attempts()
_counting = threading.Lock()
_asking = threading.Semaphore(4)


@router.get("/api/v1/sign-in", tags=["session"])
def ways_in(parts: OurParts) -> SignIn:
    """How one can sign in beside the password: what the sign-in page offers."""
    return SignIn(oidc=parts.oidc.name if parts.oidc else None)


@router.get("/login/oidc", include_in_schema=False)
def go(request: Request, parts: OurParts, next: str = "/") -> Response:  # noqa: A002 - as the page calls it
    """Send the browser to the provider, with a token that ties the way back to this browser."""
    if parts.oidc is None:
        return RedirectResponse("/login", 303)
    token, now = new_token(), datetime.now(UTC)
    try:
        where = parts.oidc.start(token, _back_to(parts, request), now)
    except ProviderAway as error:
        return _sorry(error, "away")
    response = RedirectResponse(where, 303, {"Cache-Control": "no-store"})
    kept = base64.urlsafe_b64encode(_local(next).encode()).decode().rstrip("=")
    response.set_cookie(
        _cookie(parts, request),
        f"{token}.{kept}",
        max_age=MINUTES * 60,
        path="/",
        httponly=True,
        samesite="lax",  # the way back is a link from the provider's page
        secure=_secure(parts, request),
    )
    return response


@router.get(BACK, include_in_schema=False)
def back(request: Request, parts: OurParts) -> Response:
    """Take the browser back from the provider: a session for whoever it proves to be."""
    if parts.oidc is None:
        return RedirectResponse("/login", 303)
    token, _, kept = request.cookies.get(_cookie(parts, request), "").partition(".")
    try:
        with _at_the_provider():
            claims = parts.oidc.finish(token, request.query_params, _back_to(parts, request), datetime.now(UTC))
        response = _enter(request, parts, parts.oidc, claims, _kept(kept))
    except ProviderAway as error:
        response = _sorry(error, "away")
    except Refused as error:
        _count(request, parts)
        response = _sorry(error, "refused")
    except NoRole as error:
        _count(request, parts)
        response = _sorry(error, "role")
    except Taken as error:
        _count(request, parts)
        response = _sorry(error, "taken")
    response.delete_cookie(_cookie(parts, request), path="/", secure=_secure(parts, request), httponly=True)
    return response


def _enter(request: Request, parts: Parts, provider: Provider, claims: dict[str, object], next_path: str) -> Response:
    settings, now = provider.settings, datetime.now(UTC)
    who = identity(
        claims, role_claim=settings.role_claim, role_map=settings.role_map, default_role=settings.default_role
    )
    with parts.database.writing() as connection:
        person = come_in(connection, who, provider.name, now)
        session = enter_as(connection, request, person, now, "oidc") if person else ""
    parts.hub.publish("accounts", None)
    if not session:
        raise NoRole(f"{who.name!r} has no role: neither role_map nor default_role of [oidc] gives one")
    response = RedirectResponse(next_path, 303, {"Cache-Control": "no-store"})
    set_cookie(parts, request, response, session, "oidc")
    return response


@contextmanager
def _at_the_provider() -> Iterator[None]:
    """Ask the provider, few at once: whoever makes up ways back is not to keep all of us, and it, busy."""
    if not _asking.acquire(timeout=2):
        raise ProviderAway("too many people come back from it at this moment")
    try:
        yield
    finally:
        _asking.release()


def _count(request: Request, parts: Parts) -> None:
    """Count a failure in the audit log, as often as a wrong password would be."""
    who, now = ("", address_of(request)), datetime.now(UTC)
    with _counting:
        if _attempts.wait_s(who, now) > 0:
            return
        _attempts.failed(who, now)
    with parts.database.writing() as connection:
        failed_sign_in(connection, "", address_of(request), now)


def _sorry(error: Exception, why: str) -> Response:
    """Back to the sign-in page, which says it in a sentence; the log has the rest."""
    log.warning("sign-in at the OpenID provider: %s", error)
    return RedirectResponse(f"/login?oidc={why}", 303, {"Cache-Control": "no-store"})


def _local(path: str) -> str:
    """A path of this server, or the first page: a link from elsewhere is not to lead on to somewhere else."""
    parts = urlsplit(path)
    fine = path.startswith("/") and not path.startswith(("//", "/\\", "/login")) and path.isprintable()
    return path[:1000] if fine and not parts.scheme and not parts.netloc else "/"


def _kept(text: str) -> str:
    try:
        path = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        path = "/"
    return quote(_local(path), safe="/?&=#%:,;@!$'()*+~-._")


def _back_to(parts: Parts, request: Request) -> str:
    return (parts.settings.http.public_url or str(request.base_url)).rstrip("/") + BACK


def _secure(parts: Parts, request: Request) -> bool:
    return request.url.scheme == "https" or parts.settings.http.public_url.startswith("https")


def _cookie(parts: Parts, request: Request) -> str:
    """Its prefix lets no other host of the domain set it (RFC 6265bis, 4.1.3.2)."""
    return "__Host-milepost_oidc" if _secure(parts, request) else "milepost_oidc"
