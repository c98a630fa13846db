"""Faster than the road allows: fixes of a trip with the limits of their roads become facts. Pure; speeds in m/s.

Which road a fix is on, and what may be driven there, is found out elsewhere (map matching). Where nobody knows the
limit nothing is said. The same rule as for other limits: two fixes in a row, with the margin by which receivers differ.
"""

from collections.abc import Iterable, Iterator

import msgspec

from server.domain.engine.driving import DRIVING_GAP_MS
from server.domain.engine.fix import Fix
from server.domain.engine.told import when
from server.domain.facts import Fact, fact

KIND = "road_speeding"
MARGIN_MPS = 1.4
"""So much above the limit (5 km/h) is speeding."""


class OnRoad(msgspec.Struct, frozen=True, kw_only=True):
    """A fix, the limit of the road that it is on, and the road's name; None where that is not known."""

    fix: Fix
    limit_mps: float | None = None
    road: str | None = None


def speedings(trip: Fact, track: Iterable[OnRoad]) -> list[Fact]:
    """What of a trip was driven too fast. A stretch ends where the limit changes, or where nothing is known."""
    return [_told(trip, run) for run in _runs(track) if run[-1].fix.at_ms > run[0].fix.at_ms]


def _runs(track: Iterable[OnRoad]) -> Iterator[list[OnRoad]]:
    run: list[OnRoad] = []
    for one in track:
        if run and not (_is_fast(one) and _follows(run[-1], one)):
            yield run
            run = []
        if _is_fast(one):
            run.append(one)
    if run:
        yield run


def _is_fast(one: OnRoad) -> bool:
    return one.limit_mps is not None and one.fix.speed_mps > one.limit_mps + MARGIN_MPS


def _follows(last: OnRoad, one: OnRoad) -> bool:
    return one.limit_mps == last.limit_mps and one.fix.at_ms - last.fix.at_ms <= DRIVING_GAP_MS


def _told(trip: Fact, run: list[OnRoad]) -> Fact:
    first, last = run[0], run[-1]
    return fact(
        KIND, trip.vehicle, first.fix.at_ms, trip.decided_ms,
        ended_at=when(last.fix.at_ms),
        duration_s=(last.fix.at_ms - first.fix.at_ms) / 1000,
        limit_mps=first.limit_mps,
        max_speed_mps=max(one.fix.speed_mps for one in run),
        road=next((one.road for one in run if one.road), None),
        lon=first.fix.lon, lat=first.fix.lat, trip=trip.id,
    )  # fmt: skip
