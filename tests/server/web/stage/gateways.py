"""One gateway a van, one of them with a hole."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1
from tests.server.web.vans import Van, instant

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.server.web.stage.running import Stage


def routes(stage: Stage) -> list[BaseRoute]:
    """The list, and the holes of one."""

    async def gateways(_: Request) -> Response:
        now_s = time.time()
        return JSONResponse({"items": [_gateway(stage, van, now_s) for van in stage.vans], "next": None})

    async def gaps(_: Request) -> Response:
        gap = {"stream": "a1b2c3d4", "seq_from": 1201, "seq_to": 1440, "rows": 240, "found_at": instant(stage.began_s)}
        return JSONResponse({"items": [gap]})

    return [Route(f"{V1}/gateways", gateways), Route(f"{V1}/gateways/{{id}}/gaps", gaps)]


def _gateway(stage: Stage, van: Van, now_s: float) -> dict[str, Any]:
    seen_s = now_s - 2 if van.silent_since_s is None else van.silent_since_s
    online = van.silent_since_s is None
    waiting = stage.waiting.get(van.id, 0)
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
        "first_seen_at": instant(stage.began_s - 86400),
        "status": status if online else {"online": False},
        "stream": "a1b2c3d4",
        "last_seq": 28_800 + van.number,
        "gaps": 1 if van.number == 3 else 0,
        "missing_rows": 240 if van.number == 3 else 0,
        "conflict": van.number == 5,
    }
