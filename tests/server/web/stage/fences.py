"""Fences: kept as they come, versions counted; what a fence would have said is what the test puts into `stage.tried`.

The GeoJSON and the hours are read by the server's own reader, so that the page meets its words.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from server.domain.fences.geojson import FencesError, read_fence, read_fences, write_fence, write_fences
from server.domain.fences.hours import HoursError
from server.domain.fences.ids import with_ids
from server.domain.fences.properties import PropertyError, read_properties
from server.domain.fences.sentence import schedule_sentence
from server.domain.fences.shapes import ShapeError
from tests.server.web.stage.answers import V1, problem
from tests.server.web.stage.session import PERSON
from tests.server.web.vans import Van, instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

Feature = dict[str, Any]
WEEK_S = 7 * 86_400
NEAR_S = 1800
"""So much of each van's way is drawn under a fence that is tried."""


def routes(stage: Stage) -> list[BaseRoute]:
    """List, one, import, what it would have said, who is inside, hours."""

    async def fences(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"type": "FeatureCollection", "features": list(stage.fences.values())})
        return _take(stage, await request.json())

    async def fence(request: Request) -> Response:
        id_ = request.path_params["id"]
        if request.method == "PUT":
            return _put(stage, id_, await request.json(), request.query_params.get("version"))
        if id_ not in stage.fences:
            return problem(404, "There is no such fence", f"There is no fence '{id_}'.")
        if request.method == "DELETE":
            del stage.fences[id_]
            return Response(status_code=204)
        return JSONResponse(stage.fences[id_])

    async def preview(request: Request) -> Response:
        stage.asked_previews.append((await request.json())["feature"])
        if "preview" in stage.broken:
            return problem(503, "The store does not answer", "The store does not answer.")
        return JSONResponse(stage.tried | {"tracks": _tracks(stage.vans)})

    async def visits(_: Request) -> Response:
        return JSONResponse({"items": stage.open_visits})

    return [
        Route(f"{V1}/fences", fences, methods=["GET", "POST"]),
        Route(f"{V1}/fences/preview", preview, methods=["POST"]),
        Route(f"{V1}/fences/{{id:path}}", fence, methods=["GET", "PUT", "DELETE"]),
        Route(f"{V1}/visits", visits),
        Route(f"{V1}/hours", _hours),
    ]


async def _hours(request: Request) -> Response:
    asked = request.query_params
    dates = [date.strip() for date in asked.get("holidays", "").split(",") if date.strip()]
    said = {"hours": asked["text"], "time_zone": asked.get("time_zone", "UTC"), "holidays": dates}
    try:
        schedule = read_properties(said, "area")["schedule"]
    except (HoursError, PropertyError) as error:
        return JSONResponse({"says": None, "now": None, "error": f"{error}."})
    return JSONResponse({"says": schedule_sentence(schedule), "now": True, "error": None})


def _take(stage: Stage, document: object) -> Response:
    try:
        read = read_fences(with_ids(document, stage.fences.keys()))
    except FencesError as error:
        return problem(422, "The request cannot be understood", str(error))
    done: dict[str, list[str]] = {"added": [], "changed": [], "same": []}
    for feature in write_fences(read)["features"]:
        done["changed" if feature["id"] in stage.fences else "added"].append(feature["id"])
        keep(stage, feature)
    return JSONResponse(done, 201)


def keep(stage: Stage, feature: Feature) -> Feature:
    """Let a fence be so from now on."""
    version = stage.fences.get(feature["id"], {}).get("version", 0) + 1
    kept = {**feature, "version": version, "since": instant(time.time()), "changed_by": PERSON["name"]}
    stage.fences[feature["id"]] = kept
    return kept


def a_circle(id_: str, name: str, *, lon: float = 24.9385, lat: float = 60.1700, **more: Any) -> Feature:
    """A round fence, by default in the middle of the map."""
    said = {"name": name, "radius_m": 120.0, **more}
    return {"type": "Feature", "id": id_, "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": said}


def an_area(id_: str, name: str, west: float, south: float, east: float, north: float, **more: Any) -> Feature:
    """A fence with four corners."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": {"name": name, **more}}


def some_tried(visits: int = 42, short: int = 3, vans: int = 6) -> dict[str, Any]:
    """What a fence would have said in the last week, without its tracks."""
    now_s = time.time()
    found = [
        {
            "vehicle": f"van-{number % vans + 1}",
            "entered_at": instant(now_s - WEEK_S + number * 3600 * 3),
            "left_at": instant(now_s - WEEK_S + number * 3600 * 3 + (60 if number < short else 900)),
            "duration_s": 60.0 if number < short else 900.0,
        }
        for number in range(visits)
    ]
    counts = {"crossings": 7, "shorter_than_90_s": short, "vehicles": vans, "vehicles_tried": vans}
    return {"visits": found, "facts": [], **counts}


def _put(stage: Stage, id_: str, body: Feature, version: str | None) -> Response:
    known = stage.fences.get(id_, {}).get("version", 0)
    if version is not None and int(version) != known:
        return problem(409, "Somebody changed it", f"Aino changed '{id_}' meanwhile. Load it again, then change that.")
    try:
        return JSONResponse(keep(stage, write_fence(read_fence({**body, "id": id_}))))
    except (ShapeError, PropertyError, HoursError) as error:
        return problem(422, "The request cannot be understood", f"{error}.")


def _tracks(vans: list[Van]) -> Feature:
    now_s = time.time()
    lines = []
    for van in vans:
        fixes = [van.fix(now_s - NEAR_S + 5 * step) for step in range(NEAR_S // 5)]
        line = {"type": "LineString", "coordinates": [[fix["lon"], fix["lat"]] for fix in fixes]}
        lines.append({"type": "Feature", "geometry": line, "properties": {"vehicle": van.id}})
    return {"type": "FeatureCollection", "features": lines}
