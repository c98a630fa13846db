"""What the API says of loads and of packages' custody, as types."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from server.api.shapes import shown

STOP: Any = {"id": "s1", "name": "Fredrikinkatu 22"}
LOADED: Any = {
    "id": "A17",
    "reference": "340123450000000017",
    "name": "Espresso machine",
    "aboard": "no",
    "p": 0.97,
    "place": "site:ruoholahti-depot",
    "last_heard_at": "2026-11-26T06:41:10.000Z",
    "last_heard_by": "site:ruoholahti-depot",
    "stop": STOP,
}
STRANGER: Any = {
    "id": "B4",
    "reference": None,
    "name": "B4",
    "vehicle_id": "van-8",
    "vehicle_name": "Van 8",
    "dock": "4",
    "since": "2026-11-26T06:38:20.000Z",
    "p": 0.993,
    "because": "Its tag is as loud as those that are aboard, and moves with them.",
}
LOAD: Any = {
    "vehicle_id": "van-7",
    "name": "Van 7",
    "dock": "3",
    "driver": "Aino",
    "departs_at": "2026-11-26T07:30:00.000Z",
    "route_id": "r7-1126",
    "expected": 48,
    "aboard": 47,
    "state": "wrong",
    "packages": [LOADED],
    "strangers": [STRANGER],
    "sentence": "47 of 48 aboard, missing A17, last heard at Ruoholahti depot at 08:41, wrong here: B4 of Van 8.",
}
SITE_LOAD: Any = {
    "at": "2026-11-26T06:45:00.000Z",
    "site": {"id": "ruoholahti-depot", "name": "Ruoholahti depot"},
    "vehicles": [LOAD],
}
PACKAGE_CUSTODY: Any = {
    "package": "A17",
    "others": [{"place": "vehicle:van-7", "p": 0.02}],
    "spans": [
        {"from": "2026-11-26T05:10:00.000Z", "to": "2026-11-26T06:45:00.000Z", "place": "site:ruoholahti-depot",
         "p_min": 0.95, "p_max": 0.989, "p_mean": 0.97, "lon": 24.9137, "lat": 60.1619}
    ],
    "events": [
        {"id": "k3v7x2m5q4w6y7z2a3b4c5d6", "kind": "left_behind", "at": "2026-11-26T07:31:00.000Z",
         "noticed_at": "2026-11-26T07:31:40.000Z", "p": 0.995, "because": "Its van has left, and does not hear it.",
         "evidence": {"van-7.heard_s_ago": 120.0}, "vehicle_id": "van-7", "stop_id": None, "lon": None, "lat": None,
         "standing": True, "superseded_by": None}
    ],
}  # fmt: skip


class NamedPlace(BaseModel):
    """A site, or a stop of a route."""

    id: str
    name: str


class LoadPackage(BaseModel):
    """A package that a vehicle should carry. `p`: how sure the `place` is."""

    id: str
    reference: str | None
    name: str
    aboard: Literal["yes", "probably", "no", "not_known"]
    p: float | None
    place: str | None
    last_heard_at: str | None
    last_heard_by: str | None
    stop: NamedPlace | None


class Stranger(BaseModel):
    """A package that is believed to be in a vehicle, and should be in another."""

    id: str
    reference: str | None
    name: str
    vehicle_id: str | None = Field(description="Where it belongs; null: nowhere, or to a vehicle that you do not see")
    vehicle_name: str | None
    dock: str | None
    since: str
    p: float
    because: str


class Load(BaseModel):
    """What should be in a vehicle against what is believed to be in it."""

    model_config = shown(LOAD)
    vehicle_id: str
    name: str
    dock: str | None
    driver: str | None
    departs_at: str | None
    route_id: str | None
    expected: int
    aboard: int
    state: Literal["loading", "wrong", "missing", "complete", "left", "none"]
    packages: list[LoadPackage]
    strangers: list[Stranger]
    sentence: str


class SiteLoad(BaseModel):
    """The loads of the vehicles that are loaded at a site, by dock; without a site: of all."""

    model_config = shown(SITE_LOAD)
    at: str
    site: NamedPlace | None
    vehicles: list[Load]


class CustodySpan(BaseModel):
    """A place, for as long as it and its certainty (50, 80, 95, 99 %) stayed the same; lon, lat at its beginning."""

    from_: str = Field(alias="from")
    to: str
    place: str
    p_min: float
    p_max: float
    p_mean: float
    lon: float | None
    lat: float | None


class CustodyEvent(BaseModel):
    """What happened to a package, with the reason; `standing` is false where late data took it back."""

    id: str
    kind: str
    at: str
    noticed_at: str
    p: float
    because: str
    evidence: dict[str, str | float]
    vehicle_id: str | None
    stop_id: str | None
    lon: float | None
    lat: float | None
    standing: bool
    superseded_by: str | None


class PlaceOdds(BaseModel):
    """Another place where it may be."""

    place: str
    p: float


class PackageCustody(BaseModel):
    """Where a package was believed to be, and what happened to it. `others`: where else it may be now."""

    model_config = shown(PACKAGE_CUSTODY)
    package: str
    spans: list[CustodySpan]
    others: list[PlaceOdds]
    events: list[CustodyEvent]


class Step(BaseModel):
    """A step of the reliability diagram: what was said with `p` from `p_from` to `p_to`, and how much was true."""

    p_from: float
    p_to: float
    said: int
    true: int
    p_mean: float | None


class Delay(BaseModel):
    """Seconds from the start (a wrong vehicle: from when it lay there) to the alarm."""

    p50: float | None
    p90: float | None


class Score(BaseModel):
    """How well a rule did: this filter, or a simple one beside it."""

    parcels: int
    statements: int
    wrong: int
    sure: int
    sure_true: int
    sure_named: int
    brier: float
    reliability: list[Step]
    misloads: int
    misloads_noticed_before_gate: int
    false_alarms: int
    false_alarms_per_1000: float
    delay_s: Delay
    handed_over: int
    handed_over_noticed: int
    left: int
    left_noticed: int


class World(Score):
    """The filter's figures in one kind of simulated world."""

    name: str
    ordinary: bool


class Truth(BaseModel):
    """How often the filter is right where the truth is known. Without a measurement there are only words."""

    sentence: str
    worlds: list[World]
    peers: dict[str, Score]
    measured_at: str | None = None
    version: str | None = None
