"""What each scanner heard of each parcel's tag in a window, what its silence is worth, and what is learned of the tag.

Silence counts only for seconds that a scanner calls healthy, only when no sighting of that time can still come, and not
when the scanner hears so little of what it heard before that it must be deaf, whatever it says.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from server.domain.custody.arrays import Floats
from server.domain.custody.radio import FLOOR_DBM, Told
from server.domain.custody.state import Ears
from server.domain.custody.values import WINDOW_MS, Health, Heard, Window

RATE: Final = 0.3
"""Adverts in a second that a scanner catches, before it is known."""
FORGOTTEN_S: Final = 900.0
DEAF_FROM: Final = 3.0
DEAF_SHARE: Final = 0.15
OFTEN: Final = 0.3
FAINT: Final = 0.02
"""Of what a scanner hears, this share is below its floor by `ABOVE_DB`."""
ABOVE_DB: Final = -2.0
LEARNS_DB: Final = 0.15


class Silence(NamedTuple):
    """Healthy seconds of each scanner that count now, and those that wait for sightings that may come."""

    seconds: dict[str, float]
    waiting_s: dict[str, float]
    longest_ms: dict[str, int]


def silence(window: Window, waiting_s: Mapping[str, float], longest_ms: Mapping[str, int]) -> Silence:
    """Settle the health of scanners."""
    longest = dict(longest_ms)
    reported = set()
    for heard in window.sightings:
        reported.add(heard.scanner)
        longest[heard.scanner] = max(longest.get(heard.scanner, 0), heard.to_ms - heard.from_ms)
    healthy: dict[str, float] = dict(waiting_s)
    for name, seconds in _healthy(window.scanners).items():
        healthy[name] = healthy.get(name, 0.0) + seconds
    counts: dict[str, float] = {}
    waits: dict[str, float] = {}
    for name, seconds in sorted(healthy.items()):
        late = longest.get(name, 0) > WINDOW_MS and name not in reported and seconds * 1000 < longest[name]
        (waits if late else counts)[name] = min(seconds, 120.0)
    return Silence(counts, waits, longest)


def _healthy(lines: tuple[Health, ...]) -> dict[str, float]:
    """Seconds that a scanner says were healthy, each second once; where two lines contradict each other, none."""
    spans: dict[str, list[Health]] = {}
    for line in lines:
        spans.setdefault(line.scanner, []).append(line)
    found = {}
    for name, said in spans.items():
        edges = sorted({edge for line in said for edge in (line.from_ms, line.to_ms)})
        total_ms = 0
        for start, end in pairwise(edges):
            words = [line.healthy for line in said if line.from_ms <= start and line.to_ms >= end]
            total_ms += end - start if words and all(words) else 0
        found[name] = total_ms / 1000
    return found


def floors(before: Mapping[str, float], window: Window) -> dict[str, float]:
    """What each scanner just hears: a low quantile of all that it heard, and a little more."""
    after = dict(before)
    heard: dict[str, list[float]] = {}
    for one in window.sightings:
        heard.setdefault(one.scanner, []).append(one.rssi_mean_dbm)
    for name, levels in heard.items():
        floor = after.get(name, FLOOR_DBM)
        below = sum(level < floor - ABOVE_DB for level in levels)
        step = LEARNS_DB * (FAINT * len(levels) - below)
        after[name] = min(max(floor + min(max(step, -0.5), 0.5), -104.0), -86.0)
    return after


def fresh_ears(rows: int, scanners: int) -> Ears:
    """Of parcels that nobody heard yet."""
    shape = (rows, scanners)
    return Ears(
        scanner=np.full(shape, -1, dtype=np.int64),
        heard_ms=np.zeros(shape, dtype=np.int64),
        level=np.full(shape, np.nan),
        pending_s=np.zeros(shape),
        often=np.zeros(shape),
        adverts=np.zeros(rows),
        seconds=np.zeros(rows),
        gaps=np.zeros(rows),
        gap_s=np.zeros(rows),
        expected=np.zeros(rows),
    )


def rate(ears: Ears) -> Floats:
    """Adverts in a second, as learned."""
    found: Floats = (ears.adverts + RATE * 3) / (ears.seconds + 3)
    return found


def told(
    ears: Ears,
    heard: Mapping[str, list[Heard]],
    tags: list[str],
    scanners: Mapping[str, int],
    quiet: Floats,
    floors: Floats,
) -> Told:
    """The window's sightings by row and scanner.

    `quiet` is each scanner's healthy seconds that count, `floors` what it just hears.
    """
    shape = ears.scanner.shape
    count, level = np.zeros(shape), np.zeros(shape)
    for row, tag in enumerate(tags):
        for one in heard.get(tag, ()):
            columns = np.flatnonzero(ears.scanner[row] == scanners[one.scanner])
            if len(columns):
                column = columns[0]
                level[row, column] += one.count * one.rssi_mean_dbm
                count[row, column] += one.count
    is_heard = count > 0
    silent_s = np.where(is_heard | (ears.scanner < 0), 0.0, quiet[np.maximum(ears.scanner, 0)])
    mean = np.where(is_heard, level / np.maximum(count, 1), np.nan)
    return Told(is_heard, mean, count, silent_s, rate(ears), floors[np.maximum(ears.scanner, 0)])


def deaf(ears: Ears, told: Told, likely: Floats, size: int) -> set[int]:
    """Scanners that hear next to nothing of what they should; `likely` is how likely each row is heard by each."""
    known = ears.scanner >= 0
    numbers = np.maximum(ears.scanner, 0)
    counts = known & ((told.silent_s > 0) | told.heard)
    expected = np.bincount(numbers[counts], likely[counts], minlength=size)
    heard = np.bincount(numbers[known & told.heard], minlength=size)
    return {k for k in range(size) if expected[k] >= DEAF_FROM and heard[k] < DEAF_SHARE * expected[k]}


def learned(ears: Ears, told: Told, at_ms: int) -> Ears:
    """What the window says about each tag's adverts: from the scanner that hears it best, once it is heard again."""
    pending_s = ears.pending_s + told.silent_s
    level = np.where(told.heard, told.level, -np.inf)
    best = level.argmax(axis=1)
    rows = np.arange(len(best))
    good = (
        (level[rows, best] > told.floor[rows, best] + 7)
        & (pending_s[rows, best] < FORGOTTEN_S)
        & (ears.heard_ms[rows, best] > 0)
    )
    waited_s = pending_s[rows, best]
    fade = np.where(ears.seconds > 1800, 0.99, 1.0)
    adverts = np.where(good, ears.adverts * fade + told.adverts[rows, best], ears.adverts)
    seconds = np.where(good, ears.seconds * fade + 10.0 + waited_s, ears.seconds)
    gap = good & (waited_s >= np.maximum(20.0, 4.0 / rate(ears)))
    return Ears(
        scanner=ears.scanner,
        heard_ms=np.where(told.heard, at_ms, ears.heard_ms),
        level=np.where(told.heard, told.level, ears.level),
        pending_s=np.where(told.heard, 0.0, pending_s),
        often=np.where(told.heard | (told.silent_s > 0), ears.often * (1 - OFTEN) + OFTEN * told.heard, ears.often),
        adverts=adverts,
        seconds=seconds,
        gaps=ears.gaps + gap,
        gap_s=ears.gap_s + np.where(gap, waited_s, 0.0),
        expected=ears.expected,
    )
