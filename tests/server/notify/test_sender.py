"""From the outbox table over the wire: once each, tried again, given up, gathered."""

from collections.abc import Callable
from datetime import datetime

import pytest

from server.domain.alerts.subscription import Quiet
from server.domain.alerts.tries import PAUSES_S
from server.notify.addresses import new_secret
from server.notify.sender import Sender, send_next
from server.settings import Settings
from server.store import channels, outbox
from tests.support.alerting import Alerting
from tests.support.news import a_fact, a_rule, at, entered
from tests.support.sinks import HttpSink, MailSink, held
from tests.support.waiting import until


def clock_at(second: float) -> Callable[[], datetime]:
    return lambda: at(second)


def send(alerting: Alerting, settings: Settings, second: float, channel: str = "ops") -> bool:
    return send_next(alerting.database, settings, channel, clock_at(second))


@pytest.fixture
def told(alerting: Alerting) -> Alerting:
    """Aino is told everything by e-mail."""
    alerting.rule(a_rule(name="Entered the depot"))
    alerting.channel()
    alerting.reader()
    return alerting


@pytest.fixture
def hooked(alerting: Alerting, web: HttpSink) -> Alerting:
    """Aino is told everything by a webhook."""
    alerting.rule(a_rule())
    alerting.channel(kind="webhook", address=web.url, secret=new_secret())
    alerting.reader()
    return alerting


def test_an_alert_is_one_mail_that_a_tired_person_understands(
    told: Alerting, settings: Settings, mail: MailSink
) -> None:
    """What, why, by which clock, and where to look."""
    told.arrive(11, entered(10))
    assert not send(told, settings, 11)  # it waits a moment: a storm may come
    assert send(told, settings, 17)
    assert not send(told, settings, 18)
    [got] = mail.mails
    assert got["Subject"] == "Look soon: Van 1 entered depot"
    assert got.get_content().splitlines() == [
        "Van 1 entered depot.",
        "Its first fix inside was at 14:00.",
        "Where: 60.20000, 24.90000 (latitude, longitude)",
        "",
        f"https://fleet.example/ops?page=alerts&alert={told.one()['id']}",
        'Rule: "Entered the depot". Times are those of Europe/Helsinki.',
    ]
    [delivery] = told.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["sent_at"]) == ("sent", 1, at(17))
    assert got["Message-ID"] == f"<{delivery['message_id']}@fleet.example>"
    assert told.channel_row()["sent_at"] == at(17)


def test_what_is_critical_waits_for_nothing(alerting: Alerting, settings: Settings, mail: MailSink) -> None:
    """Somebody is opening the box now."""
    alerting.rule(a_rule("tamper", severity="critical"))
    alerting.channel()
    alerting.reader()
    alerting.arrive(11, a_fact("tamper", 10))
    assert send(alerting, settings, 11)
    assert mail.mails[0]["Subject"] == "Act now: Somebody tampered with the gateway of Van 1"


def test_two_people_behind_one_channel_are_one_message(told: Alerting, settings: Settings, mail: MailSink) -> None:
    """The list of a team is not told twice."""
    told.reader("mikko")
    told.arrive(11, entered(10))
    while send(told, settings, 20):
        pass
    assert len(mail.mails) == 1
    assert told.deliveries()[0]["users"] == ["aino", "mikko"]


def test_a_failure_is_tried_again_with_the_same_id_until_it_is_given_up(
    hooked: Alerting, settings: Settings, web: HttpSink
) -> None:
    """Ten pauses, longer each time; then it is to be seen, and can be sent by hand."""
    hooked.arrive(11, entered(10))
    web.answers = [(500, {})] * 11
    now = 20.0
    for pause in PAUSES_S:
        assert not send(hooked, settings, now)
        assert not send(hooked, settings, now + pause - 1)
        now += pause
    assert hooked.deliveries()[0]["state"] == "waiting"
    send(hooked, settings, now)
    [given_up] = hooked.deliveries()
    assert (given_up["state"], given_up["attempts"]) == ("failed", 11)
    assert "500" in given_up["error"]
    assert "500" in hooked.channel_row()["error"]
    with hooked.database.writing() as connection:
        assert outbox.again(connection, given_up["id"], at(now + 1))
    assert send(hooked, settings, now + 1)
    assert hooked.deliveries()[0]["state"] == "sent"
    assert {got.headers["webhook-id"] for got in web.requests} == {given_up["message_id"]}
    assert len({got.body for got in web.requests}) == 1
    assert hooked.channel_row()["failing_since"] is None


def test_a_receiver_that_is_gone_ends_its_channel(hooked: Alerting, settings: Settings, web: HttpSink) -> None:
    """410 is said once; nothing is sent there any more, and each message says why."""
    hooked.arrive(11, entered(10), entered(11, "van-2"))
    web.answers = [(410, {})]
    send(hooked, settings, 20)
    while send(hooked, settings, 21):
        pass
    assert len(web.requests) == 1
    assert [row["state"] for row in hooked.deliveries()] == ["failed", "failed"]
    assert hooked.channel_row()["gone_at"] == at(20)
    hooked.arrive(31, entered(30, "van-3"))
    assert len(hooked.deliveries()) == 2


def test_a_message_that_is_refused_for_good_blocks_no_other(told: Alerting, settings: Settings, mail: MailSink) -> None:
    """One poisoned message, and the next goes out at once."""
    told.arrive(11, entered(10), entered(11, "van-2"))
    mail.answers = ["554 no"]
    assert send(told, settings, 20)
    assert send(told, settings, 20)
    assert sorted(row["state"] for row in told.deliveries()) == ["failed", "sent"]


def test_a_channel_that_was_removed_takes_its_messages_along(told: Alerting, settings: Settings) -> None:
    """Nobody wonders for what they wait."""
    told.arrive(11, entered(10))
    with told.database.writing() as connection:
        channels.remove_channel(connection, "ops")
    assert send(told, settings, 20)
    assert told.deliveries()[0]["error"] == "The channel was removed."


def test_what_late_data_took_back_is_not_told(told: Alerting, settings: Settings, mail: MailSink) -> None:
    """The moment of waiting was worth it."""
    told.arrive(11, entered(10))
    told.arrive(13, withdrawn=[entered(10)])
    assert not send(told, settings, 20)
    assert mail.mails == []
    assert told.deliveries()[0]["state"] == "dropped"


def test_quiet_hours_gather_until_their_end(alerting: Alerting, settings: Settings, mail: MailSink) -> None:
    """NOON is 14:00 in Helsinki: what comes in the quiet goes out at 14:30, as one; what is critical at once."""
    alerting.rule(a_rule())
    alerting.rule(a_rule("tamper", id="tamper", severity="critical"))
    alerting.channel()
    alerting.reader(quiet=Quiet(from_="13:00", to="14:30"), time_zone="Europe/Helsinki")
    alerting.arrive(11, entered(10), entered(11, "van-2"), a_fact("tamper", 11))
    while send(alerting, settings, 1799):
        pass
    assert [got["Subject"] for got in mail.mails] == ["Act now: Somebody tampered with the gateway of Van 1"]
    assert send(alerting, settings, 1800)
    assert not send(alerting, settings, 1801)
    gathered = mail.mails[1]
    assert gathered["Subject"] == "2 alerts: Van 1 entered depot and others"
    assert "Van 2 entered depot." in gathered.get_content()
    assert {row["state"] for row in alerting.deliveries()} == {"sent"}


def test_a_digest_is_one_message_however_often_it_is_tried(
    alerting: Alerting, settings: Settings, web: HttpSink
) -> None:
    """What comes while it fails goes with the next one: the same id means the same content."""
    alerting.rule(a_rule())
    alerting.channel(kind="webhook", address=web.url, secret=new_secret())
    alerting.reader(digest=("12:10", "12:20"))
    alerting.arrive(11, entered(10), entered(11, "van-2"))
    web.answers = [(503, {})]
    assert not send(alerting, settings, 601)
    alerting.arrive(602, entered(602, "van-3"))
    assert send(alerting, settings, 700)
    assert send(alerting, settings, 1300)
    first, again, other = web.requests
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != other.headers["webhook-id"]
    assert first.json["data"] == again.json["data"]
    assert [one["vehicle"] for one in again.json["data"]["alerts"]] == ["van-1", "van-2"]


def test_a_storm_says_how_many_there_are_when_it_goes_out(told: Alerting, settings: Settings, mail: MailSink) -> None:
    """Five made it; thirty-eight are in it by then."""
    told.rule(a_rule("gateway_silent", id="silent"))
    facts = [
        a_fact("gateway_silent", n / 10, f"van-{n}", gateway=f"gw-{n}", last_seen_at="2026-11-22T11:55:00Z")
        for n in range(1, 39)
    ]
    told.arrive(5, *facts[:5])
    told.arrive(6, *facts[5:])
    assert send(told, settings, 11)
    assert not send(told, settings, 12)
    assert mail.mails[0]["Subject"] == "Look soon: 38 gateways silent since 14:00: broker?"


def test_a_slow_receiver_holds_up_no_other(
    alerting: Alerting, settings: Settings, web: HttpSink, mail: MailSink
) -> None:
    """Each channel has its own thread; the ticker goes on."""
    alerting.rule(a_rule())
    alerting.channel("slow", kind="webhook", address=web.url, secret=new_secret())
    alerting.channel("ops")
    alerting.reader("aino", "slow")
    alerting.reader("mikko", "ops")
    alerting.arrive(11, entered(10))
    sender = Sender(alerting.database, settings, clock_at(20))
    with held(web) as go:
        sender.beat(at(20))
        until(lambda: mail.mails and web.requests)
        sender.beat(at(21))
        assert [row["state"] for row in alerting.deliveries() if row["channel_id"] == "slow"] == ["waiting"]
        go.set()
        until(lambda: {row["state"] for row in alerting.deliveries()} == {"sent"})
    sender.stop()
    assert len(web.requests) == 1


def test_apprise_reaches_what_it_knows(alerting: Alerting, settings: Settings, web: HttpSink) -> None:
    """A JSON service on this machine stands for a hundred of them."""
    alerting.rule(a_rule())
    alerting.channel(kind="apprise", address=f"json://127.0.0.1:{web.port}/s3cret")
    alerting.reader()
    alerting.arrive(11, entered(10))
    web.answers = [(200, {}), (403, {})]
    assert send(alerting, settings, 20)
    assert web.requests[0].json["title"] == "Look soon: Van 1 entered depot"
    alerting.arrive(31, entered(30, "van-2"))
    assert not send(alerting, settings, 40)
    failed = next(row for row in alerting.deliveries() if row["state"] == "waiting")
    assert "did not take" in failed["error"]
    assert "s3cret" not in failed["error"]
