"""Parts of the server that go away and come back: readiness names them, and nothing is lost meanwhile."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.broker import Amqtt
from tests.support.brokers import Mosquitto
from tests.support.drives import drive_on, times
from tests.support.influx import Influxd
from tests.support.peers import Peer
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.real import real_part
from tests.support.servers import Server, a_server
from tests.support.waiting import until


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    real_part("/proc", found.exists(), "this test reads Linux' list of processes")
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def runs(pid: int) -> bool:
    """Whether the process is there, and not only its name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def away(server: Server, part: str, words: str) -> Iterator[None]:
    """Readiness says so within the time of a health check, is 503, and is fine again afterwards."""
    until(lambda: words in server.trouble(part), 20, f"{words!r} about {part}; {server.ready()}")
    assert server.api.get("/api/v1/ready").status_code == 503
    assert server.api.get("/api/v1/health").status_code == 200
    yield
    until(lambda: server.ready().get("ready"), 30, f"ready again; {server.ready()}")


def test_a_broker_that_goes_away_is_said_and_found_again(tmp_path: Path) -> None:
    """It keeps nothing, and need not."""
    with Mosquitto(tmp_path) as broker, a_server(tmp_path, broker={"url": broker.url}) as server:
        with Peer(broker.port, "van-1") as peer:
            drive_on(peer, 50)
            peer.all_acked()
            broker.kill()
            drive_on(peer, 50)
            with away(server, "broker", "roker"):
                broker.start()
            peer.all_acked()
            assert server.times("van-1") == times(peer.rows)
        assert server.get("about")["parts"]["broker"] == "mqtt"


def test_the_server_s_own_broker_is_started_again(tmp_path: Path) -> None:
    """Nobody else would."""
    with a_server(tmp_path) as server, Peer(server.mqtt, "van-1") as peer:
        [broker] = children(server.pid)
        os.kill(broker, signal.SIGKILL)
        drive_on(peer, 50)
        with away(server, "broker", "roker"):
            pass
        peer.all_acked()
        assert children(server.pid) != [broker]


def test_influxdb_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    """Killed in the middle: nothing is acknowledged that is not there, and all of it is there in the end, once."""
    influxd = Influxd(tmp_path)
    influxd.start()
    try:
        with (
            a_server(tmp_path, telemetry={"url": influxd.telemetry_url()}) as server,
            Peer(server.mqtt, "van-1") as peer,
        ):
            drive_on(peer, 200)
            peer.all_acked()
            drive_on(peer, 200)
            influxd.kill()
            drive_on(peer, 200)
            with away(server, "telemetry", "InfluxDB"):
                answer = server.api.get("/api/v1/vehicles/van-1/track")
                assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
                assert answer.headers["Retry-After"]
                assert "token" not in answer.text + server.log.read_text()
                influxd.start()
            peer.all_acked()
            assert server.times("van-1") == times(peer.rows)
            assert server.get("about")["parts"]["telemetry"] == "influxdb"
    finally:
        influxd.stop()


def test_postgresql_that_goes_away_is_waited_for(tmp_path: Path) -> None:
    """The same for the database."""
    postgres = Postgres()
    try:
        with (
            a_server(tmp_path, database={"url": postgres.new_database()}) as server,
            Peer(server.mqtt, "van-1") as peer,
        ):
            drive_on(peer, 200)
            peer.all_acked()
            postgres.stop()
            drive_on(peer, 200)
            with away(server, "database", "The database does not answer"):
                assert server.api.get("/api/v1/vehicles").status_code == 503
                postgres.start()
            peer.all_acked()
            assert server.times("van-1") == times(peer.rows)
            assert server.get("about")["parts"]["database"].startswith("postgresql 1")
    finally:
        postgres.remove()


def test_the_line_works_over_amqtt_too(tmp_path: Path) -> None:
    """A laptop without mosquitto."""
    port = free_port()
    broker = Amqtt("127.0.0.1", port)
    try:
        with a_server(tmp_path, broker={"url": f"mqtt://127.0.0.1:{port}"}) as server, Peer(port, "van-1") as peer:
            drive_on(peer, 100)
            peer.all_acked()
            assert server.times("van-1") == times(peer.rows)
    finally:
        broker.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(tmp_path: Path, number: int) -> None:
    """A supervisor, Ctrl-C, or the kernel ends it: the broker ends with it, and the port is free."""
    with a_server(tmp_path) as server:
        with Peer(server.mqtt, "van-1") as peer:
            drive_on(peer, 500)
            [broker] = children(server.pid)
            began = time.monotonic()
            status = server.end(number)
        assert time.monotonic() - began < 5
        assert status == (0 if number != signal.SIGKILL else -9)
        until(lambda: not runs(broker), 3, "the end of mosquitto")


def test_a_disk_that_is_full_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    """A few megabytes: room is made, and everything goes on by itself."""
    server = Server(tmp_path)
    server.on_a_small_disk(20)
    with server:
        inside = Path(f"/proc/{server.pid}/root{server.data}")
        with Peer(server.mqtt, "van-1", rows_a_message=200) as peer:
            drive_on(peer, 1000)
            peer.all_acked()
            ballast = inside / "ballast"
            with ballast.open("wb") as file:
                subprocess.run(["dd", "if=/dev/zero", "bs=64k"], stdout=file, stderr=subprocess.DEVNULL, check=False)
            drive_on(peer, 40_000)
            until(lambda: "full" in server.trouble("writer"), 30, f"a word about the disk; {server.ready()}")
            assert peer.acked < len(peer.rows)
            assert "make room" in server.trouble("disk")
            ballast.unlink()
            peer.all_acked(60)
            assert server.times("van-1") == times(peer.rows)
            assert server.trouble("writer") == ""
