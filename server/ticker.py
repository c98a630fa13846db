"""What time itself brings: one thread, one function a beat. A beat has its own transactions and may be done again."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from server.store.database import DatabaseUnavailable
from server.store.telemetry import TelemetryUnavailable

log = logging.getLogger("milepost.ticker")
STOP_S = 4.0


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do every so often."""

    name: str
    every_s: float
    work: Callable[[datetime], object]


class Ticker:
    """Owns the thread. A beat that fails is logged, and its next time comes. Without a beat there is nothing to do."""

    def __init__(self, beats: Sequence[Beat], clock: Callable[[], datetime]) -> None:
        self._beats, self._clock = beats, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticker", daemon=True)
        self._away: set[str] = set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the beat that is in work."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        due = {beat.name: time.monotonic() for beat in self._beats}
        while due and not self._stopping.is_set():
            for beat in self._beats:
                if not self._stopping.is_set() and time.monotonic() >= due[beat.name]:
                    self._do(beat)
                    due[beat.name] = time.monotonic() + beat.every_s
            self._stopping.wait(max(0.0, min(due.values()) - time.monotonic()))

    def _do(self, beat: Beat) -> None:
        try:
            beat.work(self._clock())
        except (DatabaseUnavailable, TelemetryUnavailable) as error:
            if beat.name not in self._away:
                log.warning("%s waits: %s", beat.name, error)
            self._away.add(beat.name)
        except Exception:
            log.exception("%s failed by a fault of ours; it is done again in %g s", beat.name, beat.every_s)
        else:
            self._away.discard(beat.name)
