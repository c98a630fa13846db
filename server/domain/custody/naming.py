"""What the place of a parcel is called: for a halt, which stop it was for.

How near a stop is says little between two doors of one street. But a halt at which what was meant for one of them went
out, while all for the other stayed aboard, was for the first.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from server.domain.custody.geometry import AWAY
from server.domain.custody.planned import Indexed, names
from server.domain.custody.values import UNKNOWN, Belief
from server.domain.custody.vehicles import Seen, Spot

Shares = Sequence[dict[int, float]]
"""Of each row, how likely each place number."""

SERVED: Final = 0.85
"""Of what is meant for a stop, the share that goes out at a halt for it."""
ELSEWHERE: Final = 0.03
"""The same at another halt."""
HARDLY: Final = 1e-4
"""Less likely there, it does not matter what that is called."""
MOST: Final = 5.0
"""What the others say counts no more: they may have been carried together."""


class Halts(NamedTuple):
    """What the parcels of each halt's vehicle say of the stops near it."""

    seen: Seen
    own: list[tuple[str | None, str | None]]
    """Of each row its vehicle and its stop."""
    aboard: list[float]
    """Of each row, how likely it came along: it is in its vehicle, or lies where one halted."""
    said: dict[int, dict[str, float]]
    """By spot and stop: log odds that the halt was for it."""

    def names(self, row: int, spot: Spot, p: float) -> dict[str, float]:
        """What the row's place is called if it lies there, as it does with p; they add up to 1."""
        vehicle, planned = self.own[row]
        said = self.said.get(spot.id)
        if not said or p < HARDLY:
            return names(spot.near, planned)
        mine = _word(p, self.aboard[row]) if vehicle == spot.vehicle else 0.0
        odds = tuple(
            round(max(-MOST, min(MOST, said.get(near[0], 0.0) - (mine if near[0] == planned else 0.0))))
            for near in spot.near
        )
        return names(spot.near, planned, odds)


def halts(shares: Shares, parcels: list[str], number: dict[str, int], known: Indexed, seen: Seen) -> Halts:
    """Ask every parcel of every halt that could be for more than one stop."""
    plans = [known.parcels[name] for name in parcels]
    own = [(plan.vehicle, plan.stop.id if plan.stop else None) for plan in plans]
    aboard = [
        sum(p for place, p in share.items() if place == number.get(plan.vehicle or "", -9) or _halt(seen, place))
        for share, plan in zip(shares, plans, strict=True)
    ]
    mates: dict[tuple[str | None, str | None], list[int]] = {}
    for row, key in enumerate(own):
        mates.setdefault(key, []).append(row)
    said = {}
    for spot in seen.spots.values():
        vehicle = seen.vehicles.get(spot.vehicle or "")
        if (
            spot.site is None
            and len(spot.near) > 1
            and vehicle is not None
            and (vehicle.spot, vehicle.standing) != (spot.id, True)
        ):
            said[spot.id] = {
                near[0]: sum(
                    _word(shares[row].get(AWAY + spot.id, 0.0), aboard[row])
                    for row in mates.get((spot.vehicle, near[0]), ())
                )
                for near in spot.near
            }
    return Halts(seen, own, aboard, said)


def _halt(seen: Seen, place: int) -> bool:
    return place >= AWAY and seen.spots[place - AWAY].site is None


def _word(out: float, aboard: float) -> float:
    """What one parcel says of a halt that may have been for its stop."""
    stayed = max(aboard - out, 0.0)
    served = out * SERVED + stayed * (1 - SERVED) + 1 - aboard
    not_so = out * ELSEWHERE + stayed * (1 - ELSEWHERE) + 1 - aboard
    return math.log(served / not_so)


def belief(share: dict[int, float], row: int, called: Halts, scanners: tuple[str, ...], most: float) -> Belief:
    """The places of a row by their names, the most likely first."""
    where: dict[str, float] = {}
    for number, p in share.items():
        for name, part in _names(number, row, p, called, scanners).items():
            where[name] = where.get(name, 0.0) + p * part
    ordered = sorted(where.items(), key=lambda one: (-one[1], one[0]))
    total = sum(where.values())
    others = tuple((name, p / total) for name, p in ordered[1:] if p / total >= 0.001)
    return Belief(place=ordered[0][0], p=min(most, ordered[0][1] / total), others=others)


def _names(number: int, row: int, p: float, called: Halts, scanners: tuple[str, ...]) -> dict[str, float]:
    if number >= AWAY:
        spot = called.seen.spots[number - AWAY]
        if spot.site:
            return {f"site:{spot.site}": 1.0}
        return {one if one == UNKNOWN else f"stop:{one}": part for one, part in called.names(row, spot, p).items()}
    return {f"vehicle:{scanners[number]}": 1.0} if number >= 0 else {UNKNOWN: 1.0}
