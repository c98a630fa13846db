"""What the rules tell while they work on one vehicle: facts, each with the event time of the item that settles it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from server.domain.facts import Fact, fact

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Told:
    """Gathers facts. `decided_ms` is moved on by whoever feeds the rules."""

    def __init__(self, vehicle: str) -> None:
        """Nothing has been told."""
        self.vehicle = vehicle
        self.decided_ms = 0
        self.facts: list[Fact] = []

    def tell(self, kind: str, at_ms: int, *, fence: str | None = None, place: str = "", **body: Any) -> None:
        """A fact, settled by the item that is worked on."""
        self.facts.append(fact(kind, self.vehicle, at_ms, self.decided_ms, place=place, fence=fence, **body))


def when(at_ms: int) -> str:
    """`2026-11-22T10:00:00.000Z`, for times inside a fact."""
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
