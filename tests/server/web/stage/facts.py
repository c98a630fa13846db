"""What a van did: the facts of the engine over the way that it is scripted to drive, those of its alerts, and what a
test adds."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from server.domain.engine.advance import advance
from server.domain.engine.fix import Fix
from server.domain.engine.rules import Rules
from server.domain.engine.state import fresh
from server.domain.fences.geojson import read_fence
from server.domain.fences.index import FenceIndex
from server.said import said
from tests.server.web.stage.answers import V1, problem
from tests.server.web.stage.vehicles import driven
from tests.server.web.vans import Van, instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

PLAIN: dict[str, Any] = {"fence": None, "late": False, "withdrawn": False, "revision": 1, "instead_of": None}


def routes(stage: Stage) -> list[BaseRoute]:
    """The facts of one vehicle in a range, and one with its history."""

    async def facts(request: Request) -> Response:
        if "facts" in stage.broken:
            return problem(503, "The store does not answer", "The store does not answer.")
        van, asked = stage.van(request.path_params["id"]), request.query_params
        of_alerts = [fact for alert in stage.alerts for fact in alert["facts"] if fact["vehicle"] == van.id]
        added = [fact for fact in stage.facts if fact["vehicle"] == van.id]
        found = {fact["id"]: fact for fact in (*worked(stage, van), *of_alerts, *added)}
        from_, to = (instant(datetime.fromisoformat(asked[key]).timestamp()) for key in ("from", "to"))
        kinds = asked.get("kinds", "").split(",")
        within = [
            fact for fact in found.values() if from_ <= fact["at"] < to and (kinds == [""] or fact["kind"] in kinds)
        ]
        if "withdrawn" not in asked:
            within = [fact for fact in within if not fact["withdrawn"]]
        return JSONResponse({"items": sorted(within, key=lambda fact: fact["at"]), "next": None})

    async def one(request: Request) -> Response:
        found = next((fact for fact in stage.facts if fact["id"] == request.path_params["id"]), None)
        if found is None:
            return problem(404, "There is no such fact")
        before = next((fact for fact in stage.facts if fact["id"] == found["instead_of"]), None)
        moved_from = {"id": before["id"], "at": before["at"]} if before else None
        return JSONResponse({**found, "history": stage.histories.get(found["id"], []), "moved_from": moved_from})

    return [Route(f"{V1}/vehicles/{{id}}/facts", facts), Route(f"{V1}/facts/{{id}}", one)]


def a_fact(kind: str, vehicle: str, at_s: float, **says: Any) -> dict[str, Any]:
    """A fact as the API says it."""
    at = instant(at_s)
    plain = {**PLAIN, "recorded_at": at}
    return {"id": f"{kind}-{vehicle}-{int(at_s)}", "kind": kind, "vehicle": vehicle, "at": at, **plain, **says}


def worked(stage: Stage, van: Van) -> list[dict[str, Any]]:
    """What the engine says of its track so far."""
    now_s = time.time()
    fixes = [_fix(fix) for fix in driven(stage, van, now_s)]
    fences = [read_fence(feature) for feature in stage.fences.values()]
    index = FenceIndex(fences) if fences else None
    done = advance(fresh(), fixes, vehicle=van.id, rules=Rules(), fences=index, horizon_ms=round(now_s * 1000))
    return [{**PLAIN, **said(fact), "recorded_at": said(fact)["at"]} for fact in done.facts]


def _fix(fix: dict[str, Any]) -> Fix:
    at_ms = round(datetime.fromisoformat(fix["at"]).timestamp() * 1000)
    course = -1.0 if fix["course_deg"] is None else fix["course_deg"]
    return Fix(at_ms, round(fix["lon"] * 1e7), round(fix["lat"] * 1e7), fix["speed_mps"], course, fix["accuracy_m"])
