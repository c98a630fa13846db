"""What the API says of facts, as types: the source of its OpenAPI document."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from server.api.shapes import shown

TRIP: dict[str, Any] = {
    "id": "k5w2q3dy7mxh4a6rzbtnc2ve",
    "kind": "trip_ended",
    "vehicle": "van-12",
    "at": "2026-11-24T12:43:10.000Z",
    "fence": None,
    "late": False,
    "recorded_at": "2026-11-24T12:48:12.412Z",
    "withdrawn": False,
    "revision": 1,
    "instead_of": None,
    "started_at": "2026-11-24T12:21:42.000Z",
    "duration_s": 1288.0,
    "distance_m": 6120.4,
    "max_speed_mps": 13.9,
    "idling_s": 0.0,
    "lon": 24.9384,
    "lat": 60.1699,
    "from_lon": 24.9123,
    "from_lat": 60.1637,
}


class Fact(BaseModel):
    """Something that happened. Besides these it says what its kind says: docs/facts.md has the table.

    `late`: data out of order brought it, or it came long after. `revision` counts how often late data changed it.
    `instead_of` is the fact that late data moved to this time. A withdrawn one did not happen, as later data showed.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [TRIP]})
    id: str
    kind: str
    vehicle: str
    at: str
    fence: str | None
    late: bool
    recorded_at: str
    withdrawn: bool
    revision: int
    instead_of: str | None


class Facts(BaseModel):
    """Facts in the order of time; `next` is the cursor of the page after it, null at the end."""

    items: list[Fact]
    next: str | None


class FactWas(BaseModel):
    """What a fact was before: from `recorded_at` until `until`."""

    recorded_at: str
    until: str
    withdrawn: bool
    body: dict[str, Any]


class FactMoved(BaseModel):
    """The fact that stood before late data moved it."""

    id: str
    at: str


class FactWithHistory(Fact):
    """A fact, what it was, and where late data moved it from."""

    history: list[FactWas]
    moved_from: FactMoved | None


class Day(BaseModel):
    """What a UTC day came to. `engine_s` and `idling_s` are 0 where nobody knows the ignition."""

    model_config = shown(
        {
            "day": "2026-11-24",
            "distance_m": 48_210.5,
            "driving_s": 9120.0,
            "idling_s": 240.0,
            "engine_s": 10_020.0,
            "speeding_s": 12.0,
        }
    )
    day: str
    distance_m: float
    driving_s: float
    idling_s: float
    engine_s: float
    speeding_s: float


class Days(BaseModel):
    """Days on which something is known, in order."""

    items: list[Day]


class VehicleChange(BaseModel):
    """What to change of a vehicle; what is not said stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Van 12"}]})
    name: str | None = Field(None, min_length=1, max_length=200)
    speed_limit_kmh: float | None = Field(None, gt=0, le=300, description="null: only what fences say")
    team: str | None = Field(None, max_length=16, description="The team that sees it; null: none does. For admins")


class Recount(BaseModel):
    """Facts that are worked out again because old data came: from when, and how far it is."""

    vehicle: str
    from_: str | None = Field(alias="from", description="null: from the beginning")
    done: str | None
    asked_at: str


class Recounts(BaseModel):
    """All of them, the oldest first."""

    items: list[Recount]
