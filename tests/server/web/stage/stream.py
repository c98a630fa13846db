"""The live stream: positions four times a second, and what other rooms have to say (`stage.say`)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from tests.server.web.stage.answers import V1, event
from tests.server.web.vans import Van, instant

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from tests.server.web.stage.running import Stage

EVERY_S = 0.25
"""Events are gathered for so long; each van has a fix every second."""


def routes(stage: Stage) -> list[BaseRoute]:
    """One stream for everybody."""

    async def stream(_: Request) -> Response:
        answer = {"media_type": "text/event-stream", "headers": {"Cache-Control": "no-store"}}
        return StreamingResponse(_events(stage), **answer)

    return [Route(f"{V1}/stream", stream)]


async def _events(stage: Stage) -> AsyncIterator[str]:
    yield event(0, "hello", {"now": instant(time.time()), "version": "0.1.0"})
    number, heard = 0, len(stage.said)
    parts = max(4, len(stage.vans) // 250)  # a quarter of the fleet in each, or 250 vans of a large one
    with contextlib.suppress(asyncio.CancelledError):
        while stage.running:
            await asyncio.sleep(EVERY_S)
            number += 1
            now_s = time.time() - stage.behind_s
            some = [van for van in stage.vans if van.number % parts == number % parts and van.silent_since_s is None]
            yield event(number, "positions", [_position(van, now_s) for van in some]) if some else ": beat\n\n"
            for name, data in stage.said[heard:]:
                yield event(number, name, data)
                heard += 1


def _position(van: Van, now_s: float) -> dict[str, Any]:
    return {"vehicle": van.id, **van.fix(now_s), "live": False}
