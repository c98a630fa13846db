"""`milepost tag decode` as people use it: a process with pipes and files, an exit status and words."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge.adverts import encode
from tests.support.waiting import until

COMMAND = [sys.executable, "-m", "milepost.main", "tag", "decode"]
KEY = "231d39c1d7cc1ab1aee224cd096db932"
RUUVI = {"manufacturer_data": {"0x0499": "0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"}}


def run(*arguments: str, lines: list[object] | bytes = b"") -> subprocess.CompletedProcess[bytes]:
    stdin = lines if isinstance(lines, bytes) else b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, timeout=30, check=False)


def answers(done: subprocess.CompletedProcess[bytes]) -> list[dict]:
    return [json.loads(row) for row in done.stdout.splitlines()]


def test_each_line_has_its_answer_in_order() -> None:
    """Known, unknown, damaged, not JSON, empty: the answer's place says which line it belongs to."""
    lines = json.dumps(RUUVI).encode() + b'\n{"name": "x"}\n{"manufacturer_data": {"0499": "05"}}\ngarbage\n\n[]\n{}'
    done = run(lines=lines)
    known, unknown, damaged, *unread, last = answers(done)
    assert done.returncode == 0
    assert [list(answer) for answer in answers(done)] == [["format", "id", "values", "error"]] * 7
    assert (known["format"], known["id"], known["error"]) == ("RuuviTag DF5", "CB:B8:33:4C:88:4F", None)
    assert known["values"]["temperature_c"] == 24.3
    assert unknown == last == {"format": None, "id": None, "values": {}, "error": None}
    assert (damaged["format"], damaged["values"]) == ("RuuviTag DF5", {})
    assert "damaged" in damaged["error"]
    assert [(answer["format"], answer["values"], bool(answer["error"])) for answer in unread] == [(None, {}, True)] * 3
    assert "7 lines: 1 decoded, 2 of no known format, 1 refused, 3 not read." in done.stderr.decode()


def test_what_a_tag_sent_before_is_remembered_for_the_run() -> None:
    """A recording of the tag that somebody plays is refused; a button is pressed once."""
    address = "54:48:E6:8F:80:A5"

    def sent(temperature_c: float, counter: int) -> dict:
        data = encode.bthome([(0x02, temperature_c)], key=bytes.fromhex(KEY), address=address, counter=counter)
        return {"address": address, "service_data": {at: one.hex() for at, one in data.items()}, "bindkey": KEY}

    pressed = {"address": address, "service_data": {"fcd2": "4000093A01"}}
    done = answers(run(lines=[sent(4.0, 200), sent(20.0, 201), sent(4.0, 200), pressed, pressed]))
    assert [answer["values"] for answer in done] == [
        {"temperature_c": 4.0},
        {"temperature_c": 20.0},
        {},
        {"packet_id": 9, "button": "press"},
        {"packet_id": 9},
    ]
    assert "recording" in done[2]["error"]


def test_answers_come_out_while_the_pipe_is_open() -> None:
    """A scanner behind a pipe is shown as it hears."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        for _ in range(2):
            process.stdin.write(json.dumps(RUUVI).encode() + b"\n")
            process.stdin.flush()
            assert b"RuuviTag DF5" in until(process.stdout.readline, 20)
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def test_a_file_and_standard_input_say_the_same(tmp_path: Path) -> None:
    """The dash is not needed, and is understood."""
    path = tmp_path / "heard.jsonl"
    path.write_text(json.dumps(RUUVI) + "\n")
    assert run(str(path)).stdout == run("-", lines=[RUUVI]).stdout == run(lines=[RUUVI]).stdout != b""


def test_a_line_that_is_too_long_has_one_answer() -> None:
    """Somebody piped a video in: no memory is filled, and the next line is read."""
    done = run(lines=b'{"name": "' + b"x" * 5_000_000 + b'"}\n' + json.dumps(RUUVI).encode() + b"\n")
    first, second = answers(done)
    assert "longer than 1,000,000 bytes" in first["error"]
    assert second["format"] == "RuuviTag DF5"


def test_nothing_in_nothing_out() -> None:
    """No tags were heard: that is no mistake."""
    done = run()
    assert (done.returncode, done.stdout) == (0, b"")


def test_input_that_is_no_advert_at_all_is_bad_input() -> None:
    """Somebody took the wrong file: the exit status says it."""
    done = run(lines=b"Dear installer,\n\x00\xff\n\n[1, 2]\n")
    assert (done.returncode, len(answers(done))) == (1, 4)


@pytest.mark.parametrize("arguments", [["nowhere.jsonl"], ["."]])
def test_wrong_usage_is_exit_status_2(arguments: list[str]) -> None:
    """Scripts tell a mistake in the call from a mistake in the data."""
    done = run(*arguments)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    """`milepost tag decode FILE | head` ends without a traceback."""
    path = tmp_path / "long.jsonl"
    path.write_text((json.dumps(RUUVI) + "\n") * 20_000)
    with subprocess.Popen([*COMMAND, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
