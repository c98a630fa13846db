"""Promise P1 through the whole line: kill -9 of everything, restored and empty servers, and a recording in between."""

import random
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.influx import Influxd
from tests.support.line import Line, Part
from tests.support.real import data
from tests.support.waiting import until

KILLS = 20
TWIZY = "traces/rsk_twizy"


@pytest.fixture
def recording() -> Path:
    """A drive of a real vehicle."""
    return min(data(TWIZY).glob("*.csv*"))


@pytest.fixture
def line(tmp_path: Path, recording: Path) -> Iterator[Line]:
    """A receiver that says it ten times as fast, and the line behind it."""
    whole = Line(tmp_path, receiver=["--recording", str(recording), "--loop", "--speed", "10"])
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


@pytest.fixture
def influx_line(tmp_path: Path, recording: Path) -> Iterator[tuple[Line, Influxd]]:
    """The same with InfluxDB as the store of positions."""
    (tmp_path / "influx").mkdir()
    influxd = Influxd(tmp_path / "influx")
    influxd.start()
    url = f'[telemetry]\nurl = "{influxd.telemetry_url()}"'
    whole = Line(tmp_path, receiver=["--recording", str(recording), "--loop", "--speed", "10"], server=url)
    try:
        whole.start()
        yield whole, influxd
    finally:
        whole.stop()
        influxd.stop()


def killed_again_and_again(part: Part, line: Line, chance: random.Random, pause: threading.Event) -> None:
    """Kill a part at random moments, every other time while it starts (however long that takes), and start it again."""
    for number in range(KILLS):
        if number % 2:
            until(lambda: works(part, line), 60, f"the {part.name} at work")
        pause.wait(chance.uniform(0.05, 1.2))
        part.kill9()
        pause.wait(chance.uniform(0.0, 0.3))
        part.start()


def works(part: Part, line: Line) -> bool:
    """Whether it does what it is there for; a broker does from its first moment."""
    match part.name:
        case "server":
            return line.is_ready()
        case "gateway":
            return bool(line.status())
    return True


def test_every_record_arrives_once_though_everything_is_killed_twenty_times(line: Line) -> None:
    """Nothing that the outbox accepted is lost or counted twice, whoever dies, whenever."""
    until(lambda: line.status().get("outbox"), 30, "the gateway's status")
    killers = [
        threading.Thread(target=killed_again_and_again, args=(part, line, random.Random(seed), threading.Event()))
        for seed, part in enumerate((line.gateway, line.broker, line.server))
    ]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join(300)
        assert not killer.is_alive()
    line.receiver.stop()
    line.await_drained()
    committed, lost, doubled = line.reconciled()
    assert (lost, doubled) == (0, 0)
    assert committed > 100


def test_influxdb_may_be_killed_as_often(influx_line: tuple[Line, Influxd]) -> None:
    """The store of positions is a process of its own, and dies like one."""
    line, influxd = influx_line
    chance, pause = random.Random(7), threading.Event()
    until(lambda: line.status().get("outbox"), 30, "the gateway's status")
    for _ in range(KILLS):
        pause.wait(chance.uniform(0.0, 0.8))
        influxd.kill()
        pause.wait(chance.uniform(0.0, 0.2))
        influxd.start()
    line.receiver.stop()
    line.await_drained(90)
    committed, lost, doubled = line.reconciled()
    assert (lost, doubled) == (0, 0)
    assert committed > 100


def test_a_restored_and_then_an_empty_server_are_told_again_what_they_miss(line: Line) -> None:
    """Last night's backup, or a new machine: the fleet still holds what the server lacks."""
    until(lambda: line.newest() > 30, 60, "30 records")
    line.server.stop()
    shutil.copytree(line.folder / "server", line.folder / "backup")
    line.server.start()
    line.await_server()
    until(lambda: line.newest() > 80, 60, "80 records")
    line.await_drained()
    for backup in (line.folder / "backup", None):
        line.server.stop()
        shutil.rmtree(line.folder / "server")
        if backup:
            shutil.copytree(backup, line.folder / "server")
        line.forget_key()
        line.server.start()
        line.await_server()
        until(lambda: line.reconciled()[1:] == (0, 0), 60, "nothing lost, nothing doubled")
        line.receiver.stop()  # the second time the vehicle stands
        line.await_drained()
