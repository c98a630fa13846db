"""The machine outside: QEMU, what is said through its ports, and the controllers that its dongles are.

`built` says where kernel and initrd are (tests/support/bluez/build). Everything ends with the `with`, or with the test:
QEMU dies with its parent.
"""

import asyncio
import ctypes
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from tests.support.bluez.air import Beep, Dongle
from tests.support.loops import Running
from tests.support.real import ROOT
from tests.support.waiting import until

QEMU = "qemu-system-x86_64"
MEMORY_MB = 640
BOOT_S = 120.0
"""Five seconds when nobody else is there; but a machine without KVM on a busy computer waits for its turns."""
ENVIRONMENT = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"]
PORTS = ("control", "hci0", "hci1")


def built() -> Path | None:
    """The folder with kernel and initrd, when they are there."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "milepost" / "bluez-vm-1"
    return folder if (folder / "initrd.gz").exists() else None


class Program:
    """A program inside. `lines` are what it said, `status` how it ended."""

    def __init__(self, name: str, tell: Callable[..., None]) -> None:
        self.name, self._tell = name, tell
        self.lines: list[str] = []
        self.status: int | None = None

    def say(self, line: str) -> None:
        """Give it a line."""
        self._tell(say=self.name, line=line)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, and wait for its end."""
        self._tell(kill=self.name, signal=int(number))
        until(lambda: self.status is not None, 30, f"the end of {self.name}")


class Machine:
    """A booted machine; a context manager."""

    def __init__(self, kit: Path, folder: Path) -> None:
        self._kit, self.log = kit, folder / "console.log"
        self._sockets = tempfile.TemporaryDirectory(prefix="vm-")  # a socket's path may have 108 characters at most
        self._ports: dict[str, socket.socket] = {}
        self._dongles: dict[str, Dongle] = {}
        self.told: list[dict[str, Any]] = []
        self._programs: dict[str, Program] = {}
        self._loop = Running(self._hear_dongles)

    def __enter__(self) -> Self:
        listeners = {name: self._listener(name) for name in PORTS}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_us,  # noqa: PLW1509
            )
        for name, listener in listeners.items():
            listener.settimeout(10)
            self._ports[name] = listener.accept()[0]
            listener.close()
        threading.Thread(target=self._listen, daemon=True).start()
        self._loop.__enter__()
        try:
            until(lambda: self._over() or any("ready" in told for told in self.told), BOOT_S, "the machine")
            assert not self._over(), f"The machine ended:\n{self.console()}"
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._loop.__exit__()
        for port in self._ports.values():
            port.close()
        self._sockets.cleanup()

    def start(self, name: str, argv: list[str]) -> Program:
        """Start a program inside."""
        program = self._programs[name] = Program(name, self.tell)
        self.tell(start=name, argv=argv)
        return program

    def plug(self, name: str, address: str) -> str:
        """Plug a dongle in; its adapter's name, which the kernel gives."""
        before = len(self.told)
        self._loop.call(self._make_dongle, name, address)
        until(lambda: name in self._dongles, 10, "the dongle")
        self.tell(plug=name)
        found = until(lambda: [told for told in self.told[before:] if "plugged" in told], 30, "a controller")
        return f"hci{found[0]['plugged']}"

    def unplug(self, name: str) -> None:
        """Pull it out."""
        del self._dongles[name]
        self.tell(unplug=name)

    def beep(self, beep: Beep, *, at: str | None = None) -> None:
        """Let one dongle hear this, or all of them."""
        for name, dongle in list(self._dongles.items()):
            if at in {None, name}:
                self._loop.call(dongle.hears, beep)

    def tell(self, **what: Any) -> None:
        """Ask the machine's second program for something."""
        self._ports["control"].sendall(json.dumps(what).encode() + b"\n")

    def console(self) -> str:
        """The last lines of kernel and programs."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])

    def _over(self) -> bool:
        return self._process.poll() is not None

    def _command(self) -> list[str]:
        guest = ["/usr/bin/env", "-C", str(ROOT), *ENVIRONMENT, sys.executable, "-m", "tests.support.bluez.guest"]
        command = [
            QEMU, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MB),
            "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-kernel", str(self._kit / "kernel"), "-initrd", str(self._kit / "initrd.gz"),
            "-append", f"console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests milepost.guest={','.join(guest)}",
            "-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap",
            "-device", "virtio-serial-pci",
        ]  # fmt: skip
        for name in PORTS:
            command += ["-chardev", f"socket,id={name},path={self._sockets.name}/{name}"]
            command += ["-device", f"virtserialport,chardev={name},name={name}"]
        return command

    def _listener(self, name: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"{self._sockets.name}/{name}")
        listener.listen(1)
        return listener

    def _listen(self) -> None:
        with self._ports["control"].makefile(encoding="utf-8") as lines:
            for line in lines:
                match told := json.loads(line):
                    case {"from": name, "line": words}:
                        self._programs[name].lines.append(words)
                    case {"ended": name, "status": status}:
                        self._programs[name].status = status
                    case _:
                        self.told.append(told)

    def _make_dongle(self, name: str, address: str) -> None:
        dongle = Dongle(address, public_address=address, host_sink=_Line(self._ports[name]))
        self._dongles[name] = dongle

    async def _hear_dongles(self) -> None:
        """Everything the kernel tells its controllers."""
        async with asyncio.TaskGroup() as group:
            for name in PORTS[1:]:
                group.create_task(self._hear(name))

    async def _hear(self, name: str) -> None:
        reader, _ = await asyncio.open_connection(sock=self._ports[name].dup())
        while True:
            try:
                packet = await reader.readexactly(struct.unpack("<H", await reader.readexactly(2))[0])
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if (dongle := self._dongles.get(name)) is not None:
                dongle.on_packet(packet)


class _Line:
    """Where a controller's packets go: to the kernel inside, each with its length before it."""

    def __init__(self, port: socket.socket) -> None:
        self._port = port

    def on_packet(self, packet: bytes) -> None:
        self._port.sendall(struct.pack("<H", len(packet)) + packet)


def _end_with_us() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
