"""How long somebody who guesses passwords has to wait. Pure but for what it remembers; bounded."""

from datetime import datetime, timedelta

FREE = 5
WINDOW = timedelta(minutes=5)
MOST = 10_000
"""So many guessers are remembered; the one that guessed longest ago is forgotten first."""

Who = tuple[str, str]


class Attempts:
    """Wrong passwords by (name, address)."""

    def __init__(self) -> None:
        self._failed: dict[Who, list[datetime]] = {}

    def wait_s(self, who: Who, now: datetime) -> int:
        """Seconds until the next try is heard; 0 when it is heard now."""
        recent = self._recent(who, now)
        if len(recent) < FREE:
            return 0
        return max(1, int((recent[-FREE] + WINDOW - now).total_seconds()))

    def failed(self, who: Who, now: datetime) -> None:
        """Remember a wrong one."""
        recent = [*self._recent(who, now), now]
        self._failed.pop(who, None)  # to the end of the queue
        self._failed[who] = recent
        if len(self._failed) > MOST:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, who: Who) -> None:
        """Forget the wrong ones of whoever knew the right one."""
        self._failed.pop(who, None)

    def _recent(self, who: Who, now: datetime) -> list[datetime]:
        return [at for at in self._failed.get(who, []) if now - at < WINDOW]
