"""Waiting on a condition with a deadline, so that no test sleeps for a guess."""

import threading
import time
from collections.abc import Callable


def until[T](condition: Callable[[], T], deadline_s: float = 10.0, what: str = "the condition") -> T:
    """What `condition` returns once it is truthy; AssertionError when the deadline passes first.

    Who waits longer asks less often: what is waited for needs the processor too.
    """
    end, pause_s = time.monotonic() + deadline_s, 0.01
    pause = threading.Event()
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {deadline_s:g} s; last value: {value!r}")
        pause.wait(pause_s)
        pause_s = min(pause_s * 1.1, 0.05)
    return value
