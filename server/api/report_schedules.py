"""Reports that are sent by themselves: who saves one lends it their eyes, so that a mail shows what they may see."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.reports import asked_vehicles
from server.api.shapes_reports import PutSchedule, Schedule, Schedules, Sending
from server.domain.periods import check, coming
from server.domain.person import Person
from server.notify.addresses import AddressError, mailboxes
from server.reports.question import asked
from server.reports.sending import send_now
from server.store import report_schedules as store
from server.store.audit import audit, differences
from server.store.schema import Row
from wire.messages import rfc3339

router = APIRouter(prefix="/api/v1/report-schedules", tags=["reports"], responses=errors(401, 403, 503))
_WORDS = ("name", "kind", "format", "filters", "every", "on_day", "at", "time_zone", "recipients", "enabled")


@router.get("", response_model=Schedules)
def list_schedules(request: Request, person: Asker, parts: OurParts) -> Response:
    """The reports that are sent by themselves; whoever is limited to teams sees their own."""
    now = datetime.now(UTC)
    with parts.database.reading() as connection:
        rows = [row for row in store.every(connection) if _knows(person, row)]
        last = store.last_sendings(connection, [row["id"] for row in rows])
    items = [_schedule(row, last.get(row["id"]), now) for row in rows]
    return answer(request, {"items": items, "mail": bool(parts.settings.smtp.host)})


@router.post("", status_code=201, responses=errors(400, 422))
def add_schedule(said: PutSchedule, person: Asker, parts: OurParts) -> Schedule:
    """Let a report be sent by itself, from its next day on."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        values = _values(connection, said, person, now)
        schedule = store.add(connection, values | {"since": now})
        audit(connection, person, "report_scheduled", schedule, {name: values[name] for name in _WORDS}, now)
        return _answered(connection, schedule, now)


@router.put("/{schedule_id}", responses=errors(400, 404, 422))
def change_schedule(schedule_id: str, said: PutSchedule, person: Asker, parts: OurParts) -> Schedule:
    """Let it be as it is said here, as a whole. It then shows what whoever changed it may see."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        was = _known(connection, schedule_id, person)
        values = _values(connection, said, person, now)
        again = said.enabled and not was["enabled"]
        store.change(connection, schedule_id, values | ({"since": now} if again else {}))
        if changes := differences(was, was | values, *_WORDS, "owner"):
            audit(connection, person, "report_schedule_changed", schedule_id, changes, now)
        return _answered(connection, schedule_id, now)


@router.delete("/{schedule_id}", status_code=204, responses=errors(404))
def remove_schedule(schedule_id: str, person: Asker, parts: OurParts) -> None:
    """Send it no longer."""
    with parts.database.writing() as connection:
        was = _known(connection, schedule_id, person)
        store.remove(connection, schedule_id)
        detail = {"name": was["name"], "recipients": was["recipients"]}
        audit(connection, person, "report_schedule_removed", schedule_id, detail, datetime.now(UTC))


@router.post("/{schedule_id}/send", responses=errors(404))
def send_schedule(schedule_id: str, person: Asker, parts: OurParts) -> Sending:
    """Send its newest report now, once more, and say what became of it."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        row = _known(connection, schedule_id, person)
        audit(connection, person, "report_sent", schedule_id, {"recipients": row["recipients"]}, now)
    period = send_now(parts.database, parts.settings, row, now)
    with parts.database.reading() as connection:
        sending = store.sending(connection, schedule_id, period)
    if sending is None:  # removed meanwhile
        raise Problem(404, f"There is no schedule {schedule_id!r}.")
    return Sending.model_validate(_sending(sending))


def _values(connection: Connection, said: PutSchedule, person: Person, now: datetime) -> Row:
    """The columns of what was said; a Problem 422 with what to write instead."""
    try:
        vehicles = frozenset(said.vehicles or ()) or None
        asked_vehicles(connection, person, vehicles or frozenset(), said.team or "")
        asked(said.report, zone=said.time_zone, fence=said.fence or "", group=said.group or "", now=now)
        recipients = mailboxes(",".join(said.recipients))
        values: Row = {
            "name": said.name.strip() or said.report,
            "kind": said.report,
            "format": said.format,
            "filters": {
                "vehicles": sorted(vehicles) if vehicles else None,
                "team": said.team or None,
                "fence": said.fence or None,
                "group": said.group or None,
            },
            "every": said.every,
            "on_day": 1 if said.every == "day" else said.on,
            "at": said.at,
            "time_zone": said.time_zone,
            "recipients": recipients,
            "enabled": said.enabled,
            "owner": person.name,
            "owner_is_key": person.machine,
            "changed_at": now,
        }
        check(store.timing(values))
    except AddressError:
        raise Problem(422, "recipients: write mailboxes such as manager@fleet.example.") from None
    except Problem as error:
        raise Problem(422, str(error.detail)) from None
    except ValueError as error:
        raise Problem(422, str(error)) from None
    return values


def _knows(person: Person, row: Row) -> bool:
    """Whoever sees every vehicle knows every schedule; others their own."""
    return person.sees is None or (row["owner"], row["owner_is_key"]) == (person.name, person.machine)


def _known(connection: Connection, schedule: str, person: Person) -> Row:
    row = store.one(connection, schedule)
    if row is None or not _knows(person, row):
        raise Problem(404, f"There is no schedule {schedule!r}.")
    return row


def _answered(connection: Connection, schedule: str, now: datetime) -> Schedule:
    row = store.one(connection, schedule)
    assert row is not None
    return Schedule.model_validate(_schedule(row, store.last_sendings(connection, [schedule]).get(schedule), now))


def _schedule(row: Row, last: Row | None, now: datetime) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "report": row["kind"],
        "format": row["format"],
        **row["filters"],
        "every": row["every"],
        "on": row["on_day"],
        "at": row["at"],
        "time_zone": row["time_zone"],
        "recipients": row["recipients"],
        "enabled": row["enabled"],
        "owner": row["owner"],
        "changed_at": rfc3339(row["changed_at"]),
        "next_at": rfc3339(coming(store.timing(row), now).due) if row["enabled"] else None,
        "last": _sending(last) if last else None,
    }


def _sending(row: Row) -> dict[str, Any]:
    return {
        "period": row["period"],
        "from": rfc3339(row["start_at"]),
        "to": rfc3339(row["end_at"]),
        "state": row["state"],
        "attempts": row["attempts"],
        "due_at": rfc3339(row["due_at"]),
        "sent_at": rfc3339(row["sent_at"]) if row["sent_at"] else None,
        "error": row["error"],
    }
