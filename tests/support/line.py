"""The whole line as processes: receiver on a pty, gateway, mosquitto, server. Each can be killed and started again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from simulators.demo.processes import answer_of, asked
from simulators.demo.reconcile import Position, compared, outbox_positions, stored_positions
from tests.support.forked import Forked
from tests.support.ports import free_port
from tests.support.real import program
from tests.support.waiting import until


class Part:
    """A program that is started with the same words each time: `milepost`, or what `program` says."""

    def __init__(self, name: str, words: list[str], folder: Path, *, program: str = "") -> None:
        self.name, self._words, self._program, self._log = name, words, program, folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | Forked | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            if self._program:
                command = [self._program, *self._words]
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            else:
                self.process = Forked(self._words, stdout=log.fileno(), stderr=log.fileno())

    def kill9(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill9()

    def log(self) -> str:
        return self._log.read_text(errors="replace")


class Line:
    """Everything between a receiver's bytes and the API, in one folder."""

    def __init__(self, folder: Path, *, receiver: list[str], gateway: str = "", server: str = "") -> None:
        self.folder, self.name = folder, "van-1"
        self.http, self.mqtt, self.page = free_port(), free_port(), free_port()
        self.tty, self.journal = folder / "gnss", folder / "journal"
        self.server_config = folder / "server.toml"
        self.server_config.write_text(
            f'data_dir = "server"\naccept_unclaimed = true\n{server}\n[http]\nlisten = "127.0.0.1:{self.http}"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{self.mqtt}"\n'
        )
        self.gateway_config = folder / "gateway.toml"
        self.gateway_config.write_text(
            f'id = "{self.name}"\ndata_dir = "gateway"\n[broker]\nurl = "mqtt://127.0.0.1:{self.mqtt}"\n'
            f'[gnss]\nport = "gnss"\nbaud = 38400\n[sampling]\ntolerance_m = 0\n'
            f'[outbox]\ncommit_every_s = 0.2\n[uplink]\nlinger_s = 0.2\n[http]\nlisten = "127.0.0.1:{self.page}"\n{gateway}\n'
        )
        broker_config = folder / "mosquitto.conf"
        broker_config.write_text(
            f"listener {self.mqtt} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            + ("user root\n" if os.geteuid() == 0 else "")
        )
        says = ["--link", str(self.tty), "--truth", str(self.journal)]
        self.broker = Part("broker", ["-c", str(broker_config)], folder, program=program("mosquitto"))
        self.server = Part("server", ["server", "--config", str(self.server_config)], folder)
        self.gateway = Part("gateway", ["gateway", "run", "--config", str(self.gateway_config)], folder)
        self.receiver = Part("receiver", ["simulate", "receiver", *receiver, *says], folder)
        self.parts = [self.broker, self.server, self.receiver, self.gateway]
        self._key = ""

    def start(self) -> None:
        for part in self.parts:
            part.start()
        self.await_server()

    def stop(self) -> None:
        for part in reversed(self.parts):
            part.stop()

    def await_server(self) -> None:
        until(self.is_ready, 60, "the server's readiness")

    def client(self) -> httpx.Client:
        if not self._key:
            self._key = answer_of("key", "create", "--config", str(self.server_config), "--name", f"k{free_port()}")
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.http}", headers={"Authorization": f"Bearer {self._key}"}, timeout=60
        )

    def forget_key(self) -> None:
        """After the server's database was replaced."""
        self._key = ""

    def status(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(asked(f"http://127.0.0.1:{self.page}/status") or "{}")
        return said

    def await_drained(self, seconds: float = 60) -> None:
        """Until the gateway has nothing that the server has not committed."""
        until(self.is_drained, seconds, "an empty outbox")

    def is_drained(self) -> bool:
        """Whether nothing waits in the gateway (what is 0 is not said)."""
        outbox = self.status().get("outbox")
        return outbox is not None and not outbox.get("waiting", 0)

    def put(self) -> dict[Position, int]:
        """Every position that the outbox was given; a program of its own reads them."""
        return outbox_positions(self.gateway_config)[0]

    def newest(self) -> int:
        """How many rows the outbox was given."""
        return int(self.status().get("newest", 0))

    def reconciled(self) -> tuple[int, int, int]:
        """(committed, lost, doubled) of all that the outbox holds."""
        positions, _ = outbox_positions(self.gateway_config)
        with self.client() as client:
            return compared(positions, stored_positions(client, self.name))

    def is_ready(self) -> bool:
        """Whether the server does its work."""
        return asked(f"http://127.0.0.1:{self.http}/api/v1/ready") is not None


MILEPOST = [sys.executable, "-m", "milepost.main"]
