"""P1 at the server: killed at any moment, restored from older copies, emptied: what was put is stored once."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from tests.support.drives import drive_for_a_while, drive_on, times
from tests.support.peers import Peer
from tests.support.servers import Server, a_server
from wire.delivery import News

KILLS = 6


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path) as running:
        yield running


def everything_is_there_once(server: Server, peer: Peer) -> None:
    """What the API returns is what was put."""
    peer.all_acked()
    assert server.times(peer.gateway) == times(peer.rows)
    assert server.get(f"gateways/{peer.gateway}/gaps")["items"] == []
    metres = server.get(f"vehicles/{peer.gateway}")["odometer_m"]
    assert metres == pytest.approx(0.554 * (len(peer.rows) - 1), rel=0.01)


def test_killed_at_any_moment_it_stores_each_row_once(server: Server) -> None:
    """kill -9, and its broker forgets everything, while three gateways send."""
    random = Random(20261122)
    with ExitStack() as stack:
        peers = [stack.enter_context(Peer(server.mqtt, f"van-{n}")) for n in range(3)]
        for _ in range(KILLS):
            drive_for_a_while(random, peers)
            acked = peers[0].acked
            server.kill()
            server.start()
            assert server.times("van-0")[:acked] == times(peers[0].rows[:acked])
        for peer in peers:
            everything_is_there_once(server, peer)


def test_what_is_acknowledged_is_in_the_api_at_once(server: Server) -> None:
    """The order of a commit: telemetry, database, Ack. An Ack that came early would be a promise that a kill breaks."""
    with Peer(server.mqtt, "van-1", rows_a_message=3) as peer:
        for _ in range(25):
            drive_on(peer, 20)
            acked = peer.acked
            assert len(server.times("van-1")) >= acked
        everything_is_there_once(server, peer)


def test_a_backup_of_an_hour_ago_gets_the_rest_again(server: Server) -> None:
    """Both files are restored; nobody has to do anything."""
    backup = server.folder / "backup"
    with Peer(server.mqtt, "van-1") as peer:
        drive_on(peer, 100)
        peer.all_acked()
        server.stop()
        shutil.copytree(server.data, backup)
        server.start()
        drive_on(peer, 150)
        peer.all_acked()
        server.kill()
        shutil.rmtree(server.data)
        shutil.copytree(backup, server.data)
        server.start()
        drive_on(peer, 10)
        everything_is_there_once(server, peer)
        assert News.SERVER_REWOUND in peer.news


def test_telemetry_of_an_hour_ago_gets_the_rest_again(server: Server) -> None:
    """Only the telemetry was restored: the database alone would say that all is there."""
    backup = server.folder / "backup"
    with Peer(server.mqtt, "van-1") as peer:
        drive_on(peer, 100)
        peer.all_acked()
        server.stop()
        shutil.copytree(server.data / "telemetry", backup)
        server.start()
        drive_on(peer, 150)
        peer.all_acked()
        server.stop()
        shutil.rmtree(server.data / "telemetry")
        shutil.copytree(backup, server.data / "telemetry")
        server.start()
        drive_on(peer, 10)
        everything_is_there_once(server, peer)
        assert "older than the database" in server.log.read_text()


def test_an_empty_new_server_gets_all_that_gateways_have(server: Server) -> None:
    """A machine burnt down; the fleet still holds three days."""
    with Peer(server.mqtt, "van-1") as peer:
        drive_on(peer, 200)
        peer.all_acked()
        server.kill()
        shutil.rmtree(server.data)
        server.forget_key()
        server.start()
        drive_on(peer, 10)
        everything_is_there_once(server, peer)
