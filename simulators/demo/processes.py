"""The programs of the demo: started, watched and ended. Everything runs on loopback, in a folder of its own."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

ENTRY = [sys.executable, "-m", "milepost.main"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Of many programs the first one compiles what they import."""
START_S = 60.0
STOP_S = 15.0


class DemoError(RuntimeError):
    """A program of the demo did not do what it should; the text says which, and what it said last."""


class Program:
    """One of our own programs as a process, with its words in a log file."""

    def __init__(
        self, name: str, arguments: list[str], folder: Path, *, environment: dict[str, str] | None = None
    ) -> None:
        """`environment` is added to ours."""
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the demo alone, which ends the programs in their order.
            self.process = subprocess.Popen(
                [*ENTRY, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**ENVIRONMENT, **(environment or {})},
                start_new_session=True,
                preexec_fn=_end_with_the_demo,  # noqa: PLW1509 - it takes no lock
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

    def say(self, **what: Any) -> None:
        """Give it a JSON object as a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what).encode() + b"\n")
        self.process.stdin.flush()

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
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def _last_words(self, what: str) -> str:
        words = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        return f"{self.name} {what}. Its last words:\n  " + "\n  ".join(words or ["(none)"])


_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _end_with_the_demo() -> None:
    """Ask the kernel to end this child when the demo is killed (prctl(2), PR_SET_PDEATHSIG)."""
    if _prctl is not None:
        _prctl(1, signal.SIGTERM)


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


def asked(url: str) -> bytes | None:
    """What answers there with 200; None when nothing does. Cheap, because it is asked again and again."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - addresses of our own programs
            return bytes(answer.read())
    except (OSError, HTTPException):  # urllib's errors are OSErrors
        return None


def cache_folder() -> Path:
    """Where maps are kept between runs (XDG Base Directory)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "milepost"
