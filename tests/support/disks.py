"""A small disk that can be filled: a tmpfs of its own, which only root may mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.real import real_part


@contextmanager
def a_small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A folder with so much room."""
    real_part("a disk that can be filled", os.geteuid() == 0, "run as root: it is a tmpfs that has to be mounted")
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    real_part("a disk that can be filled", made.returncode == 0, made.stderr.decode().strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left; the file to remove again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return ballast
