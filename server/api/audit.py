"""The audit log, for admins."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from server.api.answers import after, answer, cursor
from server.api.parts import OurParts
from server.api.problems import Problem, errors
from server.api.shapes_accounts import Audit
from server.store.audit import list_audit
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["accounts"], responses=errors(401, 403, 422, 503))
Wanted = Annotated[str, Query(max_length=200, description="Only what has exactly this")]


@router.get("/audit", response_model=Audit)
def list_changes(
    request: Request,
    parts: OurParts,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    who: Wanted = "",
    what: Wanted = "",
    subject: Wanted = "",
) -> Response:
    """Every change, newest first: who, what, when, from where. Failed sign-ins are counted by the hour."""
    place = after(cursor_)
    if place and not re.fullmatch("[0-9]{1,18}", place):
        raise Problem(422, "The cursor is not one that this API gave out. Start again without it.")
    with parts.database.reading() as connection:
        rows = list_audit(
            connection, before=int(place) if place else None, limit=limit + 1, who=who, what=what, subject=subject
        )
    items = [
        {
            "id": row["number"],
            "at": rfc3339(row["at"]),
            **{name: row[name] for name in ("who", "kind", "what", "subject", "detail", "address")},
        }
        for row in rows[:limit]
    ]
    more = len(rows) > limit
    return answer(request, {"items": items, "next": cursor(str(rows[limit - 1]["number"])) if more else None})
