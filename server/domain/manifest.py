"""Which tags matter to a gateway today: those of its own packages, and of every package at its sites. Pure.

Vans at one dock hear each other's tags, and only what both hear tells in which of them a package is; so a gateway is
told its neighbours' tags too, and those of packages without a site. One that has no plan, and therefore no site, is
told all of them: a package may come into any van. Its own come first, and what is too much is left out from the end.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from wire.down import MAX_TAGS
from wire.messages import Manifest

MOST_CHARACTERS = 240_000
"""A message has at most 256 KiB."""
BEFORE, AFTER = timedelta(hours=36), timedelta(days=1)
"""Routes that departed so long ago, or depart until the end of tomorrow, are of today: some return after midnight."""


class BoundTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on an open package, and where that is meant to be."""

    tag: str
    vehicle: str | None = None
    site: str | None = None


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway of a vehicle, or of a site."""

    gateway: str
    vehicle: str | None = None
    site: str | None = None


def span_of(now: datetime) -> tuple[datetime, datetime]:
    """Between which departures routes are of today."""
    return now - BEFORE, until_of(now.astimezone(UTC).date())


def until_of(today: date) -> datetime:
    """Until when a manifest of this day counts: the end of the next."""
    return datetime.combine(today + 2 * AFTER, time(), UTC)


def manifests(
    listeners: Iterable[Listener], bound: Iterable[BoundTag], routes: Iterable[tuple[str, str]], today: date
) -> dict[str, Manifest | None]:
    """The manifest of each gateway; None where no tag matters. `routes` are vehicles with their sites."""
    every: dict[str, None] = {}
    of_vehicle: dict[str | None, dict[str, None]] = {}
    of_site: dict[str | None, dict[str, None]] = {}
    sites: dict[str, set[str]] = {}
    for one in sorted(bound, key=lambda one: one.tag):
        every[one.tag] = None
        of_vehicle.setdefault(one.vehicle, {})[one.tag] = None
        of_site.setdefault(one.site, {})[one.tag] = None
        if one.vehicle and one.site:
            sites.setdefault(one.vehicle, set()).add(one.site)
    for vehicle, site in routes:
        sites.setdefault(vehicle, set()).add(site)
    found: dict[str, Manifest | None] = {}
    for listener in listeners:
        near = {listener.site} if listener.site else sites.get(listener.vehicle or "", set())
        tags = dict(of_vehicle.get(listener.vehicle, {})) if listener.vehicle else {}
        for place in (*sorted(near), None):
            tags |= of_site.get(place, {})
        found[listener.gateway] = manifest_of(tags if near else tags | every, today)
    return found


def manifest_of(tags: Iterable[str], today: date) -> Manifest | None:
    """A manifest of these tags, as many as a message takes; None without any. Its version follows from what it says."""
    taken: list[str] = []
    size = 0
    for tag in tags:
        size += len(tag.encode()) + 3
        if len(taken) >= MAX_TAGS or size > MOST_CHARACTERS:
            break
        taken.append(tag)
    if not taken:
        return None
    until = until_of(today)
    said = "\n".join([until.isoformat(), *sorted(taken)])
    version = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
    return Manifest(version=version, until=until, tags=tuple(sorted(taken)))
