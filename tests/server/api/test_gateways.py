"""Gateways, what they lost, and what nobody could read."""

import base64

import httpx
import pytest

from server.store import fences
from server.store.database import Database
from tests.support.packages import DEPOT, NOON
from tests.support.peers import talking
from tests.support.positions import a_position
from tests.support.servers import Server
from tests.support.stores import a_run_of
from tests.support.waiting import until
from wire.encode import encode_status, encode_up
from wire.messages import Ack, Outbox, Status
from wire.topics import topic


@pytest.fixture(scope="module")
def admin(busy: Server) -> dict[str, str]:
    """What an admin's program sends along."""
    return {"Authorization": f"Bearer {busy.key('admin', 'admin')}"}


def gateway(server: Server, name: str) -> dict:
    return next((item for item in server.get("gateways", limit=1000)["items"] if item["id"] == name), {})


def test_a_gap_is_shown_with_its_rows(busy: Server) -> None:
    """A quota overflowed in the vehicle: operations are told how much is missing."""
    with talking(busy.mqtt) as (client, acks):
        client.publish(topic("van-gap", "up"), encode_up(a_run_of([a_position(9)], seq_from=10, prev=0)))
        until(lambda: acks.get("van-gap") == Ack(stream="a1b2", last=10))
    said = gateway(busy, "van-gap")
    assert (said["gaps"], said["missing_rows"], said["last_seq"], said["conflict"]) == (1, 9, 10, False)
    [gap] = busy.get("gateways/van-gap/gaps")["items"]
    assert (gap["stream"], gap["seq_from"], gap["seq_to"], gap["rows"]) == ("a1b2", 1, 9, 9)


def test_a_status_is_shown_and_a_last_will_changes_only_online(busy: Server) -> None:
    """The line between: what it said last still helps whoever looks for the fault."""
    status = Status(online=True, version="0.1.0", outbox=Outbox(waiting=7), problems=("no fix since 10:00",))
    with talking(busy.mqtt) as (client, _):
        client.publish(topic("van-said", "status"), encode_status(status), 1, retain=True)
        until(lambda: (gateway(busy, "van-said").get("status") or {}).get("version") == "0.1.0")
        client.publish(topic("van-said", "status"), encode_status(Status(online=False)), 1, retain=True)
        until(lambda: gateway(busy, "van-said")["online"] is False)
    said = gateway(busy, "van-said")
    assert said["status"]["outbox"]["waiting"] == 7
    assert said["vehicle"] == "van-said"


def test_poison_is_kept_for_whoever_mends_it(busy: Server, admin: dict[str, str]) -> None:
    """It is never acknowledged, and blocks nobody."""
    with talking(busy.mqtt) as (client, acks):
        for payload in (b"\x01garbage", b'{"stream":"a b"}', b"\x01garbage"):
            client.publish(topic("van-bad", "up"), payload, 1)
        client.publish(topic("van-good", "up"), encode_up(a_run_of([a_position(1)])), 1)
        until(lambda: "van-good" in acks)
    assert "van-bad" not in acks
    items = busy.api.get("/api/v1/poison", headers=admin).json()["items"]
    found = {base64.b64decode(item["payload"]): item for item in items if "van-bad" in item["topic"]}
    assert {payload: item["times"] for payload, item in found.items()} == {b"\x01garbage": 2, b'{"stream":"a b"}': 1}
    assert "not a stream id" in found[b'{"stream":"a b"}']["reason"]
    pages = busy.api.get("/api/v1/poison", headers=admin, params={"limit": 1}).json()
    rest = busy.api.get("/api/v1/poison", headers=admin, params={"cursor": pages["next"]}).json()
    assert [*pages["items"], *rest["items"]] == items


def test_bad_cursors_of_poison_are_refused(busy: Server, admin: dict[str, str]) -> None:
    """Numbers that no database holds, and digits that are none."""
    for place in ("9" * 40, "²", "-1", "van-001"):
        cursor = base64.urlsafe_b64encode(place.encode()).decode()
        answer = busy.api.get("/api/v1/poison", headers=admin, params={"cursor": cursor})
        assert answer.status_code == 422, place


def test_a_gateway_at_a_dock_is_the_scanner_of_its_site(busy: Server) -> None:
    """The installer says so when it is mounted; a site that is none is refused, and everything is on record."""
    headers = {"Authorization": f"Bearer {busy.key('installer', 'installer')}"}
    with talking(busy.mqtt) as (client, acks):
        client.publish(topic("dock-3", "up"), encode_up(a_run_of([a_position(1)])), 1)
        until(lambda: "dock-3" in acks)
    database = Database(busy.database_url, busy.data)
    with database.writing() as connection:
        fences.put(connection, [DEPOT], by="test", now=NOON)
    database.close()

    def change(said: dict[str, str | None], gateway_id: str = "dock-3", **by: dict[str, str]) -> httpx.Response:
        return busy.api.patch(f"/api/v1/gateways/{gateway_id}", json=said, headers=by.get("headers", headers))

    answer = change({"site": "depot"})
    assert (answer.status_code, answer.json()["site"]) == (200, "depot")
    assert gateway(busy, "dock-3")["site"] == "depot"
    assert change({}).json()["site"] == "depot"
    refused = change({"site": "nowhere"})
    assert (refused.status_code, "nowhere" in refused.json()["detail"]) == (422, True)
    assert change({"site": None}, "nobody").status_code == 404
    viewer = {"Authorization": f"Bearer {busy.key('looks', 'viewer')}"}
    assert change({"site": None}, headers=viewer).status_code == 403
    assert change({"site": None}).json()["site"] is None
