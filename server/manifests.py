"""Hands gateways the tags that matter today: retained at the broker, anew when the plan changes or the day.

A gateway says in its status which manifest it has. One that says another than it was handed is handed it again, since
the broker may have lost what it kept. A morning of scanning changes the plan every second: each gateway is handed a
manifest at most every ten seconds, a long one more seldom.
"""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import msgspec

from server.domain.manifest import manifests, span_of
from server.store import packages
from server.store.database import Database
from server.store.manifests import bound_tags, listeners, sites_of_routes
from wire.down import CLEARED, encode_down
from wire.messages import Manifest

log = logging.getLogger("milepost.manifests")
SOONEST_S = 10.0
BYTES_A_SECOND = 4000
"""For each gateway: a long manifest over a mobile network is not sent with every scan."""
AGAIN = timedelta(minutes=2)
"""A gateway has so long to say that it took what it was handed."""


class _Handed(msgspec.Struct, kw_only=True):
    """What a gateway was handed last: None, that there is none."""

    version: str | None
    at: datetime
    size: int


class Manifests:
    """Keeps what everybody was handed. Belongs to one thread. `publish` puts bytes, retained, on a gateway's `down`."""

    def __init__(self, database: Database, publish: Callable[[str, bytes], None], *, accept_unclaimed: bool) -> None:
        """Nobody was handed anything that we know of."""
        self._database, self._publish, self._accept_unclaimed = database, publish, accept_unclaimed
        self._handed: dict[str, _Handed] = {}
        self._plan: dict[str, Manifest | None] = {}
        self._of: tuple[int, date, frozenset[str]] | None = None

    def beat(self, now: datetime) -> None:
        """Hand out what is new. Raises DatabaseUnavailable."""
        today = now.astimezone(UTC).date()
        with self._database.reading() as connection:
            there = listeners(connection, unclaimed=self._accept_unclaimed)
            of = (packages.changes(connection), today, frozenset(there))
            if of != self._of:
                start, end = span_of(now)
                bound, routes = bound_tags(connection, start, end), sites_of_routes(connection, start, end)
                self._plan = manifests([listener for listener, _ in there.values()], bound, routes, today)
                self._of = of
        for gateway, (_, says) in there.items():
            self._hand(gateway, self._plan.get(gateway), says, now)

    def _hand(self, gateway: str, manifest: Manifest | None, says: str | None, now: datetime) -> None:
        version = manifest.version if manifest is not None else None
        handed = self._handed.get(gateway)
        if handed is None and version is None and says is None:
            return
        if handed is not None:
            pause = max(SOONEST_S, handed.size / BYTES_A_SECOND)
            if now < handed.at + timedelta(seconds=pause):
                return
            if handed.version == version and (says == version or now < handed.at + AGAIN):
                return
        data = CLEARED if manifest is None else encode_down(manifest)
        self._publish(gateway, data)
        self._handed[gateway] = _Handed(version=version, at=now, size=len(data))
        log.debug("%s: manifest %s, %d bytes", gateway, version, len(data))
