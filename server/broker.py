"""A broker of our own, for machines that have none: mosquitto as a child when it is found, else amqtt in this process.

It keeps nothing: what it loses is sent again. amqtt delivers a third under load, so it is for trying things out.
"""

import asyncio
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
_START_S = 10.0


class Mosquitto:
    """A mosquitto without persistence, only for this machine, that ends with us."""

    name = "mosquitto"

    def __init__(self, program: str, host: str, port: int, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "mosquitto.conf"
        lines = [f"listener {port} {host}", "allow_anonymous true", "persistence false", "max_queued_messages 100000"]
        lines += ["max_inflight_messages 0", "set_tcp_nodelay true"]
        if os.geteuid() == 0:
            lines.append("user root")  # else it could not read what root wrote
        config.write_text("\n".join(lines) + "\n")
        self._process = subprocess.Popen(
            [program, "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no other thread runs yet
        )
        _await_port(host, port, self._process)

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()


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
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
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
            self._loop.create_task(begin())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, name="amqtt", daemon=True)
        self._thread.start()
        if not ready.wait(_START_S):
            raise RuntimeError(f"the broker in this process did not start; is port {port} in use?")

    def stop(self) -> None:
        """End it."""
        asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


def start_broker(host: str, port: int, folder: Path) -> Mosquitto | Amqtt:
    """A broker that listens there; RuntimeError says what to do when there is none, or the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RuntimeError(
                f"port {port} on {host} is taken ({error.strerror}); set [broker] listen to another, "
                f'or url = "mqtt://{host}:{port}" if a broker is what listens there'
            ) from None
    program = shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", ""), *_SBIN)))
    if program:
        return Mosquitto(program, host, port, folder)
    log.info("mosquitto is not installed; amqtt in this process takes its place (for trying things out)")
    return Amqtt(host, port)


def _end_with_parent() -> None:
    """Ask the kernel to end this child when its parent is killed (prctl(2), PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _await_port(host: str, port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"mosquitto ended at once (exit status {process.returncode}); is port {port} free?")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((host, port)) == 0:
                return
        threading.Event().wait(0.02)
    process.kill()
    raise RuntimeError(f"mosquitto does not answer on {host}:{port}")
