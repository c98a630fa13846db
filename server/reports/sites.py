"""At which site a place is: by the sites that were in force at that time, so the answer is the same in every window."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from server.domain.fences.index import FenceIndex
from server.store import fences


class Place(NamedTuple):
    """Where a vehicle was at an instant."""

    vehicle: str
    at_ms: int
    lon: float
    lat: float


def sites_at(connection: Connection, places: Sequence[Place]) -> dict[tuple[str, int], str]:
    """The id of the site at each of these places that is at one (or within its margin), by vehicle and time."""
    index = _index(connection)
    if index is None or not places:
        return {}
    at_ms = np.array([place.at_ms for place in places], dtype=np.int64)
    lon_e7 = np.rint(np.array([place.lon for place in places]) * 1e7).astype(np.int64)
    lat_e7 = np.rint(np.array([place.lat for place in places]) * 1e7).astype(np.int64)
    near = index.near(at_ms, lon_e7, lat_e7, np.zeros(len(places)))
    found: dict[tuple[str, int], tuple[float, str]] = {}
    for position, number, outside_m in zip(near.position, near.fence, near.outside_m, strict=True):
        place, fence = places[position], index.fences[number]
        key, this = (place.vehicle, place.at_ms), (float(outside_m), fence.id)
        if (fence.vehicles is None or place.vehicle in fence.vehicles) and this < found.get(key, (np.inf, "")):
            found[key] = this
    return {key: fence for key, (_, fence) in found.items()}


_kept: dict[str, tuple[int, FenceIndex | None]] = {}
"""The index of the sites of each database, with the count of changes at which it was made."""


def _index(connection: Connection) -> FenceIndex | None:
    url, changes = str(connection.engine.url), fences.changes(connection)
    if url not in _kept or _kept[url][0] != changes:
        sites = [fence for fence in fences.versions(connection) if fence.site]
        _kept[url] = (changes, FenceIndex(sites) if sites else None)
    return _kept[url][1]
