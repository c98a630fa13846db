"""Does a vehicle stand, where, and how far has it come since? From fixes, by Doppler where they have it.

A fix that wanders is no motion, and a fix that is old places no halt.
"""

import math
from typing import Final

import msgspec

from server.domain.custody.planned import Indexed, Near, names
from server.domain.custody.values import Fix, Window

STILL_MPS: Final = 0.7
REPEATS: Final = 2
STARTS_M: Final = 8.0
STANDS_M: Final = 3.0
CREEP_M: Final = 15.0
BEYOND_M: Final = 20.0
FRESH_MS: Final = 20_000
LONGEST_STEP_S: Final = 30.0
ANCHORED: Final = 60
"""So many fixes say where it stands; it does not wander with more."""
SERVES_MS: Final = 20_000
"""A shorter halt serves no stop."""
SERVES_M: Final = 10.0
BESIDE_M: Final = 20.0
"""Beyond a stop's edge a halt is not taken for its own."""
VISITS: Final = 30
SERVED: Final = 40
"""So many are remembered."""
DOCKED_MS: Final = 180_000
"""Who stands so long somewhere else in a site is at another dock of it."""


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Where parcels may lie outside vehicles: a site, or where a vehicle halted."""

    id: int
    x: float
    y: float
    site: str | None = None
    vehicle: str | None = None
    from_ms: int = 0
    near: Near = ()
    """Stops that a halt here may serve."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A halt that is over."""

    spot: int
    from_ms: int
    left_ms: int


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a vehicle's motion at the end of a window."""

    at_ms: int = 0
    x: float = math.nan
    y: float = math.nan
    standing: bool = False
    fresh: bool = False
    """A fix says so that is not old."""
    spot: int = -1
    """Where it stands, or stood last."""
    anchor: tuple[float, float, int] = (0.0, 0.0, 0)
    halted_ms: int = 0
    left_ms: int = 0
    moved_m: float = 0.0
    """In this window."""
    odometer_m: float = 0.0
    """Since it left the spot."""
    away_m: float = 0.0
    """From the spot."""
    beyond: int = 0
    """Windows since it came beyond 20 m from the spot, while it drives."""
    shifted: tuple[float, float] = (0.0, 0.0)
    """How its place changed in this window."""
    visits: tuple[Visit, ...] = ()
    """The newest halts that are over."""
    served: tuple[str, ...] = ()
    """Stops at which it has halted, the newest last."""
    last: Fix | None = None
    dock: tuple[float, float] | None = None
    """Where it stood, or stood last, to be loaded; a halt at the gate is no dock."""
    dock_spot: int = -1
    dock_away_m: float = 0.0
    dock_left_ms: int = 0
    dock_beyond: int = 0
    """Windows since it came beyond 20 m from its dock."""

    @property
    def start(self) -> tuple[int, int]:
        """Windows since it came beyond 20 m from its dock, and when it left it; without a dock: from where it stood."""
        return (self.dock_beyond, self.dock_left_ms) if self.dock is not None else (self.beyond, self.left_ms)

    @property
    def placed(self) -> bool:
        """Whether its fixes say where it is now; a receiver that is stuck repeats itself."""
        return self.fresh and (self.moved_m < CREEP_M or math.hypot(*self.shifted) > 0.2 * self.moved_m)

    @property
    def place(self) -> tuple[float, float]:
        """Where it is; at rest that does not wander with the fixes."""
        return self.anchor[:2] if self.standing and self.spot >= 0 else (self.x, self.y)


class Seen(msgspec.Struct, kw_only=True):
    """All vehicles and spots at the end of a window."""

    vehicles: dict[str, Vehicle]
    spots: dict[int, Spot]
    next_spot: int


def moved(before: Seen, known: Indexed, window: Window, names: list[str]) -> Seen:
    """The next window of fixes."""
    fixes: dict[str, list[Fix]] = {name: [] for name in names}
    for fix in sorted(window.fixes):
        fixes.setdefault(fix.vehicle, []).append(fix)
    after = Seen(vehicles=dict(before.vehicles), spots=dict(before.spots), next_spot=before.next_spot)
    for site in known.sites.values():
        if not any(spot.site == site.id and spot.vehicle is None for spot in after.spots.values()):
            x, y = known.metres(site.lon, site.lat)
            _add(after, x=x, y=y, site=site.id)
    for name in sorted(fixes):
        was = after.vehicles.get(name, Vehicle())
        now = _vehicle(name, was, fixes[name], after, known, window)
        after.vehicles[name] = _docked(was, now, after, window)
    return after


def _docked(was: Vehicle, now: Vehicle, seen: Seen, window: Window) -> Vehicle:
    """Is it at its dock, or how far from it."""
    spot = seen.spots.get(now.spot)
    if now.standing and spot is not None and spot.site is not None:
        main = next(one.id for one in seen.spots.values() if one.site == spot.site and one.vehicle is None)
        if spot.id == main or window.to_ms - now.halted_ms >= DOCKED_MS:
            return msgspec.structs.replace(
                now, spot=main, dock=now.anchor[:2], dock_spot=main, dock_away_m=0.0, dock_beyond=0
            )
    if now.dock is None:
        return now
    away_m = now.away_m if now.spot == now.dock_spot else math.hypot(now.x - now.dock[0], now.y - now.dock[1])
    left_ms = window.from_ms if was.dock_away_m == 0.0 and away_m > 0 else now.dock_left_ms
    beyond = now.dock_beyond + 1 if now.dock_beyond or away_m >= BEYOND_M else 0
    return msgspec.structs.replace(now, dock_away_m=away_m, dock_left_ms=left_ms, dock_beyond=beyond)


def _vehicle(name: str, was: Vehicle, fixes: list[Fix], seen: Seen, known: Indexed, window: Window) -> Vehicle:
    fixes, stuck = _news(was.last, fixes) if was.odometer_m > 0 else (fixes, False)
    if not fixes:
        fresh = not stuck and was.at_ms > 0 and window.to_ms - was.at_ms <= FRESH_MS
        gone = 0.0 if was.standing else was.moved_m
        return msgspec.structs.replace(was, fresh=fresh, moved_m=gone, shifted=(0.0, 0.0))
    way = _way(was, fixes, known)
    moved_m, x, y = way.moved_m, way.x, way.y
    shifted = (0.0, 0.0) if math.isnan(was.x) else (x - was.x, y - was.y)
    standing = was.standing if stuck else moved_m < STANDS_M or (moved_m < STARTS_M and was.standing)
    now = msgspec.structs.replace(
        was,
        at_ms=fixes[-1].at_ms,
        x=x,
        y=y,
        moved_m=moved_m,
        shifted=shifted,
        fresh=not stuck,
        standing=standing,
        last=fixes[-1],
    )
    if standing:
        return _halted(name, was, now, way, seen, known, window)
    odometer_m = (0.0 if was.standing else was.odometer_m) + moved_m
    ax, ay, _ = was.anchor
    away_m = min(odometer_m, math.hypot(x - ax, y - ay) + 10) if was.spot >= 0 else odometer_m
    visit = Visit(spot=was.spot, from_ms=was.halted_ms, left_ms=window.from_ms)
    return msgspec.structs.replace(
        now,
        left_ms=window.from_ms if was.standing else was.left_ms,
        visits=(*was.visits, visit)[-VISITS:] if was.standing and was.spot >= 0 else was.visits,
        served=_served(was, seen, visit) if was.standing and was.spot >= 0 else was.served,
        odometer_m=odometer_m,
        away_m=away_m,
        beyond=was.beyond + 1 if away_m >= BEYOND_M and not was.standing else (1 if away_m >= BEYOND_M else 0),
    )


def _served(was: Vehicle, seen: Seen, visit: Visit) -> tuple[str, ...]:
    spot = seen.spots.get(visit.spot)
    if spot is None or not spot.near or visit.left_ms - visit.from_ms < SERVES_MS:
        return was.served
    stop, p = max(names(spot.near, None).items(), key=lambda one: (one[1], one[0]))
    beyond_m = min((away_m - radius_m for name, away_m, radius_m, _ in spot.near if name == stop), default=BESIDE_M)
    if stop in was.served or beyond_m >= BESIDE_M or p < (0.5 if beyond_m <= SERVES_M else 0.8):
        return was.served
    return (*was.served, stop)[-SERVED:]


def _news(last: Fix | None, fixes: list[Fix]) -> tuple[list[Fix], bool]:
    """Fixes without repeats, when they are so many that the receiver must be stuck: then it places no halt.

    One that holds its place at rest repeats it with a speed of zero; two fixes may be alike by chance.
    """
    news: list[Fix] = []
    for fix in fixes:
        same = last is not None and msgspec.structs.replace(fix, at_ms=last.at_ms) == last
        if not same or fix.speed_mps <= 0:
            news.append(fix)
        last = fix
    stuck = len(fixes) - len(news) >= REPEATS
    return (news, True) if stuck else (fixes, False)


class _Way(msgspec.Struct):
    moved_m: float
    x: float
    y: float
    still: tuple[float, float, int]


def _way(was: Vehicle, fixes: list[Fix], known: Indexed) -> _Way:
    moved_m, before_ms = 0.0, was.at_ms
    still_x, still_y, still_n = 0.0, 0.0, 0
    x, y = was.x, was.y
    for fix in fixes:
        fx, fy = known.metres(fix.lon, fix.lat)
        step_s = min(LONGEST_STEP_S, (fix.at_ms - before_ms) / 1000) if before_ms else 0.0
        speed = fix.speed_mps
        if speed < 0:
            gone = 0.0 if math.isnan(x) or step_s <= 0 else math.hypot(fx - x, fy - y)
            speed = gone / step_s if step_s > 0 and gone > 2.5 * max(fix.accuracy_m, 3.0) else 0.0
        if speed > STILL_MPS:
            moved_m += speed * step_s
        else:
            still_x, still_y, still_n = still_x + fx, still_y + fy, still_n + 1
        before_ms = fix.at_ms
        if fix.speed_mps >= 0 or speed > STILL_MPS or math.isnan(x):
            x, y = fx, fy
    return _Way(moved_m, x, y, (still_x, still_y, still_n))


def _halted(name: str, was: Vehicle, now: Vehicle, way: _Way, seen: Seen, known: Indexed, window: Window) -> Vehicle:
    sx, sy, n = way.still if way.still[2] else (way.x, way.y, 1)
    hx, hy = sx / n, sy / n
    ax, ay, weight = was.anchor
    crept = was.spot in seen.spots and was.odometer_m + now.moved_m < CREEP_M
    if was.spot in seen.spots and (was.standing or crept):
        if weight < ANCHORED:
            ax, ay = (ax * weight + sx) / (weight + n), (ay * weight + sy) / (weight + n)
        spot = seen.spots[was.spot]
        if spot.site is None and spot.vehicle == name:
            seen.spots[was.spot] = msgspec.structs.replace(
                spot, x=ax, y=ay, near=known.stops_near(ax, ay, name, was.served)
            )
        return msgspec.structs.replace(now, anchor=(ax, ay, weight + n), away_m=0.0, odometer_m=0.0, beyond=0)
    site = known.site_at(hx, hy)
    main = next(
        (spot.id for spot in seen.spots.values() if site is not None and spot.site == site and spot.vehicle is None), -1
    )
    if site is not None and (was.dock_spot != main or was.dock is None or math.dist(was.dock, (hx, hy)) < BEYOND_M):
        number = main
    else:
        near = known.stops_near(hx, hy, name, was.served)
        if _at_stop(name, was, near, known):
            site = None  # a stop in a site's neighbourhood
        number = _add(seen, x=hx, y=hy, site=site, vehicle=name, from_ms=window.from_ms, near=near)
    return msgspec.structs.replace(
        now, spot=number, anchor=(hx, hy, n), halted_ms=window.from_ms, away_m=0.0, odometer_m=0.0, beyond=0
    )


def _at_stop(name: str, was: Vehicle, near: Near, known: Indexed) -> bool:
    """In a stop's circle; or, on its round, near a stop of its own that has not had its halt."""
    order = known.order.get(name, {}) if was.served else {}
    return any(
        away_m <= radius_m + SERVES_M or (stop in order and stop not in was.served)
        for stop, away_m, radius_m, _ in near
    )


def _add(seen: Seen, **values: object) -> int:
    number = seen.next_spot
    seen.spots[number] = Spot(id=number, **values)  # type: ignore[arg-type]  # the fields of Spot
    seen.next_spot = number + 1
    return number
