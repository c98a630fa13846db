"""What the API says, as types: the source of its OpenAPI document. Times are RFC 3339 in UTC, null is "not known"."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from server.api.examples import GATEWAY, NEWEST, TRACK, VAN
from server.domain.permissions import Role, Word

Mode = Literal["2d", "3d", "dead_reckoning", "simulated", "manual"]
Clock = Literal["gnss", "synchronised", "unknown"]


def shown(*examples: Any) -> ConfigDict:
    """The examples of a shape, for its schema."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class Newest(BaseModel):
    """A position. `accuracy_m` is one sigma per axis; `course_deg` is clockwise from true north."""

    model_config = shown(NEWEST)
    at: str
    received_at: str
    lon: float
    lat: float
    alt_m: float | None
    speed_mps: float | None
    course_deg: float | None
    accuracy_m: float | None
    satellites: int | None
    hdop: float | None
    mode: Mode | None
    clock: Clock
    flags: list[str] | None


class Vehicle(BaseModel):
    """A vehicle, its newest position and how far it drove (`today_m`: since midnight UTC)."""

    model_config = shown(VAN)
    id: str
    name: str
    gateway: str | None
    teams: list[str]
    created_at: str
    odometer_m: float
    today_m: float
    speed_limit_kmh: float | None
    last: Newest | None


class Vehicles(BaseModel):
    """A page of vehicles; `next` is the cursor of the page after it, null at the end."""

    model_config = shown({"items": [VAN], "next": "dmFuLTc"})
    items: list[Vehicle]
    next: str | None


class NewestProperties(Newest):
    """What a point of the map says."""

    vehicle: str
    name: str
    gateway: str | None


class Point(BaseModel):
    """RFC 7946: [longitude, latitude]."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


class VehicleFeature(BaseModel):
    """One vehicle on the map."""

    type: Literal["Feature"]
    id: str
    geometry: Point
    properties: NewestProperties


class Latest(BaseModel):
    """Every vehicle that has a position."""

    type: Literal["FeatureCollection"]
    features: list[VehicleFeature]


class Line(BaseModel):
    """RFC 7946: a line, or points where there are fewer than two."""

    type: Literal["LineString", "MultiPoint"]
    coordinates: list[tuple[float, float]]


class CoordinateProperties(BaseModel):
    """For each coordinate: when, how fast, which way, how sure, and why it is doubted."""

    times: list[str]
    speed_mps: list[float | None]
    course_deg: list[float | None]
    accuracy_m: list[float | None]
    alt_m: list[float | None]
    flags: list[str | None]


class TrackProperties(BaseModel):
    """What the track is of."""

    vehicle: str
    from_: str = Field(alias="from")
    to: str
    count: int
    coordinateProperties: CoordinateProperties  # noqa: N815 - the name that GPX converters and their readers agreed on


class Track(BaseModel):
    """A track as one feature; `geometry` is null when there is no position in the range."""

    model_config = shown(TRACK)
    type: Literal["Feature"]
    geometry: Line | None
    properties: TrackProperties


class Gateway(BaseModel):
    """A gateway. `conflict`: two boxes seem to have this id. `missing_rows` were given up or lost with a disk."""

    model_config = shown(GATEWAY)
    id: str
    vehicle: str
    site: str | None = Field(description="The site whose scanner it is; null: it hears for its vehicle")
    claimed: bool
    online: bool
    first_seen_at: str
    last_seen_at: str
    status: dict[str, Any] | None
    stream: str | None
    last_seq: int
    gaps: int
    missing_rows: int
    conflict: bool


class GatewayChange(BaseModel):
    """What to change of a gateway; what is not said stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"site": "depot"}]})
    site: str | None = Field(
        None, min_length=1, max_length=64, description="It is the scanner of this site; null: of its vehicle"
    )


class Gateways(BaseModel):
    """A page of gateways."""

    items: list[Gateway]
    next: str | None


class Gap(BaseModel):
    """Rows of a gateway's outbox that are gone for good.

    Where `seq_to` and `rows` are null a new outbox took the old one's place (another disk, another box), and nobody
    knows how much the old one still held.
    """

    model_config = shown(
        {
            "stream": "5f0c2a9be1d44c07",
            "seq_from": 1,
            "seq_to": 120,
            "rows": 120,
            "found_at": "2026-11-02T07:12:44.000Z",
        }
    )
    stream: str
    seq_from: int
    seq_to: int | None
    rows: int | None
    found_at: str


class Gaps(BaseModel):
    """What one gateway lost, newest first."""

    items: list[Gap]


class Poison(BaseModel):
    """A message that could not be read. `payload` is base64; it came so many `times`, first at `received_at`."""

    id: int
    topic: str
    reason: str
    times: int
    received_at: str
    bytes: int
    payload: str


class Poisons(BaseModel):
    """A page of messages that were set aside, newest first."""

    items: list[Poison]
    next: str | None


class Credentials(BaseModel):
    """A name and a password."""

    model_config = shown({"name": "admin", "password": "sXk2-mP0aQ7w"})
    name: str = Field(max_length=120, examples=["admin"])
    password: str = Field(max_length=500)


class NewPassword(BaseModel):
    """The password to come."""

    model_config = shown({"password": "four words make one"})
    password: str = Field(min_length=10, max_length=500)


class Session(BaseModel):
    """Who is signed in. `one_time`: with the first password, which should be replaced now.

    `teams` are those that limit what one sees, null when none do; `may` are the words of what one may do; `password`
    says whether there is one here to be changed.
    """

    model_config = shown(
        {
            "name": "aino",
            "role": "installer",
            "one_time": False,
            "machine": False,
            "password": True,
            "teams": None,
            "may": ["positions:read", "gateways:read"],
        }
    )
    name: str
    role: Role
    one_time: bool
    machine: bool
    password: bool
    teams: list[str] | None
    may: list[Word]


class Bounds(RootModel[tuple[float, float, float, float]]):
    """West, south, east, north in degrees."""


class Place(RootModel[tuple[float, float]]):
    """[longitude, latitude]."""


class BaseMap(BaseModel):
    """The map under the vehicles; `tiles` is null when there is none."""

    name: str
    bounds: Bounds | None
    center: Place | None
    tiles: str | None
    credit: str


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"]


class AboutParts(BaseModel):
    """What does which work."""

    broker: str
    telemetry: Literal["duckdb", "influxdb"]
    database: str


class About(BaseModel):
    """Which version runs on which parts."""

    model_config = shown(
        {"version": "0.1.0", "parts": {"broker": "mosquitto", "telemetry": "duckdb", "database": "sqlite 3.50.4"}}
    )
    version: str
    parts: AboutParts


class Part(BaseModel):
    """One part of the server: what it is, and what is wrong with it."""

    ok: bool
    says: str


class Ready(BaseModel):
    """Whether the server can do its work, part by part."""

    ready: bool
    version: str
    parts: dict[str, Part]


class ProblemDetails(BaseModel):
    """RFC 9457. `detail` says what to do."""

    model_config = ConfigDict(title="Problem")
    type: str
    title: str
    status: int
    detail: str
