"""configs/systemd and configs/prometheus: accepted by the programs that read them, and true to ours."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from milepost.main import ROOMS
from tests.support.real import ROOT, program

UNITS = sorted((ROOT / "configs" / "systemd").glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    """A typo in a directive is only a line in the journal, and a protection less."""
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE)
    (tmp_path / unit.name).write_text(text)
    command = [program("systemd-analyze"), "verify", "--man=no", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_unit_starts_a_command_that_there_is(unit: Path) -> None:
    """Commands are renamed; units are not."""
    [started] = re.findall(r"^ExecStart=\S*/milepost (\w+)", unit.read_text(), re.MULTILINE)
    assert started in ROOMS


def test_prometheus_asks_where_the_metrics_are() -> None:
    """A wrong path shows up as a gap in a graph, weeks later."""
    said: dict[str, Any] = yaml.safe_load((ROOT / "configs" / "prometheus" / "prometheus.yml").read_text())
    [job] = said["scrape_configs"]
    settings = (ROOT / "configs" / "server.toml").read_text()
    [target] = job["static_configs"][0]["targets"]
    assert f'listen = "127.0.0.1:{target.partition(":")[2]}"' in settings
    assert job["metrics_path"] == "/metrics"
    assert job["authorization"]["credentials_file"]
