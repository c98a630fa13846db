"""Gateways, what they lost, and the messages that nobody could read."""

import base64
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from server.api.answers import after, answer, cursor
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes import Gaps, Gateway, GatewayChange, Gateways, Poisons
from server.api.vehicles import Limit
from server.record import CONFLICT, CONFLICT_WITHIN
from server.store import custody_plan, fleet, streams
from server.store.audit import audit
from server.store.poison import list_poison
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["gateways"], responses=errors(401, 403, 422, 503))


@router.get("/gateways", response_model=Gateways)
def list_gateways(
    request: Request,
    person: Asker,
    parts: OurParts,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Limit = 100,
) -> Response:
    """Gateways in the order of their ids, with what they said last."""
    now = datetime.now(UTC)
    with parts.database.reading() as connection:
        rows = fleet.list_gateways(connection, after=after(cursor_), limit=limit + 1, sees=person.sees)
    items = [_gateway(row, now) for row in rows[:limit]]
    return answer(request, {"items": items, "next": cursor(rows[limit - 1]["id"]) if len(rows) > limit else None})


@router.patch("/gateways/{gateway_id}", response_model=Gateway, responses=errors(404))
def change_gateway(request: Request, gateway_id: str, said: GatewayChange, person: Asker, parts: OurParts) -> Response:
    """Let a gateway be the scanner of a site, or of its vehicle again; what it hears from now on counts there."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        row = fleet.known_gateways(connection, [gateway_id]).get(gateway_id)
        if row is None or not person.sees_vehicle(row["vehicle_id"]):
            raise Problem(404, f"There is no gateway {gateway_id!r}.")
        if "site" in said.model_fields_set:
            if said.site is not None and said.site not in custody_plan.sites_now(connection):
                raise Problem(422, f"There is no site {said.site!r}: no fence of this id that is a site.")
            fleet.change_gateway(connection, gateway_id, {"site_id": said.site})
            audit(connection, person, "gateway_changed", gateway_id, {"site": said.site}, now)
        [changed] = fleet.list_gateways(connection, after="", limit=1, only=gateway_id)
    return answer(request, _gateway(changed, now))


@router.get("/gateways/{gateway_id}/gaps", response_model=Gaps, responses=errors(404))
def list_gaps(request: Request, gateway_id: str, person: Asker, parts: OurParts) -> Response:
    """Rows of a gateway's outbox that are gone for good: its quota overflowed, or its disk was replaced."""
    with parts.database.reading() as connection:
        row = fleet.known_gateways(connection, [gateway_id]).get(gateway_id)
        if row is None or not person.sees_vehicle(row["vehicle_id"]):
            raise Problem(404, f"There is no gateway {gateway_id!r}.")
        rows = streams.gaps_of(connection, gateway_id)
    items = [
        {
            "stream": row["stream"],
            "seq_from": row["seq_from"],
            "seq_to": row["seq_to"],
            "rows": None if row["seq_to"] is None else row["seq_to"] - row["seq_from"] + 1,
            "found_at": rfc3339(row["found_at"]),
        }
        for row in rows
    ]
    return answer(request, {"items": items})


@router.get("/poison", response_model=Poisons)
def list_poison_messages(
    request: Request,
    parts: OurParts,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Limit = 50,
) -> Response:
    """Messages that could not be read, newest first: kept, so that whoever mends them loses nothing."""
    place = after(cursor_)
    if place and not re.fullmatch("[0-9]{1,18}", place):
        raise Problem(422, "The cursor is not one that this API gave out. Start again without it.")
    with parts.database.reading() as connection:
        rows = list_poison(connection, before=int(place) if place else None, limit=limit + 1)
    items = [
        {
            "id": row["id"],
            "topic": row["topic"],
            "reason": row["reason"],
            "times": row["times"],
            "received_at": rfc3339(row["received_at"]),
            "bytes": len(row["payload"]),
            "payload": base64.b64encode(row["payload"]).decode(),
        }
        for row in rows[:limit]
    ]
    return answer(request, {"items": items, "next": cursor(str(rows[limit - 1]["id"])) if len(rows) > limit else None})


def in_conflict(row: Row, now: datetime) -> bool:
    """Whether two boxes seem to have this gateway's id."""
    returned_at = row["returned_at"]
    return row["returns"] >= CONFLICT and returned_at is not None and now - returned_at < CONFLICT_WITHIN


def _gateway(row: Row, now: datetime) -> dict[str, Any]:
    return {
        "id": row["id"],
        "vehicle": row["vehicle_id"],
        "site": row["site_id"],
        "claimed": row["claimed"],
        "online": row["online"],
        "first_seen_at": rfc3339(row["first_seen_at"]),
        "last_seen_at": rfc3339(row["last_seen_at"]),
        "status": row["status"],
        "stream": row["stream"],
        "last_seq": row["last"],
        "gaps": row["gaps"],
        "missing_rows": int(row["missing_rows"]),
        "conflict": in_conflict(row, now),
    }
