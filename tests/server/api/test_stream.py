"""The event stream on a real port: what moves, as it moves."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.events import Events
from tests.support.peers import deliver, talking
from tests.support.positions import a_position
from tests.support.servers import Server, a_server
from wire.encode import encode_live, encode_status
from wire.messages import Position, Status, rfc3339
from wire.topics import topic


def now(ahead_s: float = 0) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=ahead_s)


def show(server: Server, *hints: Position, gateway: str = "van-live") -> None:
    """Publish hints of a gateway that the server knows."""
    deliver(server.mqtt, {gateway: [a_position(0)]})
    with talking(server.mqtt) as (client, _):
        for hint in hints:
            client.publish(topic(gateway, "live"), encode_live(hint), 1).wait_for_publish(5)


def test_hello_comes_first(busy: Server) -> None:
    """The page learns the server's clock, to show ages."""
    with Events(busy) as events:
        hello = events.next()
    assert hello.name == "hello"
    assert abs(datetime.fromisoformat(hello.data["now"]) - now()) < timedelta(seconds=5)


def test_what_is_committed_is_shown_with_all_that_was_said(busy: Server) -> None:
    """The newest of a run, once it is durable."""
    with Events(busy) as events:
        events.next("hello")
        deliver(busy.mqtt, {"van-sse": [a_position(n, speed_mps=n, course_deg=n) for n in range(3)]})
        moved = events.positions("van-sse")
    assert (moved["at"], moved["speed_mps"], moved["live"]) == ("2026-11-22T12:00:02.000Z", 2.0, False)
    assert moved["satellites"] is None


def test_a_hint_is_shown_at_once_and_not_stored(busy: Server) -> None:
    """A gateway that was offline shows where it is before it has sent the last hours."""
    at = now()
    with Events(busy) as events:
        show(busy, a_position(0, at=at, speed_mps=3.0))
        while not (moved := events.positions("van-live"))["live"]:
            pass
    assert (moved["at"], moved["speed_mps"]) == (rfc3339(at), 3.0)
    assert busy.get("vehicles/van-live")["last"]["at"] == "2026-11-22T12:00:00.000Z"
    assert len(busy.times("van-live")) == 1


def test_a_hint_that_nobody_believes_is_not_shown(busy: Server) -> None:
    """P4: no van on null island, none from next year."""
    with Events(busy) as events:
        good = a_position(0, at=now(), speed_mps=9.0)
        show(
            busy,
            a_position(0, at=now(), lon=0, lat=0),
            a_position(0, at=now(3600)),
            a_position(0, at=now(), flags=("jump",)),
            good,
            gateway="van-lost",
        )
        while not (moved := events.positions("van-lost"))["live"]:
            pass
    assert moved["speed_mps"] == 9.0


def test_a_viewport_sees_what_is_in_it(busy: Server) -> None:
    """A phone in Helsinki does not load the fleet of Porto."""
    with Events(busy, bbox="24.9,60.1,25.0,60.2") as events:
        events.next("hello")
        deliver(busy.mqtt, {"van-porto": [a_position(0, lon=-8.6, lat=41.1)], "van-helsinki": [a_position(0)]})
        seen = {moved["vehicle"] for moved in events.next("positions").data}
    assert seen == {"van-helsinki"}


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "0,2,1,1", "0,0,200,1", "nan,0,1,1"])
def test_a_box_that_is_none_is_refused(busy: Server, bbox: str) -> None:
    """With what to write."""
    answer = busy.api.get("/api/v1/stream", params={"bbox": bbox})
    assert answer.status_code == 422
    assert "west,south,east,north" in answer.json()["detail"]


def test_a_reader_that_was_away_goes_on_where_it_was(busy: Server) -> None:
    """A phone in a tunnel: nothing is loaded anew."""
    with Events(busy) as events:
        last = events.next("hello").id
    deliver(busy.mqtt, {"van-away": [a_position(0)]})
    with Events(busy, last_event_id=last) as events:
        events.next("hello")
        assert events.positions("van-away")["at"] == "2026-11-22T12:00:00.000Z"


@pytest.mark.parametrize("last", [1, 99999999999999999])
def test_a_reader_that_was_away_too_long_starts_afresh(busy: Server, last: int) -> None:
    """The events between are gone, or are those of another run of the server."""
    with Events(busy, last_event_id=last) as events:
        events.next("hello")
        assert "too long" in events.next("reset").data["because"]


def test_a_gateway_s_status_is_an_event(busy: Server) -> None:
    """The list shows at once that a gateway went offline."""
    with Events(busy) as events, talking(busy.mqtt) as (client, _):
        events.next("hello")
        client.publish(topic("van-status", "status"), encode_status(Status(online=True, version="7")), 1)
        assert events.next("gateway").data["status"]["version"] == "7"
        client.publish(topic("van-status", "status"), encode_status(Status(online=False)), 1)
        assert events.next("gateway").data == {
            "id": "van-status",
            "vehicle": "van-status",
            "online": False,
            "status": None,
        }


def test_open_streams_do_not_keep_the_server(tmp_path: Path) -> None:
    """uvicorn would wait for them for ever; a supervisor would kill it."""
    with a_server(tmp_path) as server, Events(server) as one, Events(server, bbox="1,1,2,2") as other:
        one.next("hello")
        other.next("hello")
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 3
        assert one.ended.wait(1)
        assert other.ended.wait(1)


@pytest.mark.long
def test_a_stream_ends_when_its_key_is_taken_back(tmp_path: Path) -> None:
    """Asked again every quarter of a minute: an open stream is no way around a lost laptop."""
    with a_server(tmp_path) as server, Events(server) as events:
        events.next("hello")
        server.milepost("key", "remove", "--name", "tests")
        assert events.ended.wait(20)
