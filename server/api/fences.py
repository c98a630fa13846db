"""Fences: drawn, brought in from GeoJSON, taken out again. A change counts from now on; what was is not judged anew."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from server.api.answers import GEOJSON, answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_fences import FENCE, TRIAL, Fence, Fences, FencesTaken, Tried
from server.api.times import range_of
from server.domain.engine.told import when
from server.domain.fences import fence, geojson, teams
from server.domain.fences.hours import HoursError
from server.domain.fences.ids import LONGEST, with_ids
from server.domain.fences.properties import PropertyError
from server.domain.fences.shapes import ShapeError
from server.domain.person import Person
from server.preview import BUDGET_S, Preview, nearest_first, preview
from server.said import said as said_of_fact
from server.store import fences
from server.store.audit import audit
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1", tags=["fences"], responses=errors(401, 403, 422, 503))
WEEK, MONTH = timedelta(days=7), timedelta(days=31)
_ONE = threading.Lock()
"""One fence is tried at a time: it takes a processor."""
OUTCOMES = ("added", "changed", "same")
LARGEST = 50_000_000
"""Bytes of a document: 100,000 fences of ten corners are 40 MB."""


async def document(request: Request) -> Any:
    """The JSON that came, of whatever content type."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise Problem(422, f"The document is larger than {LARGEST // 1_000_000} MB. Bring it in in parts.")
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Problem(422, "The body is not JSON. Send GeoJSON as UTF-8.") from None


Document = Annotated[Any, Depends(document)]
_FROM = "The version that you changed: 409 when there is a newer one; 0: there is none yet"
Version = Annotated[int | None, Query(ge=0, le=2**31 - 1, description=_FROM)]


def body_of(*schemas: str, example: Any) -> dict[str, Any]:
    """The documentation of a body that is read by our own rules."""
    refs = [{"$ref": f"#/components/schemas/{schema}"} for schema in schemas]
    content = {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content, GEOJSON: content}}}


@router.get("/fences", response_model=Fences, responses={200: {"content": {GEOJSON: {}}}})
def list_fences(request: Request, person: Asker, parts: OurParts) -> Response:
    """All fences that are in force, by id, as one GeoJSON file that `POST /fences` takes again."""
    with parts.database.reading() as connection:
        rows = fences.current(connection)
    features = [feature for row in rows if (feature := said(row, person)) is not None]
    return answer(request, {"type": "FeatureCollection", "features": features}, GEOJSON)


@router.post(
    "/fences",
    response_model=FencesTaken,
    status_code=201,
    openapi_extra=body_of("FenceFeature", "FenceCollection", example=FENCE),
)
def import_fences(person: Asker, parts: OurParts, body: Document) -> dict[str, list[str]]:
    """Bring in a Feature or a FeatureCollection, all of it or nothing.

    A Feature with the id of a fence changes it; one without an id is a new fence. Fences that are not in the document
    stay as they are.
    """
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        try:
            read = geojson.read_fences(with_ids(body, fences.ids(connection)))
        except geojson.FencesError as error:
            raise Problem(422, str(error)) from None
        long = [each.id for each in read if len(each.id) > LONGEST]
        if long:
            raise Problem(422, f"The id {long[0]!r} has more than {LONGEST} characters. Write a shorter one.")
        features = geojson.write_fences(read)["features"]
        if person.sees is not None:
            before = {row["fence_id"]: row["feature"] for row in fences.current(connection)}
            features = [teams.changed(feature, before.get(feature["id"]), person.sees) for feature in features]
        done = fences.put(connection, features, by=person.name, now=now)
        taken = {word: [each for each, outcome in done.items() if outcome == word] for word in OUTCOMES}
        if taken["added"] or taken["changed"]:
            some = {word: taken[word][:1000] for word in ("added", "changed")}
            audit(connection, person, "fences_imported", "", some | {"fences": len(read)}, now)
    return taken


def _one(fence_id: str, person: Asker, parts: OurParts) -> dict[str, Any]:
    """The fence that a path names, or the 404 that says that there is none (to be seen)."""
    with parts.database.reading() as connection:
        row = fences.one(connection, fence_id)
    feature = said(row, person) if row is not None else None
    if feature is None:
        raise no_fence(fence_id)
    return feature


@router.post("/fences/preview", response_model=Tried, openapi_extra=body_of("FenceTrial", example=TRIAL))
def try_fence(person: Asker, parts: OurParts, body: Document) -> Response:
    """What a fence would have said of stored tracks, by the engine itself; nothing is kept.

    Of the last seven days unless `from` and `to` say otherwise, at most 31. A large fleet is looked at for some
    seconds only, the nearest vehicles first: `vehicles_tried` says how many it were.
    """
    asked = body if isinstance(body, dict) else {}
    feature = asked.get("feature")
    fence = read_one(feature, feature.get("id") or "new" if isinstance(feature, dict) else "new")
    to = _time(asked, "to") or datetime.now(UTC)
    start, end = range_of(_time(asked, "from") or to - WEEK, to, to, MONTH)
    with parts.database.reading() as connection:
        vehicles = nearest_first(connection, fence, person.sees)
    if not _ONE.acquire(timeout=BUDGET_S):
        raise Problem(503, "Other fences are being tried. Nothing is lost. Try again.", {"Retry-After": "5"})
    try:
        found = preview(fence, vehicles, parts.telemetry, start, end)
    finally:
        _ONE.release()
    return Response(msgspec.json.encode(tried(found)), media_type="application/json")


@router.get(
    "/fences/{fence_id:path}",
    response_model=Fence,
    responses={**errors(404), 200: {"content": {GEOJSON: {}}}},
)
def one_fence(request: Request, feature: Annotated[dict[str, Any], Depends(_one)]) -> Response:
    """One fence."""
    return answer(request, feature, GEOJSON)


@router.put(
    "/fences/{fence_id:path}",
    response_model=Fence,
    responses={**errors(409), 200: {"content": {GEOJSON: {}}}},
    openapi_extra=body_of("FenceFeature", example=FENCE),
)
def change_fence(
    request: Request,
    fence_id: str,
    person: Asker,
    parts: OurParts,
    body: Document,
    version: Annotated[
        int | None,
        Query(ge=0, le=2**31 - 1, description="What you changed: 409 when there is a newer one; 0: it is new"),
    ] = None,
) -> Response:
    """Let a fence be so from now on; a new one when there is none of this id."""
    feature = geojson.write_fence(read_one(body, fence_id))
    with parts.database.writing() as connection:
        before = fences.one(connection, fence_id)
        _unchanged_since(before, fence_id, version)
        feature = teams.changed(feature, before["feature"] if before else None, person.sees)
        now = datetime.now(UTC)
        outcome = fences.put(connection, [feature], by=person.name, now=now)[fence_id]
        row = fences.one(connection, fence_id)
        if outcome != "same":
            audit(connection, person, f"fence_{outcome}", fence_id, feature["properties"], now)
    assert row is not None
    return answer(request, said(row, person), GEOJSON)


@router.delete("/fences/{fence_id:path}", status_code=204, responses=errors(404))
def end_fence(fence_id: str, person: Asker, parts: OurParts) -> None:
    """End a fence: from now on it says nothing. What it said stays."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        row = fences.one(connection, fence_id)
        feature = said(row, person) if row is not None else None
        if row is None or feature is None:
            raise no_fence(fence_id)
        if feature["properties"] != row["feature"]["properties"]:
            raise Problem(403, f"{fence_id!r} is also for vehicles that you do not see. Ask somebody who sees them.")
        fences.end(connection, fence_id, now)
        audit(connection, person, "fence_ended", fence_id, {}, now)


def said(row: Row, person: Person) -> dict[str, Any] | None:
    """A fence as the API says it to somebody; None when it is for vehicles only that they do not see."""
    since = datetime.fromtimestamp(row["from_ms"] / 1000, UTC)
    more = {"version": row["version"], "since": rfc3339(since), "changed_by": row["changed_by"]}
    feature = teams.shown(row["feature"], person.sees)
    return None if feature is None else feature | more


def read_one(feature: object, fence_id: str) -> fence.Fence:
    """The fence of a Feature that is meant to have this id; a Problem that says which property is wrong."""
    if isinstance(feature, dict):
        if feature.get("id") not in (None, fence_id):
            raise Problem(422, f"The Feature's id is {str(feature['id'])[:80]!r}, and the path says {fence_id!r}.")
        feature = {**feature, "id": fence_id}
    try:
        found = geojson.read_fence(feature)
    except (ShapeError, PropertyError, HoursError) as error:
        text = str(error)
        raise Problem(
            422, f"{text[:1].upper()}{text[1:]}.", errors=[{"parameter": _meant(error), "says": text}]
        ) from None
    if len(found.id) > LONGEST:
        raise Problem(422, f"The id {found.id!r} has more than {LONGEST} characters. Write a shorter one.")
    return found


def tried(found: Preview) -> dict[str, Any]:
    """A preview as the API says it."""
    visits = [
        {
            "vehicle": visit.vehicle,
            "entered_at": when(visit.entered_ms),
            "left_at": when(visit.left_ms) if visit.left_ms is not None else None,
            "duration_s": visit.duration_s,
        }
        for visit in found.visits
    ]
    lines = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": line},
            "properties": {"vehicle": vehicle},
        }
        for vehicle, line in found.tracks
    ]
    return {
        "visits": visits,
        "crossings": found.crossings,
        "shorter_than_90_s": sum(visit.left_ms is not None and visit.duration_s < 90 for visit in found.visits),
        "vehicles": found.vehicles,
        "vehicles_tried": found.tried,
        "tracks": {"type": "FeatureCollection", "features": lines},
        "facts": [said_of_fact(one) for one in found.facts],
    }


def _time(asked: dict[str, Any], name: str) -> datetime | None:
    said = asked.get(name)
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        raise Problem(422, f"`{name}` is {str(said)[:40]!r}; write RFC 3339, such as 2026-11-22T10:00:00Z.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def no_fence(fence_id: str) -> Problem:
    """The 404."""
    return Problem(404, f"There is no fence {fence_id!r}.")


def _meant(error: ValueError) -> str:
    """Which part of a Feature an error is about: those of properties begin with its name."""
    if isinstance(error, ShapeError):
        return "geometry"
    return "properties.hours" if isinstance(error, HoursError) else f"properties.{str(error).split(' ', 1)[0]}"


def _unchanged_since(row: Row | None, fence_id: str, version: int | None) -> None:
    if version is not None and version != (row["version"] if row else 0):
        by = f"{row['changed_by']} changed {fence_id!r}" if row else f"Somebody ended {fence_id!r}"
        raise Problem(409, f"{by} meanwhile. Load it again, then change that.")
