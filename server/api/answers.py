"""JSON answers with an ETag, and cursors: what several endpoints do alike."""

import base64
import hashlib
import re
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from server.api.problems import Problem
from wire.messages import GATEWAY_ID

GEOJSON = "application/geo+json"


def answer(request: Request, body: Any, media_type: str = "application/json") -> Response:
    """The body as JSON, or 304 when the asker has it already."""
    data = msgspec.json.encode(body)
    etag = f'"{hashlib.sha256(data).hexdigest()[:24]}"'
    # Weak, because the same answer goes out compressed and plain (RFC 9110, 8.8.1).
    headers = {"ETag": f"W/{etag}", "Cache-Control": "private, no-cache"}
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=media_type)


def cursor(last_id: str) -> str:
    """An opaque place in a list."""
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def after(cursor: str | None, pattern: str = GATEWAY_ID.pattern) -> str:
    """The id (or the place of this pattern) behind a cursor; a Problem when it is none of ours."""
    if not cursor:
        return ""
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        place = ""
    if not re.fullmatch(pattern, place):
        raise Problem(422, "The cursor is not one that this API gave out. Start again without it.")
    return place
