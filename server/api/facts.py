"""Facts: what happened, what it was before late data changed it, and what days came to."""

import base64
import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_facts import Days, Facts, FactWithHistory, Recounts
from server.api.times import span
from server.api.vehicles import TheVehicle
from server.domain.engine.told import when
from server.said import said_of_row
from server.store import facts, recounts
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["facts"], responses=errors(401, 403, 422, 503))
From = Annotated[datetime | None, Query(alias="from", description="RFC 3339, inclusive; a day before `to` by default")]
To = Annotated[datetime | None, Query(description="RFC 3339, exclusive; now by default")]
Kinds = Annotated[str, Query(max_length=500, description="Only these kinds, joined by commas")]
Withdrawn = Annotated[bool, Query(description="Also those that late data took back")]
Limit = Annotated[int, Query(ge=1, le=5000)]
Cursor = Annotated[str | None, Query(alias="cursor", max_length=200)]
LONGEST = timedelta(days=366)


@router.get("/vehicles/{vehicle_id}/facts", response_model=Facts, responses=errors(404))
def facts_of_vehicle(
    request: Request,
    vehicle: TheVehicle,
    parts: OurParts,
    from_: From = None,
    to: To = None,
    kinds: Kinds = "",
    withdrawn: Withdrawn = False,
    limit: Limit = 1000,
    cursor_: Cursor = None,
) -> Response:
    """What happened to a vehicle, in the order of time: the same answer for every window that holds it."""
    start_ms, end_ms = span(from_, to, datetime.now(UTC), LONGEST)
    with parts.database.reading() as connection:
        rows = facts.page(
            connection,
            vehicles=[vehicle["id"]],
            start_ms=start_ms,
            end_ms=end_ms,
            kinds=_kinds(kinds),
            withdrawn=withdrawn,
            after=_after(cursor_),
            limit=limit + 1,
        )
    return answer(request, _page(rows, limit))


@router.get("/facts", response_model=Facts)
def list_facts(
    request: Request,
    person: Asker,
    parts: OurParts,
    from_: From = None,
    to: To = None,
    kinds: Kinds = "",
    vehicle: Annotated[str, Query(max_length=2000, description="Only these vehicles, joined by commas")] = "",
    fence: Annotated[str, Query(max_length=64, description="Only this fence")] = "",
    withdrawn: Withdrawn = False,
    limit: Limit = 1000,
    cursor_: Cursor = None,
) -> Response:
    """What happened to all vehicles, in the order of time."""
    start_ms, end_ms = span(from_, to, datetime.now(UTC), LONGEST)
    wanted = {one for one in vehicle.split(",") if one} if vehicle else None
    if person.sees is not None:
        wanted = set(person.sees) if wanted is None else wanted & person.sees
    with parts.database.reading() as connection:
        rows = facts.page(
            connection,
            vehicles=wanted,
            start_ms=start_ms,
            end_ms=end_ms,
            kinds=_kinds(kinds),
            fence=fence,
            withdrawn=withdrawn,
            after=_after(cursor_),
            limit=limit + 1,
        )
    return answer(request, _page(rows, limit))


@router.get("/facts/{fact_id}", response_model=FactWithHistory, responses=errors(404))
def one_fact(request: Request, fact_id: str, person: Asker, parts: OurParts) -> Response:
    """One fact, standing or withdrawn, with what it was before."""
    with parts.database.reading() as connection:
        row = facts.one(connection, fact_id)
        if row is None or not person.sees_vehicle(row["vehicle_id"]):
            raise Problem(404, f"There is no fact {fact_id[:40]!r}.")
        before = facts.history(connection, fact_id)
        former = facts.one(connection, row["instead_of"]) if row["instead_of"] else None
    history = [
        {
            "recorded_at": rfc3339(one["recorded_at"]),
            "until": rfc3339(one["until"]),
            "withdrawn": one["withdrawn"],
            "body": one["body"],
        }
        for one in before
    ]
    moved_from = {"id": former["id"], "at": when(former["at_ms"])} if former else None
    return answer(request, {**said_of_row(row), "history": history, "moved_from": moved_from})


@router.get("/vehicles/{vehicle_id}/days", response_model=Days, responses=errors(404))
def days_of_vehicle(
    request: Request,
    vehicle: TheVehicle,
    parts: OurParts,
    from_: Annotated[date | None, Query(alias="from", description="A UTC date; 30 days before `to` by default")] = None,
    to: Annotated[date | None, Query(description="A UTC date, inclusive; today by default")] = None,
) -> Response:
    """What a vehicle's UTC days came to."""
    last = to or datetime.now(UTC).date()
    first = from_ or date.fromordinal(max(1, last.toordinal() - 30))
    if not first <= last <= first + LONGEST:
        raise Problem(422, f"`from` has to be before `to`, by at most {LONGEST.days} days.")
    with parts.database.reading() as connection:
        rows = facts.days_of(connection, [vehicle["id"]], first, last)
    items = [
        {
            "day": row["day"].isoformat(),
            "distance_m": row["distance_mm"] / 1000,
            **{f"{name}_s": row[f"{name}_ms"] / 1000 for name in ("driving", "idling", "engine", "speeding")},
        }
        for row in rows
    ]
    return answer(request, {"items": items})


@router.get("/recounts", response_model=Recounts)
def list_recounts(request: Request, person: Asker, parts: OurParts) -> Response:
    """Vehicles whose facts are worked out again, because data came that is older than what is kept to begin at."""
    with parts.database.reading() as connection:
        rows = [row for row in recounts.waiting(connection) if person.sees_vehicle(row["vehicle_id"])]
    items = [
        {
            "vehicle": row["vehicle_id"],
            "from": when(row["from_ms"]) if row["from_ms"] > 0 else None,
            "done": when(row["done_ms"]) if row["done_ms"] is not None else None,
            "asked_at": rfc3339(row["asked_at"]),
        }
        for row in rows
    ]
    return answer(request, {"items": items})


def _kinds(text: str) -> list[str] | None:
    found = [one.strip() for one in text.split(",") if one.strip()]
    if bad := [one for one in found if not re.fullmatch("[a-z_]{1,32}", one)]:
        raise Problem(422, f"There is no kind of fact {bad[0][:40]!r}.")
    return found or None


def _page(rows: list[Row], limit: int) -> dict[str, Any]:
    last = rows[limit - 1] if len(rows) > limit else None
    next_ = base64.urlsafe_b64encode(f"{last['at_ms']} {last['id']}".encode()).decode().rstrip("=") if last else None
    return {"items": [said_of_row(row) for row in rows[:limit]], "next": next_}


def _after(cursor: str | None) -> tuple[int, str] | None:
    if not cursor:
        return None
    try:
        place = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        place = ""
    found = re.fullmatch(r"(-?[0-9]{1,15}) ([a-z2-7]{1,32})", place)
    if not found:
        raise Problem(422, "The cursor is not one that this API gave out. Start again without it.")
    return int(found[1]), found[2]
