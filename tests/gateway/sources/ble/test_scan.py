"""`milepost tag scan` as somebody runs it who stands beside the van."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from simulators.bluez import Beacon, Rig
from tests.support.bluetooth import RUUVI, a_rig, address, heard, identity
from tests.support.real import ROOT

COMMAND = [sys.executable, "-m", "milepost.main", "tag", "scan"]


@pytest.fixture
def rig() -> Iterator[Rig]:
    with a_rig() as rig:
        ruuvi = heard(3, manufacturer_data={0x0499: RUUVI}, name="Ruuvi 884F")
        rig.play([*[Beacon(advert=heard(n), every_s=0.1) for n in (1, 2)], Beacon(advert=ruuvi, every_s=0.1)])
        yield rig


def scan(*words: str, bus: str = "unix:path=/nonexistent/bus") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words], cwd=ROOT, env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": bus, "COLUMNS": "200"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_its_lines_are_what_decode_reads_and_a_gateway_replays(rig: Rig, tmp_path: Path) -> None:
    """What is heard beside a van is decoded at a desk."""
    done = scan("--json", "--for", "2", bus=rig.bus.address)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["id"] for line in lines} >= {identity(1), identity(2)}
    assert all(datetime.fromisoformat(line["at"]).tzinfo for line in lines)
    [ruuvi] = {json.dumps(line["values"]) for line in lines if line["address"] == address(3)}
    decode = [*COMMAND[:-1], "decode"]
    again = subprocess.run(decode, input=done.stdout, cwd=ROOT, capture_output=True, text=True, check=True)
    said = [json.loads(line) for line in again.stdout.splitlines()]
    assert [line["id"] for line in said] == [line["id"] for line in lines]
    assert json.loads(ruuvi)["temperature_c"] == 24.3


def test_people_get_a_table_on_stderr(rig: Rig) -> None:
    """stdout stays clean for pipes."""
    done = scan("--adapter", rig.adapter().address, "--for", "2", bus=rig.bus.address)
    assert (done.returncode, done.stdout) == (0, "")
    for words in (address(1), identity(2), "RuuviTag DF5", "temperature_c 24.3", "3 addresses"):
        assert words in done.stderr, words
    assert not rig.scanned()


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["--adapter", "hci7"], 1, "there is no adapter hci7; there is hci0 (00:1A:7D:DA:71:13)"),
        (["--keys", "/nonexistent"], 1, "is no text that the gateway may read"),
        (["--for", "0"], 2, "0.1"),
    ],
)
def test_a_call_that_cannot_work_says_why(rig: Rig, words: list[str], status: int, says: str) -> None:
    """Somebody stands in the rain."""
    done = scan(*words, bus=rig.bus.address)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in " ".join(done.stderr.split())


def test_without_a_bus_or_an_adapter_it_says_what_to_do() -> None:
    """Most laptops' first try."""
    assert "install dbus and bluez" in scan().stderr
    with a_rig({}) as rig:
        done = scan(bus=rig.bus.address)
    assert (done.returncode, "plug one in" in done.stderr) == (1, True)


def test_an_adapter_that_cannot_scan_ends_it_with_the_reason(rig: Rig) -> None:
    """Waiting in front of an empty table helps nobody."""
    rig.adapter().refuses["StartDiscovery"] = ["NotReady"]
    done = scan("--for", "30", bus=rig.bus.address)
    assert done.returncode == 1
    assert "NotReady" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_when_it_is_told_to(rig: Rig, number: signal.Signals) -> None:
    """The adapter must not go on scanning for nobody."""
    environment = {**os.environ, **rig.environment}
    with subprocess.Popen([*COMMAND, "--json"], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(number)
        process.stdout.read()
        assert process.wait(20) == 0
    assert not rig.scanned()


def test_a_reader_that_leaves_ends_it(rig: Rig) -> None:
    """`milepost tag scan --json | head -1`."""
    environment = {**os.environ, **rig.environment}
    with subprocess.Popen(
        [*COMMAND, "--json"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""
