"""`milepost nmea` as people use it: a process with files, pipes, an exit status and words."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.nmea import encode
from tests.support.nmea import a_drive, line
from tests.support.real import data
from tests.support.waiting import until

COMMAND = [sys.executable, "-m", "firmware_bridge.commands"]
FIELDS = [
    "at",
    "lon",
    "lat",
    "alt_m",
    "speed_mps",
    "course_deg",
    "mode",
    "quality",
    "hdop",
    "satellites",
    "error_m",
    "flags",
]


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, timeout=30, check=False)


def objects(out: bytes) -> list[dict]:
    return [json.loads(row) for row in out.splitlines()]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "van.log"
    path.write_bytes(b"# a van\r\n" + b"".join(encode.epoch(fix) for fix in a_drive(5)) + b"$GPRMC,120")
    return path


def test_a_recording_becomes_lines_of_json_and_a_summary(recording: Path) -> None:
    """The fields and their order are a promise: other programs read them."""
    done = run(str(recording))
    fixes = objects(done.stdout)
    assert done.returncode == 0
    assert [list(fix) for fix in fixes] == [FIELDS] * 5
    assert fixes[0] == {
        "at": "2026-11-22T12:00:00.000Z",
        "lon": 24.9,
        "lat": 60.1699,
        "alt_m": 12.5,
        "speed_mps": 5.0,
        "course_deg": 90.0,
        "mode": "3d",
        "quality": 1,
        "hdop": 0.9,
        "satellites": 9,
        "error_m": 2.5,
        "flags": [],
    }
    words = done.stderr.decode()
    assert "25 sentences" in words
    assert "5 fixes" in words
    assert "From 2026-11-22 12:00:00.000 to 2026-11-22 12:00:04.000 UTC." in words
    assert "1 x no_checksum" in words


def test_what_a_receiver_did_not_say_is_null(tmp_path: Path) -> None:
    """Never NaN, never a zero that nobody measured."""
    path = tmp_path / "cold.log"
    path.write_bytes(line("GPRMC,,V,,,,,,,,,,N"))
    (fix,) = objects(run(str(path)).stdout)
    assert fix == dict.fromkeys(FIELDS) | {"flags": ["no_time"]}


def test_standard_input_and_a_packed_recording_say_the_same(recording: Path, tmp_path: Path) -> None:
    """Recordings are kept packed, and come through pipes."""
    packed = tmp_path / "van.log.gz"
    packed.write_bytes(gzip.compress(recording.read_bytes()))
    plain = run(str(recording)).stdout
    assert run("-", stdin=recording.read_bytes()).stdout == plain
    assert run(str(packed)).stdout == plain


def test_a_cut_off_packed_recording_gives_what_it_has(recording: Path, tmp_path: Path) -> None:
    """The box lost power while it wrote: the drive until then is still there."""
    packed = tmp_path / "van.log.gz"
    packed.write_bytes(gzip.compress(recording.read_bytes())[:-12])
    done = run(str(packed))
    assert (done.returncode, len(objects(done.stdout))) == (1, 5)
    assert "damaged" in done.stderr.decode()


def test_fixes_come_out_while_the_pipe_is_open() -> None:
    """A live receiver behind a pipe is shown as it drives, not when it has parked."""
    with subprocess.Popen([*COMMAND, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"".join(encode.epoch(fix) for fix in a_drive(2)))
        process.stdin.flush()
        first = until(process.stdout.readline, 20)
        process.stdin.close()
        rest = process.stdout.read()
    assert [fix["at"][17:19] for fix in objects(first + rest)] == ["00", "01"]
    assert process.returncode == 0


def test_not_before_asks_for_the_repair(tmp_path: Path) -> None:
    """Without it a recording's dates stand as they are."""
    path = tmp_path / "old.log"
    path.write_bytes(line("GPRMC,120000.00,A,6010.0000,N,02456.0000,E,0.0,0.0,080407,,"))
    (stands,) = objects(run(str(path)).stdout)
    (repaired,) = objects(run(str(path), "--not-before", "2026-11-01").stdout)
    assert (stands["at"], stands["flags"]) == ("2007-04-08T12:00:00.000Z", ["date_before_2020"])
    assert (repaired["at"], repaired["flags"]) == ("2026-11-22T12:00:00.000Z", ["week_rollover"])


def test_a_file_that_is_no_recording_is_bad_input(tmp_path: Path) -> None:
    """Somebody took the wrong file: exit status 1, and a sentence that says so."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear installer,\n")
    done = run(str(path))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "Is it an NMEA 0183 recording?" in done.stderr.decode()


@pytest.mark.parametrize("arguments", [["nowhere.log"], [], ["-", "--not-before", "yesterday"]])
def test_wrong_usage_is_exit_status_2(arguments: list[str]) -> None:
    """Scripts tell a mistake in the call from a mistake in the data."""
    assert run(*arguments).returncode == 2


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    """`milepost nmea FILE | head` ends without a traceback."""
    path = tmp_path / "long.log"
    path.write_bytes(b"".join(encode.epoch(fix) for fix in a_drive(20_000)))
    with subprocess.Popen([*COMMAND, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


def test_a_real_recording_is_read() -> None:
    """AIS from boats around, sentences without a checksum, a truncated line: a quay is a busy place."""
    done = run(str(data("traces/nmea_gpsd/ait250.log")))
    assert (done.returncode, len(objects(done.stdout))) == (0, 34)


def test_a_named_pipe_is_read_like_a_file(tmp_path: Path, recording: Path) -> None:
    """`milepost nmea <(ssh van cat drive.log)`."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*COMMAND, str(pipe)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        pipe.write_bytes(recording.read_bytes())
        out, _ = process.communicate(timeout=30)
    assert (process.returncode, len(objects(out))) == (0, 5)


def test_standard_input_without_a_sentence_is_called_by_its_name() -> None:
    """`- has no sentence` reads like a list."""
    done = run("-", stdin=b"hello\n")
    assert done.returncode == 1
    assert b"standard input has no NMEA sentence" in done.stderr
