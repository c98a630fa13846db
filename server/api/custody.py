"""A package's custody: where it was believed to be, and what happened to it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from server.api.answers import answer
from server.api.packages import known_package
from server.api.parts import Asker, OurParts
from server.api.problems import errors
from server.api.shapes_custody import PackageCustody
from server.api.times import span
from server.domain import epcis
from server.domain.custody_story import GONE
from server.domain.person import Person
from server.store import bindings, custody, load
from server.store.schema import Row
from wire.messages import instant, rfc3339

router = APIRouter(prefix="/api/v1", tags=["packages"], responses=errors(401, 403, 422, 503))
LONGEST, YEAR = timedelta(days=366), timedelta(days=365)
LD_JSON = "application/ld+json"
_SINCE = "RFC 3339, inclusive; a week ago by default, a day before `to`"
From = Annotated[datetime | None, Query(alias="from", description=_SINCE)]
FromYear = Annotated[datetime | None, Query(alias="from", description="RFC 3339, inclusive; a year ago by default")]
To = Annotated[datetime | None, Query(description="RFC 3339, exclusive; now by default")]


@router.get("/packages/{package_id}/custody", response_model=PackageCustody, responses=errors(404))
def custody_of_package(
    request: Request, package_id: str, person: Asker, parts: OurParts, from_: From = None, to: To = None
) -> Response:
    """Where a package was believed to be, how sure that was, and what happened to it, with reasons."""
    now = datetime.now(UTC)
    start_ms, end_ms = span(now - timedelta(days=7) if from_ is to is None else from_, to, now, LONGEST)
    with parts.database.reading() as connection:
        known_package(connection, package_id, person)
        work = custody.work(connection)
        rows = custody.spans_of(connection, package_id, start_ms, end_ms)
        events = load.events_of(connection, package_id, start_ms, end_ms)
        belief = custody.beliefs(connection, [package_id]).get(package_id)
    done_ms = min(end_ms, (work or {}).get("done_ms") or end_ms)
    others = [{"place": place, "p": p} for place, p in (belief["others"] if belief else ())]
    return answer(
        request,
        {
            "package": package_id,
            "spans": _spans(rows, done_ms),
            "others": others,
            "events": _events(events, person),
        },
    )


@router.get(
    "/packages/{package_id}/epcis",
    responses=errors(404)
    | {200: {"content": {LD_JSON: {"schema": {"type": "object"}}}, "description": "An EPCISDocument"}},
    response_class=Response,
)
def epcis_of_package(
    request: Request, package_id: str, person: Asker, parts: OurParts, from_: FromYear = None, to: To = None
) -> Response:
    """The same history as GS1 EPCIS 2.0, each event with an id that follows from its content.

    What late data took back stays, with an error declaration. Events of vehicles that one may not see are left out.
    """
    now = datetime.now(UTC)
    start_ms, end_ms = span(now - YEAR if from_ is to is None else from_, to, now, LONGEST)
    with parts.database.reading() as connection:
        known_package(connection, package_id, person)
        bound = bindings.history(connection, package=package_id, sees=person.sees)
        rows = load.events_of(connection, package_id, start_ms, end_ms)
    withdrawn = {row["id"]: row["withdrawn_at"] for row in rows}
    facts = [
        event | {"withdrawn_at": rfc3339(withdrawn[event["id"]]) if withdrawn[event["id"]] else None}
        for event, row in zip(_events(rows, person), _told_once(rows), strict=True)
        if row["body"].get("vehicle_id") is None or person.sees_vehicle(row["body"]["vehicle_id"])
    ]
    return answer(request, epcis.document(package_id, _bindings(bound, start_ms, end_ms), facts), LD_JSON)


def _bindings(rows: list[Row], start_ms: int, end_ms: int) -> list[dict[str, Any]]:
    ends = [(row["tag_id"], row[name], name == "from_ms") for row in rows for name in ("from_ms", "until_ms")]
    return [
        {"tag": tag, "at": rfc3339(instant(at_ms)), "bound": bound}
        for tag, at_ms, bound in ends
        if at_ms is not None and start_ms <= at_ms < end_ms
    ]


def _spans(rows: list[Row], done_ms: int) -> list[dict[str, Any]]:
    ends = [*(row["from_ms"] for row in rows[1:]), *([done_ms] if rows else [])]
    return [
        {
            "from": rfc3339(instant(row["from_ms"])),
            "to": rfc3339(instant(max(end_ms, row["from_ms"]))),
            **{name: row[name] for name in ("place", "p_min", "p_max", "p_mean", "lon", "lat")},
        }
        for row, end_ms in zip(rows, ends, strict=True)
        if row["place"] != GONE
    ]


def _told_once(rows: list[Row]) -> list[Row]:
    """Without the repetitions of `found`: it is said to each vehicle that was told of an alarm."""
    found, said = [], set()
    for row in rows:
        once = (row["kind"], row["at_ms"], row["withdrawn_at"] is None)
        if row["kind"] != "found" or once not in said:
            found.append(row)
        said.add(once)
    return found


def _events(rows: list[Row], person: Person) -> list[dict[str, Any]]:
    """Facts as events; where another vehicle is, only to whoever sees it."""
    heirs = {row["instead_of"]: row["id"] for row in rows if row["instead_of"]}
    return [_event(row, heirs, person) for row in _told_once(rows)]


def _event(row: Row, heirs: dict[str, str], person: Person) -> dict[str, Any]:
    body = row["body"]
    vehicle = body.get("vehicle_id")
    seen = vehicle is None or person.sees_vehicle(vehicle)
    return {
        "id": row["id"],
        "kind": row["kind"],
        "at": rfc3339(instant(row["at_ms"])),
        "noticed_at": body["noticed_at"],
        "p": body["p"],
        "because": body["because"],
        "evidence": body["evidence"] if seen else {},
        "vehicle_id": vehicle if seen else None,
        "stop_id": body["stop_id"],
        "lon": body["lon"] if seen else None,
        "lat": body["lat"] if seen else None,
        "standing": row["withdrawn_at"] is None,
        "superseded_by": heirs.get(row["id"]),
    }
