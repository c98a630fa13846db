"""Reports by e-mail, through a real SMTP server: once a period, with what its owner may see."""

import csv
import io
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete

from server.reports.formats import pdf
from server.reports.sending import TAKES, send_due_reports, send_now
from server.settings import Http, Settings, Smtp
from server.store import accounts, report_schedules, teams
from server.store.schema import Row, users
from tests.support import standing
from tests.support.sinks import MailSink
from tests.support.standing import MONDAY, on
from tests.support.stores import Stores

SATURDAY, DUE = on(5), on(7, "07:00")
"""Made on a Saturday, due on the Monday after it."""


class Office:
    """A database with a week of trips, a mailbox, and the server's settings."""

    def __init__(self, folder: Path, mailbox: MailSink) -> None:
        folder.mkdir(exist_ok=True)
        self.stores, self.mailbox = Stores(folder), mailbox
        self.settings = Settings(
            data_dir=str(folder),
            http=Http(public_url="https://fleet.example"),
            smtp=Smtp(host="127.0.0.1", port=mailbox.port, tls="none", from_="Milepost <milepost@fleet.example>"),
        )
        standing.write(
            self.stores.database,
            standing.a_trip("van-1", on(0, "08:00"), 30, metres=10_000),
            standing.a_trip("van-2", on(6, "23:59"), 30, metres=2_500),
            standing.a_trip("van-2", on(7, "00:01"), 30, metres=77_000),
        )
        with self.stores.database.writing() as connection:
            accounts.add_user(connection, name="aino", role="dispatcher", now=MONDAY)

    def schedule(self, **said: Any) -> str:
        """A weekly report in UTC, made on Saturday."""
        usual: Row = {
            "name": "Trips of the week",
            "kind": "trips",
            "format": "csv",
            "filters": {"vehicles": None, "team": None, "fence": None, "group": None},
            "every": "week",
            "on_day": 1,
            "at": "07:00",
            "time_zone": "UTC",
            "recipients": ["boss@fleet.example", "second@fleet.example"],
            "enabled": True,
            "owner": "aino",
            "owner_is_key": False,
            "since": SATURDAY,
            "changed_at": SATURDAY,
        }
        with self.stores.database.writing() as connection:
            return report_schedules.add(connection, usual | said)

    def send(self, now: datetime) -> int:
        """A beat of the ticker."""
        return send_due_reports(self.stores.database, self.stores.telemetry, self.settings, now)

    def last(self, schedule: str) -> Row:
        """Its newest sending."""
        with self.stores.database.reading() as connection:
            return report_schedules.last_sendings(connection, [schedule])[schedule]

    def rows(self) -> list[dict[str, str]]:
        """Of the newest mail's file."""
        [attached] = self.mailbox.mails[-1].iter_attachments()
        return list(csv.DictReader(io.StringIO(attached.get_content(), newline="")))


@pytest.fixture
def mailbox() -> Iterator[MailSink]:
    with MailSink() as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, mailbox: MailSink) -> Iterator[Office]:
    made = Office(tmp_path / "data", mailbox)
    yield made
    made.stores.close()


def test_a_weekly_report_comes_once_with_the_week_in_it(office: Office) -> None:
    """The ticker looks every few seconds; the manager has one mail."""
    office.schedule()
    assert office.send(DUE - timedelta(seconds=1)) == 0
    assert office.send(DUE) == 1
    assert office.send(DUE + timedelta(seconds=5)) == 0
    assert office.send(DUE + timedelta(days=6)) == 0
    [mail] = office.mailbox.mails
    assert mail["Subject"] == "Trips of the week: from 16 to 22 November 2026"
    assert mail["To"] == "boss@fleet.example, second@fleet.example"
    body = mail.get_body()
    assert body is not None
    text = body.get_content()
    assert text.startswith("2 vehicles made 2 trips and drove 12.50 km from 16 to 22 November 2026.")
    assert "https://fleet.example/?page=reports&report=trips&from=2026-11-16&to=2026-11-22&zone=UTC" in text
    assert [row["distance_km"] for row in office.rows()] == ["10.0", "2.5"]
    assert office.send(DUE + timedelta(days=7)) == 1
    assert [row["distance_km"] for row in office.rows()] == ["77.0"]


def test_paper_comes_as_paper(office: Office) -> None:
    """What a manager forwards."""
    office.schedule(format="pdf", filters={"vehicles": None, "team": None, "fence": None, "group": "vehicle"})
    office.send(DUE)
    [attached] = office.mailbox.mails[0].iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == (
        "application/pdf",
        "trips-by-vehicle_2026-11-16_2026-11-22.pdf",
    )
    assert "12.50" in PdfReader(io.BytesIO(attached.get_content())).pages[0].extract_text()


def test_a_report_that_is_too_long_for_paper_comes_as_csv(office: Office, a_short_pdf: Callable[[int], None]) -> None:
    """Nobody is told to ask again on a Monday morning."""
    a_short_pdf(1)
    office.schedule(format="pdf")
    assert office.send(DUE) == 1
    assert len(office.rows()) == 2
    assert "too many for PDF, so it is a CSV file" in str(office.mailbox.mails[0].get_body())


@pytest.fixture
def a_short_pdf(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let paper take so few rows: a thousand would take seconds."""
    from server.reports import write

    def shorten(rows: int) -> None:
        monkeypatch.setitem(write.FORMS, "pdf", write.FORMS["pdf"]._replace(most_rows=rows))

    assert write.FORMS["pdf"].most_rows == pdf.MOST_ROWS
    return shorten


def test_what_was_not_taken_is_tried_again_under_the_same_id(office: Office) -> None:
    """The mail server restarts; the report is late, and comes once."""
    schedule = office.schedule()
    office.mailbox.answers = ["451 Try later"]
    assert office.send(DUE) == 0
    last = office.last(schedule)
    assert (last["state"], last["attempts"]) == ("waiting", 1)
    assert "Try later" in last["error"]
    assert office.send(DUE + timedelta(seconds=1)) == 0
    assert office.mailbox.mails == []  # it waits before it tries again
    assert office.send(last["due_at"]) == 1
    assert (office.last(schedule)["state"], office.last(schedule)["error"]) == ("sent", None)
    assert office.send(last["due_at"] + TAKES) == 0
    assert len(office.mailbox.mails) == 1


def test_a_process_that_died_while_sending_sends_again_under_the_same_id(office: Office) -> None:
    """Whether the mail went out nobody knows; the receiver's program does."""
    schedule = office.schedule()
    office.send(DUE)
    with office.stores.database.writing() as connection:  # as if it had died before it noted that it was sent
        report_schedules.ended(connection, schedule, office.last(schedule)["period"], state="waiting")
    assert office.send(DUE + timedelta(seconds=30)) == 0
    assert office.send(DUE + TAKES) == 1
    first, second = office.mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_two_processes_send_one_mail(office: Office) -> None:
    """Each has a ticker of its own, and both see at once that it is due."""
    office.schedule()
    barrier = threading.Barrier(4)
    sent: list[int] = []

    def beat() -> None:
        barrier.wait(10)
        sent.append(office.send(DUE))

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(sent) == [0, 0, 0, 1]
    assert len(office.mailbox.mails) == 1


def test_what_is_refused_for_good_is_given_up_and_says_why(office: Office) -> None:
    """Somebody reads the list of schedules."""
    schedule = office.schedule()
    office.mailbox.answers = ["550 No such mailbox"]
    office.send(DUE)
    last = office.last(schedule)
    assert (last["state"], "No such mailbox" in last["error"]) == ("failed", True)


def test_the_mail_shows_what_its_owner_sees_on_the_day(office: Office) -> None:
    """Whoever is put into a team sees less, in the mail too."""
    office.schedule()
    with office.stores.database.writing() as connection:
        teams.add_team(connection, name="North", members=["aino"], vehicles=["van-2"], now=SATURDAY)
    office.send(DUE)
    assert [row["vehicle"] for row in office.rows()] == ["van-2"]


def test_nothing_is_sent_in_the_name_of_somebody_who_has_left(office: Office) -> None:
    """A forgotten schedule must not go on telling where vehicles were."""
    schedule = office.schedule()
    with office.stores.database.writing() as connection:
        connection.execute(delete(users).where(users.c.name == "aino"))
    office.send(DUE)
    assert office.mailbox.mails == []
    assert "Save it again" in office.last(schedule)["error"]


def test_a_schedule_that_is_off_sends_nothing(office: Office) -> None:
    """And what was due meanwhile is not sent when it is on again."""
    office.schedule(enabled=False)
    assert office.send(DUE) == 0


def test_sending_by_hand_has_no_influence_on_the_day(office: Office) -> None:
    """Somebody tries it on Saturday; the manager has Monday's all the same."""
    schedule = office.schedule()
    with office.stores.database.reading() as connection:
        row = report_schedules.one(connection, schedule)
    assert row is not None
    send_now(office.stores.database, office.settings, row, SATURDAY)
    assert office.last(schedule)["state"] == "sent"
    assert office.send(DUE) == 1
    assert len({mail["Message-ID"] for mail in office.mailbox.mails}) == 2


def test_without_a_mail_server_it_says_so(office: Office) -> None:
    """An operator forgot [smtp]; a dispatcher has to be able to see it."""
    schedule = office.schedule()
    office.settings = Settings(data_dir=office.settings.data_dir)
    office.send(DUE)
    assert "[smtp] host" in office.last(schedule)["error"]
