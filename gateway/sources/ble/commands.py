"""`milepost tag scan`: joined to `milepost tag` by milepost/tag, which has the other half of it."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer


def scan(
    *,
    adapter: Annotated[
        str | None, typer.Option(help="Address or name (hci0) of the adapter. Default: the first that is on.")
    ] = None,
    seconds: Annotated[float | None, typer.Option("--for", min=0.1, help="End after so many seconds.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON line on stdout for each advert, no table.")] = False,
    keys: Annotated[
        Path | None, typer.Option(help="Keys of encrypted tags: a line each, ADDRESS and 32 hexadecimal digits.")
    ] = None,
) -> None:
    """Show what a Bluetooth adapter hears, live, until Ctrl-C.

    Scans actively, because many tags put their readings into the scan response. Needs Linux with BlueZ, and a user that
    may use it (group bluetooth). A gateway that runs may go on: BlueZ lets several programs scan.

    A line of --json is what `milepost tag decode` reads, with its answer: {"at", "address", "name", "rssi",
    "manufacturer_data", "service_data", "service_uuids", "format", "id", "values", "error"}. A file of them is a
    recording that a gateway plays: `[ble] replay`.
    """
    from rich.console import Console

    from gateway.settings_checks import UnfitError, tag_keys

    if sys.platform != "linux":
        _fail("Tags are heard on Linux only, by BlueZ.")
    try:
        from gateway.sources.ble.scan import Scan, ScanError
    except ModuleNotFoundError as error:
        _fail(f"`milepost tag scan` needs {error.name}. Install it with: pip install 'milepost[gateway]'", status=2)
    try:
        known = tag_keys(keys) if keys else {}
        asyncio.run(Scan(json=json, keys=known, console=Console(stderr=True)).run(adapter, seconds))
    except (ScanError, UnfitError) as error:
        _fail(f"Nothing is heard: {error}." if isinstance(error, ScanError) else f"{error}.")


def _fail(says: str, *, status: int = 1) -> NoReturn:
    print(says, file=sys.stderr)
    raise typer.Exit(status)
