"""Two Bluetooth stacks that a scene can be played on: Debian's bluetoothd in a machine, and the one of our simulators.

Both have dongles to plug, a bluetoothd to kill, tags that beep, and an `Ear`: a naive bleak scanner, the same program on
both. What a scene sees of the stack it sees through that.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from simulators.bluez import Heard, Rig
from tests.support.bluez.air import Beep
from tests.support.bluez.machine import Machine
from tests.support.waiting import until

DONGLES = {"hci0": "00:1A:7D:DA:71:13", "hci1": "00:1A:7D:DA:71:14"}
EAR = [sys.executable, "-m", "tests.support.bluez.ear"]
ANSWER_S = 60.0
ALL = {"DuplicateData": True, "RSSI": -127}
"""The filters that the gateway scans with."""


class Stack(Protocol):
    """What a scene needs of a stack. Dongles are called by their names in DONGLES."""

    name: str
    ear: "Ear"

    def plug(self, dongle: str) -> None:
        """Plug it in, and wait until it is an adapter."""

    def unplug(self, dongle: str) -> None:
        """Pull it out, and wait until it is gone."""

    def kill_bluetoothd(self) -> None:
        """As by kill -9."""

    def start_bluetoothd(self) -> None:
        """Start it again, and wait until the adapters are back and on."""

    def beep(self, beep: Beep, *, at: str | None = None) -> None:
        """Let one dongle hear this, or all of them."""


class RefusedError(Exception):
    """The ear could not do what it was asked for: the error's name, and its words."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(name, words)
        self.name, self.words = name, words


class Ear:
    """The scanner, as a scene uses it. `heard` is everything since the last `scan`."""

    def __init__(self, lines: list[str], say: Any) -> None:
        self._lines, self._say, self._from = lines, say, 0
        self._read, self._did, self._heard = 0, 0, []

    def ask(self, do: str, **what: Any) -> Any:
        """Ask for something, and wait for its answer; RefusedError when it is an error."""
        before = self._answers()
        self._say(json.dumps({"do": do, **what}))
        answer = until(lambda: self._answers()[len(before) :], ANSWER_S, f"an answer of the scanner to {do}")[0]
        if "error" in answer:
            raise RefusedError(answer["error"], answer["words"])
        return answer["answer"]

    def scan(self, adapter: str = "hci0", *, mode: str = "active", filters: dict[str, Any] | None = None,
             patterns: list[list[Any]] | None = None) -> None:  # fmt: skip
        """Scan with a new scanner."""
        self._from = len(self._lines)
        self.ask(
            "scan", adapter=adapter, mode=mode, filters=ALL if filters is None else filters, patterns=patterns or []
        )

    def stop(self) -> None:
        """Stop it."""
        self.ask("stop")

    def heard(self, address: str | None = None) -> list[dict[str, Any]]:
        """What was heard since the last `scan`, of one tag or of all."""
        lines = [json.loads(line) for line in self._lines[self._from :] if line.startswith('{"heard"')]
        return [line for line in lines if address in {None, line["heard"]}]

    def adapters(self) -> dict[str, dict[str, Any]]:
        """What BlueZ says about its adapters."""
        return self.ask("adapters")

    def _answers(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines if line.startswith('{"did"')]


def beeped(stack: Stack, *beeps: Beep, times: int = 10, every_s: float = 0.1, at: str | None = None) -> None:
    """Let tags beep so many times, one after the other. The pace is the radio's: a real tag has one as well."""
    pace = threading.Event()
    for _ in range(times):
        for beep in beeps:
            stack.beep(beep, at=at)
        pace.wait(every_s)


@contextmanager
def beeping(stack: Stack, *beeps: Beep, every_s: float = 0.2) -> Iterator[None]:
    """Tags beep on and on."""
    stop = threading.Event()

    def on_and_on() -> None:
        while not stop.wait(every_s):
            for beep in beeps:
                stack.beep(beep)

    thread = threading.Thread(target=on_and_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Real:
    """bluetoothd of Debian, in the machine."""

    name = "real"

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        bus = machine.start("dbus", ["dbus-daemon", "--system", "--nofork", "--nopidfile", "--print-address"])
        ear = machine.start("ear", EAR)
        until(lambda: bus.lines or bus.status is not None, 60, "the bus in the machine")
        self._start()
        for dongle in DONGLES:
            self._plug(dongle)
        until(lambda: ear.lines or ear.status is not None, 90, "the ear in the machine")
        assert ear.status is None, machine.console()
        self.ear = Ear(ear.lines, ear.say)
        self._until_on(*DONGLES)

    def plug(self, dongle: str) -> None:
        self._plug(dongle)
        self._until_on(dongle)

    def unplug(self, dongle: str) -> None:
        self.machine.unplug(dongle)
        until(lambda: dongle not in self.ear.adapters(), 30, f"{dongle} gone")

    def kill_bluetoothd(self) -> None:
        self._bluetoothd.kill()

    def start_bluetoothd(self) -> None:
        self._start()
        self._until_on(*DONGLES)

    def beep(self, beep: Beep, *, at: str | None = None) -> None:
        self.machine.beep(beep, at=at)

    def _start(self) -> None:
        self._bluetoothd = self.machine.start("bluetoothd", ["/usr/libexec/bluetooth/bluetoothd", "--nodetach"])

    def _plug(self, dongle: str) -> None:
        found = self.machine.plug(dongle, DONGLES[dongle])
        assert found == dongle, f"the kernel calls {dongle} {found}"

    def _until_on(self, *dongles: str) -> None:
        def on() -> bool:
            adapters = self.ear.adapters()
            return all(adapters.get(dongle, {}).get("Powered") for dongle in dongles)

        until(on, 60, "the adapters on")


class Ours:
    """`simulators.bluez`, behaving as the BlueZ does that Debian 12 has."""

    name = "ours"

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._process = subprocess.Popen(
            EAR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, **rig.environment},
        )
        self._lines: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: self._lines, 30, "the ear")
        self.ear = Ear(self._lines, self._say)

    def close(self) -> None:
        """End the ear."""
        self._process.kill()
        self._process.wait()

    def plug(self, dongle: str) -> None:
        self._rig.plug(dongle, DONGLES[dongle])

    def unplug(self, dongle: str) -> None:
        self._rig.unplug(dongle)

    def kill_bluetoothd(self) -> None:
        self._rig.kill_bluetoothd()

    def start_bluetoothd(self) -> None:
        self._rig.start_bluetoothd()

    def beep(self, beep: Beep, *, at: str | None = None) -> None:
        heard = as_heard(beep)
        for dongle in DONGLES:
            if at in {None, dongle}:
                self._rig.hear(heard, adapter=dongle)

    def _say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n"))


def as_heard(beep: Beep) -> Heard:
    """A beep as an active scan has it: advert and scan response together."""
    return Heard(
        address=beep.address,
        rssi=beep.rssi_dbm,
        name=beep.response_name,
        manufacturer_data={**beep.manufacturer, **beep.response_manufacturer},
        service_data={f"{short:08x}-0000-1000-8000-00805f9b34fb": data for short, data in beep.service.items()},
    )
