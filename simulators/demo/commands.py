"""`milepost demo`: the command line of the demo. Words on stderr; the report, when one is asked for, in a file."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer


def demo(
    vans: Annotated[int, typer.Option(min=1, max=100, help="How many vans drive.")] = 6,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help="End by itself after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed is the same day.")] = 1,
    osm: Annotated[Path | None, typer.Option(help="Another city: an OpenStreetMap extract (.osm.pbf).")] = None,
    recording: Annotated[
        list[Path] | None,
        typer.Option(help="A recording (NMEA, GPX, CSV) in a van's place; may be given several times."),
    ] = None,
    parcels: Annotated[
        bool, typer.Option("--parcels/--no-parcels", help="Tagged parcels are loaded at the depot's dock first.")
    ] = True,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Say where to look instead of opening it.")] = False,
    report: Annotated[Path | None, typer.Option(help="At the end write what arrived, and how fast, as JSON.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The pages' port; 0: any that is free.")] = 0,
) -> None:
    """Vans drive through the real streets of Helsinki, from the receiver's bytes to the moving map.

    Each van is the real gateway program, reading a simulated GNSS receiver on a serial port. Its data crosses a real
    broker (mosquitto when it is installed, else amqtt), is committed by the real server, and moves on the map in the
    browser. Everything runs on this machine, in a temporary folder. Ctrl-C ends all of it; then every record that the
    gateways accepted is looked for in the server's answers.
    """
    from simulators.demo.day import STOPPERS, Day, Wish
    from simulators.demo.processes import DemoError

    for path in (osm, *(recording or [])):
        if path is not None and not path.is_file():
            _say(f"There is no file {path}.")
            raise typer.Exit(1)
    for number in STOPPERS:  # Ctrl-C as well: a script that starts us in its background has it ignored
        signal.signal(number, _as_ctrl_c)
    wish = Wish(
        vans=vans, seed=seed, osm=osm, recordings=tuple(recording or ()), browser=not no_browser, port=port,
        parcels=parcels, seconds=seconds,
    )  # fmt: skip
    try:
        with Day(wish, _say) as day:
            try:
                day.start()
                day.show()
                _say("Ctrl-C ends it." if seconds is None else f"It ends by itself in {seconds:.0f} s.")
                day.run(seconds)
            except KeyboardInterrupt:
                if seconds is not None or not day.names:
                    raise
            said = day.finish()
    except DemoError as error:
        _say(str(error))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        _say("Ended.")
        raise typer.Exit(130) from None
    if report is not None:
        report.write_text(json.dumps(said, indent=2) + "\n")
    _say(_summary(said))
    if said["records"]["lost"] or said["records"]["doubled"]:
        raise typer.Exit(1)


def _summary(said: dict[str, dict[str, dict[str, float]]]) -> str:
    records, latency = said["records"], said["latency_ms"]["serial_to_sse"]
    return (
        f"{records['put']} records put, {records['committed']} committed, {records['lost']} lost, "
        f"{records['doubled']} doubled; serial port to map in {latency['p50']} ms, 19 of 20 in {latency['p95']} ms."
    )


def _as_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
