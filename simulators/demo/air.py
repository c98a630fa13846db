"""`milepost simulate dock`: the demo's radio. Adverts of the morning's tags reach each van's scanner when they are due.

With dbus-daemon they come through an org.bluez with an adapter for each van (`simulators.bluez`); without, through a
named pipe for each, which the gateway's replay reads. What a pipe has no room for is lost, as in the air.

It prints the plan of the morning as its first line, then waits for `{"began_at": RFC 3339}` on stdin, and goes on until
SIGTERM.
"""

import contextlib
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware_bridge.adverts import encode
from simulators import bluez
from simulators.demo.morning import GATE_M, WHATS, Days, Morning, seed_of
from simulators.radio import adverts
from simulators.radio.adverts import Heard
from simulators.radio.world import World

CHUNK_S = 900
TICK_S = 0.1
"""What is due within this is handed over together."""
SENSOR_EVERY = 4
"""Of so many tags one measures temperature, humidity and its battery as well."""

Hand = Callable[[str, list[bluez.Heard]], None]


def address_of(van: int) -> str:
    """Of a van's Bluetooth adapter."""
    return f"00:1A:7D:DA:71:{van + 1:02X}"


def plan(morning: Morning, *, bus: str | None, pipes: dict[str, str]) -> dict[str, Any]:
    """What the rest of the demo has to know."""
    lon, lat = morning.origin
    return {
        "depot": {"lon": lon, "lat": lat, "radius_m": GATE_M},
        "bus": bus,
        "pipes": pipes,
        "vans": [_van(morning, number) for number in range(len(morning.vans))],
        "parcels": [
            {
                "id": load.id, "name": WHATS[number % len(WHATS)], "van": morning.vans[load.van].id,
                "stop": load.stop.id, "tag": morning.tags[number].id,
            }
            for number, load in enumerate(morning.loads)
        ],
        "slips": [asdict(slip) | {"van": morning.vans[slip.van].id} for slip in morning.slips],
    }  # fmt: skip


def _van(morning: Morning, number: int) -> dict[str, Any]:
    van, berth = morning.vans[number], morning.berths[number]
    places = [(stop, morning.lonlat(*stop.at)) for stop in morning.stops[number]]
    return {
        "name": van.id,
        "adapter": address_of(number),
        "seed": seed_of(morning.seed, number),
        "berth": berth.at,
        "road": berth.road,
        "departs_s": morning.departs_s[number],
        "stops": [
            {"id": stop.id, "name": f"Stop {stop.id[1:]}", "lon": lon, "lat": lat, "radius_m": stop.radius_m}
            for stop, (lon, lat) in places
        ],
    }


class Said:
    """What each tag says, by its address."""

    def __init__(self, morning: Morning) -> None:
        self._said: dict[str, tuple[dict[int, bytes], str | None]] = {}
        for number, tag in enumerate(morning.tags):
            beacon, major, minor = tag.id.split("/")
            data = encode.ibeacon(beacon=beacon, major=int(major), minor=int(minor))
            name = None
            if number % SENSOR_EVERY == 0:
                values = {"temperature_c": 4.0 + number % 7, "battery_v": 2.9, "humidity_percent": 60}
                data, name = {**data, **encode.teltonika_eye(values)}, f"MP1_{number:07}"
            self._said[tag.address] = data, name

    def heard(self, one: Heard) -> bluez.Heard:
        """An advert as an adapter hears it."""
        data, name = self._said[one.address]
        return bluez.Heard(
            address=one.address, rssi=max(-127, min(20, one.rssi_dbm)), name=name, manufacturer_data=data
        )


def play(days: Days, said: Said, hand: Hand, began_at: datetime, stop: threading.Event) -> None:
    """Hand each advert over when it is due. The next world is made while this one is played."""
    for first_s, world in _ahead(days, stop):
        due: dict[str, list[bluez.Heard]] = {}
        tick_s = 0.0
        for one in adverts(world):
            if one.offset_s >= tick_s:
                for scanner, together in due.items():
                    hand(scanner, together)
                due, tick_s = {}, one.offset_s + TICK_S
                if stop.wait(max(0.0, (began_at.timestamp() + first_s + tick_s) - _now())):
                    return
            due.setdefault(one.scanner, []).append(said.heard(one))


def _ahead(days: Days, stop: threading.Event) -> Iterator[tuple[int, World]]:
    made: queue.Queue[World] = queue.Queue(maxsize=1)

    def make() -> None:
        while not stop.is_set():
            made.put(days.world(CHUNK_S))

    threading.Thread(target=make, name="worlds", daemon=True).start()
    first_s = 0
    while not stop.is_set():
        with contextlib.suppress(queue.Empty):  # a world takes seconds; who is to stop does not wait for it
            yield first_s, made.get(timeout=TICK_S)
            first_s += CHUNK_S


def _now() -> float:
    return datetime.now().astimezone().timestamp()


class Adapters:
    """An org.bluez with an adapter for each scanner, hci0 for the first of them."""

    def __init__(self, scanners: list[str]) -> None:
        self._names = {scanner: f"hci{number}" for number, scanner in enumerate(scanners)}
        self.rig = bluez.Rig({name: address_of(number) for number, name in enumerate(self._names.values())})

    def hand(self, scanner: str, together: list[bluez.Heard]) -> None:
        """Let an adapter hear these."""
        if (name := self._names.get(scanner)) is not None:
            self.rig.hear(*together, adapter=name)


class Pipes:
    """A named pipe for each scanner, with adverts as JSON lines. One that is full, or that nobody reads, takes none."""

    def __init__(self, folder: Path, scanners: list[str]) -> None:
        self.paths = {scanner: str(folder / f"{scanner}.adverts") for scanner in scanners}
        self._files: dict[str, int] = {}
        for scanner, path in self.paths.items():
            with contextlib.suppress(FileExistsError):
                os.mkfifo(path)
            self._files[scanner] = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def hand(self, scanner: str, together: list[bluez.Heard]) -> None:
        """Write them down."""
        if (file := self._files.get(scanner)) is not None:
            with contextlib.suppress(BlockingIOError):
                for one in together:  # each alone: a short write to a pipe is whole or not at all (pipe(7), PIPE_BUF)
                    os.write(file, json.dumps(_line(one), separators=(",", ":")).encode() + b"\n")


def _line(one: bluez.Heard) -> dict[str, Any]:
    manufacturer = {f"0x{company:04x}": data.hex() for company, data in one.manufacturer_data.items()}
    return {"address": one.address, "name": one.name, "rssi": one.rssi, "manufacturer_data": manufacturer}


def serve(morning: Morning, days: Days, *, folder: Path, bus: bool, stop: threading.Event) -> None:
    """Say the plan, wait for the beginning, and play until `stop`. Raises bluez.BusError."""
    names = [van.id for van in morning.vans]
    with contextlib.ExitStack() as stack:
        if bus:
            adapters = Adapters(names)
            stack.enter_context(adapters.rig)
            hand, said = adapters.hand, plan(morning, bus=adapters.rig.bus.address, pipes={})
        else:
            pipes = Pipes(folder, names)
            hand, said = pipes.hand, plan(morning, bus=None, pipes=pipes.paths)
        print(json.dumps(said), flush=True)  # noqa: T201 - the command's answer
        began: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: began.put(sys.stdin.readline()), daemon=True).start()
        while not stop.is_set():
            with contextlib.suppress(queue.Empty):
                line = began.get(timeout=0.1)
                if line:
                    play(days, Said(morning), hand, datetime.fromisoformat(json.loads(line)["began_at"]), stop)
                return
