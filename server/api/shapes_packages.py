"""What the API says of packages, routes, tags and bindings, as types: the source of its OpenAPI document."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.api.shapes import shown
from server.domain.tag_ids import LONGEST

TAG_ID = "b9407f30-f5f8-466e-aff9-25556b57fe6d/4/17"
ROUTE_STOP: Any = {"id": "s1", "name": "Fredrikinkatu 22", "lon": 24.9384, "lat": 60.1652, "radius_m": 40.0}
PUT_ROUTE: Any = {
    "vehicle_id": "van-7",
    "site_id": "ruoholahti-depot",
    "dock": "3",
    "driver": "Aino",
    "departs_at": "2026-11-26T07:30:00Z",
    "stops": [ROUTE_STOP],
}
ROUTE: Any = {"id": "r7-1126", **PUT_ROUTE, "departs_at": "2026-11-26T07:30:00.000Z", "packages": 48}
PACKAGE: Any = {
    "id": "A17",
    "order_id": "SO-4711",
    "reference": "340123450000000017",
    "name": "Espresso machine",
    "vehicle_id": "van-7",
    "site_id": "ruoholahti-depot",
    "route_id": "r7-1126",
    "stop_id": "s1",
    "stop": {"name": "Fredrikinkatu 22", "lon": 24.9384, "lat": 60.1652, "radius_m": 40.0},
    "tag_id": TAG_ID,
    "created_at": "2026-11-26T04:10:00.000Z",
    "changed_at": "2026-11-26T04:10:00.000Z",
    "closed_at": None,
    "custody": None,
}
PUT_PACKAGE: Any = {"order_id": "SO-4711", "reference": "340123450000000017", "name": "Espresso machine",
                    "route_id": "r7-1126", "stop_id": "s1", "tag_id": TAG_ID}  # fmt: skip
LIMIT: Any = {"quantity": "temperature_c", "min": 2.0, "max": 8.0, "dwell_s": 600.0}
TAG: Any = {
    "id": TAG_ID,
    "name": "Cold 17",
    "format": "ibeacon",
    "limits": [LIMIT],
    "created_at": "2026-10-01T08:00:00.000Z",
    "package_id": "A17",
    "last_heard_at": "2026-11-26T06:41:10.000Z",
    "last_heard_by": "vehicle:van-7",
    "battery_percent": 71.0,
    "battery_v": 2.94,
    "battery_at": "2026-11-26T06:30:00.000Z",
    "battery_ends_at": "2027-09-14T00:00:00.000Z",
    "battery_ends_from": "2027-06-02T00:00:00.000Z",
    "battery_ends_to": "2028-02-21T00:00:00.000Z",
    "battery_says": "It will last until about September 2027 (June 2027 to February 2028).",
}
BINDING: Any = {
    "package_id": "A17",
    "tag_id": TAG_ID,
    "from": "2026-11-26T05:02:11.000Z",
    "until": None,
    "bound_by": "aino",
    "ended_by": None,
}
PACKAGES_CSV = """id,order_id,reference,name,vehicle,site,route,stop,tag
A17,SO-4711,340123450000000017,Espresso machine,,,r7-1126,s1,
"""
BINDINGS_CSV = f"""package,tag
A17,{TAG_ID}
"""
IMPORTED: Any = {"created": 47, "changed": 1, "same": 0, "refused": [{"line": 12, "why": "There is no route 'r9'."}],
                 "refused_count": 1, "ignored_columns": ["weight"]}  # fmt: skip

Id = Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["A17"])
_ID = "1 to 64 letters, digits, dots, dashes and underscores"


class StopPlace(BaseModel):
    """Where a package is to be handed over."""

    name: str
    lon: float
    lat: float
    radius_m: float


class Custody(BaseModel):
    """Where a package is believed to be: `vehicle:`, `site:` or `stop:` with an id, or `unknown`, with probability."""

    place: str
    p: float
    since: str
    at: str
    alarm: str | None
    said: str


class Package(BaseModel):
    """A package: where it is meant to go, the tag that is on it, and where it is believed to be."""

    model_config = shown(PACKAGE)
    id: str
    order_id: str | None
    reference: str | None
    name: str
    vehicle_id: str | None
    site_id: str | None
    route_id: str | None
    stop_id: str | None
    stop: StopPlace | None
    tag_id: str | None
    created_at: str
    changed_at: str
    closed_at: str | None
    custody: Custody | None


class Packages(BaseModel):
    """A page of packages; `next` is the cursor of the page after it, null at the end."""

    model_config = shown({"items": [PACKAGE], "next": "QTE3"})
    items: list[Package]
    next: str | None


class PutPackage(BaseModel):
    """Everything that is planned for a package. Vehicle and site are those of its route where it has one."""

    model_config = shown(PUT_PACKAGE)
    order_id: str | None = None
    reference: str | None = Field(None, description="What is printed on it, such as its SSCC")
    name: str | None = None
    vehicle_id: str | None = None
    site_id: str | None = Field(None, description="The fence of a site")
    route_id: str | None = None
    stop_id: str | None = None
    tag_id: str | None = Field(None, description="Left out: the tag stays; null: it comes off")


class AddPackage(PutPackage):
    """A new package; without an id it gets one."""

    model_config = shown({"id": "A17", **PUT_PACKAGE})
    id: str | None = Field(None, description=_ID)


class RefusedLine(BaseModel):
    """A line of a file that was not taken, and why."""

    line: int
    why: str


class Imported(BaseModel):
    """What a file came to. `refused` holds the first 1,000 of `refused_count`."""

    model_config = shown(IMPORTED)
    created: int
    changed: int
    same: int
    refused: list[RefusedLine]
    refused_count: int
    ignored_columns: list[str]


class RouteStop(BaseModel):
    """A planned place of a route."""

    model_config = shown(ROUTE_STOP)
    id: str = Id
    name: str = Field("", max_length=200)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float = Field(30, gt=0, le=5000, description="How near is there")


class PutRoute(BaseModel):
    """Everything that is planned for a route. Packages of the route go with its vehicle."""

    model_config = shown(PUT_ROUTE)
    vehicle_id: str
    site_id: str | None = Field(None, description="Where it is loaded: the fence of a site")
    dock: str = Field("", max_length=40)
    driver: str = Field("", max_length=120)
    departs_at: datetime
    stops: list[RouteStop] = Field([], max_length=1000, description="In the order of driving")


class PlannedRoute(BaseModel):
    """A route: what a vehicle is meant to do; `packages` are those on it that are open."""

    model_config = shown(ROUTE)
    id: str
    vehicle_id: str
    site_id: str | None
    dock: str
    driver: str
    departs_at: str
    stops: list[RouteStop]
    packages: int


class PlannedRoutes(BaseModel):
    """Routes in the order in which they depart."""

    model_config = shown({"items": [ROUTE], "next": None})
    items: list[PlannedRoute]
    next: str | None


class Limit(BaseModel):
    """What a tag's sensor should say; beyond it for `dwell_s` is a fact."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [LIMIT]})
    quantity: str = Field(pattern="^[a-z][a-z0-9_]{0,39}$", examples=["temperature_c"])
    min: float | None = None
    max: float | None = None
    dwell_s: float = Field(0.0, ge=0, le=604_800)


class PutTag(BaseModel):
    """What people say of a tag."""

    model_config = shown({"name": "Cold 17", "format": "ibeacon", "limits": [LIMIT]})
    name: str = Field("", max_length=200)
    format: str | None = Field(None, max_length=40, description="Told from the id where that is possible")
    limits: list[Limit] = Field([], max_length=20)


class AddTag(PutTag):
    """A new tag. Its id is its identity (iBeacon `uuid/major/minor`, Eddystone `namespace/instance`) or its address."""

    model_config = shown({"id": TAG_ID, "name": "Cold 17", "limits": [LIMIT]})
    id: str = Field(min_length=1, max_length=2 * LONGEST)


class Tag(BaseModel):
    """A tag of the inventory. `battery_ends_at` is null while nobody can say; `battery_says` is a sentence."""

    model_config = shown(TAG)
    id: str
    name: str
    format: str | None
    limits: list[Limit]
    created_at: str
    package_id: str | None
    last_heard_at: str | None
    last_heard_by: str | None = Field(description="`vehicle:` or `site:` with an id")
    battery_percent: float | None
    battery_v: float | None
    battery_at: str | None
    battery_ends_at: str | None
    battery_ends_from: str | None = Field(description="Not earlier than this, most likely")
    battery_ends_to: str | None = Field(description="Nor later than this; null: nobody can say")
    battery_says: str


class Tags(BaseModel):
    """A page of tags; `next` is the cursor of the page after it, null at the end."""

    model_config = shown({"items": [TAG], "next": None})
    items: list[Tag]
    next: str | None


class TagReadings(BaseModel):
    """What a tag's sensor said: points of time and value, in order, and what it should say."""

    model_config = shown(
        {
            "tag_id": TAG_ID,
            "quantity": "temperature_c",
            "unit": "\u00b0C",
            "points": [["2026-11-26T06:30:00.000Z", 5.31]],
            "limits": [LIMIT],
            "cut": False,
        }
    )
    tag_id: str
    quantity: str
    unit: str
    points: list[tuple[str, float]]
    limits: list[Limit]
    cut: bool = Field(description="Whether there are more: ask for a shorter range")


class Binding(BaseModel):
    """A tag on a package, for a time; `until` is null while it is."""

    model_config = shown(BINDING)
    package_id: str
    tag_id: str
    from_: str = Field(alias="from")
    until: str | None
    bound_by: str
    ended_by: str | None


class Bindings(BaseModel):
    """Bindings, newest first."""

    items: list[Binding]


class Bind(BaseModel):
    """Put a tag on a package."""

    model_config = shown({"package_id": "A17", "tag_id": TAG_ID})
    package_id: str
    tag_id: str = Field(min_length=1, max_length=2 * LONGEST)
    at: datetime | None = Field(None, description="Now when not said")
    move: bool = Field(False, description="Take it off where it is")


class Scanned(BaseModel):
    """What a code is. `reads`: what it says by itself; `says`: a sentence for whoever scanned it."""

    model_config = shown(
        {"kind": "package", "id": "A17", "reads": {"gs1": {"00": "340123450000000017"}}, "says": "Package A17."}
    )
    kind: Literal["package", "tag", "unknown"]
    id: str | None
    reads: dict[str, Any]
    says: str
