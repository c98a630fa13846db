"""A stage for the pages: serves dist/ and a scripted fleet with the API's shapes, on a free port of loopback.

It is no part of the product and knows no rule; the pages' end-to-end tests run against the real server. Here a test
can make what is hard to get there at will: no vehicle, 10,000, a server that goes away and comes back.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import threading
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from server.api.app import _SECURITY  # noqa: E402 -- as below
from tests.server.web.vans import Van, instant  # noqa: E402 -- after the path, so that it also runs as a program

DIST = ROOT / "server" / "web" / "dist"
PASSWORD = "correct horse"
EVERY_S = 0.25
"""Events are gathered for so long; each van has a fix every second."""


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
    ) -> None:
        """Nothing runs before `start`."""
        self.vans = vans
        self.port = port
        self.basemap = basemap
        self.bounds = bounds or [24.93, 60.158, 24.955, 60.178]
        self.signed_in = signed_in
        self.began_s = time.time()
        self.waiting: dict[str, int] = {}
        self.behind_s = 0.0
        self.broken: set[str] = set()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

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
        """The routes that the pages use."""
        v1 = "/api/v1"
        return Starlette(
            routes=[
                Route("/", lambda _: FileResponse(DIST / "ops.html")),
                Route("/ops", lambda _: FileResponse(DIST / "ops.html")),
                Route("/login", lambda _: FileResponse(DIST / "login.html")),
                Route("/map/basemap.pmtiles", self.tiles),
                Route(f"{v1}/session", self.session, methods=["GET", "POST", "DELETE"]),
                Route(f"{v1}/map", self.map),
                Route(f"{v1}/vehicles", self.vehicles),
                Route(f"{v1}/latest", self.latest),
                Route(f"{v1}/vehicles/{{id}}", self.vehicle),
                Route(f"{v1}/vehicles/{{id}}/track", self.track),
                Route(f"{v1}/gateways", self.gateways),
                Route(f"{v1}/gateways/{{id}}/gaps", self.gaps),
                Route(f"{v1}/stream", self.stream),
                Mount("/assets", StaticFiles(directory=DIST / "assets")),
            ],
            middleware=[Middleware(Policy)],
        )

    async def tiles(self, _: Request) -> Response:
        """The base map, with Range."""
        return FileResponse(self.basemap) if self.basemap else Response(status_code=404)

    async def session(self, request: Request) -> Response:
        """Signed in or not; one password."""
        if request.method == "DELETE":
            self.signed_in = False
            return Response(status_code=204)
        if request.method == "POST":
            if (await request.json())["password"] != PASSWORD:
                return problem(401, "Name and password do not belong together")
            self.signed_in = True
            return Response(status_code=204)
        return (
            JSONResponse({"name": "Riikka Salo", "role": "dispatcher", "one_time": False})
            if self.signed_in
            else problem(401, "Sign in")
        )

    async def map(self, _: Request) -> Response:
        """Helsinki's centre."""
        tiles = "/map/basemap.pmtiles" if self.basemap else None
        credit = "© OpenStreetMap contributors"
        return JSONResponse(
            {"name": "Helsinki", "bounds": self.bounds, "center": None, "tiles": tiles, "credit": credit}
        )

    async def vehicles(self, request: Request) -> Response:
        """Pages of the list, by cursor."""
        if not self.signed_in:
            return problem(401, "Sign in")
        if "vehicles" in self.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        first, limit = int(request.query_params.get("cursor", 0)), int(request.query_params.get("limit", 100))
        now_s = time.time()
        items = [self._row(van, now_s) for van in self.vans[first : first + limit]]
        more = first + limit < len(self.vans)
        return JSONResponse({"items": items, "next": str(first + limit) if more else None})

    async def vehicle(self, request: Request) -> Response:
        """One of them."""
        return JSONResponse(self._row(self._van(request), time.time()))

    def _van(self, request: Request) -> Van:
        return next(van for van in self.vans if van.id == request.path_params["id"])

    def _row(self, van: Van, now_s: float) -> dict[str, Any]:
        day_s = min(now_s - self.began_s + 7200, now_s % 86400)
        driven = 0.0 if van.parked else day_s * 3.1 + van.number * 611
        created = instant(self.began_s - 86400)
        return {
            "id": van.id,
            "name": van.name,
            "gateway": f"gw-{van.number:04d}",
            "odometer_m": 48_000_000.0 + driven,
            "today_m": driven,
            "created_at": created,
            "last": van.fix(now_s),
        }

    async def latest(self, _: Request) -> Response:
        """GeoJSON points."""
        now_s = time.time()
        features = []
        for van in self.vans:
            fix = van.fix(now_s)
            place = [fix.pop("lon"), fix.pop("lat")]
            properties = {**fix, "vehicle": van.id, "name": van.name, "gateway": f"gw-{van.number:04d}"}
            point = {"type": "Point", "coordinates": place}
            features.append({"type": "Feature", "id": van.id, "geometry": point, "properties": properties})
        return JSONResponse({"type": "FeatureCollection", "features": features})

    def _hole(self, van: Van) -> tuple[float, float]:
        """10 minutes about an hour ago at whose ends the van drives: between two stands they would be a stand."""
        starts = [self.began_s - 3600 + 5 * step for step in range(300)]
        driving = (at_s for at_s in starts if van.fix(at_s - 5)["speed_mps"] and van.fix(at_s + 605)["speed_mps"])
        start_s = next(driving, starts[0])
        return start_s, start_s + 600

    async def track(self, request: Request) -> Response:
        """Every 5 s from two hours before the stage began, with a hole of 10 minutes."""
        van = self._van(request)
        from_s, to_s = (datetime.fromisoformat(request.query_params[key]).timestamp() for key in ("from", "to"))
        if request.query_params.get("format", "geojson") != "geojson":
            return Response("at,lon,lat\n", media_type="text/csv")
        hole = self._hole(van)
        start_s = max(from_s, self.began_s - 7200)
        times = [start_s + 5 * i for i in range(max(0, int((min(to_s, time.time()) - start_s) / 5)))]
        fixes = [van.fix(at_s) for at_s in times if not hole[0] < at_s < hole[1]]
        columns = {
            key: [fix[key] for fix in fixes] for key in ("speed_mps", "course_deg", "accuracy_m", "alt_m", "flags")
        }
        line = {"type": "LineString", "coordinates": [[fix["lon"], fix["lat"]] for fix in fixes]}
        properties = {
            "vehicle": van.id,
            "from": instant(from_s),
            "to": instant(to_s),
            "count": len(fixes),
            "coordinateProperties": {"times": [fix["at"] for fix in fixes], **columns},
        }
        return JSONResponse({"type": "Feature", "geometry": line if fixes else None, "properties": properties})

    async def gateways(self, _: Request) -> Response:
        """One a van."""
        now_s = time.time()
        return JSONResponse({"items": [self._gateway(van, now_s) for van in self.vans], "next": None})

    def _gateway(self, van: Van, now_s: float) -> dict[str, Any]:
        seen_s = now_s - 2 if van.silent_since_s is None else van.silent_since_s
        online = van.silent_since_s is None
        waiting = self.waiting.get(van.id, 0)
        status = {
            "online": online,
            "at": instant(seen_s),
            "version": "0.1.0",
            "outbox": {"waiting": waiting, "oldest_at": instant(seen_s - waiting) if waiting else None, "bytes": 81920},
            "receiver": {"state": "fix", "satellites": 14, "hdop": 0.8, "last_fix_at": instant(seen_s)},
            "problems": [],
        }
        return {
            "id": f"gw-{van.number:04d}",
            "vehicle": van.id,
            "claimed": True,
            "online": online,
            "last_seen_at": instant(seen_s),
            "first_seen_at": instant(self.began_s - 86400),
            "status": status if online else {"online": False},
            "stream": "a1b2c3d4",
            "last_seq": 28_800 + van.number,
            "gaps": 1 if van.number == 3 else 0,
            "missing_rows": 240 if van.number == 3 else 0,
            "conflict": van.number == 5,
        }

    async def gaps(self, _: Request) -> Response:
        """One hole."""
        gap = {"stream": "a1b2c3d4", "seq_from": 1201, "seq_to": 1440, "rows": 240, "found_at": instant(self.began_s)}
        return JSONResponse({"items": [gap]})

    async def stream(self, _: Request) -> Response:
        """Positions four times a second; a quarter of the fleet in each, or 250 vans of a large one."""
        return StreamingResponse(self._events(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def _events(self) -> AsyncIterator[str]:
        yield event(0, "hello", {"now": instant(time.time()), "version": "0.1.0"})
        number = 0
        parts = max(4, len(self.vans) // 250)
        with contextlib.suppress(asyncio.CancelledError):
            while self._server and not self._server.should_exit:
                await asyncio.sleep(EVERY_S)
                number += 1
                now_s = time.time() - self.behind_s
                some = [van for van in self.vans if van.number % parts == number % parts and van.silent_since_s is None]
                yield event(number, "positions", [_position(van, now_s) for van in some]) if some else ": beat\n\n"


def _position(van: Van, now_s: float) -> dict[str, Any]:
    return {"vehicle": van.id, **van.fix(now_s), "live": False}


def event(number: int, name: str, data: object) -> str:
    """One server-sent event."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """RFC 9457."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def fleet(count: int, *, now_s: float) -> list[Van]:
    """A fleet as it is on any day: most drive, every fifth is parked, one is silent."""
    return [
        Van(
            number=number,
            spread=count > 100,
            parked=number % 5 == 4,
            silent_since_s=now_s - 400 if number == min(22, count) and count > 3 else None,
        )
        for number in range(1, count + 1)
    ]


def main() -> None:
    """Serve a stage by hand: `python tests/server/web/stage.py --vans 26 --port 8099 --basemap FILE`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--vans", type=int, default=26)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--basemap", type=Path)
    args = parser.parse_args()
    stage = Stage(fleet(args.vans, now_s=time.time()), port=args.port, basemap=args.basemap)
    stage.waiting = {"van-7": 412}
    stage.start()
    print(stage.url, flush=True)  # noqa: T201 -- a program for a person
    threading.Event().wait()


if __name__ == "__main__":
    main()
