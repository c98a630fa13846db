"""Runs the filter over a recording, window by window, and says what is believed at the moments that were asked for."""

from collections.abc import Iterator

from milepost.custody.lines import Observed
from server.domain.custody import WINDOW_MS, Belief, CustodyEvent, Window, fresh, step

IDLE_WINDOWS = 8640
"""A hole of a day is stepped over window by window; beyond that the recording is taken to begin again."""


def believed(recording: Observed) -> Iterator[tuple[int, dict[str, Belief], list[CustodyEvent]]]:
    """The end of each window, what is believed then, and what is new."""
    state, last = fresh(), None
    for end, window in recording.windows.items():
        first = end if last is None or end - last > IDLE_WINDOWS * WINDOW_MS else last + WINDOW_MS
        for at in range(first, end + 1, WINDOW_MS):
            here = window if at == end else Window(from_ms=at - WINDOW_MS, to_ms=at)
            done = step(state, recording.plan, here)
            state = done.state
            yield at, done.beliefs, done.events
        last = end


def moments(from_ms: int, to_ms: int, every_ms: int) -> range:
    """The multiples of `every_ms` since UTC midnight in [from_ms, to_ms); each day begins anew."""
    day_ms = from_ms - from_ms % 86_400_000
    first = day_ms + -(-(from_ms - day_ms) // every_ms) * every_ms
    return range(first, min(to_ms, day_ms + 86_400_000), every_ms)
