"""Our programs without the second that starting each of them takes: a process that has imported everything forks them.

What runs is what the command runs, in a process of its own: kill -9 is kill -9. That the commands start from nothing is
shown where they are the matter: tests/server/test_commands.py, tests/e2e/test_demo.py, tests/configs.
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import cache
from importlib import import_module
from typing import Any

from milepost.main import ROOMS, main
from tests.support.real import ROOT

LATER = (
    "server.main", "gateway.main", "milepost.recordings", "milepost.facts.rules", "milepost.facts.runner",
    "milepost.custody.runner", "milepost.custody.judging", "simulators.port", "simulators.recordings", "simulators.roads",
)  # fmt: skip
"""What the rooms import only when they are used."""
MOST = 1_000_000


class Forked:
    """A program that runs: what tests use of subprocess.Popen."""

    def __init__(
        self, words: Iterable[str], *, stdout: int, stderr: int, stdin: int | None = None,
        env: Mapping[str, str] | None = None, cwd: str = str(ROOT),
    ) -> None:  # fmt: skip
        """Run `milepost words...`; files are descriptors."""
        told, tells = os.pipe()
        with ExitStack() as stack:
            stack.callback(os.close, tells)
            nothing = os.open(os.devnull, os.O_RDONLY)
            stack.callback(os.close, nothing)
            said = {"words": [*words], "env": dict(os.environ if env is None else env), "cwd": cwd}
            files = [nothing if stdin is None else stdin, stdout, stderr, tells]
            socket.send_fds(_warm(), [json.dumps(said).encode()], files)
        self._told = os.fdopen(told, "rb", buffering=0)
        self.pid = int(self._line())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit status when it has ended, negative for a signal."""
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; subprocess.TimeoutExpired when that takes longer."""
        if self.returncode is None:
            if not select.select([self._told], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(["forked"], timeout or 0)
            self._ended()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """To a process that has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)

    def _line(self) -> bytes:
        line = self._told.readline()
        assert line, "the process that forks has died"
        return line

    def _ended(self) -> None:
        self.returncode = int(self._line())
        self._told.close()


def finished(words: Iterable[str], *, stdin: bytes = b"", timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """`milepost words...` until it ends by itself."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        given.write(stdin)
        given.seek(0)
        words = [*words]
        process = Forked(words, stdin=given.fileno(), stdout=out.fileno(), stderr=errors.fileno())
        try:
            status = process.wait(timeout_s)
        finally:
            process.kill()
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(words, status, out.read().decode(), errors.read().decode())


@cache
def _warm() -> socket.socket:
    """The line to the process that forks; it ends with us."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.support.forked", str(its.fileno())],
            cwd=ROOT,
            pass_fds=[its.fileno()],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # no thread but one, or forking may hang
        )
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _serve(line: socket.socket) -> Callable[[], None] | None:
    """Fork for each request; returns what to run in the forked, and None in us, at the end."""
    for module in (*(room.module for room in ROOMS.values()), *LATER):
        import_module(module)
    gc.freeze()  # what is here before the fork is not looked at, so not copied, in each that is forked
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        data, files, *_ = socket.recv_fds(line, MOST, 4)
        if not data:
            return None
        if os.fork() == 0:
            line.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _kept(json.loads(data), files)
        for file in files:
            os.close(file)


def _kept(said: dict[str, Any], files: list[int]) -> Callable[[], None]:
    """Fork once more: one process tells how the other, which is the program, ends."""
    tells = files[3]
    if pid := os.fork():
        for file in files[:3]:
            os.close(file)
        os.write(tells, b"%d\n" % pid)
        _, status = os.waitpid(pid, 0)
        os.write(tells, b"%d\n" % os.waitstatus_to_exitcode(status))
        os._exit(0)
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    os.chdir(said["cwd"])
    os.environ.clear()
    os.environ.update(said["env"])
    sys.argv = ["milepost", *said["words"]]
    return main


if __name__ == "__main__":
    run = _serve(socket.socket(fileno=int(sys.argv[1])))
    if run is not None:
        run()
