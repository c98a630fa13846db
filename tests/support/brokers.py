"""A real mosquitto on a free port, without persistence: what it held is gone when it dies."""

import os
import socket
import subprocess
from pathlib import Path
from typing import Self

from tests.support.ports import free_port
from tests.support.real import program
from tests.support.waiting import until


class Mosquitto:
    """One broker, that can be killed and started again on the same port."""

    def __init__(self, folder: Path, *extra: str) -> None:
        """`extra` are more lines for its configuration."""
        self.port = free_port()
        self._program = program("mosquitto")
        self._config = folder / f"mosquitto-{self.port}.conf"
        root = ["user root"] if os.geteuid() == 0 else []
        tls = any(line.startswith("certfile") for line in extra)
        access = (
            []
            if any(line.startswith(("password_file", "allow_anonymous")) for line in extra)
            else ["allow_anonymous true"]
        )
        lines = ["persistence false", *root, f"listener {self.port} 127.0.0.1", *access, *extra, ""]
        self._config.write_text("\n".join(lines))
        self.tls = tls
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For the gateway's configuration."""
        return (
            f"{'mqtts' if self.tls else 'mqtt'}://localhost:{self.port}"
            if self.tls
            else f"mqtt://127.0.0.1:{self.port}"
        )

    def start(self) -> None:
        """Start it; returns when it listens."""
        self._process = subprocess.Popen(
            [self._program, "-c", str(self._config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(self._listens, 10, "mosquitto listening")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "mosquitto ended"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
