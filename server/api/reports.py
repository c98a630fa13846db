"""Reports: what vehicles did in a window, in every format, with the same figures in each."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection
from starlette.responses import StreamingResponse

from server.api.answers import answer
from server.api.parts import Asker, OurParts, Parts
from server.api.problems import Problem, errors
from server.api.shapes_reports import REPORT_CSV, Report
from server.domain.person import Person
from server.reports.formats.data import as_json
from server.reports.formats.pdf import NoPaper
from server.reports.question import Asked, Group, Kind, asked
from server.reports.write import FORMS, File, Format, write
from server.store import fleet, teams

router = APIRouter(prefix="/api/v1", tags=["reports"], responses=errors(401, 403, 422, 503))
FORMATS: dict[str, Any] = {
    "description": "The report, in the format that was asked for",
    "content": {
        form.media_type.partition(";")[0]: {"schema": {"type": "object" if "json" in form.media_type else "string"}}
        for name, form in FORMS.items()
        if name != "json"
    }
    | {"text/csv": {"schema": {"type": "string"}, "example": REPORT_CSV}},
}


@router.get("/reports/{kind}", response_model=Report, responses={**errors(404), 200: FORMATS})
def report(
    request: Request,
    kind: Kind,
    person: Asker,
    parts: OurParts,
    from_: Annotated[
        str, Query(alias="from", description="RFC 3339, or a day, which begins at midnight there; 7 days before `to`")
    ] = "",
    to: Annotated[str, Query(description="Exclusive; the end of today by default")] = "",
    vehicle: Annotated[str, Query(description="Ids with commas between; all by default")] = "",
    team: Annotated[str, Query(description="The id of a team: its vehicles")] = "",
    fence: Annotated[str, Query(description="The id of a fence")] = "",
    group: Annotated[Group, Query(description="One row for each; without it one for each trip, halt, ...")] = "",
    time_zone: Annotated[str, Query(description="Of days and times: an IANA name")] = "UTC",
    format_: Annotated[Format, Query(alias="format")] = "json",
) -> Response:
    """What vehicles did. A trip, halt or visit counts whole in the window in which it began, and in no other."""
    now = datetime.now(UTC)
    wanted = frozenset(name.strip() for name in vehicle.split(",") if name.strip())
    with parts.database.reading() as connection:
        vehicles = asked_vehicles(connection, person, wanted, team)
    try:
        words = {"start": from_, "end": to, "zone": time_zone, "fence": fence, "group": group}
        question = asked(kind, vehicles=vehicles, sees=person.sees, teams=person.teams, **words, now=now)
        file = _written(parts, question, format_, now)
        if format_ == "json":
            return answer(request, as_json(file.table))
        chunks = _begun(file)
    except NoPaper as error:
        raise Problem(503, str(error)) from None
    except ValueError as error:
        raise Problem(422, str(error)) from None
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "private, no-cache"}
    return StreamingResponse(chunks, media_type=file.media_type, headers=headers)


def _written(parts: Parts, question: Asked, form: Format, now: datetime) -> File:
    with parts.database.reading() as connection:
        return write(connection, question, form, lambda: parts.telemetry, now=now)


def _begun(file: File) -> Iterator[bytes]:
    """The chunks, with the first one made already: what goes wrong at once is answered with its status."""
    first = next(file.chunks, b"")
    return chain([first], file.chunks)


def asked_vehicles(connection: Connection, person: Person, wanted: frozenset[str], team: str) -> frozenset[str] | None:
    """The vehicles that are named or in the team, which have to be there for this person; None for all."""
    if team and ((person.teams is not None and team not in person.teams) or not teams.one_team(connection, team)):
        raise Problem(404, f"There is no team {team!r}.")
    known = fleet.known_vehicles(connection, wanted)
    for name in sorted(wanted):
        if name not in known or not person.sees_vehicle(name):
            raise Problem(404, f"There is no vehicle {name!r}.")
    if team:
        members = teams.vehicles_of(connection, [team])
        return wanted & members if wanted else members
    return wanted or None
