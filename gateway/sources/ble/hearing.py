"""Whether an adapter could hear all through a window: only then does the silence of a tag say anything. Pure.

A scan that runs proves nothing, an adapter may be deaf and say that it is well. What proves hearing is that others were
heard: so an adapter was well in a window if it was not disturbed, and if it was never silent for longer than its usual
traffic makes likely. Times are monotonic seconds.
"""

from typing import NamedTuple

DOUBT = 7.0
"""A silence in which so many adverts were to be expected is no chance (a thousandth, if they come independently)."""
LEAST_SILENCE_S = 3.0
"""Adverts come in bursts: a shorter silence is never doubted."""
LEARN = 0.3
"""Weight of the newest window in the usual traffic."""


class Verdict(NamedTuple):
    """How an adapter heard in a window. `problem` is for people."""

    healthy: bool
    adverts: int
    problem: str = ""


class Hearing:
    """Of one adapter."""

    __slots__ = ("_adverts", "_began", "_longest_s", "_newest", "usual_per_s")

    def __init__(self, now: float) -> None:
        self.usual_per_s: float | None = None
        self._began = self._newest = now
        self._adverts = 0
        self._longest_s = 0.0

    def heard(self, now: float) -> None:
        """An advert, of any tag."""
        silence_s = now - self._newest
        if silence_s > self._longest_s:  # noqa: PLR1730 - max() costs four times as much, 400 times a second
            self._longest_s = silence_s
        self._newest = now
        self._adverts += 1

    def window(self, ends: float, disturbed_at: float, problem: str) -> Verdict:
        """The window that ends now. It was last not listening, or not known to, at `disturbed_at`."""
        window_s = max(ends - self._began, 0.001)
        silence_s = min(max(self._longest_s, ends - self._newest), window_s)
        adverts, began = self._adverts, self._began
        usual = self.usual_per_s or 0.0
        self._adverts, self._longest_s, self._began = 0, 0.0, ends
        self._newest = max(self._newest, began)
        if disturbed_at >= began or problem:
            return Verdict(healthy=False, adverts=adverts, problem=problem or "the scan was started anew")
        self.usual_per_s = usual + LEARN * (adverts / window_s - usual) if usual else adverts / window_s
        if not adverts:
            return Verdict(healthy=False, adverts=0, problem="nothing was heard")
        if silence_s > max(LEAST_SILENCE_S, DOUBT / usual if usual else 0.0) and usual:
            return Verdict(healthy=False, adverts=adverts, problem=f"nothing was heard for {silence_s:.0f} s")
        return Verdict(healthy=True, adverts=adverts)
