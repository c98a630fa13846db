"""Teams: which vehicles whose members see. A user in no team sees all, an admin always does."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, Table, delete, insert, select, update

from server.domain.person import Person
from server.store.schema import Row, team_members, team_vehicles, teams, users, vehicles
from server.store.seen import seen


def visible(connection: Connection, person: Person) -> frozenset[str] | None:
    """The vehicles that a person sees; None: all of them."""
    if not any(word.endswith(":read") for word in person.words):
        return frozenset()
    if person.teams is None or (person.role == "admin" and not person.machine):
        return None
    return vehicles_of(connection, person.teams)


def vehicles_of(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """The vehicles of these teams."""
    asked = select(team_vehicles.c.vehicle_id).where(seen(team_vehicles.c.team_id, set(ids)))
    return frozenset(connection.execute(asked).scalars())


def of_user(connection: Connection, name: str) -> frozenset[str] | None:
    """The teams that a user is in; None when there is none."""
    asked = select(team_members.c.team_id).where(team_members.c.user_name == name)
    return frozenset(connection.execute(asked).scalars()) or None


def of_vehicles(connection: Connection, ids: Iterable[str]) -> dict[str, list[str]]:
    """The teams that see each of these vehicles, of those that any sees."""
    asked = select(team_vehicles).where(seen(team_vehicles.c.vehicle_id, set(ids)))
    found: dict[str, list[str]] = {}
    for row in connection.execute(asked.order_by(team_vehicles.c.vehicle_id, team_vehicles.c.team_id)):
        found.setdefault(row.vehicle_id, []).append(row.team_id)
    return found


def list_teams(connection: Connection, ids: Collection[str] | None = None) -> list[Row]:
    """Teams by name, each with the names of its `members` and the ids of its `vehicles`."""
    rows = connection.execute(select(teams).where(seen(teams.c.id, ids)).order_by(teams.c.name)).mappings()
    found = {row["id"]: {**row, "members": [], "vehicles": []} for row in rows}
    for key, table, name in (("members", team_members, "user_name"), ("vehicles", team_vehicles, "vehicle_id")):
        listed = select(table.c.team_id, table.c[name].label("which")).where(seen(table.c.team_id, found.keys()))
        for row in connection.execute(listed.order_by(table.c[name])):
            found[row.team_id][key].append(row.which)
    return list(found.values())


def one_team(connection: Connection, team: str) -> Row | None:
    """One team like those of the list, or None."""
    return next(iter(list_teams(connection, [team])), None)


def add_team(
    connection: Connection, *, name: str, members: Iterable[str], vehicles: Iterable[str], now: datetime
) -> str:
    """A new team's id. Raises ValueError when the name is taken, or a member or vehicle is not known."""
    team = secrets.token_hex(4)
    _free(connection, name, but="")
    connection.execute(insert(teams).values(id=team, name=name, created_at=now))
    _put(connection, team, members, vehicles)
    return team


def change_team(
    connection: Connection, team: str, *, name: str, members: Iterable[str], vehicles: Iterable[str]
) -> None:
    """Everything that a team is, anew. Raises ValueError as add_team does."""
    _free(connection, name, but=team)
    connection.execute(update(teams).where(teams.c.id == team).values(name=name))
    _put(connection, team, members, vehicles)


def remove_team(connection: Connection, team: str) -> bool:
    """Whether there was such a team; now there is none, and who was in no other sees every vehicle."""
    return connection.execute(delete(teams).where(teams.c.id == team)).rowcount > 0


def put_user(connection: Connection, name: str, ids: Iterable[str]) -> None:
    """Let a user be in these teams and no others. Raises ValueError when one is not known."""
    wanted = set(ids)
    _all_known(connection, teams, "id", wanted, "team")
    connection.execute(delete(team_members).where(team_members.c.user_name == name))
    _insert(connection, team_members, [{"team_id": team, "user_name": name} for team in sorted(wanted)])


def put_vehicle(connection: Connection, vehicle: str, ids: Iterable[str]) -> None:
    """Let these teams and no others see a vehicle. Raises ValueError when one is not known."""
    wanted = set(ids)
    _all_known(connection, teams, "id", wanted, "team")
    connection.execute(delete(team_vehicles).where(team_vehicles.c.vehicle_id == vehicle))
    _insert(connection, team_vehicles, [{"team_id": team, "vehicle_id": vehicle} for team in sorted(wanted)])


def _put(connection: Connection, team: str, members: Iterable[str], ids: Iterable[str]) -> None:
    for table, name, known, key, wanted in (
        (team_members, "user_name", users, "name", set(members)),
        (team_vehicles, "vehicle_id", vehicles, "id", set(ids)),
    ):
        _all_known(connection, known, key, wanted, known.name.removesuffix("s"))
        connection.execute(delete(table).where(table.c.team_id == team))
        _insert(connection, table, [{"team_id": team, name: each} for each in sorted(wanted)])


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _free(connection: Connection, name: str, *, but: str) -> None:
    if connection.execute(select(teams.c.id).where(teams.c.name == name, teams.c.id != but)).first():
        raise ValueError(f"There is a team named {name!r} already. Choose another name.")


def _all_known(connection: Connection, table: Table, key: str, wanted: set[str], what: str) -> None:
    known = set(connection.execute(select(table.c[key]).where(seen(table.c[key], wanted))).scalars())
    if wanted - known:
        raise ValueError(f"There is no {what} {min(wanted - known)!r}.")
