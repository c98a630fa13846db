"""How long somebody who guesses passwords has to wait. Pure but for what it remembers; bounded."""

from datetime import datetime, timedelta

FREE = 5
WINDOW = timedelta(minutes=5)
MOST = 10_000

Who = tuple[str, str]


class Attempts:
    """Wrong passwords by (name, address)."""

    def __init__(self) -> None:
        self._failed: dict[Who, list[datetime]] = {}

    def wait_s(self, who: Who, now: datetime) -> int:
        """Seconds until the next try is heard; 0 when it is heard now."""
        recent = [at for at in self._failed.get(who, []) if now - at < WINDOW]
        if len(recent) < FREE:
            return 0
        return max(1, int((recent[-FREE] + WINDOW - now).total_seconds()))

    def failed(self, who: Who, now: datetime) -> None:
        """Remember a wrong one."""
        if len(self._failed) >= MOST:
            self._failed = {w: ats for w, ats in self._failed.items() if now - ats[-1] < WINDOW}
        self._failed[who] = [*(at for at in self._failed.get(who, []) if now - at < WINDOW), now]

    def succeeded(self, who: Who) -> None:
        """Forget the wrong ones of whoever knew the right one."""
        self._failed.pop(who, None)
