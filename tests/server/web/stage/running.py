"""The stage as a running server: its state, its rooms, its policy."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware

from server.api.app import _SECURITY
from tests.server.web.stage import (
    accounts,
    alerts,
    facts,
    fences,
    gateways,
    loads,
    notify,
    packages,
    pages,
    reports,
    rules,
    session,
    stream,
    tags,
    vehicles,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tests.server.web.vans import Van

ROOMS = [
    loads,
    packages,
    tags,
    pages,
    session,
    accounts,
    vehicles,
    gateways,
    facts,
    alerts,
    rules,
    notify,
    fences,
    reports,
    stream,
]


class Policy:
    """The server's content security policy, so that a page that breaks it breaks here."""

    def __init__(self, app: ASGIApp) -> None:
        """Around the whole application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header to every answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_SECURITY]
            await send(message)

        await self._app(scope, receive, sending)


class Stage:
    """A running stage. `vans` may be changed at any time; `stop` and `start` are the server going away and back."""

    def __init__(
        self,
        vans: list[Van],
        *,
        port: int,
        basemap: Path | None = None,
        bounds: list[float] | None = None,
        signed_in: bool = True,
        may: Sequence[str] = session.MAY,
    ) -> None:
        """Nothing runs before `start`."""
        self.vans = vans
        self.port = port
        self.basemap = basemap
        self.bounds = bounds or [24.93, 60.158, 24.955, 60.178]
        self.signed_in = signed_in
        self.may = list(may)
        self.began_s = time.time()
        self.waiting: dict[str, int] = {}
        self.behind_s = 0.0
        self.broken: set[str] = set()
        self.said: list[tuple[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        self.alert_history: dict[str, list[dict[str, Any]]] = {}
        self.rules: list[dict[str, Any]] = rules.defaults()
        self.channels: list[dict[str, Any]] = []
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.deliveries: list[dict[str, Any]] = []
        self.schedules: list[dict[str, Any]] = []
        self.loads: list[dict[str, Any]] = []
        self.packages: list[dict[str, Any]] = []
        self.custody: dict[str, dict[str, Any]] = {}
        self.tags: list[dict[str, Any]] = []
        self.bindings: list[dict[str, Any]] = []
        self.readings: dict[str, dict[str, list[tuple[float, float]]]] = {}
        self.routes: list[dict[str, Any]] = []
        self.truth: dict[str, Any] | None = None
        self.facts: list[dict[str, Any]] = []
        self.histories: dict[str, list[dict[str, Any]]] = {}
        self.doubted: dict[str, list[dict[str, Any]]] = {}
        self.fences: dict[str, dict[str, Any]] = {}
        self.open_visits: list[dict[str, Any]] = []
        self.tried = fences.some_tried()
        self.asked_previews: list[dict[str, Any]] = []
        self.accounts = accounts.Accounts()
        self.person: dict[str, Any] = {}
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def running(self) -> bool:
        """Streams go on for so long."""
        return self._server is not None and not self._server.should_exit

    def van(self, vehicle: str) -> Van:
        """The van with this id."""
        return next(van for van in self.vans if van.id == vehicle)

    def alert(self, id_: str) -> dict[str, Any] | None:
        """The alert with this id."""
        return next((alert for alert in self.alerts if alert["id"] == id_), None)

    def package(self, id_: str | None) -> dict[str, Any] | None:
        """The package with this id."""
        return next((package for package in self.packages if package["id"] == id_), None)

    def say(self, name: str, data: object) -> None:
        """Tell everybody who follows the stream."""
        self.said.append((name, data))

    def start(self) -> None:
        """Serve until `stop`; returns when the port answers."""
        config = uvicorn.Config(self.app(), host="127.0.0.1", port=self.port, log_level="warning", lifespan="off")
        config.timeout_graceful_shutdown = 1
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError(f"the stage did not start on port {self.port}")
            threading.Event().wait(0.01)

    def stop(self) -> None:
        """End every connection and the server."""
        if self._server and self._thread:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(5)
        self._server = self._thread = None

    def app(self) -> Starlette:
        """The routes of all rooms, under the server's policy."""
        routes = [route for room in ROOMS for route in room.routes(self)]
        return Starlette(routes=routes, middleware=[Middleware(Policy)])
