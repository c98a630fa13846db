"""`milepost tag`: joins the commands of two rooms, which may not know each other."""

import typer

from firmware_bridge.tag_commands import decode
from gateway.sources.ble.commands import scan

app = typer.Typer(no_args_is_help=True)
app.command()(decode)
app.command()(scan)


@app.callback()
def _tag() -> None:
    """What BLE tags say."""
