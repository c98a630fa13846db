"""One's own sessions: where one is signed in, and ending that."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from server.api.accounts import changing
from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_accounts import Sessions
from server.store import sessions
from server.store.audit import audit
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1/sessions", tags=["session"], responses=errors(401, 403, 503))


@router.get("", response_model=Sessions)
def list_sessions(request: Request, person: Asker, parts: OurParts) -> Response:
    """Where one is signed in."""
    with parts.database.reading() as connection:
        rows = sessions.list_sessions(connection, person.name, datetime.now(UTC))
    items = [
        {
            "id": row["id"],
            "created_at": rfc3339(row["created_at"]),
            "expires_at": rfc3339(row["expires_at"]),
            "seen_at": rfc3339(row["seen_at"]) if row["seen_at"] else None,
            "address": row["address"] or "",
            "browser": row["browser"] or "",
            "way": row["way"],
            "this": row["id"] == person.session,
        }
        for row in rows
    ]
    return answer(request, {"items": items})


@router.delete("", status_code=204)
def end_others(person: Asker, parts: OurParts) -> None:
    """Sign out everywhere else."""
    with changing(parts) as connection:
        count = sessions.end_sessions(connection, person.name, but=person.session)
        if count:
            audit(connection, person, "sessions_ended", person.name, {"count": count}, datetime.now(UTC))


@router.delete("/{session_id}", status_code=204, responses=errors(404))
def end_session(session_id: str, person: Asker, parts: OurParts) -> None:
    """Sign out in one place."""
    with changing(parts) as connection:
        if not sessions.end_session(connection, person.name, session_id):
            raise Problem(404, "There is no such session any more.")
        audit(connection, person, "sessions_ended", person.name, {"count": 1}, datetime.now(UTC))
