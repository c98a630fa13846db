"""Receivers on ptys, read as a gateway reads a serial port: through termios, with a plain open."""

import os
import select
import subprocess
import sys
import termios
import threading
import time
import tty
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import pytest

from simulators.port import Port
from simulators.receiver import Epoch, Receiver
from tests.support.waiting import until

WORDS = b"$GNRMC,one*00\r\n$GNGGA,two*00\r\n"


@contextmanager
def opened(path, baud=termios.B9600):
    """A reader: raw, at this speed, as a gateway sets it."""
    line = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(line)
        settings = termios.tcgetattr(line)
        settings[4] = settings[5] = baud
        termios.tcsetattr(line, termios.TCSANOW, settings)
        yield line
    finally:
        os.close(line)


def read(line, enough, deadline_s=5.0):
    """Bytes until `enough(bytes)`, or what came before the deadline."""
    got, end = b"", time.monotonic() + deadline_s
    while not enough(got) and time.monotonic() < end:
        if select.select([line], [], [], 0.05)[0]:
            try:
                part = os.read(line, 4096)
            except OSError:
                return got
            if not part:
                return got
            got += part
    return got


@contextmanager
def talking(*, words=WORDS, rate_hz=10, baud=None, link=None, said=lambda _: None, speed=1.0):
    """A receiver that says the same words at every epoch."""
    stop = threading.Event()
    epochs = (Epoch(offset_s=number / rate_hz, words=lambda _at: words, about=number) for number in count())
    with Port(link=link, baud=baud) as port:
        receiver = Receiver(port, said=said)
        thread = threading.Thread(target=receiver.run, args=(epochs,), kwargs={"stop": stop, "speed": speed})
        thread.start()
        try:
            yield receiver
        finally:
            stop.set()
            thread.join()


def test_a_plain_reader_hears_the_sentences():
    """A pty is what stands between the simulator and the real gateway program."""
    with talking() as receiver, opened(receiver.port.device) as line:
        heard = read(line, lambda got: got.count(WORDS) >= 3)
    assert heard.count(WORDS) >= 3


def test_epochs_start_at_whole_seconds_of_utc_and_leave_a_little_later():
    """Real receivers do, and a gateway that reads their phase must find it."""
    told = []
    with talking(rate_hz=1, said=told.append) as receiver, opened(receiver.port.device, termios.B115200) as line:
        read(line, lambda got: got.count(WORDS) >= 2)
        until(lambda: len(told) >= 2)
    for spoken in told[:2]:
        assert spoken.at.microsecond == 0
        delay_s = (spoken.sent_at - spoken.at).total_seconds()
        assert 0.05 <= delay_s < 0.35


def test_bytes_come_at_the_speed_of_the_line():
    """At 4800 baud an epoch takes half of its second: a gateway must not wait for silence, and latency counts it."""
    words, told = b"$" + b"x" * 238 + b"\r", []
    with (
        talking(words=words, rate_hz=1, said=told.append) as receiver,
        opened(receiver.port.device, termios.B4800) as line,
    ):
        read(line, lambda got: got.startswith(b"$"))
        began = time.monotonic()
        read(line, lambda got: got.endswith(b"\r"))
        took_s = time.monotonic() - began
    assert took_s == pytest.approx(240 * 10 / 4800, abs=0.12)


def test_a_reader_at_the_wrong_speed_hears_garbage():
    """Baud hunting is tried against this; the right speed then gives sense at once."""
    with talking(baud=38400) as receiver:
        with opened(receiver.port.device, termios.B9600) as line:
            wrong = read(line, lambda got: len(got) > 40)
        with opened(receiver.port.device, termios.B38400) as line:
            right = read(line, lambda got: WORDS in got)
    assert len(wrong) > 5
    assert b"$G" not in wrong
    assert WORDS in right


def test_what_is_said_while_nobody_listens_is_gone():
    """A gateway that starts late must not be handed old positions as new ones."""
    told = []
    with talking(said=told.append) as receiver:
        until(lambda: len(told) >= 5)
        assert all(spoken.sent_at is None for spoken in told)
        with opened(receiver.port.device) as line:
            heard = read(line, lambda got: WORDS in got)
            until(lambda: told[-1].sent_at)
    assert heard.count(WORDS) <= 2


def test_an_unplugged_receiver_hangs_up_and_comes_back_under_the_same_link(tmp_path):
    """USB cables are pulled; the device's name changes, its link by id does not."""
    link = tmp_path / "gnss0"
    with talking(link=link) as receiver:
        first = link.readlink()
        with opened(link) as line:
            assert WORDS in read(line, lambda got: WORDS in got)
            receiver.port.unplug()
            assert not link.exists()
            poll = select.poll()
            poll.register(line, select.POLLIN)
            assert until(lambda: [event for _, event in poll.poll(0) if event & select.POLLHUP])
            receiver.port.plug()
            assert link.readlink() != first
        with opened(link) as line:
            assert WORDS in read(line, lambda got: WORDS in got)
    assert not link.is_symlink()


@pytest.mark.parametrize("mood", ["silence", "garbage"])
def test_a_receiver_can_fall_silent_or_mad_and_recover(mood):
    """Both are states that a gateway reports by name."""
    with talking() as receiver, opened(receiver.port.device) as line:
        assert WORDS in read(line, lambda got: WORDS in got)
        receiver.mood = mood
        read(line, lambda _: False, 0.4)
        odd = read(line, lambda _: False, 0.4)
        receiver.mood = "talk"
        assert WORDS in read(line, lambda got: WORDS in got)
    assert WORDS not in odd
    assert bool(odd) == (mood == "garbage")


def test_the_command_is_a_receiver_for_a_gateway(tmp_path):
    """`milepost demo` starts it like this, reads the port from its first line and stops it by SIGTERM."""
    import json

    from tests.support.extracts import helsinki_map

    link, truth = tmp_path / "gnss0", tmp_path / "truth.jsonl"
    command = [
        sys.executable, "-c", "from simulators.commands import app; app()", "receiver", "--city", str(helsinki_map()),
        "--seed", "5", "--link", str(link), "--truth", str(truth),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["port"] == str(link)
        with opened(link, termios.B38400) as line:
            heard = read(line, lambda got: got.count(b"RMC") >= 2, 10)
            until(lambda: any(json.loads(row)["sent_at"] for row in truth.read_text().splitlines()))
        process.terminate()
        assert process.wait(10) == 0
    assert heard.count(b"GGA") >= 1
    rows = [json.loads(row) for row in truth.read_text(encoding="utf-8").splitlines()]
    spoken = next(row for row in rows if row["sent_at"])
    assert datetime.fromisoformat(spoken["sent_at"]) > datetime.fromisoformat(spoken["at"]).astimezone(UTC)
    assert abs(spoken["sent"]["lon"] - spoken["lon"]) < 0.001
    assert not link.is_symlink()
