"""The rules of alerts as the API has them: listed, made, changed, removed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, problem
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

KINDS = {
    "gateway_silent": ["gateway_heard"],
    "receiver_lost": ["receiver_found"],
    "tamper": [],
    "battery_low": [],
    "fence_entered": ["fence_left"],
    "fence_left": ["fence_entered"],
    "dwell_reached": ["fence_left"],
    "speeding_started": ["speeding_ended"],
    "harsh_braking": [],
    "sensor_high": ["sensor_normal"],
}


def a_rule(id_: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A rule for every vehicle, with what the test is about said in the call."""
    rule = {
        "id": id_,
        "name": name,
        "kinds": [kind],
        "closes_by": KINDS[kind],
        "vehicles": None,
        "teams": None,
        "fences": None,
        "hours": None,
        "time_zone": "UTC",
        "severity": "warning",
        "wait_s": 0,
        "cool_down_s": 300,
        "actionable_s": 3600,
        "escalate_after_s": None,
        "escalate_to": None,
        "enabled": True,
        "changed_at": instant(time.time() - 86400),
    }
    return {**rule, **more}


def defaults() -> list[dict[str, Any]]:
    """Those that a new server has, and one that a person made."""
    depot = {"hours": "Mon-Sun 20:00-05:00", "time_zone": "Europe/Helsinki", "fences": ["ruoholahti"]}
    escalation = {"escalate_after_s": 900, "escalate_to": "aino.virtanen", "severity": "critical"}
    return [
        a_rule("battery-low", "A battery is low", "battery_low", severity="info"),
        a_rule("gateway-silent", "A gateway is silent", "gateway_silent", actionable_s=86400),
        a_rule("receiver-lost", "A receiver is lost", "receiver_lost"),
        a_rule("left-the-depot", "Left the depot at night", "fence_left", **depot, **escalation),
        a_rule("tamper", "Somebody opened a gateway", "tamper", severity="critical"),
    ]


def routes(stage: Stage) -> list[BaseRoute]:
    """The list with the kinds that a rule may select, and each rule."""

    async def listed(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"items": sorted(stage.rules, key=lambda rule: rule["name"]), "kinds": KINDS})
        body = await request.json()
        made = {**a_rule("x", "x", "tamper"), **body, "id": f"rule-{len(stage.rules) + 1}"}
        if made["closes_by"] is None:
            made["closes_by"] = KINDS.get(body["kinds"][0], [])
        stage.rules.append(made)
        return JSONResponse(made, 201)

    async def one(request: Request) -> Response:
        rule = next((rule for rule in stage.rules if rule["id"] == request.path_params["id"]), None)
        if rule is None:
            return problem(404, "There is no such rule", "There is no such rule.")
        if request.method == "DELETE":
            stage.rules.remove(rule)
            return Response(status_code=204)
        rule.update(await request.json())
        return JSONResponse(rule)

    return [
        Route(f"{V1}/alert-rules", listed, methods=["GET", "POST"]),
        Route(f"{V1}/alert-rules/{{id}}", one, methods=["PUT", "DELETE"]),
    ]
