"""Vehicles, their newest positions and their tracks."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from server.api.accounts import changing
from server.api.answers import GEOJSON, after, answer, cursor
from server.api.examples import TRACK, TRACK_CSV
from server.api.parts import Asker, OurParts, admitted, parts_of
from server.api.problems import Problem, errors
from server.api.shapes import Latest, Track, Vehicle, Vehicles
from server.api.shapes_facts import VehicleChange
from server.api.times import in_ms, range_of
from server.api.track_files import as_csv, as_geojson, as_gpx, with_flags
from server.domain.drawing import simplified
from server.newest import moved
from server.store import facts, fences, fleet, newest, teams
from server.store.audit import audit
from server.store.schema import Row
from server.store.speed_limits import limit_speed
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["vehicles"], responses=errors(401, 403, 422, 503))
Limit = Annotated[int, Query(ge=1, le=1000)]
Format = Literal["geojson", "csv", "gpx"]
TYPES: dict[str, Format] = {
    GEOJSON: "geojson",
    "application/json": "geojson",
    "text/csv": "csv",
    "application/gpx+xml": "gpx",
    "text/*": "csv",
    "application/*": "geojson",
    "*/*": "geojson",
}
WILD = {"text/*", "application/*", "*/*"}
LONGEST = timedelta(days=366)
TRACK_FORMS: dict[str, Any] = {
    "description": "The track, in the format that was asked for",
    "content": {
        GEOJSON: {"schema": {"$ref": "#/components/schemas/Track"}, "example": TRACK},
        "text/csv": {"schema": {"type": "string"}, "example": TRACK_CSV},
        "application/gpx+xml": {"schema": {"type": "string"}},
    },
}


@router.get("/vehicles", response_model=Vehicles)
def list_vehicles(
    request: Request,
    person: Asker,
    parts: OurParts,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Limit = 100,
    q: Annotated[str, Query(max_length=100, description="Part of a name or id")] = "",
) -> Response:
    """Vehicles in the order of their ids."""
    with parts.database.reading() as connection:
        rows = fleet.list_vehicles(connection, after=after(cursor_), limit=limit + 1, search=q, sees=person.sees)
        items = _vehicles(connection, rows[:limit])
    more = len(rows) > limit
    return answer(request, {"items": items, "next": cursor(rows[limit - 1]["id"]) if more else None})


def _one(vehicle_id: str, parts: OurParts, person: Asker) -> dict[str, Any]:
    """The vehicle that a path names, or the 404 that says that there is none (to be seen)."""
    with parts.database.reading() as connection:
        row = fleet.one_vehicle(connection, vehicle_id)
        if row is None or not person.sees_vehicle(vehicle_id):
            raise Problem(404, f"There is no vehicle {vehicle_id!r}.")
        [vehicle] = _vehicles(connection, [row])
    return vehicle


TheVehicle = Annotated[dict[str, Any], Depends(_one)]


@router.get("/vehicles/{vehicle_id}", response_model=Vehicle, responses=errors(404))
def one_vehicle(request: Request, vehicle: TheVehicle) -> Response:
    """One vehicle."""
    return answer(request, vehicle)


@router.patch("/vehicles/{vehicle_id}", response_model=Vehicle, responses=errors(404, 409))
def change_vehicle(
    request: Request, vehicle: TheVehicle, said: VehicleChange, person: Asker, parts: OurParts
) -> Response:
    """Give a vehicle another name, a speed limit of its own (it counts from now on), or (for admins) another team."""
    change: Row = {}
    if "name" in said.model_fields_set and said.name is not None:
        change["name"] = said.name.strip()
    limited, moved_team = "speed_limit_kmh" in said.model_fields_set, "team" in said.model_fields_set
    now = datetime.now(UTC)
    if moved_team and not person.may("admin"):
        raise Problem(403, "Teams say who sees a vehicle, so only an admin may change them.")
    with changing(parts, sight=moved_team) as connection:
        if change:
            fleet.change_vehicle(connection, vehicle["id"], change)
        if limited:
            cmps = None if said.speed_limit_kmh is None else round(said.speed_limit_kmh / 0.036)
            limit_speed(connection, vehicle["id"], cmps, now)
            fences.count_a_change(connection)  # what vehicles are judged by is read anew
        if moved_team:
            teams.put_vehicle(connection, vehicle["id"], [said.team] if said.team else [])
        if change or limited or moved_team:
            audit(connection, person, "vehicle_changed", vehicle["id"], said.model_dump(exclude_unset=True), now)
        row = fleet.one_vehicle(connection, vehicle["id"])
        assert row is not None
        [changed] = _vehicles(connection, [row])
    return answer(request, changed)


@router.get(
    "/vehicles/{vehicle_id}/track",
    response_model=Track,
    responses={**errors(404, 406), 200: TRACK_FORMS},
)
def track(
    request: Request,
    vehicle: TheVehicle,
    parts: OurParts,
    from_: Annotated[
        datetime | None, Query(alias="from", description="RFC 3339, inclusive; a day before `to` by default")
    ] = None,
    to: Annotated[datetime | None, Query(description="RFC 3339, exclusive; now by default")] = None,
    format_: Annotated[Format | None, Query(alias="format", description="Goes before the Accept header")] = None,
    simplify_m: Annotated[
        float, Query(ge=0, le=10_000, description="For drawing only: drop points closer than this")
    ] = 0,
) -> Response:
    """What the vehicle's receiver said in a range of time: every position as it is stored, each once, in order."""
    start, end = range_of(from_, to, datetime.now(UTC), LONGEST)
    table = parts.telemetry.track(vehicle["id"], start, end)
    with parts.database.reading() as connection:
        doubted = facts.standing(connection, [vehicle["id"]], *in_ms(start, end), kinds=["fix_flagged"])
    if doubted:
        table = with_flags(table, doubted)
    if simplify_m:
        keep = simplified(table["lon_e7"].to_numpy(), table["lat_e7"].to_numpy(), simplify_m)
        table = table.take(keep)
    answered = _in_form(format_ or _accepted(request), request, table, vehicle, (start, end))
    answered.headers.add_vary_header("Accept")
    return answered


def _in_form(
    form: Format, request: Request, table: Any, vehicle: dict[str, Any], span: tuple[datetime, datetime]
) -> Response:
    """The track in one of its formats."""
    start, end = span
    name = f"{vehicle['id']}_{start:%Y%m%dT%H%M%SZ}"
    if form == "csv":
        return _file(as_csv(table), "text/csv; charset=utf-8", f"{name}.csv")
    if form == "gpx":
        return _file(as_gpx(table, vehicle["name"]), "application/gpx+xml", f"{name}.gpx")
    return answer(request, as_geojson(table, vehicle["id"], start, end), GEOJSON)


def latest(request: Request) -> Response:
    """Every vehicle's newest position. A plain route: it is the hottest question."""
    person = admitted(request, "/api/v1/latest")
    with parts_of(request).database.reading() as connection:
        rows = newest.everywhere(connection, person.sees)
    features = []
    for row in rows:
        said = moved(row)
        del said["live"]
        point = {"type": "Point", "coordinates": [said["lon"], said["lat"]]}
        said |= {"name": row["name"], "gateway": row["gateway"]}
        features.append({"type": "Feature", "id": said["vehicle"], "geometry": point, "properties": said})
    return answer(request, {"type": "FeatureCollection", "features": features}, GEOJSON)


@router.get("/latest", name="latest", response_model=Latest, responses={200: {"content": {GEOJSON: {}}}})
def _latest_in_the_document() -> None:
    """Every vehicle's newest position, as GeoJSON."""


def _vehicles(connection: Any, rows: list[Row]) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    last, seen_by = newest.rows_of(connection, ids), teams.of_vehicles(connection, ids)
    today = datetime.now(UTC).date()
    by_vehicle = {row["vehicle_id"]: row["distance_mm"] for row in facts.days_of(connection, ids, today, today)}
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "gateway": row["gateway"],
            "teams": seen_by.get(row["id"], []),
            "created_at": rfc3339(row["created_at"]),
            "odometer_m": int(row["distance_mm"] or 0) / 1000,
            "speed_limit_kmh": None if row["speed_limit_cmps"] is None else round(row["speed_limit_cmps"] * 0.036, 1),
            "today_m": by_vehicle.get(row["id"], 0) / 1000,
            "last": _newest(last[row["id"]]) if row["id"] in last else None,
        }
        for row in rows
    ]


def _newest(row: Row) -> dict[str, Any]:
    said = moved(row)
    del said["live"], said["vehicle"]
    return said


def _accepted(request: Request) -> Format:
    """The format that the asker likes best (RFC 9110, 12.5.1); the first named of those that are liked alike."""
    liked: list[tuple[float, Format]] = []
    for part in request.headers.get("accept", "*/*").split(","):
        media_type, *parameters = (word.strip().lower() for word in part.split(";"))
        quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        if media_type in TYPES and re.fullmatch(r"[01](\.[0-9]{0,3})?", quality) and float(quality) > 0:
            liked.append((float(quality), TYPES[media_type]))
    if not liked:
        raise Problem(406, f"There is this track as {', '.join(sorted({*TYPES} - WILD))}.")
    return max(liked, key=lambda each: each[0])[1]


def _file(body: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-cache"}
    return Response(body, media_type=media_type, headers=headers)
