"""A broker of our own, for machines that have none: mosquitto as a child when it is found, else amqtt in this process.

It keeps nothing: what it loses is sent again. amqtt delivers a third under load, so it is for trying things out.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

log = logging.getLogger("milepost.broker")
_SBIN = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
_OLD_ENDS_S = 2.0
"""The broker of a server that was killed may need a moment to end after it."""
_START_S = 10.0
_AGAIN_S = 1.0


class Mosquitto:
    """A mosquitto without persistence: ends with us, however we end, and is started again when it ends by itself."""

    name = "mosquitto"

    def __init__(self, program: str, host: str, port: int, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._address = (host, port)
        self._command = [program, "-c", str(_configured(folder / "mosquitto.conf", host, port))]
        self._stopping = threading.Event()
        self._process = self._started()
        self._await_port()
        self._watch = threading.Thread(target=self._watched, name="mosquitto", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._watch.join(1)

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent() if sys.platform == "linux" else None,  # noqa: PLW1509 - it takes no lock
        )

    def _watched(self) -> None:
        while not self._stopping.is_set():
            status = self._process.wait()
            if not self._stopping.wait(_AGAIN_S):
                log.warning("mosquitto ended (exit status %s); it is started again", status)
                self._process = self._started()
        self._process.terminate()

    def _await_port(self) -> None:
        end = time.monotonic() + _START_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"mosquitto ended at once (exit status {self._process.returncode}); try: {' '.join(self._command)}"
                )
            with contextlib.suppress(OSError), socket.create_connection(self._address, 0.2):
                return
            self._stopping.wait(0.02)
        self._process.kill()
        raise RuntimeError(f"mosquitto does not answer on {self._address[0]}:{self._address[1]}")


class Amqtt:
    """amqtt in a thread with a loop of its own."""

    name = "amqtt"

    def __init__(self, host: str, port: int) -> None:
        try:
            from amqtt.broker import Broker  # noqa: PLC0415 - only machines without mosquitto have it
        except ImportError:
            raise RuntimeError(
                "there is no broker: install mosquitto, or milepost[demo], or name one in [broker] url"
            ) from None
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # it logs every client that goes away as an error
        self._loop = asyncio.new_event_loop()
        self._broker: Any = None
        ready = threading.Event()

        async def begin() -> None:
            self._broker = Broker(
                {
                    "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}", "max_connections": 0}},
                    "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
                }
            )
            await self._broker.start()
            ready.set()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            beginning = self._loop.create_task(begin())
            self._loop.run_forever()
            beginning.cancel()

        self._thread = threading.Thread(target=run, name="amqtt", daemon=True)
        self._thread.start()
        if not ready.wait(_START_S):
            raise RuntimeError(f"the broker in this process did not start; is port {port} in use?")

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(Exception):  # it may fail on its way out; nobody needs it any more
            asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)


def start_broker(host: str, port: int, folder: Path) -> Mosquitto | Amqtt:
    """A broker that listens there; RuntimeError says what to do when there is none, or the port is taken."""
    end = time.monotonic() + _OLD_ENDS_S
    while (why := _taken(host, port)) and time.monotonic() < end:
        time.sleep(0.05)
    if why:
        raise RuntimeError(
            f"port {port} on {host} cannot be used for the broker ({why}). Set [broker] listen to "
            f'another, or url = "mqtt://{host}:{port}" if a broker is what listens there'
        )
    program = shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", ""), *_SBIN)))
    if program:
        return Mosquitto(program, host, port, folder)
    log.info("mosquitto is not installed; amqtt in this process takes its place (for trying things out)")
    return Amqtt(host, port)


def _taken(host: str, port: int) -> str:
    """Why nobody can listen there; empty when one can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _configured(config: Path, host: str, port: int) -> Path:
    """The file with mosquitto's configuration."""
    lines = [
        f"listener {port} {host}",
        "allow_anonymous true",
        "persistence false",
        "set_tcp_nodelay true",
        "message_size_limit 300000",  # the largest message that the wire knows, and its topic
        "max_inflight_messages 0",  # the window is end to end
        "max_queued_messages 20000",  # as many as the server itself holds
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # else it could not read what root wrote
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config


def _end_with_parent() -> Any:
    """What a child does first: ask the kernel to end it when its parent is killed (prctl(2), PR_SET_PDEATHSIG)."""
    prctl, death, parent = ctypes.CDLL(None).prctl, signal.SIGTERM, os.getpid()

    def ask() -> None:
        prctl(1, death)
        if os.getppid() != parent:  # killed before it was asked
            os._exit(1)

    return ask
