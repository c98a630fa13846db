"""The gateway as a process between a receiver on a pty and a real broker: what its outbox accepted arrives, once."""

import random
from pathlib import Path

import pytest

from tests.support.brokers import Mosquitto
from tests.support.gateways import GatewayProcess, Page, Talker, a_config, once
from tests.support.landing import Kept, Landing, plain
from tests.support.waiting import until
from wire.messages import Ack


def reconciled(gateway: GatewayProcess, landing: Landing) -> bool:
    """Whether the server has what the outbox has, row by row, each once."""
    rows = gateway.rows()
    there = {(stream, seq): record for _, stream, seq, record in landing.kept.rows}
    if len(there) < len(rows) or not once(landing.keys()):
        return False
    streams = [stream for _, stream, _, _ in landing.kept.rows]
    return bool(rows) and all(
        any(plain(there.get((stream, row.seq), {})) == plain(row.fields) for stream in dict.fromkeys(streams))
        for row in rows
    )


def test_what_a_receiver_says_becomes_rows_that_the_server_has(tmp_path: Path) -> None:
    """The line of the whole house, as far as the broker."""
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path):
        with GatewayProcess(a_config(tmp_path, broker.url), tmp_path) as gateway:
            until(lambda: len(landing.records("position")) > 50, 20, "positions")
            gateway.stop()
        there = landing.records("position")
        assert [record["at"] for record in there] == sorted({record["at"] for record in there})
        assert landing.kept.gaps == []


@pytest.mark.parametrize("kills", [6, pytest.param(40, marks=pytest.mark.long)])
def test_every_row_that_the_outbox_accepted_arrives_once_through_many_kills(tmp_path: Path, kills: int) -> None:
    """Promise P1: any process may be killed at any point. Rows live on the disk, and nowhere else."""
    chance = random.Random(kills)
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path) as talker:
        gateway = GatewayProcess(a_config(tmp_path, broker.url), tmp_path)
        for _ in range(kills):
            with gateway.started(until_it_runs=chance.random() < 0.8):
                floor = len(landing.kept.rows) + chance.randrange(20)
                if chance.random() < 0.7:
                    until(lambda floor=floor: len(landing.kept.rows) >= floor, 20, "some rows")
        found = gateway.said("receiver found")
        with gateway:
            until(lambda: gateway.said("receiver found") > found, 20, "the receiver, and with it the time")
            until(lambda: len(landing.records("position")) > 50, 30, "the last rows")
            talker.hush()
            until(lambda: reconciled(gateway, landing), 30, "reconciliation")
        assert landing.kept.gaps == []


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_a_broker_that_dies_and_forgets_loses_nothing(tmp_path: Path, kills: int) -> None:
    """Mosquitto without persistence forgets what it acknowledged: nobody may have relied on that."""
    chance = random.Random(kills)
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path) as talker:
        with GatewayProcess(a_config(tmp_path, broker.url), tmp_path) as gateway:
            for _ in range(kills):
                floor = len(landing.kept.rows) + chance.randrange(1, 10)
                until(lambda floor=floor: len(landing.kept.rows) >= floor, 40, "rows after the broker came back")
                broker.kill()
                broker.start()
            talker.hush()
            until(lambda: reconciled(gateway, landing), 40, "reconciliation")
        assert landing.kept.gaps == []


def test_a_pipe_that_acknowledges_and_drops_frees_nothing(tmp_path: Path) -> None:
    """A PUBACK says nothing about the server: rows wait until it answers."""
    page = Page()
    with Mosquitto(tmp_path) as broker, Talker(tmp_path) as talker:
        config = a_config(tmp_path, broker.url, http={"listen": page.listen})
        with Landing(broker.port, answers=False) as deaf, GatewayProcess(config, tmp_path) as gateway:
            until(lambda: deaf.messages > 5, 20, "messages")
            talker.hush()
            assert not any(row.acked for row in gateway.rows())
            deaf.answers = True
            until(lambda: reconciled(gateway, deaf), 40, "reconciliation")
            until(lambda: page.status()["outbox"].get("waiting", 0) == 0, 10, "nothing waits")


def test_a_server_restored_from_a_backup_and_a_new_one_get_again_what_they_lack(tmp_path: Path) -> None:
    """Acknowledged rows are history, not waste: last night's backup misses a day that only the vans still have."""
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path) as talker:
        with GatewayProcess(a_config(tmp_path, broker.url), tmp_path) as gateway:
            until(lambda: len(landing.kept.rows) > 20, 20, "rows")
            backup = landing.backup()
            until(lambda: len(landing.kept.rows) > 60, 20, "more rows")
            landing.restore(backup)
            until(lambda: len(landing.kept.rows) > 80, 20, "rows after the backup")
            landing.restore(Kept())
            until(lambda: len(landing.kept.rows) > 100, 20, "rows on the new server")
            talker.hush()
            until(lambda: reconciled(gateway, landing), 20, "reconciliation")
        assert landing.kept.gaps == []


def test_an_outbox_from_an_older_image_begins_a_new_stream(tmp_path: Path) -> None:
    """Numbers that the server knows already must not be used for other rows: they would be taken for repeats."""
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path) as talker:
        with GatewayProcess(a_config(tmp_path, broker.url), tmp_path) as gateway:
            until(lambda: len(landing.kept.rows) > 10, 20, "rows")
            gateway.stop()
            image, floor = gateway.outbox.read_bytes(), len(gateway.rows())
            gateway.start()
            until(lambda: len(landing.kept.rows) > floor + 20, 20, "more rows")
            gateway.kill()
            for leftover in gateway.outbox.parent.glob("outbox.sqlite*"):
                leftover.unlink()
            gateway.outbox.write_bytes(image)
            talker.hush()
            gateway.start()
            until(lambda: len({stream for _, stream in landing.kept.last}) == 2, 20, "a new stream")
            talker.speak()
            until(lambda: len([1 for row in gateway.rows() if row.acked]) > 10, 20, "rows of the new stream")
        assert once(landing.keys())


def test_another_box_with_the_same_id_is_reported(tmp_path: Path) -> None:
    """Two boxes with one id push each other off the broker; whoever looks at the status has to read why."""
    page = Page()
    with (
        Mosquitto(tmp_path) as broker,
        Landing(broker.port) as landing,
        GatewayProcess(a_config(tmp_path, broker.url, http={"listen": page.listen}), tmp_path),
    ):
        until(lambda: page.status().get("connected"), 20, "the connection")
        landing.say("van-1", Ack(stream="notours", last=7))
        until(lambda: any("id of its own" in problem for problem in page.status()["problems"]), 10, "the problem")
        until(lambda: any("id of its own" in str(s.problems) for _, s in landing.statuses), 10, "its status")


def test_the_status_is_retained_and_ends_with_offline(tmp_path: Path) -> None:
    """Whoever opens the map later has to see how each gateway is, and whether it is there at all."""
    with (
        Mosquitto(tmp_path) as broker,
        Talker(tmp_path),
        GatewayProcess(a_config(tmp_path, broker.url), tmp_path) as box,
    ):
        with Landing(broker.port) as landing:
            until(lambda: any(s.online and s.receiver and s.receiver.state == "fix" for _, s in landing.statuses), 20)
        with Landing(broker.port) as later:
            until(lambda: [s.online for _, s in later.statuses] == [True], 10, "the retained status")
        assert box.stop() == 0
        with Landing(broker.port) as latest:
            until(lambda: [s.online for _, s in latest.statuses] == [False], 10, "the goodbye")
        box.start()
        with Landing(broker.port) as landing:
            until(lambda: any(s.online for _, s in landing.statuses), 20, "back online")
            box.kill()
            until(lambda: not landing.statuses[-1][1].online, 40, "the last will")
