"""Tags come on packages and off again: by a form, a file, or a scan."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Response

from server.api.binding import bind_all, now_ms
from server.api.files import CSV_BODY, Csv
from server.api.packages import SAID_OF_A_FILE, known_package, said_binding
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_packages import Bind, Binding, Imported
from server.api.times import aware
from server.domain.package_files import BINDING_COLUMNS, FileError, read_table
from server.store import bindings, packages
from server.store.audit import audit
from server.store.bindings import Pair

router = APIRouter(prefix="/api/v1/bindings", tags=["packages"], responses=errors(401, 403, 422, 503))
AHEAD = timedelta(minutes=1)
LONGEST_AGO = timedelta(days=31)


@router.post("", status_code=201, responses=errors(404, 409))
def bind(said: Bind, person: Asker, parts: OurParts) -> Binding:
    """Put a tag on a package. What holds either already is a 409 that says so, unless `move` says that it ends."""
    now = datetime.now(UTC)
    at = aware(said.at) if said.at else now
    if not now - LONGEST_AGO <= at <= now + AHEAD:
        raise Problem(422, "`at` has to be within the last 31 days, and not ahead.")
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        known_package(connection, said.package_id, person)
        [why] = bind_all(connection, person, [Pair(said.package_id, said.tag_id)], now=now, at=at, move=said.move)
        if why:
            raise Problem(409, why)
        row = bindings.history(connection, package=said.package_id)[0]
        detail = {"tag_id": row["tag_id"], "moved": said.move}
        audit(connection, person, "tag_bound", said.package_id, detail, now)
    return Binding.model_validate(said_binding(row))


@router.post("/import", response_model=Imported, openapi_extra=CSV_BODY["bindings"])
def import_bindings(person: Asker, parts: OurParts, data: Csv) -> dict[str, Any]:
    """Bring in a file of bindings: each line is taken, or refused with the reason. `created` are those that are new."""
    try:
        table = read_table(data, BINDING_COLUMNS, ["package_id", "tag_id"])
    except FileError as error:
        raise Problem(422, str(error)) from None
    now = datetime.now(UTC)
    lines = list(table.lines)
    refused = {line.number: line.why for line in lines if line.why}
    wanted = {
        line.number: Pair(line.cells.get("package_id", ""), line.cells.get("tag_id", ""))
        for line in lines
        if not line.why
    }
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        before = bindings.count(connection)
        found = bind_all(connection, person, list(wanted.values()), now=now)
        created = bindings.count(connection) - before
        refused |= {number: why for number, why in zip(wanted, found, strict=True) if why}
        if created:
            detail = {"created": created, "refused": len(refused)}
            audit(connection, person, "bindings_imported", "", detail, now)
    said = [{"line": number, "why": why} for number, why in sorted(refused.items())]
    same = len(lines) - len(refused) - created
    counts = {"created": created, "changed": 0, "same": same, "refused_count": len(said)}
    return {**counts, "refused": said[:SAID_OF_A_FILE], "ignored_columns": table.ignored}


@router.delete("/{package_id}", status_code=204, responses=errors(404))
def unbind(package_id: str, person: Asker, parts: OurParts) -> Response:
    """Take the tag off a package."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        known_package(connection, package_id, person)
        tag = bindings.unbind(connection, package_id, at_ms=now_ms(now), by=person.name)
        if tag is None:
            raise Problem(404, f"There is no tag on the package {package_id!r}.")
        audit(connection, person, "tag_unbound", package_id, {"tag_id": tag}, now)
    return Response(status_code=204)
