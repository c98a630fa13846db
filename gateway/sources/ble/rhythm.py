"""One tag through one adapter: how often and how loud in this window, and how often it usually is. Pure.

Times are monotonic seconds, `now` is a parameter. The interval is learned from 16 gaps, as Home Assistant does, but it
is their mean: what counts here is how many adverts to expect, lost ones included.
"""

from collections import deque
from statistics import median
from typing import NamedTuple

GAPS = 16
OUTAGE = 4.0
"""A gap of so many usual ones was no gap between adverts: the tag was away."""


class Folded(NamedTuple):
    """A window of one tag."""

    adverts: int
    rssi_max_dbm: int
    rssi_sum_dbm: int
    gap_s: float
    expected_per_s: float | None


class Rhythm:
    """Counts, and learns."""

    __slots__ = ("_best", "_gap_s", "_gaps", "_last", "_sum", "count")

    def __init__(self) -> None:
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._last: float | None = None
        self.count = 0
        """Adverts in this window."""
        self._best = -127
        self._sum = 0
        self._gap_s = 0.0

    def heard(self, rssi: int, now: float, began: float) -> None:
        """An advert; the window began at `began`."""
        last = self._last
        if last is not None:
            self._gaps.append(now - last)
        silent_s = now - (began if last is None or last < began else last)
        self._gap_s = max(self._gap_s, silent_s)
        self._last = now
        self.count += 1
        self._sum += rssi
        self._best = max(self._best, rssi)

    def folded(self, ends: float) -> Folded:
        """The window that ends now; the next one begins."""
        assert self._last is not None
        gap_s = max(self._gap_s, ends - self._last)
        found = Folded(self.count, self._best, self._sum, gap_s, self._per_s())
        self.count, self._best, self._sum, self._gap_s = 0, -127, 0, 0.0
        return found

    def interval_s(self) -> float | None:
        """The usual time between two adverts that are heard; None until it is known."""
        if len(self._gaps) < GAPS:
            return None
        usual = median(self._gaps)
        kept = [gap for gap in self._gaps if gap <= OUTAGE * usual]
        return sum(kept) / len(kept)

    def _per_s(self) -> float | None:
        interval_s = self.interval_s()
        return 1.0 / interval_s if interval_s else None
