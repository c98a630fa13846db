"""One thread for what time brings: no beat stops another."""

import threading
from datetime import UTC, datetime

from server.store.database import DatabaseUnavailable
from server.ticker import Beat, Ticker
from tests.support.waiting import until

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_beat_that_fails_stops_no_other_and_comes_again() -> None:
    """A fault of ours in one part is logged, and silence is still told."""
    seen: list[str] = []

    def fails(_now: datetime) -> None:
        seen.append("fails")
        raise ValueError("ours")

    def away(_now: datetime) -> None:
        seen.append("away")
        raise DatabaseUnavailable("it restarts")

    def works(now: datetime) -> None:
        assert now == NOON
        seen.append("works")

    ticker = Ticker([Beat(name=f.__name__, every_s=0.01, work=f) for f in (fails, away, works)], lambda: NOON)
    ticker.start()
    until(lambda: min(seen.count(name) for name in ("fails", "away", "works")) >= 3)
    ticker.stop()
    count = len(seen)
    assert not any(thread.name == "ticker" for thread in threading.enumerate())
    assert len(seen) == count


def test_a_ticker_that_never_started_stops() -> None:
    """The broker's port was taken, so the server never came that far."""
    Ticker([], lambda: NOON).stop()


def test_a_ticker_without_beats_does_nothing() -> None:
    """A server without a map has nothing to match: a thread that spins took a quarter of a core."""
    ticker = Ticker([], lambda: NOON)
    ticker.start()
    until(lambda: not ticker._thread.is_alive(), 5, "the end of its thread")
