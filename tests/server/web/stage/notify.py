"""Channels and what people are told: kept as they come; a test message arrives unless the address says `refused`."""

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

NOTHING = {"routes": [], "quiet": None, "digest": [], "time_zone": "UTC"}
REFUSED = "The server smtp.fleet.example refused the address: no such mailbox."


def a_channel(id_: str, name: str, **more: Any) -> dict[str, Any]:
    """A mail channel that works, with what the test is about said in the call."""
    channel = {
        "id": id_,
        "name": name,
        "kind": "email",
        "target": "ops@fleet.example",
        "enabled": True,
        "state": "ok",
        "created_by": "admin",
        "created_at": instant(time.time() - 86400),
        "sent_at": instant(time.time() - 90),
        "failing_since": None,
        "error": None,
    }
    return {**channel, **more}


def some_channels() -> list[dict[str, Any]]:
    """One of each kind: one works, one fails, one is off."""
    failing = {"state": "failing", "failing_since": instant(time.time() - 3600), "error": "It answered 500 five times."}
    return [
        a_channel("ops-mail", "Operations"),
        a_channel("night", "Night desk", kind="apprise", target="twilio://****", enabled=False, state="off"),
        a_channel("hook", "Fleet system", kind="webhook", target="https://hooks.fleet.example/…", **failing),
    ]


def routes(stage: Stage) -> list[BaseRoute]:
    """Channels, a test of each, and what one person is told."""

    async def channels(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"items": stage.channels})
        body = await request.json()
        made = a_channel(f"channel-{len(stage.channels) + 1}", body["name"], kind=body["kind"], sent_at=None)
        made |= {"target": body["address"], "enabled": body["enabled"]}
        stage.channels.append(made)
        return JSONResponse({**made, "secret": "whsec_c2VjcmV0" if body["kind"] == "webhook" else None}, 201)

    async def channel(request: Request) -> Response:
        found = next((each for each in stage.channels if each["id"] == request.path_params["id"]), None)
        if found is None:
            return problem(404, "There is no such channel", "There is no such channel.")
        if request.method == "DELETE":
            stage.channels.remove(found)
            return Response(status_code=204)
        if request.method == "PUT":
            body = await request.json()
            found |= {"name": body["name"], "enabled": body["enabled"], "state": "ok" if body["enabled"] else "off"}
            found["target"] = body.get("address") or found["target"]
            return JSONResponse(found)
        refused = "refused" in found["target"]
        return JSONResponse({"ok": not refused, "says": REFUSED if refused else "The receiver took the message."})

    async def subscription(request: Request) -> Response:
        user = request.path_params["user"]
        if request.method == "PUT":
            stage.subscriptions[user] = await request.json()
        return JSONResponse(stage.subscriptions.get(user, NOTHING))

    return [
        Route(f"{V1}/channels", channels, methods=["GET", "POST"]),
        Route(f"{V1}/channels/{{id}}", channel, methods=["PUT", "DELETE"]),
        Route(f"{V1}/channels/{{id}}/test", channel, methods=["POST"]),
        Route(f"{V1}/subscriptions/{{user}}", subscription, methods=["GET", "PUT"]),
    ]
