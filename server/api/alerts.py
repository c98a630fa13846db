"""The inbox: alerts, one alert with its evidence and its history, and what people do about it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.alerting import act
from server.announcing import announce
from server.api.answers import after, answer, cursor
from server.api.parts import Asker, OurParts, Parts
from server.api.problems import Problem, errors
from server.api.shapes_alerts import Alert, Alerts, Assignment, Closing, Comment, OneAlert, Snooze
from server.api.told import one_told, told
from server.api.vehicles import Limit
from server.domain.person import Person
from server.store import accounts, alerts
from server.store.alerts import Wanted
from server.store.audit import audit
from server.store.schema import Row
from wire.messages import milliseconds

router = APIRouter(prefix="/api/v1", tags=["alerts"], responses=errors(401, 403, 422, 503))
At = Annotated[datetime | None, Query(description="RFC 3339")]
LATEST = datetime(9000, 1, 1, tzinfo=UTC)


@router.get("/alerts", response_model=Alerts)
def list_alerts(
    request: Request,
    person: Asker,
    parts: OurParts,
    state: Annotated[
        Literal["open", "mine", "snoozed", "closed"] | None,
        Query(description="A heading of the inbox; `open` has those that are acknowledged too. Without it: all"),
    ] = None,
    vehicle: Annotated[str, Query(max_length=64, description="Also those that are members of a storm")] = "",
    storm: Annotated[str, Query(max_length=32, description="The members of this storm")] = "",
    from_: Annotated[
        datetime | None, Query(alias="from", description="RFC 3339: those that were open then or later")
    ] = None,
    to: Annotated[datetime | None, Query(description="RFC 3339, exclusive: those that opened before then")] = None,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Limit = 100,
) -> Response:
    """Alerts, newest first. A storm is one row; its members are asked for by `storm` or by their vehicle."""
    wanted = Wanted(
        state=state or "",
        who=person.name,
        vehicle=vehicle,
        storm=storm,
        start_ms=_ms(from_),
        end_ms=_ms(to),
        before=_place(cursor_),
        limit=limit + 1,
        sees=person.sees,
    )
    with parts.database.reading() as connection:
        rows = alerts.list_alerts(connection, wanted)
        items = told(connection, rows[:limit], *_for(parts, person, datetime.now(UTC)))
        counts = alerts.count(connection, person.name, person.sees)
    more = cursor(f"{rows[limit - 1]['opened_ms']}.{rows[limit - 1]['id']}") if len(rows) > limit else None
    return answer(request, {"items": items, "next": more, "counts": counts})


def _row(connection: Connection, alert_id: str, person: Person) -> Row:
    row = alerts.one_alert(connection, alert_id, person.sees)
    if row is None:
        raise Problem(404, f"There is no alert {alert_id!r}.")
    return row


@router.get("/alerts/{alert_id}", response_model=OneAlert, responses=errors(404))
def one_alert(request: Request, alert_id: str, person: Asker, parts: OurParts) -> Response:
    """One alert: its facts, what was done about it, what was sent, and the ten minutes around it."""
    with parts.database.reading() as connection:
        said = one_told(connection, _row(connection, alert_id, person), *_for(parts, person, datetime.now(UTC)))
    return answer(request, said)


@router.post("/alerts/{alert_id}/acknowledge", response_model=Alert, responses=errors(404, 409))
def acknowledge(request: Request, alert_id: str, person: Asker, parts: OurParts) -> Response:
    """Say that somebody has seen it. Of a storm: of all its members, those that come as well."""
    return _done(request, parts, person, alert_id, "acknowledged", {})


@router.post("/alerts/{alert_id}/assign", response_model=Alert, responses=errors(400, 404, 409))
def assign(request: Request, alert_id: str, said: Assignment, person: Asker, parts: OurParts) -> Response:
    """Give it to somebody, or to nobody."""
    return _done(request, parts, person, alert_id, "assigned", {"to": said.to})


@router.post("/alerts/{alert_id}/comment", response_model=Alert, responses=errors(400, 404))
def comment(request: Request, alert_id: str, said: Comment, person: Asker, parts: OurParts) -> Response:
    """Add a few words."""
    return _done(request, parts, person, alert_id, "commented", {"text": said.text})


@router.post("/alerts/{alert_id}/snooze", response_model=Alert, responses=errors(400, 404, 409))
def snooze(request: Request, alert_id: str, said: Snooze, person: Asker, parts: OurParts) -> Response:
    """Let it be quiet for a while; afterwards it is open again."""
    return _done(request, parts, person, alert_id, "snoozed", {"until": _until(said, datetime.now(UTC))})


@router.post("/alerts/{alert_id}/close", response_model=Alert, responses=errors(400, 404, 409))
def close(request: Request, alert_id: str, person: Asker, parts: OurParts, said: Closing | None = None) -> Response:
    """Say that it is over."""
    return _done(request, parts, person, alert_id, "closed", {"text": said.text if said else None})


@router.post("/alerts/{alert_id}/reopen", response_model=Alert, responses=errors(404, 409))
def reopen(request: Request, alert_id: str, person: Asker, parts: OurParts) -> Response:
    """Open it again: what was closed, and what was acknowledged or snoozed by mistake."""
    return _done(request, parts, person, alert_id, "reopened", {})


def _done(request: Request, parts: Parts, person: Person, alert_id: str, what: str, detail: Row) -> Response:
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        row = _row(connection, alert_id, person)
        to = detail.get("to")
        if to is not None and not accounts.known(connection, to):
            raise Problem(422, f"to: there is no user {to!r}.")
        refused = _refused(row, what)
        if refused:
            raise Problem(409, refused)
        changes = act(connection, row, person, what, detail, now)
        audit(connection, person, f"alert_{what}", alert_id, {"rule": row["rule_id"], **detail}, now)
        [said] = told(connection, [_row(connection, alert_id, person)], *_for(parts, person, now))
    announce(parts.hub, changes)
    return answer(request, said)


def _refused(row: Row, what: str) -> str:
    """Why this cannot be done to an alert as it is; empty when it can."""
    if row["withdrawn"] and what != "commented":
        return "Late data showed that this alert was not so. It is closed."
    if row["closed_ms"] is not None and what in ("acknowledged", "assigned", "snoozed", "closed"):
        return "This alert is closed. Open it again first."
    if row["state"] == "open" and what == "reopened":
        return "This alert is open already."
    return ""


def _for(parts: Parts, person: Person, now: datetime) -> tuple[frozenset[str] | None, str, datetime]:
    """For whom alerts are told: what they see, by which clock, and when."""
    return person.sees, parts.settings.alerts.time_zone, now


def _until(said: Snooze, now: datetime) -> int:
    """The end of a snooze in ms since 1970."""
    if (said.until is None) == (said.minutes is None):
        raise Problem(422, "Write either `minutes` or `until`.")
    if said.minutes is not None:
        return milliseconds(now + timedelta(minutes=said.minutes))
    try:
        until = datetime.fromisoformat(said.until or "")
    except ValueError:
        raise Problem(422, "until: write a time as 2026-11-22T14:30:00Z.") from None
    until_ms = _ms(until)
    if until_ms is None or not milliseconds(now) < until_ms <= milliseconds(now + timedelta(days=366)):
        raise Problem(422, "until: write a time that is to come, within a year.")
    return until_ms


def _ms(at: datetime | None) -> int | None:
    """A time without a zone is meant in UTC; beyond what a clock shows it is the end of all times."""
    if at is None:
        return None
    try:
        aware = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise Problem(422, "Times are in the years 1 to 9999.") from None
    return milliseconds(min(aware, LATEST))


def _place(cursor_: str | None) -> tuple[int, str] | None:
    place = after(cursor_)
    if not place:
        return None
    found = re.fullmatch(r"([0-9]{1,15})\.([A-Za-z0-9]+)", place)
    if not found:
        raise Problem(422, "The cursor is not one that this API gave out. Start again without it.")
    return int(found[1]), found[2]
