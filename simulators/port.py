"""A serial port without a wire: the receiver's end of a pty, which a gateway opens like any other port.

It behaves as a UART does where it matters: bytes come at the pace of the line's speed, at a wrong speed they are
garbage, and what is sent while nobody has the port open is gone. It can be unplugged (readers see a hang-up, the link
vanishes) and plugged in again, under another device name as USB does, but the same link.

The speed of the line is what the reader set by termios. `baud=None` speaks at whatever that is; a number speaks at that
speed only. Ten bits a byte (8N1).
"""

import os
import random
import re
import select
import termios
import threading
import time
from pathlib import Path
from typing import Self

SPEEDS = {getattr(termios, name): int(name[1:]) for name in dir(termios) if re.fullmatch(r"B[1-9]\d*", name)}
"""termios' constants -> bits per second."""

BITS_A_BYTE = 10
_SLICE_S = 0.01
"""Bytes come in portions of so much time, as a UART's buffer hands them on."""


class Port:
    """Our end of the pty. `write` belongs to one thread; the other methods may be called from any."""

    def __init__(self, *, link: Path | None = None, baud: int | None = None, seed: int = 0) -> None:
        self.link = link
        self.baud = baud
        self._rng = random.Random(f"port {seed}")
        self._lock = threading.Lock()
        self._ours: int | None = None
        self._device = ""

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()

    @property
    def device(self) -> str:
        """The path that a reader opens; "" while unplugged. Prefer `path`, which stays."""
        return self._device

    @property
    def path(self) -> str:
        """The link when there is one, else the device."""
        return str(self.link) if self.link else self._device

    def plug(self) -> None:
        """Make the port appear."""
        with self._lock:
            if self._ours is not None:
                return
            ours, theirs = os.openpty()
            self._device = os.ttyname(theirs)
            os.close(theirs)  # so that we are told when nobody listens
            os.set_blocking(ours, False)
            self._ours = ours
            if self.link is not None:
                self.link.parent.mkdir(parents=True, exist_ok=True)
                fresh = self.link.with_name(f".{self.link.name}.new")
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(self._device)
                fresh.replace(self.link)

    def unplug(self) -> None:
        """Make the port vanish, as when somebody pulls the plug."""
        with self._lock:
            if self._ours is None:
                return
            if self.link is not None and self.link.is_symlink() and str(self.link.readlink()) == self._device:
                self.link.unlink()
            os.close(self._ours)
            self._ours, self._device = None, ""

    def line_baud(self) -> int | None:
        """The speed that the reader set; None while nobody has the port open."""
        with self._lock:
            if not self._open():
                return None
            assert self._ours is not None
            return SPEEDS.get(termios.tcgetattr(self._ours)[5], 0)

    def write(self, data: bytes, *, stop: threading.Event, by_s: float | None = None) -> bool:
        """Send bytes at the line's pace; False when not all of them reached a reader that understood them.

        Gives up when `stop` is set, or at the monotonic time `by_s` (a line that is too slow loses the rest).
        """
        clock = time.monotonic()
        understood, sent = True, 0
        while sent < len(data):
            if stop.is_set() or (by_s is not None and time.monotonic() >= by_s):
                return False
            line = self.line_baud()
            if line is None:
                return False
            speed = self.baud or line or 9600
            count = max(1, round(speed / BITS_A_BYTE * _SLICE_S))
            part = data[sent : sent + count]
            sent += count
            if self.baud is not None and line != self.baud:
                part, understood = self._garbled(part, line), False
            clock += len(part) * BITS_A_BYTE / speed
            stop.wait(max(0.0, clock - time.monotonic()))  # a byte is there when its last bit is
            understood &= self._put(part)
        return understood

    def _garbled(self, data: bytes, line_baud: int) -> bytes:
        """What a UART makes of bytes at another speed: about as many more or fewer as the speeds differ."""
        count = round(len(data) * max(line_baud, 1) / (self.baud or 9600))
        return bytes(
            self._rng.choice(b"\x00\x80\xc0\xe0\xf0\xf8\xfe\xff\x06\x1e\x66\x98") for _ in range(min(count, 4096))
        )

    def _open(self) -> bool:
        if self._ours is None:
            return False
        poll = select.poll()
        poll.register(self._ours, select.POLLIN)
        events = dict(poll.poll(0)).get(self._ours, 0)
        if events & select.POLLIN:  # what the gateway sent to the receiver (or an echo): heard and forgotten
            try:
                os.read(self._ours, 4096)
            except OSError:
                return False
        return not events & select.POLLHUP

    def _put(self, data: bytes) -> bool:
        with self._lock:
            if self._ours is None:
                return False
            try:
                return os.write(self._ours, data) == len(data)
            except OSError:  # nobody reads, and the buffer is full: an overrun, as on a real line
                return False
