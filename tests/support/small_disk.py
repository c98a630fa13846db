"""A disk that is soon full: a tmpfs of a few megabytes in a mount namespace of its own, for one child process."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.real import ROOT, real_part


def run_on_small_disk(folder: Path, megabytes: int, module: str, *arguments: str) -> str:
    """What `python -m module FOLDER arguments...` prints when `folder` is on a disk of that size."""
    command = [*on_small_disk(folder, megabytes), sys.executable, "-m", module, str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def on_small_disk(folder: Path, megabytes: int) -> list[str]:
    """What to put before a command so that it sees `folder` on a disk of that size."""
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f'mount -t tmpfs -o size={megabytes}m small "$0"'
    try:
        asked = subprocess.run([*unshare, "sh", "-c", mount, folder], capture_output=True, check=False)
        possible = asked.returncode == 0
    except FileNotFoundError:
        possible = False
    real_part("a disk of a few megabytes", possible, "it needs unshare and mount, as root or with user namespaces")
    return [*unshare, "sh", "-c", f'{mount} && exec "$@"', str(folder)]
