"""Who is where now."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import errors
from server.api.shapes_fences import OpenVisits
from server.store.visits import open_visits
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["fences"], responses=errors(401, 403, 503))


@router.get("/visits", response_model=OpenVisits)
def list_open_visits(request: Request, person: Asker, parts: OurParts) -> Response:
    """Vehicles that are inside of fences now, by the facts. Visits that are over are facts: `fence_left`."""
    with parts.database.reading() as connection:
        rows = open_visits(connection, person.sees)
    items = [
        {
            "fence": row["fence_id"],
            "vehicle": row["vehicle_id"],
            "entered_at": rfc3339(datetime.fromtimestamp(row["entered_ms"] / 1000, UTC)),
        }
        for row in rows
    ]
    return answer(request, {"items": items})
