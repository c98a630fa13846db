"""Which states are kept to begin at again: dense where late data is likely, thin behind, none beyond a month. Pure.

Older data than the oldest kept state is worked on from the beginning of the series, by a job of its own.
"""

from collections.abc import Iterable, Sequence

from server.domain.engine.advance import Kept

HOUR_MS = 3_600_000
AGES: tuple[tuple[int, int], ...] = (
    (3 * HOUR_MS, HOUR_MS // 2),
    (48 * HOUR_MS, 3 * HOUR_MS),
    (35 * 24 * HOUR_MS, 24 * HOUR_MS),
)
"""Up to what age behind the newest item (ms) one is kept for each span of time (ms): some 55 states of half a kB."""


def base_of(kept: Iterable[Kept], before_ms: int) -> Kept | None:
    """The newest kept state that holds nothing of that time or later."""
    older = [one for one in kept if one.at_ms < before_ms]
    return max(older, key=lambda one: one.at_ms) if older else None


def spare(kept_ms: Sequence[int], head_ms: int) -> set[int]:
    """Which of the kept states may go. The oldest of each span stays, so that none is pushed on by newer ones."""
    gone: set[int] = set()
    taken: set[tuple[int, int]] = set()
    for at_ms in sorted(kept_ms):
        span = next((span for age, span in AGES if head_ms - at_ms <= age), None)
        if span is None or (span, at_ms // span) in taken:
            gone.add(at_ms)
        else:
            taken.add((span, at_ms // span))
    return gone
