"""`milepost`: finds the room that has the command, and says which extra to install when the room is not there."""

import sys
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, NamedTuple

import typer


class Room(NamedTuple):
    """Where a command lives: its module, its name there, and the extra that brings what it needs."""

    module: str
    attribute: str
    extra: str
    help: str


ROOMS = {
    "demo": Room(
        "simulators.demo.commands", "demo", "demo", "A city's day on this machine: vans, gateways, server, map."
    ),
    "gateway": Room("gateway.commands", "gateway", "gateway", "The in-cab program."),
    "server": Room("server.commands", "server", "server", "The server."),
    "key": Room("server.accounts.commands", "key", "server", "API keys, for programs."),
    "user": Room("server.accounts.commands", "user", "server", "People who sign in."),
    "team": Room("server.accounts.commands", "team", "server", "Teams: which vehicles their members see."),
    "report": Room(
        "server.reports.commands", "report", "server", "What vehicles did, as a file for people or programs."
    ),
    "facts": Room(
        "milepost.facts.commands", "facts", "server", "What happened in a recording: trips, halts, visits to fences."
    ),
    "custody": Room(
        "milepost.custody.commands",
        "custody",
        "server",
        "Where is each parcel: from tags that are heard.",
    ),
    "motion": Room("milepost.motion.commands", "motion", "server", "Was the driver driving or on foot: at each fix."),
    "map": Room("server.map.commands", "app", "map", "Base maps and road tiles from OpenStreetMap extracts."),
    "nmea": Room("firmware_bridge.commands", "nmea", "", "What a receiver said: NMEA 0183 to one JSON object per fix."),
    "tag": Room("milepost.tag.commands", "app", "", "What BLE tags say: adverts to identities and readings."),
    "simulate": Room("simulators.commands", "app", "demo", "Receivers, recordings and fleets that do not exist."),
}


def main() -> None:
    """The entry point of the command."""
    app = typer.Typer(
        name="milepost",
        help="Tracks the last mile, from the tag on the parcel to the map on the customer's phone.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    wanted = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    for name, room in ROOMS.items():
        _join(app, name, room, load=name == wanted)
    app()


def _root(
    version_: Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)] = False,
) -> None:
    if version_:
        typer.echo(f"milepost {version('milepost')}")
        raise typer.Exit


def _join(app: typer.Typer, name: str, room: Room, *, load: bool) -> None:
    """Add a room's command; only the wanted one is imported, so that each starts fast and needs only its own."""
    if not load:
        app.command(name, help=room.help)(_nothing)
        return
    try:
        command = getattr(import_module(room.module), room.attribute)
    except ModuleNotFoundError as error:
        if not room.extra or (error.name or "").partition(".")[0] in ("milepost", "wire", "gateway", "server"):
            raise
        typer.echo(
            f"`milepost {name}` needs the extra {room.extra!r} ({error.name} is missing). "
            f"Install it with: pip install 'milepost[{room.extra}]'",
            err=True,
        )
        raise SystemExit(2) from None
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name, help=room.help)
    else:
        app.command(name)(command)


def _nothing() -> None:
    """Stands in the list of commands for a room that was not asked for."""


if __name__ == "__main__":
    main()
