"""The server as a process on free ports: started, asked, killed, started again."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import httpx

from server.store import keys
from server.store.database import Database
from tests.support.forked import Forked, finished
from tests.support.ports import free_port
from tests.support.real import ROOT, program
from tests.support.small_disk import on_small_disk
from tests.support.waiting import until


class Server:
    """`milepost server --config FILE`, with a broker of its own unless `broker` names one."""

    def __init__(self, folder: Path, *, accept_unclaimed: bool = True, **tables: dict[str, Any]) -> None:
        """`tables` are the settings' tables; their keys go before the usual ones."""
        if "url" not in tables.get("broker", {}):
            program("mosquitto")
        self.folder = folder
        self.data = folder / "server-data"
        self.config = folder / "server.toml"
        self.log = folder / "server.log"
        self.http, self.mqtt = free_port(), free_port()
        usual = {"http": {"listen": f"127.0.0.1:{self.http}"}, "broker": {"listen": f"127.0.0.1:{self.mqtt}"}}
        text = f'data_dir = "server-data"\naccept_unclaimed = {str(accept_unclaimed).lower()}\n'
        for name in {**usual, **tables}:
            keys = {**usual.get(name, {}), **tables.get(name, {})}
            text += f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        self.config.write_text(text)
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self.database_url: str = tables.get("database", {}).get("url", "")
        self._around: list[str] = []
        self._key = ""
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self.http}", timeout=30)

    def start(self) -> None:
        """Start it and wait until it can do its work (on a small disk: until it answers)."""
        self.run()
        until(lambda: self._answers("health" if self._around else "ready"), 30, f"the server ({self.log})")
        if self._around:  # commands of ours would look at another disk
            self.api.post("/api/v1/session", json={"name": "admin", "password": self.password}).raise_for_status()
        elif not self._key:
            self._key = self._own_key()
            self.api.headers["Authorization"] = f"Bearer {self._key}"

    def run(self) -> None:
        """Start it, whatever becomes of it."""
        words = ["server", "--config", str(self.config)]
        with self.log.open("ab") as log:
            if self._around:
                command = [*self._around, sys.executable, "-m", "milepost.main", *words]
                self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
            else:
                self._process = Forked(words, stdout=log.fileno(), stderr=log.fileno())

    def on_a_small_disk(self, megabytes: int) -> None:
        """Let its data be on a disk of that size, which only the server sees."""
        self.data.mkdir()
        self._around = on_small_disk(self.data, megabytes)

    def forget_key(self) -> None:
        """Make a new key at the next start, because the database is a new one."""
        self._key = ""

    def _own_key(self) -> str:
        """A viewer's key, made as the command makes it, but without a second for starting it."""
        database = Database(self.database_url, self.data)
        with database.writing() as connection:
            key = keys.add_key(connection, name="tests", role="viewer", expires_at=None, now=datetime.now(UTC))
        database.close()
        return key

    def key(self, name: str, role: str) -> str:
        """A new API key, by `milepost key create`."""
        return self.milepost("key", "create", "--name", name, "--role", role)

    def milepost(self, *words: str) -> str:
        """What a command of the server's prints."""
        done = finished([*words, "--config", str(self.config)])
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer of `/api/v1`, by a key that may look."""
        answer = self.api.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def times(self, vehicle: str) -> list[str]:
        """When the stored positions of a vehicle were, in order; none for a vehicle that is not known."""
        answer = self.api.get(
            f"/api/v1/vehicles/{vehicle}/track", params={"from": "2026-01-01T00:00Z", "to": "2026-12-31T00:00Z"}
        )
        if answer.status_code == 404:
            return []
        assert answer.status_code == 200, answer.text
        return answer.json()["properties"]["coordinateProperties"]["times"]

    def ready(self) -> dict[str, Any]:
        """What `/ready` says; empty while nobody answers."""
        try:
            return self.api.get("/api/v1/ready").json()
        except httpx.TransportError:
            return {}

    def trouble(self, part: str) -> str:
        """What is wrong with one part; empty while it is fine."""
        said = self.ready().get("parts", {}).get(part, {"ok": True})
        return "" if said["ok"] else said["says"]

    @property
    def password(self) -> str:
        """The first admin's one-time password, from what was printed."""
        found = re.search(r"one-time password  (\S+)", self.log.read_text())
        assert found
        return found[1]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        self.end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit status."""
        return self.end(signal.SIGTERM)

    def end(self, number: int) -> int:
        """End it by this signal."""
        assert self._process is not None
        process, self._process = self._process, None
        process.send_signal(number)
        return process.wait(30)

    def wait(self, deadline_s: float = 20) -> int:
        """Wait until it ends by itself; its exit status."""
        assert self._process is not None
        process, self._process = self._process, None
        return process.wait(deadline_s)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()
        self.api.close()

    def _answers(self, what: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-3000:]
        try:
            return self.api.get(f"/api/v1/{what}").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def a_server(folder: Path, **settings: Any) -> Iterator[Server]:
    """A running server that is ready."""
    with Server(folder, **settings) as server:
        yield server
