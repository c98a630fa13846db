"""Reports that are sent by themselves, by the real server: saved over HTTP, sent by its ticker through a real mail server."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from server.store import report_schedules
from server.store.database import Database
from tests.support import standing
from tests.support.servers import Server, a_server
from tests.support.sinks import MailSink
from tests.support.waiting import until

URL = "/api/v1/report-schedules"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory, mail: MailSink) -> Iterator[Server]:
    """A server with a mail server, and a trip of yesterday."""
    smtp = {"host": "127.0.0.1", "port": mail.port, "tls": "none", "from": "milepost@fleet.example"}
    with a_server(tmp_path_factory.mktemp("mailing"), smtp=smtp) as running:
        yesterday = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)
        database = Database("", running.data)
        standing.write(database, standing.a_trip("van-1", yesterday, 30), standing.a_trip("van-2", yesterday, 30))
        database.close()
        yield running


@pytest.fixture(scope="module")
def aino(mailing: Server) -> Iterator[httpx.Client]:
    """A dispatcher's key."""
    key = mailing.key("aino", "dispatcher")
    with httpx.Client(base_url=mailing.api.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        yield client


def a_schedule(**said: Any) -> dict[str, Any]:
    usual = {"name": "Trips", "report": "trips", "format": "csv", "every": "day", "recipients": ["boss@fleet.example"]}
    return usual | said


def saved(client: httpx.Client, **said: Any) -> dict[str, Any]:
    answer = client.post(URL, json=a_schedule(**said))
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


def test_a_schedule_is_saved_changed_and_ended(aino: httpx.Client) -> None:
    """It says when it comes next, and what its days are."""
    made = saved(aino, every="week", on=1, at="06:30", time_zone="Europe/Helsinki", group="vehicle")
    assert (made["owner"], made["last"], made["group"], made["enabled"]) == ("aino", None, "vehicle", True)
    due = datetime.fromisoformat(made["next_at"])
    assert datetime.now(UTC) < due < datetime.now(UTC) + timedelta(days=8)
    url = f"{URL}/{made['id']}"
    changed = aino.put(url, json=a_schedule(enabled=False, name="Off")).json()
    assert (changed["name"], changed["next_at"]) == ("Off", None)
    assert [row["id"] for row in aino.get(URL).json()["items"]] == [made["id"]]
    assert aino.delete(url).status_code == 204
    assert aino.get(URL).json() == {"items": [], "mail": True}
    assert aino.put(url, json=a_schedule()).status_code == 404


def test_send_now_sends_and_says_so(aino: httpx.Client, mail: MailSink) -> None:
    """Somebody wants to see the first one before Monday."""
    made = saved(aino, vehicles=["van-1"])
    sending = aino.post(f"{URL}/{made['id']}/send").json()
    assert (sending["state"], sending["error"], sending["attempts"]) == ("sent", None, 1)
    assert mail.mails[-1]["To"] == "boss@fleet.example"
    body = mail.mails[-1].get_body()
    assert body is not None
    assert body.get_content().startswith("van-1 made 1 trip and drove 12.35 km on ")
    [row] = [row for row in aino.get(URL).json()["items"] if row["id"] == made["id"]]
    assert row["last"]["state"] == "sent"
    aino.delete(f"{URL}/{made['id']}")


def test_what_is_due_is_sent_by_the_server_itself(mailing: Server, aino: httpx.Client, mail: MailSink) -> None:
    """Nobody has to be there."""
    made = saved(aino, name="By itself")
    database = Database("", mailing.data)
    with database.writing() as connection:  # as if it had been saved two days ago
        report_schedules.change(connection, made["id"], {"since": datetime.now(UTC) - timedelta(days=1, hours=1)})
    database.close()
    until(lambda: [sent for sent in mail.mails if sent["Subject"].startswith("By itself")], 40, "the report by mail")

    def noted() -> bool:
        [row] = [row for row in aino.get(URL).json()["items"] if row["id"] == made["id"]]
        return bool(row["last"]["state"] == "sent")

    until(noted, 20, "that it is noted as sent")
    aino.delete(f"{URL}/{made['id']}")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"recipients": ["nobody"]}, "mailboxes such as"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["a@b.example\r\nBcc: all@b.example"]}, "mailboxes"),
        ({"every": "week", "on": 9}, "Monday"),
        ({"every": "month", "on": 31}, "28"),
        ({"at": "25:00"}, "at"),
        ({"time_zone": "Mars"}, "Europe/Helsinki"),
        ({"vehicles": ["van-nobody"]}, "van-nobody"),
        ({"team": "nobody"}, "nobody"),
        ({"fence": "depot"}, "knows no fences"),
        ({"format": "gpx"}, "pdf"),
        ({"report": "custody"}, "trips"),
    ],
    ids=str,
)
def test_a_schedule_that_cannot_be_is_refused_with_what_to_write(
    aino: httpx.Client, said: dict[str, Any], says: str
) -> None:
    """When it is saved, not on Monday morning."""
    answer = aino.post(URL, json=a_schedule(**said))
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json"), answer.text
    assert says in answer.json()["detail"]


def test_a_viewer_sees_schedules_and_changes_none(mailing: Server, aino: httpx.Client) -> None:
    """Reading is for many, sending in the fleet's name for few."""
    made = saved(aino)
    assert made["id"] in [row["id"] for row in mailing.api.get(URL).json()["items"]]
    assert mailing.api.post(URL, json=a_schedule()).status_code == 403
    assert mailing.api.delete(f"{URL}/{made['id']}").status_code == 403
    assert mailing.api.post(f"{URL}/{made['id']}/send").status_code == 403
    aino.delete(f"{URL}/{made['id']}")


def test_every_change_is_in_the_audit_log(mailing: Server, aino: httpx.Client) -> None:
    """Who let the fleet's reports go where."""
    made = saved(aino, name="Audited")
    aino.put(f"{URL}/{made['id']}", json=a_schedule(name="Audited", recipients=["other@fleet.example"]))
    aino.delete(f"{URL}/{made['id']}")
    admin = {"Authorization": f"Bearer {mailing.key('root', 'admin')}"}
    rows = mailing.api.get("/api/v1/audit", headers=admin).json()["items"]
    found = [row for row in rows if row["subject"] == made["id"]][::-1]
    assert [row["what"] for row in found] == ["report_scheduled", "report_schedule_changed", "report_schedule_removed"]
    assert found[1]["detail"]["recipients"] == {"was": ["boss@fleet.example"], "is": ["other@fleet.example"]}
