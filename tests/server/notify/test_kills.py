"""kill -9 between any two steps: no message is lost, and none goes out twice that the protocol could have known."""

import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from server.notify.addresses import new_secret
from tests.support.alerting import Alerting
from tests.support.news import a_rule
from tests.support.real import ROOT
from tests.support.sinks import HttpSink, held
from tests.support.waiting import until

ALERTS = 30
KILLS = 4


def test_killed_at_any_moment_each_alert_is_told_once(tmp_path: Path, web: HttpSink) -> None:
    """Thirty alerts, thirty messages; what was on the wire at a kill comes again as it was, and nothing else does."""
    prepared = Alerting("", tmp_path)
    prepared.empty()
    prepared.rule(a_rule("harsh_braking", severity="critical", actionable_s=86_400))
    prepared.channel(kind="webhook", address=web.url, secret=new_secret())
    prepared.reader()
    random, command = Random(5), [sys.executable, "-m", "tests.support.teller", str(tmp_path), str(ALERTS)]
    for _ in range(KILLS):
        seen = len(web.requests)
        process = subprocess.Popen(command, cwd=ROOT)
        until(lambda seen=seen: len(web.requests) > seen, 60)
        more = seen + random.randint(1, 4)
        until(lambda more=more: len(web.requests) >= more, 60)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert subprocess.run(command, cwd=ROOT, timeout=120, check=False).returncode == 0
    rows = prepared.deliveries()
    assert len(prepared.rows()) == len(rows) == ALERTS
    assert len({row["alert_id"] for row in rows}) == ALERTS
    posted = [request.headers["webhook-id"] for request in web.requests]
    assert set(posted) == {row["message_id"] for row in rows}
    assert len(posted) <= ALERTS + KILLS
    bodies = {request.headers["webhook-id"]: set() for request in web.requests}
    for request in web.requests:
        bodies[request.headers["webhook-id"]].add(request.body)
    assert {len(each) for each in bodies.values()} == {1}
    prepared.close()


def test_killed_while_a_receiver_thinks_the_same_message_comes_again(tmp_path: Path, web: HttpSink) -> None:
    """It may have taken it or not; nobody can know. It comes again, under the id by which it is known."""
    prepared = Alerting("", tmp_path)
    prepared.empty()
    prepared.rule(a_rule("harsh_braking", severity="critical", actionable_s=86_400))
    prepared.channel(kind="webhook", address=web.url, secret=new_secret())
    prepared.reader()
    command = [sys.executable, "-m", "tests.support.teller", str(tmp_path), "1"]
    with held(web):
        process = subprocess.Popen(command, cwd=ROOT)
        until(lambda: web.requests, 60)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert prepared.deliveries()[0]["state"] == "waiting"
    web.hold = lambda: None
    assert subprocess.run(command, cwd=ROOT, timeout=120, check=False).returncode == 0
    [row] = prepared.deliveries()
    assert (row["state"], row["attempts"]) == ("sent", 2)
    assert [request.headers["webhook-id"] for request in web.requests] == [row["message_id"]] * 2
    prepared.close()
