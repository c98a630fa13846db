"""The scripted fleet: its list, newest positions and tracks."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, page_of, problem
from tests.server.web.vans import Van, instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

COLUMNS = ("speed_mps", "course_deg", "accuracy_m", "alt_m", "flags")


def routes(stage: Stage) -> list[BaseRoute]:
    """List, one, newest of all, track."""

    async def vehicles(request: Request) -> Response:
        if not stage.signed_in:
            return problem(401, "Sign in")
        if "vehicles" in stage.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        now_s = time.time()
        vans, following = page_of(request, stage.vans)
        return JSONResponse({"items": [_row(stage, van, now_s) for van in vans], "next": following})

    async def vehicle(request: Request) -> Response:
        return JSONResponse(_row(stage, stage.van(request.path_params["id"]), time.time()))

    async def latest(_: Request) -> Response:
        features = [_feature(van, time.time()) for van in stage.vans]
        return JSONResponse({"type": "FeatureCollection", "features": features})

    async def track(request: Request) -> Response:
        if request.query_params.get("format", "geojson") != "geojson":
            return Response("at,lon,lat\n", media_type="text/csv")
        from_s, to_s = (datetime.fromisoformat(request.query_params[key]).timestamp() for key in ("from", "to"))
        return JSONResponse(_track(stage, stage.van(request.path_params["id"]), from_s, to_s))

    return [
        Route(f"{V1}/vehicles", vehicles),
        Route(f"{V1}/latest", latest),
        Route(f"{V1}/vehicles/{{id}}", vehicle),
        Route(f"{V1}/vehicles/{{id}}/track", track),
    ]


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


def _row(stage: Stage, van: Van, now_s: float) -> dict[str, Any]:
    day_s = min(now_s - stage.began_s + 7200, now_s % 86400)
    driven = 0.0 if van.parked else day_s * 3.1 + van.number * 611
    return {
        "id": van.id,
        "name": van.name,
        "gateway": f"gw-{van.number:04d}",
        "odometer_m": 48_000_000.0 + driven,
        "today_m": driven,
        "created_at": instant(stage.began_s - 86400),
        "last": van.fix(now_s),
    }


def _feature(van: Van, now_s: float) -> dict[str, Any]:
    fix = van.fix(now_s)
    place = [fix.pop("lon"), fix.pop("lat")]
    properties = {**fix, "vehicle": van.id, "name": van.name, "gateway": f"gw-{van.number:04d}"}
    return {
        "type": "Feature",
        "id": van.id,
        "geometry": {"type": "Point", "coordinates": place},
        "properties": properties,
    }


def _track(stage: Stage, van: Van, from_s: float, to_s: float) -> dict[str, Any]:
    """What it drove, with the fixes that a test wants to be doubted."""
    from_, to = instant(from_s), instant(to_s)
    doubted = stage.doubted.get(van.id, [])
    fixes = [fix for fix in (*driven(stage, van, time.time()), *doubted) if from_ <= fix["at"] < to]
    fixes.sort(key=lambda fix: fix["at"])
    columns = {key: [fix[key] for fix in fixes] for key in COLUMNS}
    line = {"type": "LineString", "coordinates": [[fix["lon"], fix["lat"]] for fix in fixes]}
    properties = {
        "vehicle": van.id,
        "from": from_,
        "to": to,
        "count": len(fixes),
        "coordinateProperties": {"times": [fix["at"] for fix in fixes], **columns},
    }
    return {"type": "Feature", "geometry": line if fixes else None, "properties": properties}


def driven(stage: Stage, van: Van, until_s: float) -> list[dict[str, Any]]:
    """A fix every 5 s from two hours before the stage began, with a hole of 10 minutes."""
    hole = _hole(stage, van)
    start_s = stage.began_s - 7200
    times = [start_s + 5 * i for i in range(max(0, int((until_s - start_s) / 5)))]
    return [van.fix(at_s) for at_s in times if not hole[0] < at_s < hole[1]]


def _hole(stage: Stage, van: Van) -> tuple[float, float]:
    """10 minutes about an hour ago at whose ends the van drives: between two stands they would be a stand."""
    starts = [stage.began_s - 3600 + 5 * step for step in range(300)]
    driving = (at_s for at_s in starts if van.fix(at_s - 5)["speed_mps"] and van.fix(at_s + 605)["speed_mps"])
    start_s = next(driving, starts[0])
    return start_s, start_s + 600
