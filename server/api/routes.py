"""Routes: what a vehicle is meant to do, as another program or a dispatcher plans it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.api.answers import after, answer, cursor
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_packages import PlannedRoute, PlannedRoutes, PutRoute
from server.api.times import aware
from server.domain.plan import PlanError, check_id
from server.store import fleet, packages, routes
from server.store.audit import audit, differences
from server.store.schema import Row
from wire.messages import instant, milliseconds, rfc3339

router = APIRouter(prefix="/api/v1/routes", tags=["packages"], responses=errors(401, 403, 422, 503))
PLACE = r"-?[0-9]{1,15} [A-Za-z0-9._-]{1,64}"
COLUMNS = ("vehicle_id", "site_id", "dock", "driver")
FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@router.get("", response_model=PlannedRoutes)
def list_routes(
    request: Request,
    person: Asker,
    parts: OurParts,
    day: Annotated[date | None, Query(description="Departing on this day")] = None,
    vehicle: Annotated[str, Query(max_length=64)] = "",
    time_zone: Annotated[str, Query(max_length=64, description="Of the day: an IANA name")] = "UTC",
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Routes in the order in which they depart, of vehicles that one sees."""
    start, end = (None, None) if day is None else _day(day, time_zone)
    place = after(cursor_, PLACE)
    beyond = None
    if place:
        at_ms, _, id_ = place.partition(" ")
        beyond = (instant(int(at_ms)), id_)
    with parts.database.reading() as connection:
        rows = routes.list_routes(
            connection, start=start, end=end, vehicle=vehicle, after=beyond, limit=limit + 1, sees=person.sees
        )
        counts = packages.count_open(connection, [row["id"] for row in rows])
    last = rows[limit - 1] if len(rows) > limit else None
    next_ = cursor(f"{milliseconds(last['departs_at'])} {last['id']}") if last else None
    return answer(request, {"items": [said_route(row, counts) for row in rows[:limit]], "next": next_})


@router.get("/{route_id}", response_model=PlannedRoute, responses=errors(404))
def one_route(request: Request, route_id: str, person: Asker, parts: OurParts) -> Response:
    """One route."""
    with parts.database.reading() as connection:
        row = routes.one_route(connection, route_id, person.sees)
        if row is None:
            raise no_route(route_id)
        counts = packages.count_open(connection, [route_id])
    return answer(request, said_route(row, counts))


@router.put("/{route_id}", responses=errors(404))
def put_route(route_id: str, said: PutRoute, person: Asker, parts: OurParts) -> PlannedRoute:
    """Let a route be so; a new one when there is none of this id.

    Its packages go with its vehicle, and those of a stop that is no longer there have none.
    """
    now = datetime.now(UTC)
    row = _row(route_id, said, now)
    its_stops = [
        {
            "id": stop.id,
            "sequence": place,
            "name": stop.name.strip(),
            "lon_e7": round(stop.lon * 1e7),
            "lat_e7": round(stop.lat * 1e7),
            "radius_m": stop.radius_m,
        }
        for place, stop in enumerate(said.stops, start=1)
    ]
    if len({stop["id"] for stop in its_stops}) < len(its_stops):
        raise _wrong("stops", "Two stops have one id.")
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        was = routes.one_route(connection, route_id)
        if was is not None and not person.sees_vehicle(was["vehicle_id"]):
            raise no_route(route_id)
        if not fleet.known_vehicles(connection, [said.vehicle_id]) or not person.sees_vehicle(said.vehicle_id):
            says = f"There is no vehicle {said.vehicle_id!r}. It is there once its gateway was heard."
            raise _wrong("vehicle_id", says)
        if row["site_id"] and not packages.sites_of(connection, [row["site_id"]]):
            raise _wrong("site_id", f"There is no site {row['site_id']!r}: no fence of this id that is a site.")
        lost = routes.put(connection, row, its_stops)
        found = routes.one_route(connection, route_id)
        assert found is not None
        _note(connection, person, was, found, lost, now)
        counts = packages.count_open(connection, [route_id])
    return PlannedRoute.model_validate(said_route(found, counts))


@router.delete("/{route_id}", status_code=204, responses=errors(404))
def remove_route(route_id: str, person: Asker, parts: OurParts) -> None:
    """Take a route out of the plan. Its packages stay, with its vehicle."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        if routes.one_route(connection, route_id, person.sees) is None:
            raise no_route(route_id)
        count = routes.remove(connection, route_id, now)
        audit(connection, person, "route_removed", route_id, {"packages": count}, now)


def said_route(row: Row, counts: dict[str, int]) -> dict[str, Any]:
    """A route as the API says it."""
    stops = [
        {
            "id": stop["id"],
            "name": stop["name"],
            "lon": stop["lon_e7"] / 1e7,
            "lat": stop["lat_e7"] / 1e7,
            "radius_m": stop["radius_m"],
        }
        for stop in row["stops"]
    ]
    said = {name: row[name] for name in ("id", *COLUMNS)}
    return {**said, "departs_at": rfc3339(row["departs_at"]), "stops": stops, "packages": counts.get(row["id"], 0)}


def no_route(route_id: str) -> Problem:
    """The 404."""
    return Problem(404, f"There is no route {route_id!r}.")


def _row(route_id: str, said: PutRoute, now: datetime) -> Row:
    try:
        check_id(route_id, "route_id", "route")
    except PlanError as error:
        raise _wrong(error.field, str(error)) from None
    departs_at = aware(said.departs_at)
    if not FIRST <= departs_at < LAST:
        raise _wrong("departs_at", "`departs_at` has to be in the years 2000 to 2099.")
    return {
        "id": route_id,
        "vehicle_id": said.vehicle_id,
        "site_id": said.site_id or None,
        "dock": said.dock.strip(),
        "driver": said.driver.strip(),
        "departs_at": departs_at,
        "changed_at": now,
    }


def _note(connection: Connection, person: Any, was: Row | None, found: Row, lost: int, now: datetime) -> None:
    """The change in the audit log; none for a route that is as it was."""
    rows = [{**row, "departs_at": rfc3339(row["departs_at"])} for row in (was, found) if row is not None]
    if was is None:
        detail = {name: rows[0][name] for name in (*COLUMNS, "departs_at")} | {"stops": len(found["stops"])}
        audit(connection, person, "route_created", found["id"], detail, now)
        return
    changed = differences(rows[0], rows[1], *COLUMNS, "departs_at")
    if was["stops"] != found["stops"]:
        changed |= {"stops": len(found["stops"]), "packages_without_stop": lost}
    if changed:
        audit(connection, person, "route_changed", found["id"], changed, now)


def _day(day: date, time_zone: str) -> tuple[datetime, datetime]:
    try:
        zone = ZoneInfo(time_zone)
        start = datetime.combine(day, time(), zone).astimezone(UTC)
        return start, datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    except (ValueError, OSError, KeyError, OverflowError):
        raise Problem(422, f"There is no time zone {time_zone!r}, or no such day. Write Europe/Helsinki.") from None


def _wrong(field: str, says: str) -> Problem:
    return Problem(422, says, errors=[{"parameter": field, "says": says}])
