"""Reports by e-mail: what is due goes out once, with what its owner may see; what was not taken is tried again.

Three steps, each of its own: a try is noted (commit), the mail goes over the wire, what became of it is noted (commit).
Killed between two of them, it goes out again under the same Message-ID.
"""

import logging
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec
from sqlalchemy import Connection

from server.domain.alerts.tries import pause_s
from server.domain.periods import Period, complete, due
from server.domain.person import Person
from server.notify.mail import Attachment, send_mail
from server.notify.sending import NotSent
from server.reports.build import TooMuch
from server.reports.formats.pdf import NoPaper
from server.reports.question import Asked, asked
from server.reports.write import File, Format, write
from server.settings import Settings
from server.store import accounts, keys, teams
from server.store import report_schedules as store
from server.store.database import Database
from server.store.schema import Row
from server.store.telemetry import Telemetry

log = logging.getLogger("milepost.reports")
TAKES = timedelta(minutes=10)
"""Whoever does not say within so long what became of a try has died meanwhile; then it is tried again."""
MOST_BYTES = 15_000_000
"""Mail servers take some 20 MB, and a file grows by a third on its way."""
EVERY = {"day": "every day", "week": "every week", "month": "every month"}


def send_due_reports(database: Database, telemetry: Telemetry, settings: Settings, now: datetime) -> int:
    """Send what is due; how many went out. The ticker calls it; any number of processes may."""
    del telemetry  # tracks are not sent; the ticker gives everything that there is
    with database.reading() as connection:
        fresh = [(row["id"], periods) for row in store.every(connection) if (periods := _periods(row, now))]
    if fresh:
        with database.writing() as connection:
            for schedule, periods in fresh:
                store.open_sendings(connection, schedule, periods)
    with database.reading() as connection:
        waiting = store.waiting(connection, now)
    return sum(_send(database, settings, schedule, period, now) for schedule, period in waiting)


def send_now(database: Database, settings: Settings, row: Row, now: datetime) -> str:
    """Send a schedule's newest report, due or not, with one try; the name of this sending."""
    key = now.isoformat(timespec="milliseconds")
    period = msgspec.structs.replace(complete(store.timing(row), now), key=key, due=now)
    with database.writing() as connection:
        store.open_sendings(connection, row["id"], [period])
        sending = store.try_it(connection, row["id"], key, now, now + TAKES)
    if sending is not None:
        _deliver(database, settings, row, sending, now, tries=1)
    return key


def _periods(row: Row, now: datetime) -> list[Period]:
    return due(store.timing(row), row["since"], now) if row["enabled"] else []


def _send(database: Database, settings: Settings, schedule: str, period: str, now: datetime) -> bool:
    """Send one report that waits, unless somebody else is at it; whether it went out."""
    with database.writing() as connection:
        sending = store.try_it(connection, schedule, period, now, now + TAKES)
        row = store.one(connection, schedule)
    return sending is not None and row is not None and _deliver(database, settings, row, sending, now)


def _deliver(database: Database, settings: Settings, row: Row, sending: Row, now: datetime, tries: int = 99) -> bool:
    """Over the wire, and note what became of it; whether it went out."""
    try:
        warning = _over_the_wire(database, settings, row, sending, now)
    except NotSent as error:
        wait_s = pause_s(sending["attempts"], error.after_s) if error.again and sending["attempts"] < tries else None
        became = {"state": "failed"} if wait_s is None else {"due_at": now + timedelta(seconds=wait_s)}
        log.warning("the report %s was not sent: %s", row["name"], error)
        with database.writing() as connection:
            store.ended(connection, row["id"], sending["period"], error=str(error), **became)
        return False
    with database.writing() as connection:
        store.ended(connection, row["id"], sending["period"], state="sent", sent_at=now, error=warning or None)
    return True


def _over_the_wire(database: Database, settings: Settings, row: Row, sending: Row, now: datetime) -> str:
    with database.reading() as connection:
        owner = _owner(connection, row, now)
        question = _question(connection, row, owner, sending, now)
        file, words = _written(connection, question, row["format"], now)
    content = b"".join(file.chunks)
    if len(content) > MOST_BYTES:
        raise NotSent(f"The file has {len(content):,} bytes, too many for a mail. Ask for a group.", again=False)
    attachment = Attachment(name=file.name, media_type=file.media_type.partition(";")[0], content=content)
    text = _text(settings, row, question, file, words, now)
    return send_mail(
        settings.smtp,
        row["recipients"],
        f"{row['name']}: {file.table.window}",
        text,
        message_id=f"report-{row['id']}-{''.join(filter(str.isalnum, sending['period']))}",
        now=now,
        attachments=[attachment],
    )


def _owner(connection: Connection, row: Row, now: datetime) -> Person:
    """Whose eyes it looks through, as they are now."""
    name = row["owner"]
    person = (
        keys.machine_named(connection, name, now) if row["owner_is_key"] else accounts.person_named(connection, name)
    )
    if person is None or not person.may("reports:read"):
        raise NotSent(f"{name}, who saved this report, may not see reports any more. Save it again.", again=False)
    return person


def _question(connection: Connection, row: Row, owner: Person, sending: Row, now: datetime) -> Asked:
    filters = row["filters"]
    vehicles = frozenset(filters["vehicles"]) if filters["vehicles"] else None
    if filters["team"]:
        members = teams.vehicles_of(connection, [filters["team"]])
        vehicles = members if vehicles is None else vehicles & members
    return asked(
        row["kind"],
        start=sending["start_at"].isoformat(),
        end=sending["end_at"].isoformat(),
        zone=row["time_zone"],
        vehicles=vehicles,
        sees=owner.sees,
        teams=owner.teams,
        fence=filters["fence"] or "",
        group=filters["group"] or "",
        now=now,
    )


def _written(connection: Connection, question: Asked, form: Format, now: datetime) -> tuple[File, str]:
    """The file, and what is to be said about it: a report that is too long for paper goes out as CSV."""

    def no_telemetry() -> Telemetry:
        raise AssertionError("tracks are not sent by mail")

    try:
        return write(connection, question, form, no_telemetry, now=now), ""
    except NoPaper as error:
        raise NotSent(str(error)) from None
    except TooMuch as error:
        if form == "csv":
            raise NotSent(str(error), again=False) from None
        says = f"{str(error).partition(';')[0]}, too many for {form.upper()}, so it is a CSV file.\n"
        return _written(connection, question, "csv", now)[0], says


def _text(settings: Settings, row: Row, question: Asked, file: File, words: str, now: datetime) -> str:
    table = file.table
    link = (
        f"\nThe same on the screen, with what came late:\n{_link(settings, question)}\n"
        if settings.http.public_url
        else ""
    )
    as_of = f"{now.astimezone(question.place):%Y-%m-%d %H:%M}"
    who, often = row["owner"], EVERY[row["every"]]
    return (
        f"{table.title}\n\nThe report is attached: {file.name}\n{words}"
        f"Days and times are of {table.zone}. The figures are of {as_of}; data that comes late changes them.\n"
        f"{link}\nThis mail comes {often}. {who} can change or end it in Milepost, under Reports.\n"
    )


def _link(settings: Settings, question: Asked) -> str:
    zone = question.place
    last = question.end.astimezone(zone) - timedelta(microseconds=1)
    query = {
        "page": "reports",
        "report": question.kind,
        "from": f"{question.start.astimezone(zone):%Y-%m-%d}",
        "to": f"{last:%Y-%m-%d}",
        "zone": question.zone,
        "group": question.group,
    }
    return f"{settings.http.public_url.rstrip('/')}/?{urlencode({key: value for key, value in query.items() if value})}"
