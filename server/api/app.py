"""The web application: the API, the event stream and the pages, put together."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api import (
    accounts,
    alert_rules,
    alerts,
    audit,
    bindings,
    channels,
    custody,
    facts,
    fences,
    gateways,
    health,
    hours,
    keys,
    load,
    oidc,
    packages,
    problems,
    report_schedules,
    reports,
    routes,
    scan,
    session,
    sessions,
    stream,
    tags,
    teams,
    vehicles,
    visits,
)
from server.api.answers import answer
from server.api.document import ABOUT, document
from server.api.parts import Parts, admitted, gate

ROOMS = (
    *(session, sessions, oidc, accounts, teams, keys, audit),
    *(
        vehicles,
        facts,
        stream,
        gateways,
        fences,
        visits,
        hours,
        alerts,
        alert_rules,
        channels,
        reports,
        report_schedules,
        packages,
        routes,
        tags,
        bindings,
        scan,
        load,
        custody,
        health,
    ),
)
DIST = Path(__file__).parent.parent / "web" / "dist"
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_app(parts: Parts | None, lifespan: Lifespan | None = None) -> FastAPI:
    """The application around the running parts; without parts it is good for its OpenAPI document only."""
    app = FastAPI(
        title="Milepost",
        version="1",
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan or _nothing,
        dependencies=[Depends(gate)],
    )
    app.state.parts = parts
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)
    app.add_middleware(_Headers)
    problems.install(app)
    # Plain routes first: they are the hottest, and the document's twins of them must not answer.
    app.router.routes.insert(0, Route("/api/v1/latest", vehicles.latest))
    app.router.routes.insert(0, Route("/api/v1/stream", stream.stream))
    app.router.routes.append(Route("/metrics", health.metrics))
    app.router.routes.append(Route("/api/v1/openapi.json", _openapi))
    for room in ROOMS:
        app.include_router(room.router)
    app.include_router(session.links)
    _pages(app, Path(parts.settings.map.dir) if parts and parts.settings.map.dir else None)
    return app


def _openapi(request: Request) -> Response:
    admitted(request, "/api/v1/openapi.json")
    return answer(request, document(request.app))


def _pages(app: FastAPI, map_dir: Path | None) -> None:
    """The built pages. Their code is open to everybody; what they show is asked for from the API."""

    def page(name: str) -> Callable[[Request], Response]:
        def serve(_request: Request) -> Response:
            if not (DIST / name).is_file():
                return problems.problem(503, "The pages are not built. Run `make setup`, then start the server again.")
            return FileResponse(DIST / name, headers={"Cache-Control": "no-cache"})

        return serve

    for path, name in (("/", "ops.html"), ("/ops", "ops.html"), ("/login", "login.html"), ("/dock", "dock.html")):
        app.router.routes.append(Route(path, page(name)))
    if (DIST / "assets").is_dir():
        app.mount("/assets", StaticFiles(directory=DIST / "assets"))
    if map_dir is not None:
        app.mount("/map", _for_viewers(StaticFiles(directory=map_dir, check_dir=False)))


def _for_viewers(files: ASGIApp) -> ASGIApp:
    """Files that only those get who may look at the map."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        await run_in_threadpool(admitted, Request(scope), "/map")
        await files(scope, receive, send)

    return guarded


class _Headers:
    """Security headers on everything: no page needs a server of someone else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_SECURITY]
            await send(message)

        await self._app(scope, receive, sending)


_SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (
        b"content-security-policy",
        (
            b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; "
            b"style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; connect-src 'self'; "
            b"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        ),
    ),
]


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield
