"""Channels, subscriptions and messages over HTTP, with real receivers: what opens a channel is never shown again."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from tests.support.boxes import let_there_be, say
from tests.support.people import a_browser, a_program
from tests.support.servers import Server, a_server
from tests.support.sinks import HttpSink, MailSink
from tests.support.waiting import until


@pytest.fixture(scope="module")
def mail() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def web() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory, mail: MailSink) -> Iterator[Server]:
    """A server that may send mail, and webhooks to this machine."""
    smtp = {"host": "127.0.0.1", "port": mail.port, "tls": "none", "from": "milepost@fleet.example"}
    inside = {"private_networks": ["127.0.0.0/8"]}
    with a_server(tmp_path_factory.mktemp("telling"), smtp=smtp, alerts=inside) as running:
        yield running


@pytest.fixture(scope="module")
def admin(telling: Server) -> Iterator[httpx.Client]:
    with a_program(telling, "admins", "admin") as client:
        yield client


def make(admin: httpx.Client, **said) -> dict:
    answer = admin.post("/api/v1/channels", json={"name": "A channel", **said})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_an_alert_reaches_whoever_subscribed(
    telling: Server, admin: httpx.Client, mail: MailSink, web: HttpSink
) -> None:
    """From the lid of a box to a mailbox and a program, once each; and what became of it is to be seen."""
    hook = make(admin, kind="webhook", address=web.url)
    post = make(admin, kind="email", address="ops@fleet.example")
    let_there_be(telling, "aino", "dispatcher")
    said = {
        "routes": [{"severities": ["critical"], "channels": [hook["id"], post["id"]]}],
        "time_zone": "Europe/Helsinki",
    }
    assert admin.put("/api/v1/subscriptions/aino", json=said).status_code == 200
    say(telling, "tamper", "van-lid")
    until(lambda: mail.mails and web.requests)
    [mailed], [posted] = mail.mails, web.requests
    assert mailed["Subject"] == "Act now: Somebody tampered with the gateway of van-lid"
    headers = {name.lower(): value for name, value in posted.headers.items()}
    assert Webhook(hook["secret"]).verify(posted.body, headers)["data"]["vehicle"] == "van-lid"
    until(lambda: {row["state"] for row in admin.get("/api/v1/deliveries").json()["items"]} == {"sent"})
    items = admin.get("/api/v1/deliveries", params={"alert": posted.json["data"]["id"], "state": "sent"}).json()[
        "items"
    ]
    assert {(row["channel_name"], row["about"], row["attempts"]) for row in items} == {("A channel", "opened", 1)}
    assert {row["users"][0] for row in items} == {"aino"}
    assert {channel["state"] for channel in admin.get("/api/v1/channels").json()["items"]} == {"ok"}


def test_what_opens_a_channel_is_shown_once_at_most(telling: Server, admin: httpx.Client, web: HttpSink) -> None:
    """Not in lists, not in the audit log, not in the server's log, not in an error."""
    hook = make(admin, kind="webhook", address=web.url.replace("s3cret", "pr1vate"))
    chat = make(admin, kind="apprise", address="tgram://123456789:abcdefg_hijklmnop/12315544/")
    own = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
    assert make(admin, kind="webhook", address=web.url, secret=own)["secret"] is None
    web.answers = [(500, {})]
    tried = admin.post(f"/api/v1/channels/{hook['id']}/test").json()
    assert (tried["ok"], "500" in tried["says"]) == (False, True)
    admin.put(f"/api/v1/channels/{chat['id']}", json={"name": "Chat", "kind": "apprise"})
    admin.post("/api/v1/channels", json={"name": "Wrong", "kind": "apprise", "address": "tgram://abcdefg_hijklmnop"})
    said = admin.get("/api/v1/channels").text + admin.get("/api/v1/audit").text + telling.log.read_text() + str(tried)
    for secret in ("pr1vate", hook["secret"], own, own[6:], "abcdefg_hijklmnop", "12315544"):
        assert secret not in said, secret
    assert '"channel_added"' in admin.get("/api/v1/audit").text


def test_a_change_keeps_the_secret_that_it_leaves_out(admin: httpx.Client, web: HttpSink) -> None:
    """Who renames a channel need not know its key."""
    hook = make(admin, kind="webhook", address=web.url)
    changed = admin.put(f"/api/v1/channels/{hook['id']}", json={"name": "Renamed", "kind": "webhook"}).json()
    assert (changed["name"], changed["target"]) == ("Renamed", hook["target"])
    web.requests.clear()
    assert admin.post(f"/api/v1/channels/{hook['id']}/test").json() == {
        "ok": True,
        "says": "The receiver took the message.",
    }
    [posted] = web.requests
    assert (
        Webhook(hook["secret"]).verify(posted.body, {name.lower(): v for name, v in posted.headers.items()})["type"]
        == "alert.test"
    )
    assert admin.put(f"/api/v1/channels/{hook['id']}", json={"name": "A", "kind": "email"}).status_code == 422
    assert admin.delete(f"/api/v1/channels/{hook['id']}").status_code == 204
    assert admin.post(f"/api/v1/channels/{hook['id']}/test").status_code == 404


@pytest.mark.parametrize(
    ("kind", "address", "secret", "word"),
    [
        ("email", "ops at fleet", None, "mailboxes"),
        ("email", "ops@fleet.example\r\nBcc: x@y.example", None, "line break"),
        ("webhook", "ftp://fleet.example/", None, "https"),
        ("webhook", "https://user:password@fleet.example/", None, "password"),
        ("webhook", "https://fleet.example:99999/", None, "not a URL"),
        ("webhook", "https://fleet.example/", "whsec_short", "secret"),
        ("apprise", "nonsense://x", None, "apprise"),
        ("apprise", "syslog://", None, "machine"),
        ("apprise", "msteams://a/b/c/d?template=/etc/passwd", None, "machine"),
        ("email", None, None, "address"),
    ],
)
def test_an_address_that_cannot_work_says_why(
    admin: httpx.Client, kind: str, address: str | None, secret: str | None, word: str
) -> None:
    """And what to write; without saying it again, for it may be half a secret."""
    said = {"name": "A channel", "kind": kind, "address": address, "secret": secret}
    answer = admin.post("/api/v1/channels", json=said)
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


def test_only_admins_make_channels_and_everybody_chooses_for_themselves(
    telling: Server, admin: httpx.Client, web: HttpSink
) -> None:
    """What is sent where with whose key is no dispatcher's business; who is woken up by what is their own."""
    hook = make(admin, kind="webhook", address=web.url)
    with a_browser(telling, "mikko", "dispatcher") as mikko:
        assert (
            mikko.post("/api/v1/channels", json={"name": "x", "kind": "email", "address": "a@b.example"}).status_code
            == 403
        )
        assert mikko.get("/api/v1/channels").status_code == 200
        assert mikko.get("/api/v1/subscriptions/mikko").json()["routes"] == []
        said = {"routes": [{"channels": [hook["id"]]}], "quiet": {"from": "22:00", "to": "06:00"}, "digest": ["07:30"]}
        put = mikko.put("/api/v1/subscriptions/mikko", json=said).json()
        assert (put["quiet"], put["digest"]) == ({"from": "22:00", "to": "06:00", "critical_anyway": True}, ["07:30"])
        assert mikko.get("/api/v1/subscriptions/mikko").json() == put
        let_there_be(telling, "paula", "dispatcher")
        assert mikko.get("/api/v1/subscriptions/paula").status_code == 403
        assert admin.get("/api/v1/subscriptions/nobody").status_code == 404
        for wrong in (
            {"routes": [{"channels": ["none"]}]},
            {"time_zone": "Mars/Olympus"},
            {"quiet": {"from": "22:00", "to": "22:00"}},
            {"digest": ["25:00"]},
        ):
            assert mikko.put("/api/v1/subscriptions/mikko", json=wrong).status_code == 422, wrong


def test_a_message_that_was_given_up_can_be_sent_by_hand(telling: Server, admin: httpx.Client, mail: MailSink) -> None:
    """The mailbox was full for a day."""
    post = make(admin, kind="email", address="full@fleet.example")
    let_there_be(telling, "olli", "dispatcher")
    admin.put("/api/v1/subscriptions/olli", json={"routes": [{"channels": [post["id"]]}]})
    mail.refuses = {"full@fleet.example": "552 mailbox full"}
    say(telling, "tamper", "van-full", at=datetime.now(UTC))

    def message() -> dict:
        items = admin.get("/api/v1/deliveries", params={"limit": 1000}).json()["items"]
        return next((row for row in items if row["channel"] == post["id"] and row["tried_at"]), {})

    until(lambda: message().get("state") == "failed")
    assert "mailbox full" in message()["error"]
    channel = next(one for one in admin.get("/api/v1/channels").json()["items"] if one["id"] == post["id"])
    assert (channel["state"], "mailbox full" in channel["error"]) == ("failing", True)
    mail.refuses = {}
    assert admin.post(f"/api/v1/deliveries/{message()['id']}/send").status_code == 204
    until(lambda: message()["state"] == "sent")
    assert admin.post(f"/api/v1/deliveries/{message()['id']}/send").status_code == 404
