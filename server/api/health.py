"""Whether the server lives, whether it can do its work, and what it counts."""

import json
import shutil
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import generate_latest
from starlette.responses import JSONResponse

from server.api.answers import answer
from server.api.parts import OurParts, Parts, admitted, parts_of
from server.api.problems import errors
from server.api.shapes import About, BaseMap, Health, Ready
from server.metrics import REGISTRY
from server.store.database import DatabaseUnavailable
from server.store.telemetry import TelemetryUnavailable

router = APIRouter(prefix="/api/v1", tags=["health"])
LEAST_FREE_MB = 200
CREDIT = "© OpenStreetMap contributors"


@router.get("/health")
def health() -> Health:
    """The process lives and answers. The only answer that is open to everybody, with readiness."""
    return Health(status="ok")


@router.get("/ready", response_model=Ready, responses={503: {"model": Ready, "description": "Some part is not"}})
def ready(parts: OurParts) -> Response:
    """Whether positions can be taken and shown; says which part cannot."""
    found = {
        "database": _database(parts),
        "telemetry": _telemetry(parts),
        "disk": _disk(parts),
    }
    for name, trouble in parts.troubles.items():
        says = trouble()
        found[name] = _part(not says, says or "working")
    fine = all(part["ok"] for part in found.values())
    body = {"ready": fine, "version": parts.version, "parts": found}
    return JSONResponse(body, 200 if fine else 503, {"Cache-Control": "no-store"})


@router.get("/map", responses=errors(401, 403, 503))
def base_map(request: Request, parts: OurParts) -> BaseMap:
    """The map under the vehicles."""
    del request
    folder = Path(parts.settings.map.dir) if parts.settings.map.dir else None
    if folder is None or not (folder / "basemap.pmtiles").is_file():
        return BaseMap(name="", bounds=None, center=None, tiles=None, credit=CREDIT)
    said = json.loads((folder / "map.json").read_text(encoding="utf-8"))
    return BaseMap(
        name=said.get("name", ""),
        bounds=said.get("bounds"),
        center=said.get("center"),
        tiles="/map/basemap.pmtiles",
        credit=said.get("credit", CREDIT),
    )


@router.get("/about", response_model=About, responses=errors(401, 403, 503))
def about(request: Request, parts: OurParts) -> Response:
    """Which version runs on which parts."""
    return answer(
        request,
        {
            "version": parts.version,
            "parts": {
                "broker": parts.broker_name,
                "telemetry": "influxdb" if parts.settings.telemetry.url else "duckdb",
                "database": parts.database.check(),
            },
        },
    )


def metrics(request: Request) -> Response:
    """Prometheus' text format; a key with the role viewer may read it."""
    admitted(request, "/metrics")
    parts = parts_of(request)
    body = generate_latest(REGISTRY) + f"milepost_streams {parts.hub.readers}\n".encode()
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")


def _part(ok: bool, says: str) -> dict[str, Any]:
    return {"ok": ok, "says": says}


def _database(parts: Parts) -> dict[str, Any]:
    try:
        return _part(ok=True, says=parts.database.check())
    except DatabaseUnavailable as error:
        return _part(ok=False, says=str(error))


def _telemetry(parts: Parts) -> dict[str, Any]:
    try:
        parts.telemetry.check()
    except TelemetryUnavailable as error:
        return _part(ok=False, says=str(error))
    return _part(ok=True, says="taking and answering")


def _disk(parts: Parts) -> dict[str, Any]:
    free_mb = shutil.disk_usage(parts.settings.data).free // 2**20
    fine = free_mb >= LEAST_FREE_MB
    remedy = "" if fine else "; make room, or nothing can be stored"
    return _part(fine, f"{free_mb} MB free in {parts.settings.data_dir}{remedy}")
