"""`milepost gateway ...`: run, check, outbox, status. JSON on stdout, people's words on stderr."""

import asyncio
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gateway.settings import Settings, SettingsError, load

gateway = typer.Typer(help="The in-cab gateway.", no_args_is_help=True)

Config = Annotated[Path, typer.Option("--config", "-c", help="The gateway's TOML file.")]


@gateway.callback()
def _gateway() -> None:
    """The in-cab gateway."""


@gateway.command()
def run(config: Config, *, verbose: Annotated[bool, typer.Option(help="Say more in the log.")] = False) -> None:
    """Be a gateway until SIGTERM or Ctrl-C."""
    from gateway import main

    settings = _loaded(config)
    main.logging_to_stderr(verbose=verbose)
    try:
        asyncio.run(main.run(settings))
    except main.StartError as error:
        _fail(f"The gateway does not start: {error}.")


@gateway.command()
def check(config: Config) -> None:
    """Say every mistake in a configuration, with its line; exit status 1 when there is one."""
    settings = _loaded(config)
    print(f"{config} is fine: gateway {settings.id}, broker {settings.broker.url}.", file=sys.stderr)


@gateway.command()
def outbox(config: Config) -> None:
    """Print every row of the outbox, history included, as one JSON object a line."""
    from gateway.outbox import read_rows

    path = _loaded(config).data_dir / "outbox.sqlite"
    if not path.exists():
        _fail(f"There is no outbox yet: {path} is made when the gateway runs for the first time.")
    out = sys.stdout.buffer
    for row in read_rows(path):
        out.write(msgspec.json.encode({"seq": row.seq, **row.fields, "acked": row.acked}) + b"\n")
    out.flush()


@gateway.command()
def status(config: Config) -> None:
    """Print what the running gateway says about itself."""
    listen = _loaded(config).http.listen
    if not listen:
        _fail('The page is off: write listen = "127.0.0.1:8470" under [http], and restart the gateway.')
    try:
        with urllib.request.urlopen(f"http://{listen}/status", timeout=5) as answer:
            sys.stdout.buffer.write(answer.read() + b"\n")
    except (urllib.error.URLError, OSError) as error:
        _fail(f"The gateway does not answer on {listen} ({error}): is it running?")


def _loaded(config: Path) -> Settings:
    try:
        return load(config)
    except SettingsError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None


def _fail(says: str) -> None:
    print(says, file=sys.stderr)
    raise typer.Exit(1)


if __name__ == "__main__":
    gateway()
