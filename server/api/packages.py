"""Packages: planned one by one, or by a file whose lines count for themselves; found by what people know of them."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.api.answers import after, answer, cursor
from server.api.believed import said_custody
from server.api.binding import bind_all, now_ms
from server.api.files import CSV_BODY, Csv
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_packages import AddPackage, Bindings, Imported, Package, Packages, PutPackage
from server.domain.package_files import PACKAGE_COLUMNS, FileError, Line, read_table
from server.domain.person import Person
from server.domain.plan import FIELDS, PlanError, check_id, planned
from server.domain.tag_ids import is_tag
from server.store import bindings, packages
from server.store.audit import audit, differences
from server.store.bindings import Pair
from server.store.schema import Row
from wire.messages import instant, rfc3339

router = APIRouter(prefix="/api/v1", tags=["packages"], responses=errors(401, 403, 422, 503))
SAID_OF_A_FILE = 1000
"""So many refused lines are said, and so many ids are noted."""


@router.get("/packages", response_model=Packages)
def list_packages(
    request: Request,
    person: Asker,
    parts: OurParts,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    q: Annotated[
        str, Query(max_length=100, description="Part of an id, order, reference, name, or of its tag's id or name")
    ] = "",
    vehicle: Annotated[str, Query(max_length=64, description="Planned for this vehicle")] = "",
    route: Annotated[str, Query(max_length=64)] = "",
    tag: Annotated[str, Query(max_length=100, description="With this tag")] = "",
    order: Annotated[str, Query(max_length=64)] = "",
    *,
    closed: Annotated[bool, Query(description="Also those that are closed")] = False,
    alarm: Annotated[
        str, Query(max_length=32, description="With an open alarm of this kind, such as wrong_vehicle; `any` of any")
    ] = "",
) -> Response:
    """Packages in the order of their ids, of vehicles that one sees."""
    wanted = packages.Wanted(
        q=q.strip(), vehicle=vehicle, route=route, tag=tag, order=order, closed=closed, alarm=alarm,
        after=after(cursor_), limit=limit + 1, sees=person.sees,
    )  # fmt: skip
    with parts.database.reading() as connection:
        rows = packages.list_packages(connection, wanted)
        believed = said_custody(connection, [row["id"] for row in rows], ZoneInfo(parts.settings.alerts.time_zone))
    more = len(rows) > limit
    items = [said_package(row, believed.get(row["id"])) for row in rows[:limit]]
    return answer(request, {"items": items, "next": cursor(rows[limit - 1]["id"]) if more else None})


@router.post("/packages", status_code=201, responses=errors(409))
def add_package(said: AddPackage, person: Asker, parts: OurParts) -> Package:
    """Plan a package. With a tag it is bound as `POST /bindings` does it."""
    id_ = said.id or f"p-{secrets.token_hex(6)}"
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        if packages.held_by(connection, [_checked(id_)]):
            raise Problem(409, f"There is a package {id_!r} already. Change that one, or choose another id.")
        row = _put(connection, person, id_, said)
        believed = said_custody(connection, [id_], ZoneInfo(parts.settings.alerts.time_zone))
    return Package.model_validate(said_package(row, believed.get(id_)))


@router.post("/packages/import", response_model=Imported, openapi_extra=CSV_BODY["packages"])
def import_packages(person: Asker, parts: OurParts, data: Csv) -> dict[str, Any]:
    """Bring in a file of packages: each line is taken, or refused with the reason, whatever becomes of the others.

    A line with the id of a package changes it. A column that is not there changes nothing; an empty cell takes away
    what was said, but never the tag.
    """
    try:
        table = read_table(data, PACKAGE_COLUMNS, ["id"])
    except FileError as error:
        raise Problem(422, str(error)) from None
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        taken, refused = _import(connection, person, table.lines, now)
        counts = {word: sum(outcome == word for outcome in taken.values()) for word in ("created", "changed", "same")}
        if counts["created"] or counts["changed"]:
            some = [id_ for id_, outcome in taken.items() if outcome != "same"][:SAID_OF_A_FILE]
            detail = {**counts, "refused": len(refused), "packages": some}
            audit(connection, person, "packages_imported", "", detail, now)
    lines = [{"line": line, "why": why} for line, why in sorted(refused.items())]
    return {
        **counts,
        "refused": lines[:SAID_OF_A_FILE],
        "refused_count": len(lines),
        "ignored_columns": table.ignored,
    }


@router.get("/packages/{package_id}", response_model=Package, responses=errors(404))
def one_package(request: Request, package_id: str, person: Asker, parts: OurParts) -> Response:
    """One package, also when it is closed."""
    with parts.database.reading() as connection:
        row = known_package(connection, package_id, person)
        believed = said_custody(connection, [package_id], ZoneInfo(parts.settings.alerts.time_zone))
    return answer(request, said_package(row, believed.get(package_id)))


@router.put("/packages/{package_id}", responses=errors(404, 409))
def put_package(package_id: str, said: PutPackage, person: Asker, parts: OurParts) -> Package:
    """Let a package be planned so; a new one when there is none of this id. One that was closed is expected again."""
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        if packages.held_by(connection, [_checked(package_id)]):
            known_package(connection, package_id, person)
        row = _put(connection, person, package_id, said)
        believed = said_custody(connection, [package_id], ZoneInfo(parts.settings.alerts.time_zone))
    return Package.model_validate(said_package(row, believed.get(package_id)))


@router.delete("/packages/{package_id}", status_code=204, responses=errors(404))
def close_package(package_id: str, person: Asker, parts: OurParts) -> None:
    """Close a package: it is expected nowhere any more, and its tag is free. What is known of it stays."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        known_package(connection, package_id, person)
        if packages.close(connection, package_id, now):
            tag = bindings.unbind(connection, package_id, at_ms=now_ms(now), by=person.name)
            audit(connection, person, "package_closed", package_id, {"tag_id": tag}, now)


@router.get("/packages/{package_id}/bindings", response_model=Bindings, responses=errors(404))
def list_its_bindings(request: Request, package_id: str, person: Asker, parts: OurParts) -> Response:
    """The tags that are and were on a package, newest first."""
    with parts.database.reading() as connection:
        known_package(connection, package_id, person)
        rows = bindings.history(connection, package=package_id)
    return answer(request, {"items": [said_binding(row) for row in rows]})


def known_package(connection: Connection, package_id: str, person: Person) -> Row:
    """The package that a path names, or the 404 that says that there is none (to be seen)."""
    row = packages.one_package(connection, package_id, person.sees)
    if row is None:
        raise Problem(404, f"There is no package {package_id!r}.")
    return row


def said_package(row: Row, believed: dict[str, Any] | None = None) -> dict[str, Any]:
    """A package as the API says it, with where it is believed to be."""
    stop = None
    if row["stop_name"] is not None:
        stop = {"name": row["stop_name"], "lon": row["lon_e7"] / 1e7, "lat": row["lat_e7"] / 1e7}
        stop |= {"radius_m": row["radius_m"]}
    said = {name: row[name] for name in ("id", *FIELDS, "tag_id")}
    times = {name: rfc3339(row[name]) if row[name] else None for name in ("created_at", "changed_at", "closed_at")}
    return {**said, "stop": stop, **times, "custody": believed}


def said_binding(row: Row) -> dict[str, Any]:
    """A binding as the API says it."""
    until = rfc3339(instant(row["until_ms"])) if row["until_ms"] is not None else None
    said = {name: row[name] for name in ("package_id", "tag_id", "bound_by", "ended_by")}
    return {**said, "from": rfc3339(instant(row["from_ms"])), "until": until}


def _checked(package_id: str) -> str:
    try:
        check_id(package_id)
    except PlanError as error:
        raise _wrong(error) from None
    return package_id


def _wrong(error: PlanError) -> Problem:
    return Problem(422, str(error), errors=[{"parameter": error.field, "says": str(error)}])


def _put(connection: Connection, person: Person, id_: str, said: PutPackage) -> Row:
    """One package becomes so, with its tag."""
    now = datetime.now(UTC)
    was = packages.one_package(connection, id_)
    try:
        row = planned(said.model_dump(), packages.known_of(connection, [said.model_dump()], person.sees))
    except PlanError as error:
        raise _wrong(error) from None
    outcome = packages.put(connection, {id_: row}, now)[id_]
    if "tag_id" in said.model_fields_set:
        _put_tag(connection, person, id_, said.tag_id or None, was["tag_id"] if was is not None else None, now)
    found = packages.one_package(connection, id_)
    assert found is not None
    if was is None:
        audit(connection, person, "package_created", id_, {name: found[name] for name in (*FIELDS, "tag_id")}, now)
    elif outcome != "same" or was["tag_id"] != found["tag_id"]:
        audit(connection, person, "package_changed", id_, differences(was, found, *FIELDS, "tag_id"), now)
    return found


def _put_tag(
    connection: Connection, person: Person, id_: str, wanted: str | None, worn: str | None, now: datetime
) -> None:
    """The tag of one package becomes so; the tag of another package is not taken away from it."""
    if worn is not None and (wanted is None or not is_tag(wanted, worn)):
        bindings.unbind(connection, id_, at_ms=now_ms(now), by=person.name)
    if wanted is not None:
        [why] = bind_all(connection, person, [Pair(id_, wanted)], now=now)
        if why:
            raise Problem(409, why, errors=[{"parameter": "tag_id", "says": why}])


def _import(
    connection: Connection, person: Person, lines: Iterable[Line], now: datetime
) -> tuple[dict[str, str], dict[int, str]]:
    """What became of each id, and why which lines were refused."""
    read, refused = _by_id(lines)
    there = packages.held_by(connection, read)
    said = {id_: _with_what_was(line.cells, there.get(id_)) for id_, line in read.items()}
    known = packages.known_of(connection, said.values(), person.sees)
    rows: dict[str, Row] = {}
    for id_, line in read.items():
        try:
            check_id(id_)
            rows[id_] = planned(said[id_], known)
        except PlanError as error:
            refused[line.number] = str(error)
        if id_ in there and not person.sees_vehicle(there[id_]["vehicle_id"]):
            refused[line.number] = f"There is a package {id_!r} already, of a vehicle that you do not see."
            rows.pop(id_, None)
    taken: dict[str, str] = dict(packages.put(connection, rows, now))
    pairs = [Pair(id_, read[id_].cells["tag_id"]) for id_ in rows if read[id_].cells.get("tag_id")]
    for pair, why in zip(pairs, bind_all(connection, person, pairs, now=now), strict=True):
        if why:
            refused[read[pair.package].number] = f"The package is planned, but it has no such tag. {why}"
    return taken, refused


def _by_id(lines: Iterable[Line]) -> tuple[dict[str, Line], dict[int, str]]:
    read: dict[str, Line] = {}
    refused: dict[int, str] = {}
    for line in lines:
        id_ = line.cells.get("id", "")
        if line.why or not id_:
            refused[line.number] = line.why or "The line has no id."
        elif id_ in read:
            refused[line.number] = f"The package {id_!r} is in line {read[id_].number} already."
        else:
            read[id_] = line
    return read, refused


def _with_what_was(cells: dict[str, str], was: Row | None) -> dict[str, Any]:
    """What a line says, and of columns that it has not, what was planned; another route takes its own along."""
    kept = {name: was[name] for name in FIELDS} if was is not None else {}
    if cells.get("route_id") and kept and cells["route_id"] != kept["route_id"]:
        kept |= {"vehicle_id": None, "site_id": None, "stop_id": None}
    return {**kept, **cells}
