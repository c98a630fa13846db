"""Remembers which steps of a build are done, so that an interrupted build goes on and a finished one is left alone.

A stamp is a file beside the result that holds what the result was made from (sha256 of the input, version of the step,
options). It is written after the result is in place; a result without its stamp does not count.
"""

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from server.map.problems import MapError


class Stamps:
    """The stamps of one map folder. One build at a time may hold them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def held(self, patience_s: float = 0.0) -> Iterator[None]:
        """Keep other builds out; a killed build lets go by itself. MapError when another one is not done in time."""
        end = time.monotonic() + patience_s
        with (self._folder / "lock").open("w") as lock:
            while not _locked(lock):
                if time.monotonic() >= end:
                    raise MapError(
                        f"Another build is at work in {self._folder.parent}. Wait for it, or give another --out."
                    )
                time.sleep(0.05)
            yield

    def done(self, step: str, key: str) -> bool:
        """Whether this step was finished from exactly this."""
        try:
            return (self._folder / f"{step}.stamp").read_text(encoding="utf-8") == key
        except FileNotFoundError:
            return False

    def clear(self, step: str) -> None:
        """The step's result is about to change."""
        (self._folder / f"{step}.stamp").unlink(missing_ok=True)

    def set(self, step: str, key: str) -> None:
        """The step's result is in place."""
        write(self._folder / f"{step}.stamp", key)


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def key(version: int, **parts: object) -> str:
    """What a result was made from, as text."""
    return json.dumps({"step": version, **parts}, sort_keys=True)


def sha256(path: Path) -> str:
    """The sha256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(path: Path, text: str) -> None:
    """Write a small file so that it is there whole or not at all, even when the power goes."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
