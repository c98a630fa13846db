"""API keys: what programs come in with. For admins."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from server.api.accounts import changing
from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_accounts import AddedKey, AddKey, Keys
from server.store import keys
from server.store.audit import audit
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1/keys", tags=["accounts"], responses=errors(401, 403, 503))


@router.get("", response_model=Keys)
def list_keys(request: Request, parts: OurParts) -> Response:
    """The keys, without what they open with."""
    with parts.database.reading() as connection:
        rows = keys.list_keys(connection)
    return answer(request, {"items": [_key(row) for row in rows]})


@router.post("", status_code=201, responses=errors(400, 409, 422))
def add_key(said: AddKey, person: Asker, parts: OurParts) -> AddedKey:
    """Make a key. It is shown this once."""
    now, expires_at = datetime.now(UTC), said.expires_at
    if expires_at is not None and expires_at.tzinfo is None:
        expires_at = expires_at.replace(tzinfo=UTC)
    if expires_at is not None and expires_at <= now:
        raise Problem(
            422, "expires_at is in the past. Write a time to come, or nothing for a key that does not expire."
        )
    with changing(parts) as connection:
        token = keys.add_key(
            connection,
            name=said.name,
            role=said.role,
            expires_at=expires_at,
            now=now,
            scopes=said.scopes,
            team_ids=said.teams,
            created_by=person.name,
        )
        key = next(_key(row) for row in keys.list_keys(connection) if row["name"] == said.name)
        detail = {name: key[name] for name in ("role", "scopes", "teams", "expires_at")}
        audit(connection, person, "key_added", said.name, detail, now)
    return AddedKey.model_validate({"key": key, "token": token})


@router.delete("/{name}", status_code=204, responses=errors(404))
def remove_key(name: str, person: Asker, parts: OurParts) -> None:
    """Take a key back; it stops counting at once."""
    with changing(parts) as connection:
        if not keys.remove_key(connection, name):
            raise Problem(404, f"There is no key {name!r}.")
        audit(connection, person, "key_removed", name, {}, datetime.now(UTC))


def _key(row: Row) -> dict[str, Any]:
    times = {name: rfc3339(row[name]) if row[name] else None for name in ("created_at", "expires_at", "used_at")}
    return {**row, **times}
