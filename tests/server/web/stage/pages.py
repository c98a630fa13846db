"""The built pages and the base map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tests.server.web.stage.answers import DIST, V1

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage


def routes(stage: Stage) -> list[BaseRoute]:
    """The HTML files, their assets, and Helsinki's centre."""

    async def tiles(_: Request) -> Response:
        return FileResponse(stage.basemap) if stage.basemap else Response(status_code=404)

    async def base_map(_: Request) -> Response:
        about = {"name": "Helsinki", "bounds": stage.bounds, "center": None}
        credit = "© OpenStreetMap contributors"
        return JSONResponse({**about, "tiles": "/map/basemap.pmtiles" if stage.basemap else None, "credit": credit})

    return [
        Route("/", lambda _: FileResponse(DIST / "ops.html")),
        Route("/ops", lambda _: FileResponse(DIST / "ops.html")),
        Route("/login", lambda _: FileResponse(DIST / "login.html")),
        Route("/dock", lambda _: FileResponse(DIST / "dock.html")),
        Route("/map/basemap.pmtiles", tiles),
        Route(f"{V1}/map", base_map),
        Mount("/assets", StaticFiles(directory=DIST / "assets")),
    ]
