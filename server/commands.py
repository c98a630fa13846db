"""`milepost server`: the server's command line. Keys, users and teams are in server/accounts/commands.py."""

import gc
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

server = typer.Typer(help="Run the server.", invoke_without_command=True, no_args_is_help=False)

Config = Annotated[
    Path | None,
    typer.Option("--config", help="The server's settings (TOML). Without it: embedded defaults in ./milepost-data."),
]


def settings_of(config: Path | None) -> Any:
    """The settings, or the end of the program with what is wrong in them."""
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
    settings = settings_of(config)
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    gc.disable()  # what is imported stays: to look through it for garbage costs a third of the start, and of the end
    from server.main import serve as run
    from server.store.database import DatabaseUnavailable
    from server.store.telemetry import TelemetryUnavailable

    gc.freeze()
    gc.enable()
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
    _, database = database_of(config)
    with database.writing() as connection:
        count = streams.rewind(connection, to.replace(tzinfo=to.tzinfo or UTC) if to else None)
    sys.stderr.write(f"{count} streams are sent again as soon as their gateways ask, within minutes.\n")


def database_of(config: Path | None) -> Any:
    """The settings and the open database, or the end of the program with what is wrong."""
    from server.store.database import Database, DatabaseUnavailable

    settings = settings_of(config)
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        return settings, Database(settings.database.url, settings.data)
    except (DatabaseUnavailable, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
