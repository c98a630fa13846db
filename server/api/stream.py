"""The event stream (server-sent events): what moves, as it moves, in the part of the map that is looked at."""

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.api.examples import STREAM
from server.api.parts import admitted, parts_of
from server.api.problems import Problem, errors
from server.domain.permissions import EVENTS
from server.domain.person import Person
from server.live import Box, Happening, inside
from server.store.database import DatabaseUnavailable
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["vehicles"], responses=errors(401, 403, 422, 503))
BEAT_S = 15.0
MOST_READERS = 2000
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def stream(request: Request) -> Response:
    """Events `positions`, `gateway`, `fact`, `alert`, `custody`, `reset`, `hello`; `?bbox=` and Last-Event-ID count."""
    person = await run_in_threadpool(admitted, request, "/api/v1/stream")
    box = _box(request.query_params.get("bbox"))
    last = request.headers.get("last-event-id") or request.query_params.get("last_event_id", "")
    last_id = int(last) if re.fullmatch("[0-9]{1,17}", last) else None
    parts = parts_of(request)
    if parts.hub.readers >= MOST_READERS:
        raise Problem(503, "Too many event streams are open. Try again in a minute.", {"Retry-After": "60"})
    hello = {"now": rfc3339(datetime.now(UTC)), "version": parts.version}

    async def events() -> AsyncIterator[bytes]:
        who, checked_at = person, time.monotonic()
        async for happening in parts.hub.listen(last_id, hello, BEAT_S):
            if time.monotonic() - checked_at >= BEAT_S or (happening and happening.name == "accounts"):
                still = await run_in_threadpool(_again, request, who)
                if still is None:
                    return
                who, checked_at = still, time.monotonic()
            if happening is None:
                yield b": still here\n\n"
            elif event := written(happening, box, who):
                yield event

    return StreamingResponse(events(), headers=_HEADERS, media_type="text/event-stream")


def _again(request: Request, person: Person) -> Person | None:
    """Who this is by now, and sees; None when the key or the session counts no more."""
    try:
        return admitted(request, "/api/v1/stream")
    except Problem:
        return None
    except DatabaseUnavailable:
        return person  # nobody took it back


def written(happening: Happening, box: Box | None, person: Person) -> bytes:
    """An event's bytes (HTML Living Standard, 9.2); none when nothing of it is in the box, or for this person."""
    data, word = happening.data, EVENTS.get(happening.name)
    if happening.name == "accounts" or (word is not None and not person.may(word)):
        return b""
    if happening.name == "positions":
        data = inside(data, box)
        if person.sees is not None:
            data = [moved for moved in data if moved["vehicle"] in person.sees]
        if not data:
            return b""
    elif word is not None and not person.sees_vehicle(data.get("vehicle", data.get("vehicle_id"))):
        return b""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (happening.id, happening.name.encode(), msgspec.json.encode(data))


def _box(text: str | None) -> Box | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise Problem(422, "bbox is west,south,east,north in degrees, for instance 24.9,60.1,25.0,60.2.") from None
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise Problem(422, "bbox is west,south,east,north in degrees; south has to be below north.")
    return west, south, east, north


@router.get(
    "/stream",
    name="stream",
    responses={200: {"description": "Events, without end", "content": {"text/event-stream": {"example": STREAM}}}},
)
def _in_the_document(
    bbox: Annotated[
        str | None, Query(description="west,south,east,north in degrees: the part that is looked at")
    ] = None,
    last_event_id: Annotated[str | None, Header(description="Go on after this event")] = None,
) -> None:
    """What moves, as it moves: server-sent events `hello`, `positions`, `gateway` and `reset`: load anew."""
