"""`milepost motion` as people use it: a process with files, pipes, an exit status and words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.nmea import encode
from tests.server.domain.motion.test_rule import rows
from tests.support.nmea import a_drive
from wire.messages import instant, rfc3339

COMMAND = [sys.executable, "-m", "milepost.main", "motion"]


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, timeout=60, check=False)


def objects(out: bytes) -> list[dict]:
    return [json.loads(row) for row in out.splitlines()]


def csv_of(*vehicles: str) -> list[str]:
    numbers = zip(*(column.tolist() for column in rows()), strict=True)
    return [
        f"{rfc3339(instant(at))},{lon / 1e7:.7f},{lat / 1e7:.7f},{vehicle}"
        for at, lon, lat in numbers
        for vehicle in vehicles
    ]


def written(path: Path, lines: list[str]) -> str:
    path.write_text("\n".join(["at,lon,lat,vehicle", *lines, ""]))
    return str(path)


def test_each_fix_has_a_line_in_the_order_of_the_rows(tmp_path: Path) -> None:
    """Whoever puts the answers beside the rows counts lines."""
    lines = csv_of("anna", "ben")[::-1]
    done = run(written(tmp_path / "two.csv", lines))
    told = objects(done.stdout)
    assert done.returncode == 0
    assert [(one["at"], one["vehicle"]) for one in told] == [(line.split(",")[0], line.split(",")[3]) for line in lines]
    assert {tuple(one) for one in told} == {("vehicle", "at", "motion", "p")}
    assert {one["motion"] for one in told} == {"driving", "on_foot"}
    assert all(0.5 <= one["p"] <= 1 for one in told)
    assert f"{len(lines)} fixes" in done.stderr.decode()


def test_a_broken_line_is_named_and_the_others_are_judged(tmp_path: Path) -> None:
    """One bad line in a day is no reason to say nothing about the day."""
    lines = csv_of("anna")
    good = run(written(tmp_path / "good.csv", lines)).stdout
    done = run(written(tmp_path / "bad.csv", [*lines[:10], "yesterday,24.9,60.1,anna", *lines[10:]]))
    assert (done.returncode, done.stdout) == (1, good)
    assert "line 12: at is 'yesterday'" in done.stderr.decode()


def test_what_a_phone_says_of_its_speed_changes_nothing(tmp_path: Path) -> None:
    """Some say it, some do not, some say it wrongly; the ways are the same."""
    lines = csv_of("anna")
    path = tmp_path / "speeds.csv"
    path.write_text("speed_mps,at,lon,lat,vehicle\n" + "".join(f"{i % 30},{line}\n" for i, line in enumerate(lines)))
    assert run(str(path)).stdout == run(written(tmp_path / "plain.csv", lines)).stdout


def test_standard_input_and_other_forms_are_read() -> None:
    """A pipe from a receiver: NMEA, whose vehicle nobody named."""
    told = objects(run("-", stdin=b"".join(encode.epoch(fix) for fix in a_drive(60))).stdout)
    assert [one["vehicle"] for one in told] == ["vehicle"] * 60
    assert {one["motion"] for one in told[10:50]} == {"driving"}


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["nowhere.csv"], 2), (["-"], 1)])
def test_the_exit_status_tells_a_wrong_call_from_bad_input(arguments: list[str], status: int) -> None:
    """Scripts tell a mistake in the call from a mistake in the data; an empty input is bad."""
    assert run(*arguments).returncode == status
