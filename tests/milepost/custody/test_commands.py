"""`milepost custody` as people use it: a process with a file, an exit status and words."""

import json
import subprocess
from pathlib import Path

from tests.support.forked import finished

LINES = [
    '{"kind":"site","id":"depot","lon":24.9,"lat":60.1,"radius_m":60}',
    '{"kind":"parcel","id":"p1","tag":"t1","vehicle":"v1","site":"depot","stop":{"id":"S1","lon":24.95,"lat":60.1,"radius_m":30}}',
    '{"kind":"route","vehicle":"v1","departs":"2026-11-22T07:00:00.000Z","stops":["S1"]}',
    '{"kind":"fix","vehicle":"v1","at":"2026-11-22T06:00:05.000Z","lon":24.9,"lat":60.1,"speed_mps":0.1,"accuracy_m":3}',
    '{"kind":"sighting","scanner":"v1","tag":"t1","from":"2026-11-22T06:00:00.000Z","to":"2026-11-22T06:00:10.000Z","count":4,"rssi_max_dbm":-60,"rssi_mean_dbm":-65}',
    '{"kind":"scanner","scanner":"v1","from":"2026-11-22T06:00:50.000Z","to":"2026-11-22T06:01:00.000Z","healthy":true}',
]


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return finished(["custody", *arguments], stdin=stdin.encode())


def test_every_parcel_has_a_statement_at_every_multiple(tmp_path: Path) -> None:
    """Whoever joins the statements with other data does it by time."""
    (tmp_path / "day.jsonl").write_text("\n".join(LINES))
    done = run("run", str(tmp_path / "day.jsonl"), "--every", "20")
    told = [json.loads(row) for row in done.stdout.splitlines()]
    statements = [one for one in told if one["kind"] == "custody"]
    assert done.returncode == 0, done.stderr
    assert [one["at"][11:19] for one in statements] == ["06:00:20", "06:00:40", "06:01:00"]
    assert all(0 < one["p"] <= 1 for one in statements)


def test_a_bad_line_is_named_and_the_others_count() -> None:
    """One bad line in a day is no reason to say nothing about the day."""
    good = run("run", "-", stdin="\n".join(LINES))
    bad = run("run", "-", stdin="\n".join([*LINES[:2], "nonsense", '{"kind":"parcle"}', *LINES[2:]]))
    assert (bad.returncode, bad.stdout) == (1, good.stdout)
    assert "line 3: " in bad.stderr
    assert "line 4: `kind` must be site, parcel, route, fix, sighting or scanner." in bad.stderr


def test_a_file_that_is_not_there_is_wrong_usage() -> None:
    """Scripts tell a bad recording from a bad call by the exit status."""
    done = run("run", "/nowhere.jsonl")
    assert (done.returncode, done.stdout) == (2, "")
    assert "/nowhere.jsonl: cannot be read" in done.stderr
