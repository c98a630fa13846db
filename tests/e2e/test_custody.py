"""A parcel in the wrong van, from the tag to somebody's phone: the server is killed meanwhile, and says the same."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.store.database import Database
from tests.support.boxes import let_there_be
from tests.support.hearing import a_scan, a_sighting
from tests.support.packages import LAT, east, plan
from tests.support.peers import Peer, deliver
from tests.support.people import a_program
from tests.support.positions import NOON, a_position
from tests.support.servers import Server, a_server
from tests.support.sinks import HttpSink
from tests.support.waiting import until

MINUTES = 16
PLANNED = {"p1": "van-1", "p2": "van-1", "p3": "van-2"}
BESIDE_DBM = -84.0


@pytest.fixture
def web() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


def first_out(second: int) -> float:
    """Van 2: leaves after three minutes, is called back after one more, and stands at the depot again."""
    return 8.0 * max(0, min(second - 180, 60, 300 - second))


def then_out(second: int) -> float:
    """Van 1: leaves after eleven minutes."""
    return 8.0 * max(0, second - 660)


def heard_of(van: str, package: str, second: int) -> float | None:
    """How loud a van hears a package: inside, beside it at the dock, or not at all. P1 changes vans at minute seven."""
    inside = PLANNED[package] if package != "p1" or second > 420 else "van-2"
    if van == inside:
        return -60.0
    beside = first_out(second) < 20 and then_out(second) < 20
    return BESIDE_DBM if beside else None


def said(van: str, way: Callable[[int], float], begin: datetime) -> list[Any]:
    """What a gateway says of the morning, in the order of its outbox."""
    offset = round((begin - NOON).total_seconds())
    rows: list[Any] = []
    for second in range(0, 60 * MINUTES, 2):
        metres, speed = way(second), abs(way(second + 1) - way(second))
        rows.append(a_position(offset + second, lon=east(metres), lat=LAT, speed_mps=speed, accuracy_m=4.0))
    for second in range(10, 60 * MINUTES + 1, 10):
        rows.append(a_scan(offset + second))
        for package in PLANNED:
            level = heard_of(van, package, second - 5)
            if level is not None:
                rows.append(
                    a_sighting(offset + second, f"t-{package}", rssi_max_dbm=level + 5, rssi_mean_dbm=level, count=8)
                )
    return sorted(rows, key=lambda row: row.at)


def knows_the_plan(server: Server, begin: datetime) -> None:
    """Since an hour before the morning, which nobody can say over the API."""
    database = Database(server.database_url, server.data)
    plan(database, PLANNED, now=begin - timedelta(hours=1))
    database.close()


def tells(server: Server, admin: httpx.Client, web: HttpSink) -> None:
    """A dispatcher gets alerts by a web hook."""
    hook = {"name": "hook", "kind": "webhook", "address": web.url}
    channel = admin.post("/api/v1/channels", json=hook).raise_for_status().json()["id"]
    let_there_be(server, "aino", "dispatcher")
    admin.put("/api/v1/subscriptions/aino", json={"routes": [{"channels": [channel]}]}).raise_for_status()


def told_of(server: Server) -> list[tuple[str, ...]]:
    """What stands of all packages; ids follow from what was heard, so they are the same on every server."""
    events = [one for package in PLANNED for one in server.get(f"packages/{package}/custody")["events"]]
    return sorted((one["kind"], one["at"], one["vehicle_id"], one["id"]) for one in events if one["standing"])


def test_a_wrong_van_is_told_once_and_taken_back_though_the_server_is_killed(tmp_path: Path, web: HttpSink) -> None:
    """kill -9 while data comes, before custody is worked out, and while the alert is told; the rest comes late."""
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=MINUTES + 2)
    rows = {van: said(van, way, begin) for van, way in {"van-1": then_out, "van-2": first_out}.items()}
    parts = [begin + timedelta(seconds=second) for second in (0, 150, 400, 600, 60 * MINUTES + 1)]
    for name in ("killed", "calm"):
        (tmp_path / name).mkdir()
    with ExitStack() as stack:
        settings = {"alerts": {"private_networks": ["127.0.0.0/8"]}}
        killed = stack.enter_context(a_server(tmp_path / "killed", **settings))
        knows_the_plan(killed, begin)
        admin = stack.enter_context(a_program(killed, "looks", "admin"))
        tells(killed, admin, web)
        peers = {van: stack.enter_context(Peer(killed.mqtt, van, rows_a_message=40)) for van in rows}

        def alerts(state: str = "") -> list[dict[str, Any]]:
            items = admin.get("/api/v1/alerts", params={"limit": 100}).json()["items"]
            return [one for one in items if one["kind"] == "wrong_vehicle" and state in one["state"]]

        moments: list[Callable[[], object]] = [
            lambda: peers["van-1"].acked > 80,
            lambda: alerts("open"),
            lambda: all(peer.acked == len(peer.rows) for peer in peers.values()),
            lambda: True,
        ]
        for (start, end), moment in zip(pairwise(parts), moments, strict=True):
            for van, peer in peers.items():
                peer.put(row for row in rows[van] if start <= row.at < end)
            until(moment, 60, "the moment to kill it")
            killed.kill()
            killed.start()
        for peer in peers.values():
            peer.all_acked(60)
        until(lambda: alerts("closed"), 60, "the end of the alert")

        calm = stack.enter_context(a_server(tmp_path / "calm"))
        knows_the_plan(calm, begin)
        deliver(calm.mqtt, rows)
        until(lambda: told_of(calm) == told_of(killed), 60, f"the same facts: {told_of(killed)}")

        assert [(one["state"], one["closed_by"]) for one in alerts()] == [("closed", "rule")]
        [message] = [
            one for one in admin.get("/api/v1/deliveries").json()["items"] if one["alert"] == alerts()[0]["id"]
        ]
        assert message["state"] == "sent"
        kinds = [(kind, vehicle) for kind, _, vehicle, _ in told_of(killed)]
        assert ("wrong_vehicle", "van-2") in kinds
        assert ("loaded", "van-1") in kinds
