"""Alerts: the inbox's lists, one with its evidence, and what people do with them. No rule: what a test puts in stays."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, page_of, problem
from tests.server.web.stage.session import PERSON
from tests.server.web.vans import instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

Alert = dict[str, Any]
Deed = Callable[[Alert, dict[str, Any], str], dict[str, Any]]
WINDOW_S = 600.0
ME = str(PERSON["name"])
COLLEAGUES = ("aino.virtanen", "mikko.lahtinen")


def routes(stage: Stage) -> list[BaseRoute]:
    """List, one, and a route for each deed."""

    async def alerts(request: Request) -> Response:
        if "alerts" in stage.broken:
            return problem(500, "The store does not answer", "The store does not answer.")
        asked = request.query_params
        found = [alert for alert in stage.alerts if _wanted(alert, asked.get("state"), asked.get("storm"))]
        if vehicle := asked.get("vehicle"):
            found = [alert for alert in found if alert["vehicle"] == vehicle]
        items, following = page_of(request, sorted(found, key=lambda alert: alert["opened_at"], reverse=True))
        return JSONResponse({"items": items, "next": following, "counts": _counts(stage)})

    async def alert(request: Request) -> Response:
        found = stage.alert(request.path_params["id"])
        if found is None:
            return problem(404, "There is no such alert", "There is no such alert.")
        opened_s = datetime.fromisoformat(found["opened_at"]).timestamp()
        evidence = {
            "vehicle": found["vehicle"],
            "from": instant(opened_s - WINDOW_S),
            "to": instant(opened_s + WINDOW_S),
        }
        told = [delivery for delivery in stage.deliveries if delivery["alert"] == found["id"]]
        history = stage.alert_history.get(found["id"], [])
        return JSONResponse({**found, "history": [*_opened(found), *history], "evidence": evidence, "deliveries": told})

    def deed(name: str, do: Deed) -> Callable[[Request], Awaitable[Response]]:
        async def done(request: Request) -> Response:
            found = stage.alert(request.path_params["id"])
            if found is None or "deeds" in stage.broken:
                return problem(503, "The store does not answer", "The store does not answer.")
            now = instant(time.time())
            said = do(found, await request.json(), now)
            event = {"at": now, "who": ME, "what": name, "says": name, "text": None, "to": None, "until": None}
            stage.alert_history.setdefault(found["id"], []).append({**event, **said})
            stage.say("alert", {"id": found["id"], "state": found["state"]})
            return JSONResponse(found)

        return done

    deeds = [
        Route(f"{V1}/alerts/{{id}}/{path}", deed(what, do), methods=["POST"]) for path, (what, do) in DEEDS.items()
    ]

    async def people(_: Request) -> Response:
        return JSONResponse({"items": [{"name": name, "role": "dispatcher"} for name in (ME, *COLLEAGUES)]})

    return [Route(f"{V1}/people", people), Route(f"{V1}/alerts", alerts), Route(f"{V1}/alerts/{{id}}", alert), *deeds]


def an_alert(number: int, *, ago_s: float, **more: Any) -> Alert:
    """An open warning about van 3 that left its depot, with what the test is about said in the call."""
    opened = instant(time.time() - ago_s)
    alert: Alert = {
        "id": f"alert-{number}",
        "rule": "left-the-depot",
        "rule_name": "Left the depot at night",
        "kind": "fence_left",
        "severity": "warning",
        "vehicle": "van-3",
        "vehicle_name": "Van 3",
        "fence": "ruoholahti",
        "opened_at": opened,
        "raised_at": instant(time.time() - ago_s + 2),
        "closed_at": None,
        "state": "open",
        "acknowledged_by": None,
        "acknowledged_at": None,
        "assigned_to": None,
        "snoozed_until": None,
        "escalated_at": None,
        "closed_by": None,
        "instead": None,
        "title": "Van 3 left Ruoholahti depot",
        "because": "It left at its south gate, after 34 min inside.",
        "late": False,
        "lon": None,
        "lat": None,
        "facts": [],
        "count": 0,
        "members": [],
        "folded_into": None,
    }
    return {**alert, **more}


def _wanted(alert: Alert, state: str | None, storm: str | None) -> bool:
    if storm:
        return bool(alert["folded_into"] == storm)
    if alert["folded_into"]:
        return False
    if state == "mine":
        mine = alert["assigned_to"] or alert["acknowledged_by"]
        return alert["state"] != "closed" and mine == ME
    return state is None or alert["state"] in {"open": ("open", "acknowledged")}.get(state, (state,))


def _counts(stage: Stage) -> dict[str, int]:
    counts = {name: sum(_wanted(alert, name, None) for alert in stage.alerts) for name in ("open", "mine", "snoozed")}
    critical = [alert for alert in stage.alerts if (alert["severity"], alert["state"]) == ("critical", "open")]
    return {**counts, "critical": len(critical)}


def _opened(alert: Alert) -> list[dict[str, Any]]:
    nobody = {"who": None, "text": None, "to": None, "until": None}
    return [{"at": alert["raised_at"], "what": "opened", "says": f"Opened by {alert['rule_name']}", **nobody}]


def _acknowledge(alert: Alert, _: dict[str, Any], now: str) -> dict[str, Any]:
    alert.update(state="acknowledged", acknowledged_by=ME, acknowledged_at=now)
    return {"says": "Acknowledged"}


def _assign(alert: Alert, body: dict[str, Any], _: str) -> dict[str, Any]:
    alert.update(assigned_to=body["to"])
    return {"says": f"Assigned to {body['to']}" if body["to"] else "Assigned to nobody", "to": body["to"]}


def _comment(_: Alert, body: dict[str, Any], __: str) -> dict[str, Any]:
    return {"says": "Wrote", "text": body["text"]}


def _snooze(alert: Alert, body: dict[str, Any], _: str) -> dict[str, Any]:
    until = instant(time.time() + 60 * body["minutes"])
    alert.update(state="snoozed", snoozed_until=until)
    return {"says": "Snoozed", "until": until}


def _close(alert: Alert, body: dict[str, Any], now: str) -> dict[str, Any]:
    alert.update(state="closed", closed_at=now, closed_by=ME)
    return {"says": "Closed", "text": body.get("text")}


def _reopen(alert: Alert, _: dict[str, Any], __: str) -> dict[str, Any]:
    alert.update(state="open", closed_at=None, closed_by=None, snoozed_until=None)
    alert.update(acknowledged_by=None, acknowledged_at=None)
    return {"says": "Opened again"}


DEEDS: dict[str, tuple[str, Deed]] = {
    "acknowledge": ("acknowledged", _acknowledge),
    "assign": ("assigned", _assign),
    "comment": ("commented", _comment),
    "snooze": ("snoozed", _snooze),
    "close": ("closed", _close),
    "reopen": ("reopened", _reopen),
}
