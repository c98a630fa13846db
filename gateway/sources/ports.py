"""Serial ports: which there are, and one of them open, read by the event loop."""

import asyncio
import contextlib
import errno
import os
from collections.abc import Iterable
from pathlib import Path

import serial

PATTERNS = ("ttyACM*", "ttyUSB*", "ttyAMA*", "ttyS[0-9]", "ttyTHS*", "ttymxc*")
READ_BYTES = 4096


class PortError(Exception):
    """The port cannot be used, or is gone. Says why, and what to do."""


def present(device_folder: Path = Path("/dev")) -> list[str]:
    """Every serial port, under the name that stays with the device where it has one (/dev/serial/by-id)."""
    found: dict[Path, str] = {}
    by_id = device_folder / "serial" / "by-id"
    for path in (*_listed(by_id, "*"), *(path for pattern in PATTERNS for path in _listed(device_folder, pattern))):
        with contextlib.suppress(OSError):
            found.setdefault(path.resolve(strict=True), str(path))
    return list(found.values())


def _listed(folder: Path, pattern: str) -> Iterable[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else ()


class _Port(serial.Serial):
    """pyserial throws away what waits when a port is opened; it may be the first fixes, and damage has no checksum."""

    def _reset_input_buffer(self) -> None:
        """Keep it."""


class Line:
    """An open port. Belongs to the event loop; close it."""

    def __init__(self, port: str, baud: int) -> None:
        """Open it; raises PortError."""
        try:
            self._serial = _Port(port, baud, timeout=0, exclusive=True)
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise PortError(_in_words(port, error)) from None
        self.port = port
        self._chunks: list[bytes] = []
        self._gone: str | None = None
        self._arrived = asyncio.Event()
        self._fd = self._serial.fileno()
        asyncio.get_running_loop().add_reader(self._fd, self._readable)

    async def read(self, within_s: float) -> bytes:
        """What came; empty when nothing did within the time. Raises PortError once the port is gone."""
        if not self._chunks and self._gone is None:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), within_s)
        if self._chunks:
            data = b"".join(self._chunks)
            self._chunks.clear()
            return data
        if self._gone is not None:
            raise PortError(self._gone)
        return b""

    def close(self) -> None:
        """Let go of it."""
        asyncio.get_running_loop().remove_reader(self._fd)
        with contextlib.suppress(OSError):
            self._serial.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._chunks.append(data)
        else:  # a hang-up: unplugged
            self._gone = f"{self.port} is gone: was the receiver unplugged?"
            asyncio.get_running_loop().remove_reader(self._fd)
        self._arrived.set()


def _in_words(port: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        return f"{port} is not there: plug the receiver in"
    if number in {errno.EACCES, errno.EPERM}:
        return f"{port} may not be opened: add the gateway's user to the group dialout"
    if number in {errno.EBUSY, errno.EAGAIN} or "exclusively lock" in str(error):
        return f"{port} is in use by another program (gpsd? ModemManager?): stop that, or have it leave this port"
    if isinstance(error, ValueError) or "Inappropriate ioctl" in str(error):
        return f"{port} is no serial port, or does not know this baud rate"
    return f"{port} cannot be opened: {error}"
