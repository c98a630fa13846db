"""`milepost simulate dock`: the radio as a program, over an org.bluez and over named pipes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.extracts import helsinki_map
from tests.support.gateways import ROOT
from tests.support.real import real_part
from tests.support.waiting import until


@contextmanager
def a_dock(folder: Path, *more: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """The program with two vans, and its plan."""
    command = [sys.executable, "-m", "milepost.main", "simulate", "dock", "--city", str(helsinki_map())]
    command += ["--folder", str(folder), "--van", "van-1", "--van", "van-2", "--departs", "10", *more]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdin
        assert process.stdout
        try:
            plan = json.loads(process.stdout.readline())
            process.stdin.write(json.dumps({"began_at": datetime.now(UTC).isoformat()}) + "\n")
            process.stdin.flush()
            yield plan, process
        finally:
            process.kill()


def test_without_dbus_adverts_come_through_pipes_as_the_gateway_replays_them(tmp_path: Path) -> None:
    """A machine without dbus-daemon shows the same demo."""
    with a_dock(tmp_path, "--pipes") as (plan, process):
        assert plan["bus"] is None
        assert [van["name"] for van in plan["vans"]] == ["van-1", "van-2"]
        file = os.open(plan["pipes"]["van-2"], os.O_RDONLY)
        lines = [json.loads(line) for line in os.fdopen(file, "rb").readline().splitlines()]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert set(lines[0]) == {"address", "name", "rssi", "manufacturer_data"}
    assert lines[0]["manufacturer_data"]["0x004c"].startswith("0215")
    assert -110 < lines[0]["rssi"] < 0


def test_over_dbus_each_van_has_an_adapter_and_nothing_is_left_at_the_end(tmp_path: Path) -> None:
    """The gateways find their own adapter by its address; a demo that ends leaves no bus behind."""
    real_part("dbus-daemon", shutil.which("dbus-daemon"), "install Debian's dbus-daemon")
    with a_dock(tmp_path) as (plan, process):
        path = Path(plan["bus"].removeprefix("unix:path="))
        assert path.exists()
        assert len({van["adapter"] for van in plan["vans"]}) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    until(lambda: not path.exists(), 5, "the end of the bus")


def test_a_city_that_is_none_is_told_in_words(tmp_path: Path) -> None:
    """Whoever gives the wrong folder learns what to give."""
    command = [sys.executable, "-m", "milepost.main", "simulate", "dock", "--city", str(tmp_path), "--van", "v"]
    done = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "milepost map build" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "says"),
    [(["--berth", "1", "2"], "--road"), (["--berth", "1", "2", "--road", "1", "2", "--departs", "soon"], "no time")],
)
def test_a_receiver_at_a_berth_says_what_it_lacks(tmp_path: Path, more: list[str], says: str) -> None:
    """Half a berth is a slip of whoever types it."""
    command = [sys.executable, "-m", "milepost.main", "simulate", "receiver", "--city", str(tmp_path), *more]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert says in done.stderr
