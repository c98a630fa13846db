"""What each place lets expect at each scanner: how loud, with which spread, and what a window's motion left of it."""

import math
from typing import Final, NamedTuple

import numpy as np

from server.domain.custody.arrays import Flags, Floats, Numbers
from server.domain.custody.planned import Indexed
from server.domain.custody.radio import PATH_DB
from server.domain.custody.vehicles import Seen, Spot, Vehicle

AWAY: Final = 1_000_000
"""Place numbers from here are spots."""
GONE: Final = -2
NONE: Final = -1
OWN_DBM: Final = -69.0
"""Inside the scanner's own van."""
BESIDE_DBM: Final = -67.0
"""One metre from a van's shell, its doors half open, seen by its scanner."""
OTHER_DBM: Final = -79.0
"""The same for a tag that is in another van: two shells."""
HALL_DBM: Final = -65.0
"""One metre from a scanner of a site."""
OWN_DB, OUTSIDE_DB, OTHER_DB, STALE_DB = 5.5, 7.0, 8.0, 12.0
DOCK_M: Final = 5.0
SIDE_M: Final = 6.0
"""From van to van at a dock: their fixes cannot tell."""
DOOR_M: Final = 14.0
"""From a van to the door to which its driver walks."""
FAR_M: Final = 3000.0
"""Nothing is heard from so far away."""
CLOSER: Final = 0.6
"""What is heard in a window was heard where it was near, not where its end is."""
FORGETS_M: Final = 2.0
"""A shadow is another one after so many metres."""


class Table(NamedTuple):
    """Rows are places (scanners' numbers, then spots, then GONE), columns are scanners."""

    spots: Numbers
    base: Floats
    spread: Floats
    kept: Floats
    """How much of a deviation is left after this window's motion: 1 at rest."""
    standing: Flags
    """By scanner: a vehicle that stands, by a fix that is not old."""
    moving: Flags
    spot: Numbers
    """By scanner: the place number of the spot where it stands or stood last; NONE for none."""
    at_site: Flags

    def rows(self, place: Numbers) -> Numbers:
        """The table's rows of place numbers."""
        found = len(self.standing) + np.searchsorted(self.spots, place - AWAY)
        return np.where(place >= AWAY, found, np.where(place < 0, len(self.base) - 1, place))


def table(seen: Seen, scanners: tuple[str, ...], known: Indexed) -> Table:
    """Of the vehicles and sites as they are."""
    vehicles = [seen.vehicles.get(name) for name in scanners]
    spots = [seen.spots[number] for number in sorted(seen.spots)]
    size = len(scanners)
    base = np.full((size + len(spots) + 1, size), -140.0)
    spread = np.full_like(base, OTHER_DB)
    kept, near = _motion(vehicles, len(spots)), _near(vehicles, spots, scanners, known)
    spread[-1] = 3.0
    for j, k in np.argwhere(near[:size]).tolist():
        base[j, k], spread[j, k], gone_m = _of_vehicle(scanners, j, vehicles[j], k, vehicles[k], known, seen)
        kept[j, k] = math.exp(-gone_m / FORGETS_M)
    for row, k in np.argwhere(near[size:]).tolist():
        base[size + row, k], spread[size + row, k] = _of_spot(spots[row], scanners[k], vehicles[k], known)
    standing = np.array([one is not None and one.standing and one.fresh for one in vehicles], dtype=bool)
    return Table(
        np.array([spot.id for spot in spots], dtype=np.int64),
        base,
        spread,
        kept,
        standing,
        np.array([one is not None and not one.standing for one in vehicles], dtype=bool),
        np.array([AWAY + one.spot if one and one.spot in seen.spots else NONE for one in vehicles], dtype=np.int64),
        np.array([bool(one and one.spot in seen.spots and seen.spots[one.spot].site) for one in vehicles], dtype=bool),
    )


def _motion(vehicles: list[Vehicle | None], spots: int) -> Floats:
    """What motion leaves of the levels between what is far from each other."""
    moved_m = np.array([_moved(one) for one in vehicles])
    both = np.maximum(moved_m[:, None], moved_m[None, :])
    lying = np.broadcast_to(moved_m, (spots, len(vehicles)))
    gone: Floats = np.concatenate([both, lying, np.zeros((1, len(vehicles)))])
    return np.exp(-gone / FORGETS_M)


def _near(vehicles: list[Vehicle | None], spots: list[Spot], scanners: tuple[str, ...], known: Indexed) -> Flags:
    """Who may hear what (rows of the table but the last): whose place is not known counts as near."""
    places = [
        one.place if one is not None else known.metres(site.lon, site.lat) if site is not None else (math.nan, math.nan)
        for one, site in ((one, known.sites.get(name)) for one, name in zip(vehicles, scanners, strict=True))
    ]
    ears = np.array(places, dtype=float).reshape(-1, 2)
    rows = np.concatenate([ears, np.array([(spot.x, spot.y) for spot in spots], dtype=float).reshape(-1, 2)])
    away_m = np.hypot(rows[:, :1] - ears[:, 0], rows[:, 1:] - ears[:, 1])
    found: Flags = ~(away_m > FAR_M)
    return found


def _moved(vehicle: Vehicle | None) -> float:
    if vehicle is None or vehicle.standing:
        return 0.0
    return vehicle.moved_m if vehicle.fresh else 50.0


def _loss(metres: float) -> float:
    return PATH_DB * math.log10(max(metres, 1.0))


def _of_vehicle(
    scanners: tuple[str, ...],
    j: int,
    other: Vehicle | None,
    k: int,
    vehicle: Vehicle | None,
    known: Indexed,
    seen: Seen,
) -> tuple[float, float, float]:
    """Level, spread and relative motion of what is in `other`, heard by the scanner k."""
    if other is None or scanners[j] in known.sites:
        return -140.0, 3.0, 0.0
    if j == k:
        return OWN_DBM, OWN_DB, 0.0
    if vehicle is None or scanners[k] in known.sites:
        away_m = _to_site(scanners[k], other, known, seen)
        return HALL_DBM - 10 - _loss(away_m), OTHER_DB, _moved(other)
    if math.isnan(other.x) or math.isnan(vehicle.x):
        return OTHER_DBM - _loss(30), 12.0, 10.0
    apart_m = math.dist(other.place, vehicle.place)
    gone_m = 0.0
    if not (other.standing and vehicle.standing):
        dx, dy = other.shifted[0] - vehicle.shifted[0], other.shifted[1] - vehicle.shifted[1]
        gone_m = max(_moved(other), _moved(vehicle))
        apart_m -= CLOSER * gone_m
        if not other.standing and not vehicle.standing:
            gone_m = max(0.15 * gone_m, min(gone_m, math.hypot(dx, dy)))
    elif other.dock_away_m == 0 and vehicle.dock_away_m == 0 and other.dock_spot == vehicle.dock_spot >= 0:
        apart_m = SIDE_M
    known_db = OTHER_DB if other.fresh and vehicle.fresh else STALE_DB
    return OTHER_DBM - _loss(max(DOCK_M, apart_m)), known_db, gone_m


def _to_site(name: str, vehicle: Vehicle, known: Indexed, seen: Seen) -> float:
    spot = seen.spots.get(vehicle.dock_spot)
    if spot is not None and spot.site == name:
        return max(8.0, vehicle.dock_away_m)
    site = known.sites.get(name)
    if site is None or math.isnan(vehicle.x):
        return FAR_M
    x, y = known.metres(site.lon, site.lat)
    return max(15.0, math.dist(vehicle.place, (x, y)))


def _of_spot(spot: Spot, scanner: str, vehicle: Vehicle | None, known: Indexed) -> tuple[float, float]:
    """Level and spread of what lies at a spot."""
    if scanner in known.sites or vehicle is None:
        return (HALL_DBM - _loss(8.0), OUTSIDE_DB) if spot.site == scanner else (-140.0, 3.0)
    closer_m = CLOSER * _moved(vehicle)
    if spot.id == vehicle.dock_spot:
        return BESIDE_DBM - _loss(max(DOCK_M, vehicle.dock_away_m - closer_m)), OUTSIDE_DB
    if spot.id == vehicle.spot:
        return BESIDE_DBM - _loss(max(DOOR_M, vehicle.away_m - closer_m)), OUTSIDE_DB
    if math.isnan(vehicle.x):
        return -140.0, 3.0
    away_m = math.dist(vehicle.place, (spot.x, spot.y))
    return BESIDE_DBM - _loss(max(DOOR_M, away_m - closer_m)), OUTSIDE_DB
