"""The gateway as a service: what the supervisor, the page on loopback and the commands are told."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import systemd
from gateway.outbox import Entry, Outbox
from tests.support.brokers import Mosquitto
from tests.support.gateways import ROOT, GatewayProcess, Page, Talker, a_config
from tests.support.landing import Landing
from tests.support.outboxes import PLENTY
from tests.support.ports import free_port
from tests.support.positions import NOON
from tests.support.waiting import until
from wire.messages import Event

BUSY = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
"""How much slower everything is because others use the machine as well."""
NOBODY = "mqtt://127.0.0.1:1"


class Supervisor:
    """The other end of NOTIFY_SOCKET, as systemd has it."""

    def __init__(self, path: Path) -> None:
        self.told: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def times(self, word: str) -> int:
        return sum(word in text.split("\n") for text in self.told)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while text := self._socket.recv(4096):
                self.told.append(text.decode())


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    listening = Supervisor(tmp_path / "notify")
    yield listening
    listening.close()


def test_systemd_is_told_when_it_runs_that_it_lives_and_when_it_stops(tmp_path: Path, supervisor: Supervisor) -> None:
    """A box hangs in a van far away: only its own supervisor can start it again."""
    told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
    with Talker(tmp_path), GatewayProcess(a_config(tmp_path, NOBODY), tmp_path, **told) as gateway:
        until(lambda: supervisor.times("READY=1") == 1, 10, "ready")
        until(lambda: supervisor.times("WATCHDOG=1") >= 3, 10, "the watchdog fed")
        until(lambda: any("STATUS=receiver fix, offline" in text for text in supervisor.told), 10, "the status line")
        assert gateway.stop() == 0
        until(lambda: supervisor.times("STOPPING=1") == 1, 5, "stopping")


def test_a_process_that_does_not_move_feeds_nobody(tmp_path: Path, supervisor: Supervisor) -> None:
    """A watchdog that is fed by a thread of its own would be fed by a corpse."""
    told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
    with GatewayProcess(a_config(tmp_path, NOBODY), tmp_path, **told) as gateway:
        until(lambda: supervisor.times("WATCHDOG=1") >= 2, 10, "the watchdog fed")
        os.kill(gateway.pid, signal.SIGSTOP)
        quiet = supervisor.times("WATCHDOG=1")
        pause = time.monotonic() + 0.5
        until(lambda: time.monotonic() > pause, 5)
        assert supervisor.times("WATCHDOG=1") <= quiet + 1
        os.kill(gateway.pid, signal.SIGCONT)
        until(lambda: supervisor.times("WATCHDOG=1") > quiet + 1, 10, "life again")


def test_without_systemd_nobody_is_told(tmp_path: Path) -> None:
    """On a laptop there is no such socket, or one of nobody's."""
    assert not systemd.notify("READY=1")


def test_the_address_may_be_abstract(monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd in containers uses names that start with @ (sd_notify(3))."""
    name = f"milepost-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
        assert systemd.notify("READY=1", "STATUS=x")
        assert listening.recv(100) == b"READY=1\nSTATUS=x"
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    assert systemd.watchdog_s() == 30
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert systemd.watchdog_s() is None, "it is meant for another process"


def test_it_stops_within_two_seconds_with_everything_on_disk(tmp_path: Path) -> None:
    """The ignition is off, and the power goes seconds later."""
    page = Page()
    with Mosquitto(tmp_path) as broker, Talker(tmp_path):
        config = a_config(
            tmp_path,
            broker.url,
            http={"listen": page.listen},
            outbox={"commit_every_s": 30},
            sampling={"tolerance_m": 50},
        )
        with GatewayProcess(config, tmp_path) as gateway:
            until(lambda: page.status().get("positions", {}).get("heard", 0) > 5, 20, "positions")
            until(lambda: page.status().get("connected"), 20, "the connection")
            with socket.create_connection(("127.0.0.1", int(page.listen.rpartition(":")[2]))) as idle:
                idle.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                began = time.monotonic()
                assert gateway.stop() == 0
                assert time.monotonic() - began < 2 * BUSY
        assert len(gateway.rows("position")) >= 2, "the newest position too, which was still being sampled"


def test_the_page_shows_status_health_and_metrics(tmp_path: Path) -> None:
    """What an installer looks at, and what a fleet's Prometheus collects."""
    page = Page()
    with (
        Mosquitto(tmp_path) as broker,
        Landing(broker.port) as landing,
        Talker(tmp_path),
        GatewayProcess(a_config(tmp_path, broker.url, http={"listen": page.listen}), tmp_path),
    ):
        until(lambda: len(landing.kept.rows) > 5, 20, "rows")
        status = until(lambda: page.status() if page.status().get("acked") else None, 10, "acknowledged rows")
        assert (status["id"], status["online"], status["problems"]) == ("van-1", True, [])
        assert (status["receiver"]["state"], status["receiver"]["fix"]["mode"]) == ("fix", "3d")
        assert json.loads(page.get("/health")) == {"ok": True, "stuck": []}
        metrics = page.get("/metrics")
        assert "milepost_gateway_connected 1.0" in metrics
        assert "milepost_gateway_acks_total" in metrics


def test_a_page_whose_address_is_taken_stops_nothing(tmp_path: Path) -> None:
    """Two gateways on one bench: both track, and one says what to change."""
    page = Page()
    with (
        socket.create_server(("127.0.0.1", int(page.listen.rpartition(":")[2]))),
        Mosquitto(tmp_path) as broker,
        Landing(broker.port) as landing,
        Talker(tmp_path),
        GatewayProcess(a_config(tmp_path, broker.url, http={"listen": page.listen}), tmp_path) as gateway,
    ):
        until(lambda: len(landing.kept.rows) > 5, 20, "rows")
        assert gateway.said("change [http] listen") == 1
        until(lambda: any("change [http] listen" in str(s.problems) for _, s in landing.statuses), 10, "the status")


def test_events_from_before_the_first_fix_arrive_with_their_true_time(tmp_path: Path) -> None:
    """A box whose clock nobody vouches for waits for the satellites before it says when it started."""
    then = NOON.replace(year=2031)
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path) as talker:
        talker.hush()
        with GatewayProcess(a_config(tmp_path, broker.url), tmp_path) as gateway:
            until(lambda: gateway.rows("event"), 20, "the first event")
            unknown = "clock" in gateway.rows("event")[0].fields
            talker._at = then
            talker.speak()
            [started] = until(lambda: [r for r in landing.records("event") if r["event"] == "started"], 20, "the event")
    if not unknown:
        pytest.skip("this machine's clock is synchronised, so the event's time was known at once")
    assert started["at"].startswith("2031-11-22T1"), "some seconds before the first fix"
    assert "clock" not in started, "GNSS time"


def test_rows_of_an_earlier_start_are_sent_though_their_time_is_never_known(tmp_path: Path) -> None:
    """Better an event whose clock nobody vouches for than none, and nothing may be blocked by it."""
    box = Outbox.opened(tmp_path / "data" / "outbox.sqlite", PLENTY, NOON)
    box.put([Entry(record=Event(at=NOON, clock="unknown", event="tamper"), boot="another", mono_ms=5)], NOON)
    box.close()
    with (
        Mosquitto(tmp_path) as broker,
        Landing(broker.port) as landing,
        GatewayProcess(a_config(tmp_path, broker.url), tmp_path),
    ):
        until(lambda: any(r["event"] == "tamper" and r["clock"] == "unknown" for r in landing.records()), 10)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.commands", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=30,
    )


def test_the_outbox_and_the_status_can_be_asked_for_by_command(tmp_path: Path) -> None:
    """Scripts compare the outbox with the server; installers read the status in a terminal."""
    page = Page()
    config = a_config(tmp_path, NOBODY, http={"listen": page.listen})
    nothing = command("outbox", "--config", str(config))
    assert (nothing.returncode, "no outbox yet" in nothing.stderr) == (1, True)
    nobody = command("status", "--config", str(config))
    assert (nobody.returncode, "is it running?" in nobody.stderr) == (1, True)
    with Talker(tmp_path), GatewayProcess(config, tmp_path) as gateway:
        until(lambda: len(gateway.rows("position")) > 3, 20, "rows")
        rows = [json.loads(text) for text in command("outbox", "--config", str(config)).stdout.splitlines()]
        said = json.loads(command("status", "--config", str(config)).stdout)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert {"seq", "kind", "at", "lon", "lat", "acked"} <= set(rows[-1])
    assert said["id"] == "van-1"
    off = command("status", "--config", str(a_config(tmp_path, NOBODY)))
    assert "The page is off" in off.stderr


def test_a_second_gateway_on_the_same_outbox_is_refused(tmp_path: Path) -> None:
    """Two programs that number rows for one stream would send each other's numbers."""
    config = a_config(tmp_path, f"mqtt://127.0.0.1:{free_port()}")
    with GatewayProcess(config, tmp_path):
        second = command("run", "--config", str(config))
    assert second.returncode == 1
    assert "is used by another gateway" in second.stderr
