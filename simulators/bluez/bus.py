"""A private dbus-daemon of type "system" on a socket of its own: what DBUS_SYSTEM_BUS_ADDRESS can point at."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

STARTS_WITHIN_S = 10.0

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <keep_umask/>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow send_type="signal"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
</busconfig>
"""


class BusError(Exception):
    """There is no bus. Says why, and what to do."""


def dbus_daemon() -> str | None:
    """Where the program is; None when this machine has none."""
    return shutil.which("dbus-daemon")


class PrivateBus:
    """One bus, that can die and come back under the same address."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="milepost-bus-"))  # a socket's path has to be short
        self._socket = self._folder / "bus"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """For DBUS_SYSTEM_BUS_ADDRESS."""
        return f"unix:path={self._socket}"

    def start(self) -> None:
        """Returns when it listens; raises BusError when it does not."""
        program = dbus_daemon()
        if program is None:
            raise BusError("dbus-daemon is missing: install the package dbus-daemon")
        self._socket.unlink(missing_ok=True)
        config = self._folder / "bus.conf"
        config.write_text(_CONFIG.format(socket=self._socket), encoding="utf-8")
        command = [program, f"--config-file={config}", "--nofork", "--nopidfile", "--nosyslog"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + STARTS_WITHIN_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                raise BusError(f"dbus-daemon did not start: {(self._folder / 'log').read_text()[-300:]}")
            time.sleep(0.005)

    def _listens(self) -> bool:
        """It is there before it can be connected to."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0

    def stop(self) -> None:
        """Every connection is cut."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """Stop, and leave nothing behind."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
