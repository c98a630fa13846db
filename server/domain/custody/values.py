"""What the custody filter is told and what it says: the plan, a window of observations, beliefs, events.

A place is a text: `vehicle:v1`, `site:depot`, `stop:S1`, or `unknown`, which means none of the named places. Times are
milliseconds since 1970, UTC; an observation belongs to the window in which it ends.
"""

from typing import Final, Literal

import msgspec

WINDOW_MS: Final = 10_000
"""The filter's step; windows are multiples of it since UTC midnight."""
UNKNOWN: Final = "unknown"

Kind = Literal["loaded", "wrong_vehicle", "left_behind", "left_aboard", "handed_over", "wrong_stop", "missing", "found"]
ALARMS: Final[frozenset[str]] = frozenset({"wrong_vehicle", "left_behind", "left_aboard", "wrong_stop", "missing"})
"""Kinds that stay open until somebody acts, or `found` takes them back."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """A depot or a cross-dock: a circle."""

    id: str
    lon: float
    lat: float
    radius_m: float


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A planned place on a route: a circle."""

    id: str
    lon: float
    lat: float
    radius_m: float


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Where a parcel should go: with which vehicle, from which site, to which stop; what is not planned is None."""

    id: str
    tag: str | None
    vehicle: str | None = None
    site: str | None = None
    stop: Stop | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A vehicle's round: when it should leave, and its stops in their order."""

    vehicle: str
    departs_ms: int | None = None
    stops: tuple[Stop, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What should be where. It may change between windows."""

    sites: tuple[Site, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    routes: tuple[Route, ...] = ()


class Fix(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Where a vehicle was; `accuracy_m` is one sigma for each axis."""

    at_ms: int
    vehicle: str
    lon: float
    lat: float
    speed_mps: float = -1.0
    """Below zero: not known."""
    accuracy_m: float = -1.0
    """Below zero: not known."""


class Heard(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A tag heard `count` times by a scanner. The scanner is a vehicle's or a site's id."""

    to_ms: int
    from_ms: int
    scanner: str
    tag: str
    count: int
    rssi_max_dbm: float
    rssi_mean_dbm: float


class Health(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A scanner's word about itself. Of a time for which there is none, silence says nothing."""

    to_ms: int
    from_ms: int
    scanner: str
    healthy: bool


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that ended in (from_ms, to_ms], in any order."""

    from_ms: int
    to_ms: int
    fixes: tuple[Fix, ...] = ()
    sightings: tuple[Heard, ...] = ()
    scanners: tuple[Health, ...] = ()


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """The most likely place of a parcel, how likely it is, and the others by falling probability."""

    place: str
    p: float
    others: tuple[tuple[str, float], ...] = ()


class CustodyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a parcel, with the reason in words and the observations that decided."""

    kind: Kind
    parcel: str
    vehicle: str | None = None
    stop: str | None = None
    lon: float | None = None
    lat: float | None = None
    at_ms: int
    noticed_at_ms: int
    p: float
    because: str
    evidence: dict[str, str | float] = {}
