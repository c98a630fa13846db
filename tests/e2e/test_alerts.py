"""From a gateway's event to somebody's phone, through broker and server: each alert once, each message once."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from tests.support.boxes import let_there_be
from tests.support.peers import Peer
from tests.support.people import a_program
from tests.support.servers import a_server
from tests.support.sinks import HttpSink
from tests.support.waiting import until
from wire.messages import Event

JOURNEYS = 8
VANS = 3
KILLS = 2


@pytest.fixture
def web():
    with HttpSink() as sink:
        yield sink


def switches(van: int, now: datetime) -> list[Event]:
    """The ignition of a van goes on and off; vans take turns, so that it is no storm."""
    begin = now - timedelta(minutes=4 * JOURNEYS + 10) + timedelta(seconds=70 * van)
    names = [("ignition_on", 0.0), ("ignition_off", 60.0)] * JOURNEYS
    return [
        Event(at=begin + timedelta(minutes=4 * (n // 2), seconds=after), event=name)
        for n, (name, after) in enumerate(names)
    ]


def test_a_server_that_is_killed_tells_each_alert_once(tmp_path: Path, web: HttpSink) -> None:
    """kill -9 at any moment: what was acknowledged made its alert and its message, and neither twice."""
    random, now = Random(7), datetime.now(UTC)
    with ExitStack() as stack:
        server = stack.enter_context(a_server(tmp_path, alerts={"private_networks": ["127.0.0.0/8"]}))
        admin = stack.enter_context(a_program(server, "admins", "admin"))
        hook = admin.post("/api/v1/channels", json={"name": "hook", "kind": "webhook", "address": web.url}).json()
        let_there_be(server, "aino", "dispatcher")
        admin.put("/api/v1/subscriptions/aino", json={"routes": [{"channels": [hook["id"]]}]})
        rule = {
            "name": "Drives",
            "kinds": ["ignition_on"],
            "severity": "critical",
            "cool_down_s": 0,
            "actionable_s": 86_400,
        }
        assert admin.post("/api/v1/alert-rules", json=rule).status_code == 201
        peers = [stack.enter_context(Peer(server.mqtt, f"van-{n}", rows_a_message=2)) for n in range(VANS)]
        todo = [(peer, event) for n, peer in enumerate(peers) for event in switches(n, now)]
        todo.sort(key=lambda each: each[1].at)
        for part in range(KILLS):
            for peer, event in todo[part * len(todo) // KILLS : (part + 1) * len(todo) // KILLS]:
                peer.put([event])  # type: ignore[list-item]
            wanted = len(web.requests) + random.randint(0, 5)
            until(lambda wanted=wanted: len(web.requests) >= wanted, 60)
            server.kill()
            server.start()
        for peer in peers:
            peer.all_acked(60)

        def items() -> list[dict]:
            return admin.get("/api/v1/alerts", params={"limit": 1000}).json()["items"]

        def sent() -> list[dict]:
            found = admin.get("/api/v1/deliveries", params={"limit": 1000}).json()["items"]
            return found if {row["state"] for row in found} == {"sent"} else []

        rows = until(sent, 60, "all messages")
        alerts = items()
        assert len(alerts) == len(rows) == VANS * JOURNEYS
        assert {(alert["state"], alert["closed_by"]) for alert in alerts} == {("closed", "rule")}
        assert {row["alert"] for row in rows} == {alert["id"] for alert in alerts}
        assert {request.headers["webhook-id"] for request in web.requests} == {row["message_id"] for row in rows}
        assert len(web.requests) <= len(rows) + KILLS
