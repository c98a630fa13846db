"""What time it is in the vehicle, and how sure that is.

A box has no battery behind its clock: after the ignition it may be 1970 until GNSS or NTP says otherwise. `Clock` is
told of each fix with a date, and stamps what else happens. Boot time (since the machine started, suspended or not) runs
on through every correction, so a record from before the first fix gets its true time afterwards.
"""

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wire.messages import Clock as Quality
from wire.messages import instant, milliseconds

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised to a reliable server
_ASKED_EVERY_MS = 10_000
_DRIFT_MS = 250
"""A fix arrives up to so much after its instant; the offset is only moved when it is further off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stamp:
    """When something happened. `boot` and `mono_ms` are there while nobody vouches for `at`."""

    at: datetime
    quality: Quality
    boot: str | None = None
    mono_ms: int | None = None


class Clock:
    """The vehicle's time. Not thread-safe; it belongs to the event loop."""

    def __init__(self) -> None:
        """Knows no offset yet."""
        self.boot = boot_id()
        self.offset_ms: int | None = None
        """What has to be added to boot time to get ms since 1970, once a fix said so."""
        self._synchronised = False
        self._asked_ms: int | None = None

    def fix_heard(self, at: datetime) -> bool:
        """A fix with a date was just heard; whether that is the first one, or moves what was known."""
        offset = milliseconds(at) - boot_ms()
        if self.offset_ms is not None and abs(offset - self.offset_ms) <= _DRIFT_MS:
            return False
        if self.offset_ms is not None and offset < self.offset_ms and self.offset_ms - offset < 60_000:
            return False  # a fix that was delayed in the receiver or in the line is no news about the time
        self.offset_ms = offset
        return True

    @property
    def quality(self) -> Quality:
        """How good a stamp is right now."""
        if self.offset_ms is not None:
            return "gnss"
        now_ms = boot_ms()
        if self._asked_ms is None or now_ms - self._asked_ms > _ASKED_EVERY_MS:
            self._synchronised, self._asked_ms = system_clock_is_synchronised(), now_ms
        return "synchronised" if self._synchronised else "unknown"

    def stamp(self) -> Stamp:
        """Now."""
        quality, mono_ms = self.quality, boot_ms()
        if self.offset_ms is not None:
            return Stamp(at=instant(self.offset_ms + mono_ms), quality=quality)
        at = instant(time.time_ns() // 1_000_000)
        if quality == "synchronised":
            return Stamp(at=at, quality=quality)
        return Stamp(at=at, quality=quality, boot=self.boot, mono_ms=mono_ms)

    def known_offset_ms(self) -> int | None:
        """What boot time lacks to the true one, by GNSS or by a synchronised clock; None while nobody knows."""
        if self.offset_ms is not None:
            return self.offset_ms
        return time.time_ns() // 1_000_000 - boot_ms() if self.quality == "synchronised" else None

    def now(self) -> datetime:
        """The best guess of the present, for status and history."""
        return self.stamp().at


def boot_ms() -> int:
    """Milliseconds since the machine started, suspension included."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


def boot_id() -> str:
    """A random id of this start of the machine (Linux, random(4)); where there is none, one that is no other's."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return (datetime.now(UTC) - timedelta(milliseconds=boot_ms())).strftime("%Y%m%dT%H%M%S")


class _Timex(ctypes.Structure):
    """The head of struct timex, and room for the rest of it: only the return value is of interest."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_long * 64))


def system_clock_is_synchronised() -> bool:
    """Whether NTP or PTP disciplines the kernel's clock (adjtimex(2)); False where nobody can say."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(_Timex()))
    except (OSError, AttributeError):
        return False
    return bool(0 <= state < _TIME_ERROR)
