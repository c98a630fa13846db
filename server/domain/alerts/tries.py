"""When a message that was not taken is tried again, and when it is given up. Pure."""

PAUSES_S = (10, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800)
"""Ten times more within a day; then whoever reads the list of messages has to see to it."""


def pause_s(attempts: int, after_s: float | None) -> float | None:
    """How long to wait after so many tries; None: it is given up. `after_s` is what the receiver asked for."""
    if attempts > len(PAUSES_S):
        return None
    return max(PAUSES_S[attempts - 1], after_s or 0.0)
