"""Teams: whose members see which vehicles. Changed by admins; who is limited by teams sees only their own."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from server.api.accounts import changing
from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_accounts import PutTeam, Team, Teams
from server.store import teams
from server.store.audit import audit, differences
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1/teams", tags=["accounts"], responses=errors(401, 403, 503))


@router.get("", response_model=Teams)
def list_teams(request: Request, person: Asker, parts: OurParts) -> Response:
    """The teams that one may know of, by name."""
    with parts.database.reading() as connection:
        rows = teams.list_teams(connection, None if person.sees is None else person.teams or ())
    return answer(request, {"items": [_team(row) for row in rows]})


@router.post("", status_code=201, responses=errors(400, 409, 422))
def add_team(said: PutTeam, person: Asker, parts: OurParts) -> Team:
    """Make a team."""
    now = datetime.now(UTC)
    with changing(parts) as connection:
        team = teams.add_team(connection, name=said.name, members=said.members, vehicles=said.vehicles, now=now)
        row = _known(connection, team)
        audit(connection, person, "team_added", team, {key: row[key] for key in ("name", "members", "vehicles")}, now)
    return Team.model_validate(_team(row))


@router.put("/{team_id}", responses=errors(400, 404, 409, 422))
def change_team(team_id: str, said: PutTeam, person: Asker, parts: OurParts) -> Team:
    """Let a team be as it is said here, as a whole."""
    with changing(parts) as connection:
        was = _known(connection, team_id)
        teams.change_team(connection, team_id, name=said.name, members=said.members, vehicles=said.vehicles)
        row = _known(connection, team_id)
        if changes := differences(was, row, "name", "members", "vehicles"):
            audit(connection, person, "team_changed", team_id, changes, datetime.now(UTC))
    return Team.model_validate(_team(row))


@router.delete("/{team_id}", status_code=204, responses=errors(404))
def remove_team(team_id: str, person: Asker, parts: OurParts) -> None:
    """Remove a team. Who was in no other sees every vehicle from then on; a key that was limited to it sees none."""
    with changing(parts) as connection:
        was = _known(connection, team_id)
        teams.remove_team(connection, team_id)
        freed = [name for name in was["members"] if teams.of_user(connection, name) is None]
        detail = {"name": was["name"], "members": was["members"], "now_see_all": freed}
        audit(connection, person, "team_removed", team_id, detail, datetime.now(UTC))


def _known(connection: Connection, team: str) -> Row:
    row = teams.one_team(connection, team)
    if row is None:
        raise Problem(404, f"There is no team {team!r}.")
    return row


def _team(row: Row) -> dict[str, Any]:
    return {**row, "created_at": rfc3339(row["created_at"])}
