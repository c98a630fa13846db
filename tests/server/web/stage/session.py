"""Signed in or not; one person, one password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

PASSWORD = "correct horse"
MAY = [
    "positions:read",
    "gateways:read",
    "facts:read",
    "fences:read",
    "fences:write",
    "alerts:read",
    "alerts:write",
    "reports:read",
    "reports:write",
    "packages:read",
    "packages:write",
]
PERSON = {
    "name": "Riikka Salo",
    "role": "dispatcher",
    "one_time": False,
    "machine": False,
    "password": True,
    "teams": None,
}


def routes(stage: Stage) -> list[BaseRoute]:
    """The session alone."""

    async def session(request: Request) -> Response:
        if request.method == "DELETE":
            stage.signed_in = False
            return Response(status_code=204)
        if request.method == "POST":
            if (await request.json())["password"] != PASSWORD:
                return problem(401, "Name and password do not belong together")
            stage.signed_in = True
            return Response(status_code=204)
        said = {**PERSON, "may": stage.may, **stage.person}
        return JSONResponse(said) if stage.signed_in else problem(401, "Sign in")

    async def password(_: Request) -> Response:
        return Response(status_code=204)

    return [
        Route(f"{V1}/session", session, methods=["GET", "POST", "DELETE"]),
        Route(f"{V1}/session/password", password, methods=["PUT"]),
    ]
