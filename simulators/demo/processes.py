"""The programs of the demo: started, watched and ended. Everything runs on loopback, in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import httpx

ENTRY = [sys.executable, "-m", "milepost.main"]
START_S = 60.0
STOP_S = 15.0


class DemoError(RuntimeError):
    """A program of the demo did not do what it should; the text says which, and what it said last."""


class Program:
    """One of our own programs as a process, with its words in a log file."""

    def __init__(self, name: str, arguments: list[str], folder: Path) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which ends the programs in their order.
            self.process = subprocess.Popen(
                [*ENTRY, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def first_line(self) -> dict[str, Any]:
        """The JSON object that it says first."""
        out: IO[bytes] | None = self.process.stdout
        assert out is not None
        try:
            line: dict[str, Any] = json.loads(out.readline())
        except ValueError:
            raise DemoError(self._last_words("ended before it said anything")) from None
        return line

    def check(self) -> None:
        """Raise DemoError when it has ended."""
        if self.process.poll() is not None:
            raise DemoError(self._last_words(f"ended with exit status {self.process.returncode}"))

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it, by force when it must be."""
        self.ask_to_stop()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def _last_words(self, what: str) -> str:
        words = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        return f"{self.name} {what}. Its last words:\n  " + "\n  ".join(words or ["(none)"])


def answer_of(*arguments: str) -> str:
    """What one of our commands prints; DemoError with its words when it fails."""
    done = subprocess.run([*ENTRY, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise DemoError(f"`milepost {' '.join(arguments[:2])}` failed:\n  {done.stderr.strip()}")
    return done.stdout.strip()


def built_map(source: Path, folder: Path) -> None:
    """The map of the demo's city; its progress goes to the terminal. A map that is there already takes no time."""
    done = subprocess.run(
        [*ENTRY, "map", "build", str(source), "--out", str(folder), "--name", _city(source)],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"The map could not be built from {source}.")


def _city(source: Path) -> str:
    return source.name.split(".")[0].split("_")[0].split("-")[0].capitalize()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on right now, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_for(condition: Callable[[], bool], what: str, programs: list[Program], seconds: float = START_S) -> None:
    """Until the condition holds; DemoError when a program ends or the time is over first."""
    end = time.monotonic() + seconds
    while not condition():
        for program in programs:
            program.check()
        if time.monotonic() > end:
            raise DemoError(f"{what} within {seconds:.0f} s. The logs are in {programs[0].log.parent}.")
        time.sleep(0.05)


def answers(url: str) -> bool:
    """Whether something answers there with 200."""
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def cache_folder() -> Path:
    """Where maps are kept between runs (XDG Base Directory)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "milepost"
