"""The second program in the machine (the first is `init`): starts what the test outside asks for, and tells what it says.

Two kinds of lines to the outside, all virtio ports (no network). `control` carries JSON lines, in: `start` a program,
`say` a line to it, `kill` it, `plug` and `unplug` a dongle, `off`; out: `ready`, `from` with a program's line, `ended`,
`plugged`. `hci0`, `hci1` carry the packets of /dev/vhci, each with its length before it: the controllers are outside,
where they cost nothing. Standard library only, and few parts of it: importing is slow in here.
"""

import json
import os
import select
import struct
import subprocess
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

VENDOR, PRIMARY = 0xFF, 0x00
"""The first packet to /dev/vhci asks for a controller, its answer names it (Linux, drivers/bluetooth/hci_vhci.c)."""


def port(name: str) -> int:
    """An open virtio port. There is no udev that would name it, so its name is looked up."""
    for folder in Path("/sys/class/virtio-ports").iterdir():
        if (folder / "name").read_text().strip() == name:
            return os.open(f"/dev/{folder.name}", os.O_RDWR)
    raise FileNotFoundError(name)


class Dongle:
    """What relays one dongle's packets, while it is plugged in."""

    def __init__(self, name: str) -> None:
        self._port = port(name)
        self._vhci: int | None = None
        self._wake, self._waker = os.pipe()
        threading.Thread(target=self._relay, daemon=True).start()

    def plug(self) -> None:
        """Ask the kernel for a controller."""
        vhci = os.open("/dev/vhci", os.O_RDWR)
        os.write(vhci, bytes([VENDOR, PRIMARY]))
        self._vhci = vhci
        os.write(self._waker, b".")

    def unplug(self) -> None:
        """Take it away: the relay closes it, because a file that is read is not closed by another thread."""
        os.write(self._waker, b"x")

    def _relay(self) -> None:
        while True:
            files = [self._port, self._wake] + ([] if self._vhci is None else [self._vhci])
            ready = select.select(files, [], [])[0]
            if self._wake in ready and os.read(self._wake, 1) == b"x" and self._vhci is not None:
                os.close(self._vhci)
                self._vhci = None
            if self._vhci in ready:
                packet = os.read(self._vhci, 4096)
                if packet[0] == VENDOR:
                    tell(plugged=struct.unpack_from("<H", packet, 2)[0])
                else:
                    os.write(self._port, struct.pack("<H", len(packet)) + packet)
            if self._port in ready:
                packet = self._read(struct.unpack("<H", self._read(2))[0])
                if self._vhci is not None:
                    os.write(self._vhci, packet)

    def _read(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            got += os.read(self._port, count - len(got))
        return got


class Program:
    """A program that was started, whose lines go outside. What it complains about goes to the console."""

    def __init__(self, name: str, argv: list[str]) -> None:
        self._name = name
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, line: str) -> None:
        """Give it a line."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            tell(**{"from": self._name, "line": line.rstrip("\n")})
        tell(ended=self._name, status=self.process.wait())


control = port("control")
telling = threading.Lock()


def tell(**what: Any) -> None:
    """Say something to the outside."""
    with telling:
        os.write(control, json.dumps(what).encode() + b"\n")


def main() -> None:
    """Do what is asked until it is `off`."""
    programs: dict[str, Program] = {}
    dongles = {name: Dongle(name) for name in ("hci0", "hci1")}
    tell(ready=float(Path("/proc/uptime").read_text().split()[0]))
    with os.fdopen(os.dup(control), "r", buffering=1) as asked:
        for line in asked:
            match json.loads(line):
                case {"start": name, "argv": argv}:
                    programs[name] = Program(name, argv)
                case {"say": name, "line": words}:
                    programs[name].say(words)
                case {"kill": name, "signal": number}:
                    programs[name].process.send_signal(number)
                case {"plug": name}:
                    dongles[name].plug()
                case {"unplug": name}:
                    dongles[name].unplug()
                case {"off": _}:
                    return


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001 - the first program may not end, or the kernel's last words hide ours
        traceback.print_exc(file=sys.stderr)
    Path("/proc/sysrq-trigger").write_text("o")
    threading.Event().wait()
