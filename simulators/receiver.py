"""A GNSS receiver on a serial port: once an epoch it says what it observed, as real ones do.

An epoch belongs to a whole second of UTC (or a tenth, at 10 Hz); its sentences leave the receiver 50 to 100 ms later
and then take as long as the line is slow. A line that cannot carry an epoch before the next one loses the rest of it.

`run` blocks; stop it by its event. `Spoken` tells what was said and when its last byte was out, which is what latency
is measured from. Times are aware UTC.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from simulators.port import Port

Mood = Literal["talk", "silence", "garbage"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Epoch:
    """What a receiver has to say `offset_s` after it began. `words` makes the sentences for the time it will be."""

    offset_s: float
    words: Callable[[datetime], bytes]
    about: object = None
    """Whatever the caller wants to find again in `Spoken`: the truth, the observation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """An epoch that was due. `sent_at`: when its last byte was out; None when it did not reach a reader in full."""

    at: datetime
    sent_at: datetime | None
    about: object


class Receiver:
    """Speaks epochs into a port at their times."""

    def __init__(self, port: Port, *, seed: int = 0, said: Callable[[Spoken], None] = lambda _: None) -> None:
        self.port = port
        self.mood: Mood = "talk"
        self.skipped = 0
        """Epochs that were over before we came to them: the machine slept, or the line is too slow."""
        self._said = said
        self._rng = random.Random(f"receiver {seed}")
        self._delay_s = self._rng.uniform(0.05, 0.1)

    def run(self, epochs: Iterator[Epoch], *, stop: threading.Event, speed: float = 1.0) -> None:
        """Say every epoch when it is due, from the next whole second on, until they end or `stop` is set.

        At `speed` 10 ten seconds of epochs are said in one, with their own times, which then run ahead of the clock.
        """
        began_s = float(int(time.time()) + 1)
        began_at = datetime.fromtimestamp(began_s, UTC)
        for epoch in epochs:
            due_s = began_s + epoch.offset_s / speed
            late_s = time.time() - due_s
            if late_s > max(1.0, self._delay_s) and speed == 1.0:
                self.skipped += 1
                continue
            if stop.wait(max(0.0, self._delay_s / speed - late_s)):
                return
            at = began_at + timedelta(seconds=epoch.offset_s)
            self._speak(epoch, at, stop, by_s=time.monotonic() + 1.5 if speed == 1.0 else None)

    def _speak(self, epoch: Epoch, at: datetime, stop: threading.Event, by_s: float | None) -> None:
        words = b"" if self.mood == "silence" else epoch.words(at)
        if self.mood == "garbage":
            words = self._rng.randbytes(len(words))
        whole = bool(words) and self.port.write(words, stop=stop, by_s=by_s) and self.mood == "talk"
        self._said(Spoken(at=at, sent_at=datetime.now(UTC) if whole else None, about=epoch.about))
