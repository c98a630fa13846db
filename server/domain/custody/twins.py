"""Ids that are used twice: on two parcels of the plan, or loud in two vehicles far from each other."""

from collections.abc import Mapping
from typing import Final

from server.domain.custody.values import Heard
from server.domain.custody.vehicles import Seen, Vehicle

LOUD_DBM: Final = -86.0
APART_M: Final = 200.0
"""Nothing that two vehicles so far apart hear so loud is one thing."""
WINDOWS: Final = 3
"""In so many windows: a fix may be stale."""


def apart(before: Mapping[str, int], heard: Mapping[str, list[Heard]], seen: Seen) -> dict[str, int]:
    """In how many windows each tag was loud in two places."""
    after = dict(before)
    for tag, sightings in heard.items():
        if len(sightings) > 1 and after.get(tag, 0) < WINDOWS:
            loud = [one.scanner for one in sightings if one.rssi_max_dbm >= LOUD_DBM]
            at = [seen.vehicles[name] for name in loud if name in seen.vehicles and seen.vehicles[name].placed]
            if any(_far(one, other) for one in at for other in at):
                after[tag] = after.get(tag, 0) + 1
    return after


def twins(rows: tuple[tuple[str, str], ...], apart: Mapping[str, int]) -> frozenset[str]:
    """Tags of which no statement is sure."""
    seen: set[str] = set()
    twice = {tag for tag, windows in apart.items() if windows >= WINDOWS}
    for _, tag in rows:
        if tag in seen:
            twice.add(tag)
        seen.add(tag)
    return frozenset(twice)


def _far(one: Vehicle, other: Vehicle) -> bool:
    return (one.x - other.x) ** 2 + (one.y - other.y) ** 2 > APART_M**2
