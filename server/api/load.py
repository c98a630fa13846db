"""The load: what should be in each vehicle against what is believed to be in it, live, for docks and drivers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_custody import Load, SiteLoad, Truth
from server.api.vehicles import TheVehicle
from server.domain.load import (
    STRANGER,
    Believed,
    Item,
    aboard,
    is_away,
    place_in_words,
    sentence,
    state_of,
)
from server.domain.person import Person
from server.store import custody_plan, load, names
from server.store.schema import Row
from wire.messages import instant, milliseconds, rfc3339

router = APIRouter(prefix="/api/v1", tags=["packages"], responses=errors(401, 403, 422, 503))
TRUTH = Path(__file__).parent.parent / "domain" / "custody" / "truth.json"
REASONS = timedelta(days=2)


@router.get("/load", response_model=SiteLoad, responses=errors(404))
def load_of_a_site(
    request: Request,
    person: Asker,
    parts: OurParts,
    site: Annotated[str, Query(max_length=64, description="Vehicles that are loaded at this site; all without")] = "",
) -> Response:
    """What should be in each vehicle of today, and what is: by dock."""
    now = datetime.now(UTC)
    with parts.database.reading() as connection:
        sites = custody_plan.sites_now(connection)
        if site and site not in sites:
            raise Problem(404, f"There is no site {site!r}: no fence of this id that is a site.")
        routes = load.routes_now(connection, now, vehicles=person.sees, site=site)
        loads = _loads(connection, person, list(routes), routes, ZoneInfo(parts.settings.alerts.time_zone), now)
    loads.sort(key=lambda one: (_dock(one["dock"]), one["vehicle_id"]))
    where = {"id": site, "name": sites[site]} if site else None
    return answer(request, {"at": rfc3339(now), "site": where, "vehicles": loads})


@router.get("/vehicles/{vehicle_id}/load", response_model=Load, responses=errors(404))
def load_of_a_vehicle(request: Request, vehicle: TheVehicle, person: Asker, parts: OurParts) -> Response:
    """What should be in a vehicle, and what is."""
    now, id_ = datetime.now(UTC), vehicle["id"]
    with parts.database.reading() as connection:
        routes = load.routes_now(connection, now, vehicles=[id_])
        zone = ZoneInfo(parts.settings.alerts.time_zone)
        [one] = _loads(connection, person, [id_], routes, zone, now)
    return answer(request, one)


@router.get("/custody/truth", response_model=Truth)
def custody_truth(request: Request) -> Response:
    """How often the filter is right, on worlds whose truth is known: the figures of the benchmark that shipped."""
    if not TRUTH.is_file():
        return answer(request, {"sentence": "Nobody has measured it yet: run `make bench`.", "worlds": [], "peers": {}})
    return answer(request, msgspec.json.decode(TRUTH.read_bytes()))


def _loads(
    connection: Connection,
    person: Person,
    vehicles: Sequence[str],
    routes: Mapping[str, Row],
    zone: ZoneInfo,
    now: datetime,
) -> list[dict[str, Any]]:
    """The loads of these vehicles; a handful of questions for any number of them."""
    planned = load.planned(connection, vehicles, [row["id"] for row in routes.values()])
    strange = [row for row in load.inside(connection, vehicles, STRANGER) if _is_strange(row)]
    since_ms = milliseconds(now - REASONS)
    why = load.reasons(connection, [row["id"] for row in strange], since_ms)
    away = _away(connection, routes, now)
    heard = {row["heard_by"] for row in planned if row["heard_by"]}
    fleet = {*vehicles, *(row["vehicle_id"] for row in strange if row["vehicle_id"])}
    called = names.of_vehicles(connection, fleet | _ids(heard, "vehicle"))
    places = {f"vehicle:{id_}": name for id_, name in called.items()}
    places |= {f"site:{id_}": name for id_, name in names.of_fences(connection, _ids(heard, "site")).items()}
    docks = {row["vehicle_id"]: row["dock"] for row in load.routes_now(connection, now, vehicles=fleet).values()}
    found = []
    for vehicle in vehicles:
        its = [row for row in planned if row["vehicle_id"] == vehicle]
        items = [_item(row, vehicle, places) for row in its]
        inside = [row for row in strange if row["place"] == f"vehicle:{vehicle}"]
        others = [_stranger(row, person, called, docks, why) for row in inside]
        said = [(one["reference"] or one["id"], one["vehicle_name"]) for one in others]
        route = routes.get(vehicle, {})
        state = state_of(
            items, strangers=len(others), left=vehicle in away, departs_at=route.get("departs_at"), now=now
        )
        departs_at = route.get("departs_at")
        found.append(
            {
                "vehicle_id": vehicle,
                "name": called.get(vehicle, vehicle),
                "dock": route.get("dock") or None,
                "driver": route.get("driver") or None,
                "departs_at": rfc3339(departs_at) if departs_at else None,
                "route_id": route.get("id"),
                "expected": sum(not item.handed_over for item in items),
                "aboard": sum(item.aboard in ("yes", "probably") for item in items),
                "state": state,
                "packages": [_package(row, item) for row, item in zip(its, items, strict=True)],
                "strangers": others,
                "sentence": sentence(items, said, zone),
            }
        )
    return found


def _is_strange(row: Row) -> bool:
    return bool(row["place"] != f"vehicle:{row['vehicle_id']}")


def _item(row: Row, vehicle: str, places: Mapping[str, str]) -> Item:
    believed = None if row["place"] is None else Believed(place=row["place"], p=row["p"], alarm=row["alarm"])
    by = row["heard_by"] or ""
    return Item(
        said=row["reference"] or row["id"],
        aboard=aboard(vehicle, believed),
        handed_over=row["place"] == f"stop:{row['route_id']}/{row['stop_id']}",
        alarm=row["alarm"],
        heard_at=None if row["heard_ms"] is None else instant(row["heard_ms"]),
        heard_by=place_in_words(by, places) if by.startswith("site:") else f"by {places.get(by, by)}" if by else None,
    )


def _package(row: Row, item: Item) -> dict[str, Any]:
    stop = None if row["stop_id"] is None else {"id": row["stop_id"], "name": row["stop_name"] or row["stop_id"]}
    return {
        **{name: row[name] for name in ("id", "reference", "name", "p", "place")},
        "aboard": item.aboard,
        "last_heard_at": None if item.heard_at is None else rfc3339(item.heard_at),
        "last_heard_by": row["heard_by"],
        "stop": stop,
    }


def _stranger(
    row: Row, person: Person, called: Mapping[str, str], docks: Mapping[str, str], why: Mapping[str, str]
) -> dict[str, Any]:
    """A package that should be elsewhere; where, only to whoever sees that vehicle."""
    belongs = row["vehicle_id"] if row["vehicle_id"] and person.sees_vehicle(row["vehicle_id"]) else None
    return {
        **{name: row[name] for name in ("id", "reference", "name", "p")},
        "vehicle_id": belongs,
        "vehicle_name": called.get(belongs, belongs) if belongs else None,
        "dock": (docks.get(belongs) or None) if belongs else None,
        "since": rfc3339(instant(row["since_ms"])),
        "because": why.get(row["id"]) or "It is believed to be here.",
    }


def _away(connection: Connection, routes: Mapping[str, Row], now: datetime) -> set[str]:
    """The vehicles that have left the site where they are loaded; before their time they may still be on their way."""
    circles = {site.id: (site.lon, site.lat, site.radius_m) for site in custody_plan.circles_now(connection)}
    at = load.positions(connection, list(routes))
    return {
        vehicle
        for vehicle, route in routes.items()
        if vehicle in at
        and route["site_id"] in circles
        and now >= route["departs_at"] - timedelta(minutes=30)
        and is_away(at[vehicle], circles[route["site_id"]])
    }


def _ids(places: set[str], kind: str) -> set[str]:
    return {place.partition(":")[2] for place in places if place.startswith(f"{kind}:")}


def _dock(dock: str | None) -> tuple[bool, int, str]:
    """Docks in the order in which people count them."""
    digits = "".join(sign for sign in dock or "" if sign.isdigit())
    return (not dock, int(digits[:9] or 0), dock or "")
