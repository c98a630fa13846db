"""What the API says of fences, as types: the source of its OpenAPI document."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.api.shapes import Line, shown

FENCE: Any = {
    "type": "Feature",
    "id": "ruoholahti-depot",
    "geometry": {"type": "Point", "coordinates": [24.9123, 60.1637]},
    "properties": {
        "name": "Ruoholahti depot",
        "site": True,
        "radius_m": 120,
        "dwell_s": 300,
        "hours": "Mon-Fri 06:00-18:00",
        "time_zone": "Europe/Helsinki",
    },
}
TRIAL: Any = {"feature": FENCE, "from": "2026-11-15T00:00:00Z", "to": "2026-11-22T00:00:00Z"}
KEPT_FENCE: Any = {**FENCE, "version": 2, "since": "2026-11-22T10:00:00.000Z", "changed_by": "riikka"}


class FenceGeometry(BaseModel):
    """RFC 7946. A Point is a circle, lines are corridors, polygons are areas; longitudes may go beyond 180."""

    type: Literal["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: list[Any]


class FenceProperties(BaseModel):
    """What a fence says. Other properties are kept as they are."""

    model_config = ConfigDict(extra="allow")
    name: str
    site: bool | None = Field(None, description="A depot or cross-dock")
    radius_m: float | None = Field(None, description="Of a circle")
    width_m: float | None = Field(None, description="Of a corridor, the full width")
    margin_m: float | None = Field(None, description="It has left beyond edge + this + 2 sigma; 25 when not said")
    dwell_s: float | None = Field(None, description="So long inside is told as dwell_reached")
    hours: str | None = Field(None, description="Such as `Mon-Fri 11:00-15:00`; always when not said")
    time_zone: str | None = Field(None, description="Of the hours, an IANA name; UTC when not said")
    holidays: list[str] | None = Field(None, description="Dates that are PH")
    speed_limit_kmh: float | None = None
    vehicles: list[str] | None = Field(None, description="For these only; for all when not said")


class FenceFeature(BaseModel):
    """A fence. Without an `id` it is a new one, and gets an id from its name."""

    model_config = shown(FENCE)
    type: Literal["Feature"]
    id: str | None = None
    geometry: FenceGeometry
    properties: FenceProperties


class Fence(FenceFeature):
    """A fence as it is in force: its version, since when it counts, and who made it so."""

    model_config = shown(KEPT_FENCE)
    id: str
    version: int
    since: str
    changed_by: str


class Fences(BaseModel):
    """All fences that are in force."""

    model_config = shown({"type": "FeatureCollection", "features": [KEPT_FENCE]})
    type: Literal["FeatureCollection"]
    features: list[Fence]


class FenceCollection(BaseModel):
    """Fences to be brought in."""

    type: Literal["FeatureCollection"]
    features: list[FenceFeature]


class FencesTaken(BaseModel):
    """What an import came to, by id."""

    model_config = shown({"added": ["ruoholahti-depot"], "changed": [], "same": []})
    added: list[str]
    changed: list[str]
    same: list[str]


class Hours(BaseModel):
    """Hours that can be read, in a sentence, and whether it is then now; or what to write."""

    model_config = shown({"says": "Mon to Fri 11:00\u201315:00 (Europe/Helsinki)", "now": True, "error": None})
    says: str | None
    now: bool | None
    error: str | None


class OpenVisit(BaseModel):
    """A vehicle that is inside of a fence now."""

    model_config = shown({"fence": "ruoholahti-depot", "vehicle": "van-7", "entered_at": "2026-11-22T10:00:00.000Z"})
    fence: str
    vehicle: str
    entered_at: str


class OpenVisits(BaseModel):
    """Who is where now."""

    items: list[OpenVisit]


class FenceTrial(BaseModel):
    """A fence to try, over what was stored from `from` to `to`; the last seven days when they are not said."""

    model_config = shown(TRIAL)
    feature: FenceFeature
    from_: str | None = Field(None, alias="from")
    to: str | None = None


class TriedVisit(BaseModel):
    """A visit that would have been told; `left_at` is null when it goes on at the end."""

    vehicle: str
    entered_at: str
    left_at: str | None
    duration_s: float


class TriedTrack(BaseModel):
    """Where a vehicle drove near the fence, for drawing."""

    type: Literal["Feature"]
    geometry: Line
    properties: dict[str, Any]


class TriedTracks(BaseModel):
    """Tracks near the fence, simplified."""

    type: Literal["FeatureCollection"]
    features: list[TriedTrack]


class Tried(BaseModel):
    """What the fence would have said. `vehicles_tried` of `vehicles` were looked at before the time was over."""

    visits: list[TriedVisit]
    crossings: int
    shorter_than_90_s: int
    vehicles: int
    vehicles_tried: int
    tracks: TriedTracks
    facts: list[dict[str, Any]]
