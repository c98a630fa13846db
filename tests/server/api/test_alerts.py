"""The inbox over HTTP: alerts of a real server, and what people do about them."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.boxes import say
from tests.support.events import Events
from tests.support.people import a_browser, a_program
from tests.support.servers import Server, a_server
from tests.support.waiting import until


@pytest.fixture(scope="module")
def alerted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with default rules; each test opens its own boxes."""
    with a_server(tmp_path_factory.mktemp("alerted"), alerts={"time_zone": "Europe/Helsinki"}) as running:
        yield running


@pytest.fixture(scope="module")
def aino(alerted: Server) -> Iterator[httpx.Client]:
    """A dispatcher in her browser."""
    with a_browser(alerted, "aino", "dispatcher") as client:
        yield client


_minutes = itertools.count(5, 5)


def open_lid(server: Server, *vehicles: str) -> None:
    """Somebody opens these boxes, minutes apart from what other tests do: or all of it would be one storm."""
    say(server, "tamper", *vehicles, at=datetime.now(UTC) - timedelta(minutes=next(_minutes)))


def the_alert(client: httpx.Client, vehicle: str, **query: str) -> dict:
    [found] = client.get("/api/v1/alerts", params={"vehicle": vehicle, **query}).json()["items"]
    return found


def do(client: httpx.Client, alert: dict, what: str, **said) -> httpx.Response:
    return client.post(f"/api/v1/alerts/{alert['id']}/{what}", json=said)


def test_a_box_that_is_opened_is_an_alert_with_its_reason(alerted: Server, aino: httpx.Client) -> None:
    """Title, one sentence, the fact, and the minutes around it: all that the inbox shows."""
    open_lid(alerted, "van-lid")
    alert = the_alert(aino, "van-lid", state="open")
    assert (alert["title"], alert["severity"], alert["state"]) == (
        "Somebody tampered with the gateway of van-lid", "critical", "open",
    )  # fmt: skip
    assert alert["because"].startswith("Its gateway said so at ")
    assert alert["because"].endswith("(pin: lid).")
    assert [fact["kind"] for fact in alert["facts"]] == ["tamper"]
    one = aino.get(f"/api/v1/alerts/{alert['id']}").json()
    assert [(event["what"], event["who"], event["says"]) for event in one["history"]] == [("opened", None, "Opened")]
    opened = datetime.fromisoformat(alert["opened_at"])
    assert one["evidence"]["from"] == (opened - timedelta(minutes=10)).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )
    assert one["rule_name"] == "Somebody opened a gateway"


def test_what_people_do_is_kept_in_their_names(alerted: Server, aino: httpx.Client) -> None:
    """Acknowledge, assign, comment, snooze, close, reopen: each is a line that the next shift reads."""
    open_lid(alerted, "van-acts")
    alert = the_alert(aino, "van-acts")
    assert do(aino, alert, "acknowledge").json()["acknowledged_by"] == "aino"
    assert do(aino, alert, "assign", to="aino").json()["assigned_to"] == "aino"
    assert do(aino, alert, "comment", text="I look.").status_code == 200
    snoozed = do(aino, alert, "snooze", minutes=30).json()
    assert snoozed["state"] == "snoozed"
    closed = do(aino, alert, "close", text="The lid was loose.").json()
    assert (closed["state"], closed["closed_by"]) == ("closed", "aino")
    assert do(aino, alert, "reopen").json()["state"] == "open"
    history = aino.get(f"/api/v1/alerts/{alert['id']}").json()["history"]
    assert [event["says"] for event in history] == [
        "Opened", "Acknowledged by aino", "aino gave it to aino", "aino wrote", "Snoozed by aino", "Closed by aino",
        "Opened again by aino",
    ]  # fmt: skip
    assert history[5]["text"] == "The lid was loose."
    audit = a_program(alerted, "audits", "admin").get("/api/v1/audit").json()["items"]
    assert {"alert_acknowledged", "alert_closed", "alert_reopened"} <= {row["what"] for row in audit}


def test_what_makes_no_sense_is_refused_with_what_to_do(alerted: Server, aino: httpx.Client) -> None:
    """Two people at once: the second is told how it is."""
    open_lid(alerted, "van-sense")
    alert = the_alert(aino, "van-sense")
    assert "open already" in do(aino, alert, "reopen").json()["detail"]
    do(aino, alert, "close")
    for what in ("acknowledge", "close"):
        answer = do(aino, alert, what)
        assert (answer.status_code, answer.json()["detail"]) == (409, "This alert is closed. Open it again first.")
    assert do(aino, alert, "snooze").status_code == 422
    assert do(aino, alert, "snooze", minutes=1, until="2027-01-01T00:00:00Z").status_code == 422
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    for until_ in (past, "9999-12-31T23:59:59Z", "soon"):
        assert do(aino, alert, "snooze", until=until_).status_code == 422, until_
    assert do(aino, alert, "assign", to="nobody-at-all").status_code == 422
    assert do(aino, {"id": "none"}, "close").status_code == 404
    assert do(aino, alert, "comment", text="").status_code == 422


def test_the_headings_of_the_inbox(alerted: Server, aino: httpx.Client) -> None:
    """Open, mine, snoozed, closed; `open` holds what is acknowledged, only quieter."""
    open_lid(alerted, "van-h1", "van-h2", "van-h3")
    one, two, three = (the_alert(aino, vehicle) for vehicle in ("van-h1", "van-h2", "van-h3"))
    do(aino, one, "acknowledge")
    do(aino, two, "snooze", minutes=5)
    do(aino, three, "close")

    def listed(state: str) -> set[str]:
        return {
            alert["vehicle"]
            for alert in aino.get("/api/v1/alerts", params={"state": state, "limit": 1000}).json()["items"]
        }

    assert "van-h1" in listed("open") & listed("mine")
    assert "van-h2" in listed("snoozed") - listed("open")
    assert "van-h3" in listed("closed") - listed("mine")
    counts = aino.get("/api/v1/alerts").json()["counts"]
    assert counts["mine"] == len(listed("mine"))
    assert counts["snoozed"] == len(listed("snoozed"))


def test_pages_hold_each_alert_once(alerted: Server, aino: httpx.Client) -> None:
    """Newest first, by a cursor that is nobody's business."""
    open_lid(alerted, "van-p1", "van-p2", "van-p3")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = aino.get("/api/v1/alerts", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [alert["opened_at"] + alert["id"] for alert in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) >= 3
    assert seen == sorted(seen, reverse=True)
    assert aino.get("/api/v1/alerts", params={"cursor": "bm9uc2Vuc2U"}).status_code == 422


def test_a_storm_is_one_row_that_unfolds(alerted: Server, aino: httpx.Client) -> None:
    """Acknowledged once, it is acknowledged for all."""
    vehicles = [f"van-storm-{n}" for n in range(6)]
    say(alerted, "restarted", *vehicles)  # no rule asks for it
    rule = aino.post(
        "/api/v1/alert-rules", json={"name": "Batteries", "kinds": ["battery_low"], "severity": "info"}
    ).json()
    say(alerted, "battery_low", *vehicles, seq=2)
    items = aino.get("/api/v1/alerts", params={"limit": 1000}).json()["items"]
    [storm] = [alert for alert in items if alert["rule"] == rule["id"]]
    assert (storm["count"], storm["vehicle"]) == (6, None)
    assert storm["title"].startswith("6 batteries low since ")
    members = aino.get("/api/v1/alerts", params={"storm": storm["id"]}).json()["items"]
    assert {member["id"] for member in members} == set(storm["members"])
    assert do(aino, storm, "acknowledge").json()["state"] == "acknowledged"
    assert {
        the["acknowledged_by"] for the in aino.get("/api/v1/alerts", params={"storm": storm["id"]}).json()["items"]
    } == {"aino"}
    aino.delete(f"/api/v1/alert-rules/{rule['id']}")
    assert aino.get(f"/api/v1/alerts/{storm['id']}").json()["state"] == "closed"


def test_the_stream_tells_what_became_of_an_alert(alerted: Server, aino: httpx.Client) -> None:
    """The list is up to date without asking."""
    with Events(alerted) as events:
        open_lid(alerted, "van-told")
        told = until(lambda: (event := events.next()).name == "alert" and event.data)
        assert (told["vehicle"], told["state"], told["severity"]) == ("van-told", "open", "critical")
        do(aino, the_alert(aino, "van-told"), "close")
        told = until(lambda: (event := events.next()).name == "alert" and event.data)
        assert told["state"] == "closed"


def test_who_is_in_a_team_sees_its_alerts_only(alerted: Server, aino: httpx.Client) -> None:
    """Lists, one, acts and counts: a vehicle of others does not exist."""
    open_lid(alerted, "van-ours", "van-theirs")
    admin = a_program(alerted, "teams", "admin")
    team = admin.post("/api/v1/teams", json={"name": "Ours", "members": [], "vehicles": ["van-ours"]}).json()
    ours = a_program(alerted, "ours", "dispatcher", teams=[team["id"]])
    assert {alert["vehicle"] for alert in ours.get("/api/v1/alerts").json()["items"]} == {"van-ours"}
    theirs = the_alert(aino, "van-theirs")
    assert ours.get(f"/api/v1/alerts/{theirs['id']}").status_code == 404
    assert do(ours, theirs, "acknowledge").status_code == 404
    assert ours.get("/api/v1/alerts").json()["counts"]["critical"] == 1


def test_a_viewer_looks_and_does_nothing(alerted: Server, aino: httpx.Client) -> None:
    """The role says what may be done."""
    open_lid(alerted, "van-viewed")
    viewer = a_program(alerted, "looks", "viewer")
    assert do(viewer, the_alert(viewer, "van-viewed"), "acknowledge").status_code == 403


def test_rules_are_there_from_the_start_and_are_anybodys_to_change(alerted: Server, aino: httpx.Client) -> None:
    """Silence, tamper, receiver, battery; a restart brings back none that was removed."""
    rules = aino.get("/api/v1/alert-rules").json()
    defaults = {"gateway-silent", "tamper", "receiver-lost", "battery-low"}
    assert defaults <= {rule["id"] for rule in rules["items"]}
    assert rules["kinds"]["gateway_silent"] == ["gateway_heard"]
    said = {"name": "At night", "kinds": ["fence_left"], "hours": "20:00-05:00", "time_zone": "Europe/Helsinki"}
    made = aino.post("/api/v1/alert-rules", json=said)
    assert made.status_code == 201
    assert made.json()["closes_by"] == ["fence_entered"]
    changed = aino.put(f"/api/v1/alert-rules/{made.json()['id']}", json={**said, "wait_s": 60}).json()
    assert changed["wait_s"] == 60
    assert aino.delete(f"/api/v1/alert-rules/{made.json()['id']}").status_code == 204
    assert aino.put(f"/api/v1/alert-rules/{made.json()['id']}", json=said).status_code == 404


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"kinds": ["left_the_moon"]}, "left_the_moon"),
        ({"kinds": ["fence_left"], "closes_by": ["fence_left"]}, "closes_by"),
        ({"kinds": ["tamper"], "wait_s": 60}, "wait_s"),
        ({"kinds": ["tamper"], "hours": "whenever"}, "hours"),
        ({"kinds": ["tamper"], "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"kinds": ["tamper"], "escalate_after_s": 600}, "escalate_to"),
        ({"kinds": ["tamper"], "escalate_after_s": 600, "escalate_to": "nobody"}, "nobody"),
        ({"kinds": ["tamper"], "colour": "red"}, "colour"),
        ({"kinds": ["tamper"], "vehicles": []}, "vehicles"),
        ({"kinds": []}, "kinds"),
    ],
)
def test_a_rule_that_cannot_work_says_why(aino: httpx.Client, said: dict, word: str) -> None:
    """The name of the field, and what to write."""
    answer = aino.post("/api/v1/alert-rules", json={"name": "A rule", **said})
    assert (answer.status_code, word in answer.json()["detail"]) == (422, True), answer.text
