"""Tags of the inventory and what their sensors said."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, page_of, problem
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

Row = dict[str, Any]


def routes(stage: Stage) -> list[BaseRoute]:
    """The list, one, what it was on, its readings."""
    return [
        Route(f"{V1}/tags", _listed(stage), methods=["GET", "POST"]),
        *_about(stage),
        Route(f"{V1}/tags/{{id:path}}", _one(stage), methods=["GET", "PUT", "DELETE"]),
    ]


def _listed(stage: Stage) -> Any:
    async def listed(request: Request) -> Response:
        if "tags" in stage.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        if request.method == "POST":
            said = await request.json()
            if any(row["id"] == said["id"] for row in stage.tags):
                return problem(409, "Conflict", f"There is a tag {said['id']!r} already.")
            stage.tags.append(a_tag(**said))
            return JSONResponse(stage.tags[-1], 201)
        items, following = page_of(request, [row for row in stage.tags if _wanted(row, request.query_params)])
        return JSONResponse({"items": items, "next": following})

    return listed


def _wanted(row: Row, asked: Any) -> bool:
    low, silent, free = (asked.get(name) == "true" for name in ("low", "silent", "free"))
    return (
        asked.get("q", "").lower() in f"{row['id']} {row['name']} {row['package_id'] or ''}".lower()
        and (not low or (row["battery_percent"] or 100) < 20)
        and (not silent or row["last_heard_at"] is None)
        and (not free or row["package_id"] is None)
    )


def _found(stage: Stage, request: Request) -> Row | None:
    return next((row for row in stage.tags if row["id"] == request.path_params["id"]), None)


def _one(stage: Stage) -> Any:
    async def one(request: Request) -> Response:
        found = _found(stage, request)
        if found is None:
            return problem(404, "There is no such tag", "There is no such tag.")
        if request.method == "PUT":
            found.update(await request.json())
        if request.method == "DELETE":
            stage.tags.remove(found)
            return Response(status_code=204)
        return JSONResponse(found)

    return one


def _about(stage: Stage) -> list[BaseRoute]:
    async def bindings(request: Request) -> Response:
        rows = [row for row in stage.bindings if row["tag_id"] == request.path_params["id"]]
        return JSONResponse({"items": rows[::-1]})

    async def readings(request: Request) -> Response:
        found = _found(stage, request)
        if found is None or "readings" in stage.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        asked = request.query_params
        quantity = asked["quantity"]
        from_s, to_s = (datetime.fromisoformat(asked[name]).timestamp() for name in ("from", "to"))
        points = stage.readings.get(found["id"], {}).get(quantity, [])
        shown = [[instant(at_s), value] for at_s, value in points if from_s <= at_s < to_s]
        limits = [limit for limit in found["limits"] if limit["quantity"] == quantity]
        unit = {"temperature_c": "\N{DEGREE SIGN}C", "humidity_percent": "%", "battery_v": "V"}.get(quantity, "")
        said = {"tag_id": found["id"], "quantity": quantity, "unit": unit, "points": shown, "limits": limits}
        return JSONResponse({**said, "cut": False})

    return [
        Route(f"{V1}/tags/{{id:path}}/bindings", bindings),
        Route(f"{V1}/tags/{{id:path}}/readings", readings),
    ]


def a_tag(id: str, **more: Any) -> Row:  # noqa: A002 -- the API's word
    """A tag that is well and was heard a moment ago."""
    tag: Row = {
        "id": id, "name": "", "format": "ibeacon", "limits": [], "created_at": instant(time.time() - 5_000_000),
        "package_id": None, "last_heard_at": instant(time.time() - 6), "last_heard_by": "vehicle:van-2",
        "battery_percent": 71.0, "battery_v": 2.94, "battery_at": instant(time.time() - 600),
        "battery_ends_at": "2027-03-14T00:00:00.000Z", "battery_ends_from": "2027-02-02T00:00:00.000Z",
        "battery_ends_to": "2027-04-21T00:00:00.000Z", "battery_says": "It will last until about March 2027 (February to April 2027).",
    }  # fmt: skip
    return {**tag, **more}


def a_warm_day() -> list[tuple[float, float]]:
    """A reading every 5 minutes for a day: a cold chain with an open door 3 hours ago."""
    now_s = time.time()
    return [
        (
            now_s - ago_s,
            round(4.6 + 0.7 * math.sin(ago_s / 2900) + 5.2 * math.exp(-(((ago_s - 10_800) / 1500) ** 2)), 2),
        )
        for ago_s in range(86_000, 0, -300)
    ]
