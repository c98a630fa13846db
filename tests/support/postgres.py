"""A real PostgreSQL on a free port, started by hand in a second, as root too (it runs as the user postgres then)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.support.ports import free_port
from tests.support.real import real_part


def _bin() -> Path:
    """The folder with initdb and pg_ctl: Debian keeps it out of PATH."""
    named = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    real_part("PostgreSQL", named or found, "install the package postgresql")
    return found[-1].parent if found else Path(named or "").parent


class Postgres:
    """One server, that can be stopped and started again."""

    def __init__(self) -> None:
        self._bin = _bin()
        self._folder = folder = Path(tempfile.mkdtemp(prefix="postgres-"))  # pytest's own is closed to other users
        self.port = free_port()
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(folder, "postgres")
        self._run(*self._as, self._bin / "initdb", "-D", folder / "data", "-U", "milepost", "--auth=trust",
                  "--encoding=UTF8", "--no-locale", "--no-sync")  # fmt: skip
        self._databases = 0
        self.start()

    def start(self) -> None:
        """Start it; returns when it answers."""
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -c fsync=off"
        self._run(*self._as, self._bin / "pg_ctl", "-D", self._folder / "data", "-w", "-l", self._folder / "log",
                  "-o", options, "start")  # fmt: skip

    def stop(self) -> None:
        """End it at once."""
        self._run(*self._as, self._bin / "pg_ctl", "-D", self._folder / "data", "-m", "immediate", "stop")

    def remove(self) -> None:
        """End it for good."""
        self.stop()
        shutil.rmtree(self._folder)

    def new_database(self) -> str:
        """The URL of a new, empty database, for the setting [database] url."""
        self._databases += 1
        name = f"milepost{self._databases}"
        self._run(self._bin / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "milepost", name)
        return f"postgresql://milepost@127.0.0.1:{self.port}/{name}"

    def _run(self, *command: object) -> None:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, (self._folder / "log").read_text() if (self._folder / "log").exists() else command
