"""What every room of the stage answers with, and where the built pages are."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

ROOT = Path(__file__).parents[4]
DIST = ROOT / "server" / "web" / "dist"
V1 = "/api/v1"


def event(number: int, name: str, data: object) -> str:
    """One server-sent event."""
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


def problem(status: int, title: str, detail: str | None = None) -> Response:
    """RFC 9457."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def page_of(request: Request, items: Sequence[Any]) -> tuple[list[Any], str | None]:
    """The items that `cursor` and `limit` ask for, and the cursor of the next ones."""
    first, limit = int(request.query_params.get("cursor", 0)), int(request.query_params.get("limit", 100))
    more = first + limit < len(items)
    return list(items[first : first + limit]), str(first + limit) if more else None
