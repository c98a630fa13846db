"""The gateway as a process, its configuration, and a receiver on a pty that talks to it."""

import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from firmware_bridge.nmea import encode
from gateway.outbox import HistoryRow, read_rows
from simulators.port import Port
from tests.support.forked import Forked
from tests.support.nmea import a_fix
from tests.support.ports import free_port
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


def a_config(folder: Path, broker_url: str, **tables: dict[str, Any]) -> Path:
    """A configuration file for a gateway `van-1` that keeps every fix; each table's keys can be given."""
    usual: dict[str, dict[str, Any]] = {
        "broker": {"url": broker_url},
        "sampling": {"tolerance_m": 0},
        "outbox": {"commit_every_s": 0.05},
        "uplink": {"linger_s": 0.2},
        "http": {"listen": ""},
    }
    if "replay" not in tables:
        usual["gnss"] = {"port": str(folder / "ttyGNSS"), "baud": 115_200}
    for name, keys in tables.items():
        usual[name] = {**usual.get(name, {}), **keys}
    text = f'id = "van-1"\ndata_dir = "{folder / "data"}"\n'
    for name, keys in usual.items():
        text += f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


class GatewayProcess:
    """`milepost gateway run`, that can be killed and started again."""

    def __init__(self, config: Path, folder: Path, **environment: str) -> None:
        """`environment` is added to ours."""
        self.config, self.folder = config, folder
        self.outbox = folder / "data" / "outbox.sqlite"
        self.log = folder / "gateway.log"
        self._environment = {**os.environ, **environment}
        self._process: Forked | None = None

    def start(self, *, until_it_runs: bool = True) -> None:
        """Start it; its log is appended to."""
        assert self._process is None, "it runs already"
        began = self.said("rows wait in")
        with self.log.open("ab") as log:
            words = ["gateway", "run", "--config", str(self.config)]
            self._process = Forked(words, stdout=log.fileno(), stderr=log.fileno(), env=self._environment)
        if until_it_runs:
            until(lambda: self.said("rows wait in") > began or self._process.poll() is not None, 20, "gateway running")
            assert self._process.poll() is None, self.log.read_text()

    @contextmanager
    def started(self, *, until_it_runs: bool = True) -> Iterator[None]:
        """Running inside of the `with`, killed at its end."""
        self.start(until_it_runs=until_it_runs)
        try:
            yield
        finally:
            self.kill()

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        return self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def said(self, words: str) -> int:
        """How often these words are in the log."""
        return self.log.read_text(errors="replace").count(words) if self.log.exists() else 0

    def rows(self, kind: str = "") -> list[HistoryRow]:
        """What is in the outbox, history included."""
        return [row for row in read_rows(self.outbox) if not kind or row.kind == kind] if self.outbox.exists() else []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    def _end(self, number: int) -> int:
        assert self._process is not None
        process, self._process = self._process, None
        process.send_signal(number)
        return process.wait(20)


class Page:
    """The gateway's page on loopback."""

    def __init__(self) -> None:
        self.listen = f"127.0.0.1:{free_port()}"

    def get(self, path: str) -> str:
        """The text of a page; of an error as well."""
        try:
            with urllib.request.urlopen(f"http://{self.listen}{path}", timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def status(self) -> dict[str, Any]:
        """`/status`, empty while nobody answers."""
        return json.loads(self.get("/status") or "{}")


class Talker:
    """A receiver on a pty. Each fix has a place and a second of its own; it speaks much faster than a real one may."""

    def __init__(self, folder: Path, *, baud: int | None = 115_200, every_s: float = 0.02) -> None:
        self.port = Port(link=folder / "ttyGNSS", baud=baud)
        self.words = encode_fix
        self.told = 0
        self._at = datetime.now(UTC).replace(microsecond=0)
        self._every_s = every_s
        self._stop = threading.Event()
        self._mute = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)

    def __enter__(self) -> Self:
        self.port.plug()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(5)
        self.port.unplug()

    def hush(self) -> None:
        """Say nothing more."""
        self._mute.set()

    def speak(self) -> None:
        """Go on."""
        self._mute.clear()

    def _talk(self) -> None:
        while not self._stop.wait(self._every_s):
            if self._mute.is_set():
                continue
            self._at += timedelta(seconds=1)
            self.told += 1
            place = self.told % 5000
            fix = a_fix(at=self._at, lon=round(24.9 + place * 1e-4, 9), lat=60.17)
            self.port.write(self.words(fix), stop=self._stop)


def encode_fix(fix: Any) -> bytes:
    """What a small receiver says about one second."""
    return encode.rmc(fix) + encode.gga(fix)


def once(records: list[tuple[str, int]]) -> bool:
    """Whether no row was stored twice."""
    return not [key for key, times in Counter(records).items() if times > 1]
