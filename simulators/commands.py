"""`milepost simulate`: receivers, tracks and fleets from the command line. JSON lines on stdout, words on stderr."""

import csv
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from simulators.receiver import Epoch, Receiver

if TYPE_CHECKING:
    from simulators.departing import Berth

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Vans that are not there: receivers on serial ports, tracks as CSV, and fleets over MQTT.\n\n"
        "A city is a map folder (milepost map build). Everything random follows from --seed."
    ),
)

CityOption = Annotated[Path | None, typer.Option("--city", help="A map folder to drive in.")]
SeedOption = Annotated[int, typer.Option(help="The same seed is the same day.")]


@app.command()
def receiver(
    *,
    city: CityOption = None,
    recording: Annotated[
        Path | None, typer.Option(help="Say a recording instead: NMEA, GPX, CSV, Porto taxis, Twizy.")
    ] = None,
    link: Annotated[Path | None, typer.Option(help="A stable name for the serial port (a symbolic link).")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write where the van is and what was sent, JSON lines.")] = None,
    seed: SeedOption = 1,
    rate: Annotated[float, typer.Option(min=0.1, max=20, help="Epochs a second.")] = 1.0,
    baud: Annotated[
        int | None, typer.Option(help="Talk at this speed only. Default: at the speed that the reader sets.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0.1, help="Times faster than life; times then run ahead.")] = 1.0,
    keep_times: Annotated[bool, typer.Option("--keep-times", help="Leave a recording's times as they are.")] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Begin a recording again when it ends.")] = False,
    steady: Annotated[bool, typer.Option("--steady", help="No drop-outs besides tunnels.")] = False,
    berth: Annotated[tuple[float, float] | None, typer.Option(help="LON LAT: the day begins here, at a dock.")] = None,
    road: Annotated[
        tuple[float, float] | None, typer.Option(help="LON LAT: where the way out of the dock meets the road.")
    ] = None,
    departs: Annotated[str | None, typer.Option(help="When it leaves the dock (RFC 3339). Default: at once.")] = None,
    control: Annotated[
        bool, typer.Option("--control", help="Obey lines on stdin: unplug, plug, talk, silence, garbage.")
    ] = False,
) -> None:
    """Be a GNSS receiver on a serial port (a pty), until Ctrl-C or SIGTERM.

    Prints {"port": ..., "device": ...} as soon as the port can be opened; read from `port`.
    """
    from simulators.journal import Journal
    from simulators.port import Port
    from simulators.recordings import RecordingError
    from simulators.roads import CityError

    stop = _stopped_by_signals()
    with ExitStack() as stack:
        said = Journal(stack.enter_context(truth.open("w", encoding="utf-8"))) if truth else lambda _: None
        try:
            stands = _berth(berth, road, departs)
            epochs = _epochs(
                city, recording, seed=seed, rate=rate, keep_times=keep_times, loop=loop, steady=steady, stands=stands
            )
            first = next(epochs)  # so that a bad file is told before the port appears
            port = stack.enter_context(Port(link=link, baud=baud, seed=seed))
            device = Receiver(port, seed=seed, said=said)
            print(json.dumps({"port": port.path, "device": port.device}), flush=True)
            if control:
                threading.Thread(target=_obey, args=(device,), daemon=True).start()
            device.run(itertools.chain([first], epochs), stop=stop, speed=speed)
        except (CityError, RecordingError) as error:
            _fail(str(error))


@app.command()
def track(
    *,
    city: Annotated[Path, typer.Option(help="A map folder to drive in.")],
    seconds: Annotated[float, typer.Option("--for", min=1, help="How long, in seconds.")] = 3600,
    seed: SeedOption = 1,
    rate: Annotated[float, typer.Option(min=0.1, max=20, help="Positions a second.")] = 1.0,
    start: Annotated[str, typer.Option(help="When it begins (RFC 3339).")] = "2026-11-22T06:00:00Z",
    exact: Annotated[
        bool, typer.Option("--exact", help="Where the van really is, without a receiver's errors.")
    ] = False,
) -> None:
    """Print a van's track as CSV: at,lon,lat,speed_mps,course_deg,accuracy_m. Times without a fix have no line."""
    from simulators.drive import drive
    from simulators.noise import observe
    from simulators.recordings import HEADER
    from simulators.roads import CityError, open_city
    from wire.messages import rfc3339

    try:
        began_at = datetime.fromisoformat(start)
    except ValueError:
        _fail(f"--start {start} is not a time; write it like 2026-11-22T06:00:00Z.", status=2)
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(HEADER)
    try:
        truths = itertools.islice(drive(open_city(city).legs(seed), seed=seed, rate_hz=rate), round(seconds * rate))
        for seen in truths if exact else observe(truths, seed=seed):
            if seen.lon is None or seen.lat is None or seen.speed_mps is None:
                continue
            at = began_at.astimezone(UTC) + timedelta(seconds=seen.offset_s)
            course = "" if seen.course_deg is None else f"{seen.course_deg:.2f}"
            accuracy = f"{getattr(seen, 'sigma_m', 0.0):.2f}"
            rows.writerow(
                (rfc3339(at), f"{seen.lon:.7f}", f"{seen.lat:.7f}", f"{seen.speed_mps:.2f}", course, accuracy)
            )
    except CityError as error:
        _fail(str(error))


@app.command()
def dock(
    *,
    city: Annotated[Path, typer.Option(help="A map folder that has the depot.")],
    folder: Annotated[Path, typer.Option(help="Where pipes are made, when there is no D-Bus to come by.")],
    van: Annotated[list[str], typer.Option(help="A van that stands at the dock; may be given several times.")],
    seed: SeedOption = 1,
    departs: Annotated[
        float, typer.Option(min=5, help="The first van leaves so many seconds after the beginning.")
    ] = 60,
    near: Annotated[tuple[float, float] | None, typer.Option(help="LON LAT: the depot is near this place.")] = None,
    pipes: Annotated[bool, typer.Option("--pipes", help="Named pipes even when there is dbus-daemon.")] = False,
) -> None:
    """Be the radio of a depot's morning: what each van's scanner hears of the tags on parcels, live.

    This is what `milepost demo` runs. It prints the plan as a line of JSON, waits for {"began_at": TIME} on stdin, and
    goes on until SIGTERM. Adverts come through an org.bluez of its own (the line says under which address), or without
    dbus-daemon through named pipes in FOLDER, for `replay` under `[ble]` of each gateway's settings.
    """
    from simulators import bluez
    from simulators.demo import air
    from simulators.demo.morning import Days, morning
    from simulators.roads import CityError, open_city

    stop = _stopped_by_signals()
    try:
        found = morning(open_city(city), seed=seed, names=van, departs_s=departs, near=near)
        days = Days(open_city(city), found)
        air.serve(found, days, folder=folder, bus=not pipes and bluez.dbus_daemon() is not None, stop=stop)
    except (CityError, bluez.BusError) as error:
        _fail(str(error))
    os._exit(0)  # the next quarter of an hour may be in the making, in code that does not like to be interrupted


@app.command()
def fleet(
    *,
    vans: Annotated[int, typer.Option(min=1, max=100_000, help="How many vans.")] = 100,
    broker: Annotated[str, typer.Option(help="mqtt://user:password@host:port, or mqtts://.")] = "mqtt://127.0.0.1",
    rate: Annotated[float, typer.Option(min=0.01, max=20, help="Positions a second and van.")] = 1.0,
    batch: Annotated[int, typer.Option(min=1, max=5000, help="Positions a message.")] = 60,
    seconds: Annotated[float, typer.Option("--for", min=1, help="How long, in seconds.")] = 60,
    live: Annotated[float, typer.Option(min=0, help="Show each van live every so many seconds; 0: never.")] = 0.0,
    seed: SeedOption = 1,
    city: CityOption = None,
    prefix: Annotated[str, typer.Option(help="Gateways are called PREFIX-00001 and so on.")] = "sim",
    grace: Annotated[float, typer.Option(min=0, help="How long to wait for the last acknowledgements.")] = 30,
) -> None:
    """Be a whole fleet: many gateways over few connections, each with its own stream, window and acknowledgements.

    Without --city vans drive an invented grid of streets.

    Prints one JSON object at the end; the status is 1 when the server did not acknowledge everything.
    """
    from simulators.load import Load, load
    from simulators.roads import CityError, open_city
    from simulators.swarm import SwarmError

    stop = _stopped_by_signals()
    try:
        report = load(
            Load(
                vans=vans, broker=broker, rate_hz=rate, batch=batch, seconds=seconds, live_every_s=live, seed=seed,
                prefix=prefix, grace_s=grace,
            ),
            city=open_city(city) if city else None,
            stop=stop,
            said=lambda words: print(words, file=sys.stderr),
        )  # fmt: skip
    except (CityError, SwarmError) as error:
        _fail(str(error))
    print(json.dumps(report))
    if report["acked"] < report["put"]:
        missing = report["put"] - report["acked"]
        _fail(
            f"{missing} of {report['put']} positions were not acknowledged. Does a server read from this broker, "
            "and does it take gateways that nobody has claimed (accept_unclaimed = true)?"
        )


@app.command(name="world")
def radio_world(
    name: Annotated[str | None, typer.Argument(help="Which world; --list names them.")] = None,
    *,
    seed: SeedOption = 1,
    truth: Annotated[Path | None, typer.Option(help="Write where each parcel really was, JSON lines.")] = None,
    out: Annotated[str, typer.Option(help="Where the observations go; - is stdout.")] = "-",
    show_list: Annotated[bool, typer.Option("--list", help="Name the worlds, and say what happens in each.")] = False,
) -> None:
    """Print a morning by radio, as `milepost custody run` reads it: parcels with tags, vans, scanners, a depot.

    As in: milepost simulate world ordinary-morning --seed 7 --truth truth.jsonl > observations.jsonl

    Everything random follows from the name and the seed.
    """
    from simulators import radio
    from simulators.radio.recipes import RECIPES

    if show_list:
        for known, recipe in RECIPES.items():
            print(json.dumps({"world": known, "ordinary": recipe.ordinary, "about": recipe.about}))
        return
    if name not in RECIPES:
        _fail(f"There is no world {name!r}. Say one of: {', '.join(RECIPES)}.", status=2)
    made = radio.world(name, seed)
    heard = radio.heard(made)
    try:
        if truth is not None:
            truth.write_text("".join(f"{line}\n" for line in radio.truth(made, heard)), encoding="utf-8")
        with ExitStack() as stack:
            sink = sys.stdout if out == "-" else stack.enter_context(Path(out).open("w", encoding="utf-8"))
            sink.writelines(f"{line}\n" for line in radio.observations(made, heard))
    except BrokenPipeError:  # `head` has seen enough
        sys.stdout = None  # so that nobody flushes it at the end
    except OSError as error:
        _fail(f"Cannot write {error.filename}: {error.strerror}. Say a file in a folder that exists.")


def _berth(
    at: tuple[float, float] | None, road: tuple[float, float] | None, departs: str | None
) -> "tuple[Berth, float] | None":
    """Where the day begins, and for how long the van stands there."""
    from simulators.departing import Berth

    if at is None and road is None and departs is None:
        return None
    if at is None or road is None:
        _fail("A berth needs both --berth and --road.", status=2)
    try:
        leaves_at = datetime.fromisoformat(departs).timestamp() if departs else 0.0
    except ValueError:
        _fail(f"{departs!r} is no time. Write it like 2026-11-22T06:00:00Z.", status=2)
    return Berth(at=at, road=road), max(0.0, leaves_at - int(time.time()) - 1)


def _epochs(
    city: Path | None,
    recording: Path | None,
    *,
    seed: int,
    rate: float,
    keep_times: bool,
    loop: bool,
    steady: bool,
    stands: "tuple[Berth, float] | None",
) -> Iterator[Epoch]:
    from simulators import vans
    from simulators.roads import open_city

    if (city is None) == (recording is None):
        _fail("Say either --city FOLDER or --recording FILE.", status=2)
    if city is not None:
        berth, stands_s = stands or (None, 0.0)
        return vans.van(open_city(city), seed=seed, rate_hz=rate, drop_outs=not steady, berth=berth, stands_s=stands_s)
    assert recording is not None
    return vans.recording(recording, seed=seed, shift=not keep_times, loop=loop)


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _obey(device: Receiver) -> None:
    for line in sys.stdin:
        match line.strip():
            case "unplug":
                device.port.unplug()
            case "plug":
                device.port.plug()
                print(json.dumps({"port": device.port.path, "device": device.port.device}), flush=True)
            case "talk" | "silence" | "garbage" as mood:
                device.mood = mood
            case other:
                print(f"Not a command: {other!r}. Say unplug, plug, talk, silence or garbage.", file=sys.stderr)


def _fail(words: str, *, status: int = 1) -> NoReturn:
    print(words, file=sys.stderr)
    raise typer.Exit(status)
