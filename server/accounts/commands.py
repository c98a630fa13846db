"""`milepost key`, `milepost user`, `milepost team`: who may come in, and what they see, from the server's machine."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

import typer

from server.commands import Config, database_of

key = typer.Typer(help="API keys, for programs.", no_args_is_help=True)
user = typer.Typer(help="People who sign in.", no_args_is_help=True)
team = typer.Typer(help="Teams: who is in one sees its vehicles only.", no_args_is_help=True)


@contextmanager
def _changing(config: Any) -> Iterator[Any]:
    """A transaction; a mistake in what was asked for ends the program with its sentence."""
    _, database = database_of(config)
    try:
        with database.writing() as connection:
            yield connection
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None


def _audit(connection: Any, what: str, subject: str, **detail: Any) -> None:
    from server.store.audit import audit

    who = "command line"
    with suppress(OSError, KeyError):  # a container's user may have no name
        who += f" ({getpass.getuser()})"
    audit(connection, who, what, subject, detail, datetime.now(UTC))


def _print(rows: list[dict[str, Any]]) -> None:
    """One JSON object a line."""
    import msgspec

    for row in rows:
        print(msgspec.json.encode(row).decode())


def _role(name: str) -> Any:
    from server.domain.permissions import Role

    if name not in get_args(Role):
        sys.stderr.write(f"There is no role {name!r}; there are {', '.join(get_args(Role))}.\n")
        raise typer.Exit(2)
    return name


def _missing(what: str, name: str) -> typer.Exit:
    sys.stderr.write(f"There is no {what} {name!r}; `milepost {what} list` shows them.\n")
    return typer.Exit(1)


@key.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What the key is for; shown in lists.")],
    role: Annotated[str, typer.Option(help="What it may do: viewer, dispatcher, admin, ...")] = "viewer",
    scope: Annotated[
        list[str] | None, typer.Option(help="Only this of what the role may, for instance positions:read; repeatable.")
    ] = None,
    team: Annotated[list[str] | None, typer.Option(help="Only the vehicles of this team (its id); repeatable.")] = None,
    days: Annotated[int, typer.Option(help="How long it counts; 0: for ever.", min=0)] = 0,
    config: Config = None,
) -> None:
    """Make a key and print it, once: `Authorization: Bearer KEY`."""
    from server.store import keys

    its, now = _role(role), datetime.now(UTC)
    with _changing(config) as connection:
        expires_at = now + timedelta(days=days) if days else None
        token = keys.add_key(
            connection, name=name, role=its, expires_at=expires_at, now=now, scopes=scope or None, team_ids=team or None
        )
        _audit(connection, "key_added", name, role=its, scopes=scope or None, teams=team or None, expires_at=expires_at)
    print(token)


@key.command("list")
def list_keys(config: Config = None) -> None:
    """The keys, one JSON object a line, without what they open with."""
    from server.store import keys

    _, database = database_of(config)
    with database.reading() as connection:
        _print(keys.list_keys(connection))


@key.command("remove")
def remove_key(name: Annotated[str, typer.Option(help="The key's name.")], config: Config = None) -> None:
    """Take a key back; it stops counting at once."""
    from server.store import keys

    with _changing(config) as connection:
        if not keys.remove_key(connection, name):
            raise _missing("key", name)
        _audit(connection, "key_removed", name)


@user.command("add")
def add_user(
    name: Annotated[str, typer.Option(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="viewer (of a new user), dispatcher, installer, admin, ...")] = "",
    config: Config = None,
) -> None:
    """Add a user, or give one a new one-time password (and role); it is printed, once."""
    from server.store import accounts

    its = _role(role) if role else None
    with _changing(config) as connection:
        if accounts.known(connection, name):
            if its:
                accounts.set_role(connection, name, its)
                _audit(connection, "user_changed", name, role=its)
            password = accounts.new_password(connection, name)
            _audit(connection, "password_reset", name)
        else:
            password = accounts.add_user(connection, name=name, role=its or "viewer", now=datetime.now(UTC))
            _audit(connection, "user_added", name, role=its or "viewer")
    print(password)


@user.command("list")
def list_users(config: Config = None) -> None:
    """The users, one JSON object a line."""
    from server.store import accounts

    _, database = database_of(config)
    with database.reading() as connection:
        _print(accounts.list_users(connection, datetime.now(UTC)))


@user.command("role")
def set_role(
    name: Annotated[str, typer.Option(help="Whose role.")],
    role: Annotated[str, typer.Option(help="viewer, dispatcher, installer, admin, ...")],
    config: Config = None,
) -> None:
    """Give a user another role; their sessions end."""
    from server.store import accounts

    its = _role(role)
    with _changing(config) as connection:
        if not accounts.known(connection, name):
            raise _missing("user", name)
        accounts.set_role(connection, name, its)
        _audit(connection, "user_changed", name, role=its)


@user.command("remove")
def remove_user(name: Annotated[str, typer.Option(help="Who is to go.")], config: Config = None) -> None:
    """Remove a user; their sessions end at once. What they did stays in the audit log."""
    from server.store import accounts

    with _changing(config) as connection:
        if not accounts.remove_user(connection, name):
            raise _missing("user", name)
        _audit(connection, "user_removed", name)


@user.command("link")
def link(
    name: Annotated[str, typer.Option(help="Whom the link signs in.")] = "admin",
    to: Annotated[str, typer.Option(help="The page that it opens, such as '/dock?site=depot&dock=3'.")] = "/",
    config: Config = None,
) -> None:
    """Print a link that signs a user in, once, within ten minutes."""
    from server.store import sessions

    settings, _ = database_of(config)
    with _changing(config) as connection:
        token = sessions.add_link(connection, name, datetime.now(UTC))
        _audit(connection, "link_made", name)
    query = {"once": token} if to == "/" else {"once": token, "to": to}
    print(f"{settings.http.public_url or 'http://' + settings.http.listen}/enter?{urlencode(query)}")


Members = Annotated[list[str] | None, typer.Option("--member", help="A user in it; repeatable.")]
Vehicles = Annotated[list[str] | None, typer.Option("--vehicle", help="A vehicle that it sees; repeatable.")]


@team.command("add")
def add_team(
    name: Annotated[str, typer.Option(help="What people call it.")],
    member: Members = None,
    vehicle: Vehicles = None,
    config: Config = None,
) -> None:
    """Make a team and print its id."""
    from server.store import teams

    members, vehicles = member or [], vehicle or []
    with _changing(config) as connection:
        made = teams.add_team(connection, name=name, members=members, vehicles=vehicles, now=datetime.now(UTC))
        _audit(connection, "team_added", made, name=name, members=members, vehicles=vehicles)
    print(made)


@team.command("list")
def list_teams(config: Config = None) -> None:
    """The teams, one JSON object a line."""
    from server.store import teams

    _, database = database_of(config)
    with database.reading() as connection:
        _print(teams.list_teams(connection))


@team.command("change")
def change_team(
    team: Annotated[str, typer.Option("--id", help="Which team: its id.")],
    name: Annotated[str, typer.Option(help="Another name.")] = "",
    member: Members = None,
    vehicle: Vehicles = None,
    config: Config = None,
) -> None:
    """Give a team another name, other members (all of them) or other vehicles (all of them)."""
    from server.store import teams

    with _changing(config) as connection:
        row = teams.one_team(connection, team)
        if row is None:
            raise _missing("team", team)
        new: dict[str, Any] = {
            "name": name or row["name"],
            "members": row["members"] if member is None else member,
            "vehicles": row["vehicles"] if vehicle is None else vehicle,
        }
        teams.change_team(connection, team, **new)
        _audit(connection, "team_changed", team, **new)


@team.command("remove")
def remove_team(team: Annotated[str, typer.Option("--id", help="Which team: its id.")], config: Config = None) -> None:
    """Remove a team. Who was in no other team sees every vehicle from then on."""
    from server.store import teams

    with _changing(config) as connection:
        if not teams.remove_team(connection, team):
            raise _missing("team", team)
        _audit(connection, "team_removed", team)
