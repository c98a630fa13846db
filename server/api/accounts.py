"""People: who signs in, with which role, in which teams. For admins; dispatchers see whom an alert can be given to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from server.api.answers import answer
from server.api.parts import Asker, OurParts, Parts
from server.api.problems import Problem, errors
from server.api.shapes_accounts import (
    AddedUser,
    AddUser,
    ChangeUser,
    Colleagues,
    OneTimePassword,
    User,
    Users,
)
from server.domain.permissions import may
from server.store import accounts, sessions, teams
from server.store.audit import audit, differences
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["accounts"], responses=errors(401, 403, 503))


@contextmanager
def changing(parts: Parts, *, sight: bool = True) -> Iterator[Connection]:
    """A transaction; contradictions are 409. Where it changes who may see what, open streams ask again afterwards."""
    try:
        with parts.database.writing() as connection:
            yield connection
    except ValueError as error:
        raise Problem(409, str(error)) from None
    if sight:
        parts.hub.publish("accounts", None)


@router.get("/users", response_model=Users)
def list_users(request: Request, parts: OurParts) -> Response:
    """Everybody who signs in."""
    with parts.database.reading() as connection:
        rows = accounts.list_users(connection, datetime.now(UTC))
    return answer(request, {"items": [_user(row) for row in rows]})


@router.get("/people", response_model=Colleagues)
def list_people(request: Request, parts: OurParts) -> Response:
    """Whom an alert can be given to."""
    with parts.database.reading() as connection:
        rows = accounts.list_users(connection, datetime.now(UTC))
    items = [{"name": row["name"], "role": row["role"]} for row in rows if may(row["role"], None, "alerts:write")]
    return answer(request, {"items": items})


@router.post("/users", status_code=201, responses=errors(400, 409, 422))
def add_user(said: AddUser, person: Asker, parts: OurParts) -> AddedUser:
    """Add somebody. The one-time password is shown this once."""
    now = datetime.now(UTC)
    with changing(parts) as connection:
        password = accounts.add_user(
            connection, name=said.name, role=said.role, now=now, elsewhere=said.sign_in == "oidc"
        )
        teams.put_user(connection, said.name, said.teams)
        detail = {"role": said.role, "teams": sorted(set(said.teams)), "sign_in": said.sign_in}
        audit(connection, person, "user_added", said.name, detail, now)
        user = _user(_known(connection, said.name))
    return AddedUser.model_validate({"user": user, "password": password or None})


@router.put("/users/{name}", responses=errors(400, 404, 409, 422))
def change_user(name: str, said: ChangeUser, person: Asker, parts: OurParts) -> User:
    """Give somebody another role (their sessions end) or other teams."""
    now = datetime.now(UTC)
    with changing(parts) as connection:
        was = _known(connection, name)
        if said.role is not None and said.role != was["role"]:
            accounts.set_role(connection, name, said.role)
        if said.teams is not None:
            teams.put_user(connection, name, said.teams)
        row = _known(connection, name)
        if changes := differences(was, row, "role", "teams"):
            audit(connection, person, "user_changed", name, changes, now)
    return User.model_validate(_user(row))


@router.delete("/users/{name}", status_code=204, responses=errors(404, 409))
def remove_user(name: str, person: Asker, parts: OurParts) -> None:
    """Remove somebody; their sessions end at once, what they did stays in the audit log."""
    with changing(parts) as connection:
        was = _known(connection, name)
        accounts.remove_user(connection, name)
        audit(connection, person, "user_removed", name, {"role": was["role"]}, datetime.now(UTC))


@router.post("/users/{name}/password", status_code=201, responses=errors(404, 409))
def reset_password(name: str, person: Asker, parts: OurParts) -> OneTimePassword:
    """Give somebody a new one-time password; their sessions end. It is shown this once."""
    with changing(parts) as connection:
        if not _known(connection, name)["has_password"]:
            raise ValueError(f"{name} signs in elsewhere and has no password here.")
        password = accounts.new_password(connection, name)
        audit(connection, person, "password_reset", name, {}, datetime.now(UTC))
    return OneTimePassword(password=password)


@router.delete("/users/{name}/sessions", status_code=204, responses=errors(404))
def end_sessions(name: str, person: Asker, parts: OurParts) -> None:
    """Sign somebody out everywhere."""
    with changing(parts) as connection:
        _known(connection, name)
        count = sessions.end_sessions(connection, name)
        audit(connection, person, "sessions_ended", name, {"count": count}, datetime.now(UTC))


def _known(connection: Connection, name: str) -> Row:
    row = accounts.one_user(connection, name, datetime.now(UTC))
    if row is None:
        raise Problem(404, f"There is no user {name!r}.")
    return row


def _user(row: Row) -> dict[str, Any]:
    return {
        "name": row["name"],
        "role": row["role"],
        "teams": row["teams"],
        "created_at": rfc3339(row["created_at"]),
        "signed_in_at": rfc3339(row["signed_in_at"]) if row["signed_in_at"] else None,
        "sign_in": "password" if row["has_password"] else "oidc",
        "one_time": row["one_time"],
        "sessions": row["sessions"],
    }
