"""`milepost map`: the command line of the map build. JSON on stdout, progress on stderr; exit status 0, 1 or 2."""

import json
import sys
from pathlib import Path
from typing import Annotated, Self

import typer

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Make the map that Milepost draws and drives on, from an OpenStreetMap extract.\n\n"
        "A map folder holds the base map for the pages (basemap.pmtiles), the road tiles for routes (routing/) and "
        "what both are (map.json). It can be copied to another machine. Extracts (.osm.pbf) of any region are offered "
        "by Geofabrik and BBBike; take one that is little larger than where your vans drive."
    ),
)

_TITLES = {
    "check": "Check the extract",
    "read": "Read it",
    "basemap": "Write the base map",
    "routing": "Write the routing tiles",
}


@app.callback()
def about() -> None:
    """Keep `build` a command of its own, also while it is the only one."""


@app.command()
def build(
    source: Annotated[Path, typer.Argument(metavar="FILE.osm.pbf", help="The OpenStreetMap extract.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="The map folder to write. Default: the file's name with -map, here.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the map is called. Default: the file's name.")] = None,
    water: Annotated[
        Path | None,
        typer.Option(help="GeoJSON with water polygons, for an extract whose sea or river is missing."),
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="How many cores to use. Default: all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Build again what is done already.")] = False,
) -> None:
    """Build the base map and the routing tiles of one region.

    An interrupted build goes on where it stopped; a finished one is left as it is.

    A city takes seconds, a country minutes, and twelve times the extract on disk.
    """
    from server.map.build import build as build_map
    from server.map.build import title
    from server.map.problems import MapError, UsageError

    folder = out or Path(f"{title(source).replace(' ', '-')}-map")
    try:
        with _Progress() as progress:
            summary = build_map(
                source, folder, name=name, water=water, force=force, threads=threads, said=progress.said
            )
    except MapError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2 if isinstance(error, UsageError) else 1) from None
    for note in summary["notes"]:
        print(f"Note: {note}.", file=sys.stderr)
    print(json.dumps({"folder": str(folder)} | summary, ensure_ascii=False))


class _Progress:
    """One line a step on stderr: what, how far, how long."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]:<16}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._tasks = {
            step: self._bars.add_task(title, start=False, total=None, note="") for step, title in _TITLES.items()
        }

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def said(self, step: str, note: float | str | None) -> None:
        """A step began (None), is so far (percentage or words), or ended ("done", "kept")."""
        task = self._tasks[step]
        if note is None:
            self._bars.start_task(task)
        elif isinstance(note, float):
            self._bars.update(task, total=100, completed=note, note=f"{note:.0f} %")
        elif note in ("done", "kept"):
            self._bars.start_task(task)
            self._bars.update(task, total=100, completed=100, note="" if note == "done" else "done before")
            self._bars.stop_task(task)
        else:
            self._bars.update(task, note=note)
