"""`milepost server`, `milepost key`, `milepost user`: the server's command line."""

import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

server = typer.Typer(help="Run the server.", invoke_without_command=True, no_args_is_help=False)
key = typer.Typer(help="API keys, for programs.", no_args_is_help=True)
user = typer.Typer(help="People who sign in.", no_args_is_help=True)

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The server's settings (TOML). Without it: embedded defaults in ./milepost-data."),
]


def _settings(config: Path | None) -> Any:
    from server.settings import SettingsError, load

    try:
        return load(config)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None


@server.callback()
def serve(
    context: typer.Context, config: Config = None, verbose: Annotated[bool, typer.Option(help="Log more.")] = False
) -> None:
    """Run the server: takes what gateways send, keeps it, and serves the pages and the API.

    Without --config it runs on embedded defaults (SQLite, DuckDB and a broker of its own) in ./milepost-data, and
    prints its address and the first admin's one-time password. Ctrl-C stops it; nothing acknowledged is lost.
    """
    if context.invoked_subcommand:
        return
    settings = _settings(config)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from server.main import serve as run
    from server.store.database import DatabaseUnavailable
    from server.store.telemetry import TelemetryUnavailable

    try:
        run(settings)
    except (ValueError, RuntimeError, OSError, DatabaseUnavailable, TelemetryUnavailable) as error:
        sys.stderr.write(f"The server could not start: {error}\n")
        raise typer.Exit(1) from None


@server.command("openapi", hidden=True)
def openapi() -> None:
    """Print the OpenAPI document; docs/openapi.json is this."""
    import json

    from server.api.app import build_app
    from server.api.document import document

    print(json.dumps(document(build_app(None)), indent=2, ensure_ascii=False))


@server.command("resend")
def resend(
    since: Annotated[str, typer.Option(help="From when on, RFC 3339; without it: all that they have.")] = "",
    config: Config = None,
) -> None:
    """Ask all gateways to send again what they still have, because telemetry was lost here.

    Nothing is doubled by it. A server that finds its telemetry older than its database does this by itself.
    """
    from server.store import streams

    try:
        to = datetime.fromisoformat(since) if since else None
    except ValueError:
        sys.stderr.write(f"{since!r} is not a time; write it as 2026-11-22T10:00:00Z.\n")
        raise typer.Exit(2) from None
    _, database = _database(config)
    with database.writing() as connection:
        count = streams.rewind(connection, to.replace(tzinfo=to.tzinfo or UTC) if to else None)
    sys.stderr.write(f"{count} streams are sent again as soon as their gateways ask, within minutes.\n")


def _database(config: Path | None) -> Any:
    from server.store.database import Database, DatabaseUnavailable

    settings = _settings(config)
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        return settings, Database(settings.database.url, settings.data)
    except (DatabaseUnavailable, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None


def _role(name: str) -> Any:
    from server.store.accounts import Role

    if name not in get_args(Role):
        sys.stderr.write(f"There is no role {name!r}; there are {', '.join(get_args(Role))}.\n")
        raise typer.Exit(2)
    return name


@key.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="What the key is for; shown in lists.")],
    role: Annotated[str, typer.Option(help="What it may do: viewer, dispatcher, admin, ...")] = "viewer",
    days: Annotated[int, typer.Option(help="How long it counts; 0: for ever.", min=0)] = 0,
    config: Config = None,
) -> None:
    """Make a key and print it, once: `Authorization: Bearer KEY`."""
    from server.store import accounts

    _, database = _database(config)
    now = datetime.now(UTC)
    try:
        with database.writing() as connection:
            expires_at = now + timedelta(days=days) if days else None
            token = accounts.add_key(connection, name=name, role=_role(role), expires_at=expires_at, now=now)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
    print(token)


@key.command("list")
def list_keys(config: Config = None) -> None:
    """The keys, one JSON object a line, without what they open with."""
    import msgspec

    from server.store import accounts

    _, database = _database(config)
    with database.reading() as connection:
        for row in accounts.list_keys(connection):
            print(msgspec.json.encode(row).decode())


@key.command("remove")
def remove_key(name: Annotated[str, typer.Option(help="The key's name.")], config: Config = None) -> None:
    """Take a key back; it stops counting at once."""
    from server.store import accounts

    _, database = _database(config)
    with database.writing() as connection:
        there = accounts.remove_key(connection, name)
    if not there:
        sys.stderr.write(f"There is no key named {name!r}; `milepost key list` shows them.\n")
        raise typer.Exit(1)


@user.command("add")
def add_user(
    name: Annotated[str, typer.Option(help="The name to sign in with.")],
    role: Annotated[str, typer.Option(help="viewer (of a new user), dispatcher, installer, admin, ...")] = "",
    config: Config = None,
) -> None:
    """Add a user, or give one a new one-time password (and role); it is printed, once."""
    import secrets

    from server.store import accounts

    _, database = _database(config)
    password = secrets.token_urlsafe(12)
    with database.writing() as connection:
        now = datetime.now(UTC)
        its = _role(role) if role else accounts.role_of(connection, name) or "viewer"
        accounts.add_user(connection, name=name, password=password, role=its, one_time=True, now=now)
    print(password)


@user.command("link")
def link(name: Annotated[str, typer.Option(help="Whom the link signs in.")] = "admin", config: Config = None) -> None:
    """Print a link that signs a user in, once, within ten minutes."""
    from server.store import accounts

    settings, database = _database(config)
    try:
        with database.writing() as connection:
            token = accounts.add_link(connection, name, datetime.now(UTC))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
    print(f"{settings.http.public_url or 'http://' + settings.http.listen}/enter?once={token}")
