"""The page on loopback: `/status` (JSON), `/health`, `/metrics` (Prometheus). In the same loop, never in its way."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.metrics import in_prometheus_form
from gateway.report import Parts, details, stuck
from gateway.settings_checks import listen_address

log = logging.getLogger("page")

TRY_AGAIN_S = 10.0


class _Server(uvicorn.Server):
    """Signals are the program's business, not the page's."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Page:
    """Serves until cancelled; an address that is taken is a problem in the status, not the end."""

    def __init__(self, listen: str) -> None:
        """`listen` "" for no page."""
        self.problem: str | None = None
        self._listen = listen
        self._parts: Parts | None = None

    def show(self, parts: Parts) -> None:
        """What there is to show."""
        self._parts = parts

    async def run(self) -> None:
        """Serve."""
        while self._listen:
            host, port = listen_address(self._listen)
            try:
                taken = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
            except OSError as error:
                self.problem = f"the page cannot listen on {self._listen}: {error.strerror}; change [http] listen"
                log.warning(self.problem)
                await asyncio.sleep(TRY_AGAIN_S)
                continue
            self.problem = None
            await self._serve(taken)

    async def _serve(self, listening: socket.socket) -> None:
        config = uvicorn.Config(
            self._app(), log_config=None, log_level="warning", lifespan="off", timeout_graceful_shutdown=1, ws="none"
        )
        server = _Server(config)
        with listening:
            await server.serve(sockets=[listening])

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/status", self._status),
                Route("/health", self._health),
                Route("/metrics", self._metrics),
            ]
        )

    async def _status(self, _: Request) -> Response:
        assert self._parts is not None
        return JSONResponse(details(self._parts))

    async def _health(self, _: Request) -> Response:
        assert self._parts is not None
        hanging = stuck(self._parts, asyncio.get_running_loop().time())
        return JSONResponse({"ok": not hanging, "stuck": hanging}, status_code=503 if hanging else 200)

    async def _metrics(self, _: Request) -> Response:
        assert self._parts is not None
        return PlainTextResponse(in_prometheus_form(self._parts), media_type="text/plain; version=0.0.4")
