"""The receiver's port: found, lost, found again, and told apart from everything else that serial ports say."""

import os
import threading
import tty
from datetime import date
from pathlib import Path

import msgspec
import pytest

from firmware_bridge.nmea import Fix, encode
from gateway.settings import Gnss
from gateway.sources import hunting
from gateway.sources.gnss import GnssSource
from gateway.sources.health import Health
from gateway.sources.hunting import BAUDS, Ear, Judgement
from gateway.sources.ports import present
from simulators.port import Port
from tests.support.gateways import Talker, encode_fix
from tests.support.loops import Running
from tests.support.nmea import a_drive, line
from tests.support.waiting import until


class Listening:
    """A source that listens to a folder's port, and what it heard."""

    def __init__(self, folder: Path, *, port: str = "", baud: int = 0) -> None:
        self.fixes: list[Fix] = []
        self.source: GnssSource | None = None
        self._settings = Gnss(port=port or str(folder / "ttyGNSS"), baud=baud)
        self.running = Running(self._begin)

    async def _begin(self) -> None:
        self.source = GnssSource(self._settings, date(2026, 1, 1), self._keep)
        await self.source.run()

    def _keep(self, fix: Fix, _: Health) -> None:
        self.fixes.append(fix)

    @property
    def health(self) -> Health:
        assert self.source is not None
        return self.source.health

    def becomes(self, state: str, within_s: float = 20) -> str:
        """Wait for a state; its reason."""
        until(lambda: self.source is not None and self.health.state == state, within_s, f"state {state}")
        return self.health.reason

    def hears(self, more: int = 3, within_s: float = 20) -> None:
        """Wait for some more fixes."""
        floor = len(self.fixes) + more
        until(lambda: len(self.fixes) >= floor, within_s, "fixes")


def test_what_the_port_holds_when_it_is_opened_is_heard(tmp_path: Path) -> None:
    """A receiver, or a recording on a pty, may begin before the gateway does."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.write(ours, b"".join(encode.rmc(fix) for fix in a_drive(5)))
    listening = Listening(tmp_path, port=os.ttyname(theirs), baud=9600)
    with listening.running:
        until(lambda: len(listening.fixes) == 5, 10, "five fixes")
    assert [fix.at for fix in listening.fixes] == [fix.at for fix in a_drive(5)]
    os.close(ours)
    os.close(theirs)


def test_a_receiver_is_found_whatever_its_speed(tmp_path: Path) -> None:
    """Nobody reads a data sheet in a van: 38400 is the third speed that we try."""
    listening = Listening(tmp_path)
    with Talker(tmp_path, baud=38_400), listening.running:
        listening.hears()
        assert listening.becomes("fix") == ""
        assert listening.health.baud == 38_400


def test_a_receiver_that_is_unplugged_and_plugged_in_again_is_heard_again(tmp_path: Path) -> None:
    """Plugs come loose on cobbles; the device then has another name, only the link stays."""
    listening = Listening(tmp_path)
    with Talker(tmp_path, baud=None) as talker, listening.running:
        for _ in range(2):
            listening.hears()
            talker.port.unplug()
            assert "was the receiver unplugged?" in listening.becomes("absent")
            until(lambda: "is not there: plug the receiver in" in listening.health.reason, 5, "what to do")
            talker.port.plug()
        listening.hears()
        assert listening.becomes("fix") == ""


def test_a_port_that_appears_later_is_found(tmp_path: Path) -> None:
    """The receiver may get its power after the box."""
    listening = Listening(tmp_path)
    with listening.running:
        listening.becomes("absent")
        with Talker(tmp_path, baud=None):
            listening.hears()


def test_silence_is_told_from_garbage(tmp_path: Path) -> None:
    """One is a matter of wires, the other of the wrong device: the installer needs to know which."""
    listening = Listening(tmp_path, baud=9600)
    with Talker(tmp_path, baud=9600) as talker, listening.running:
        talker.hush()
        assert "check the receiver's power and wires" in listening.becomes("silent")
        talker.words = lambda _: b"\xb5b\x01\x07\x5c\x00 what another device says \x00\xff\n"
        talker.speak()
        assert "another device" in listening.becomes("garbage")


def test_the_wrong_speed_in_the_settings_is_said_to_be_wrong(tmp_path: Path) -> None:
    """The remedy is one word."""
    listening = Listening(tmp_path, baud=115_200)
    with Talker(tmp_path, baud=9600), listening.running:
        assert 'write baud = "auto"' in listening.becomes("garbage")


def test_a_receiver_without_satellites_speaks_but_has_no_fix(tmp_path: Path) -> None:
    """In the depot's hall all is well, and there is no position."""
    listening = Listening(tmp_path, baud=115_200)
    with Talker(tmp_path) as talker, listening.running:
        talker.words = lambda fix: encode.rmc(msgspec.structs.replace(fix, lon=None, lat=None))
        assert "view of the sky" in listening.becomes("no_fix")
        talker.words = encode_fix
        assert listening.becomes("fix") == ""


def test_a_receiver_that_sends_the_wrong_sentences_is_told_apart(tmp_path: Path) -> None:
    """Some are delivered with RMC and GGA switched off."""
    listening = Listening(tmp_path, baud=115_200)
    with Talker(tmp_path) as talker, listening.running:
        talker.words = lambda _: line("GPGSV,1,1,00")
        assert "RMC and GGA" in listening.becomes("no_fix")


def test_a_device_that_is_no_serial_port_or_in_use_is_named(tmp_path: Path) -> None:
    """gpsd and ModemManager take ports away; that has to be readable in the status."""
    (tmp_path / "ttyGNSS").write_text("a file")
    listening = Listening(tmp_path)
    with listening.running:
        assert "is no serial port" in listening.becomes("absent")
    (tmp_path / "ttyGNSS").unlink()
    first, second = Listening(tmp_path), Listening(tmp_path)
    with Talker(tmp_path), first.running:
        first.hears()
        with second.running:
            assert "in use by another program" in second.becomes("absent")


def test_the_last_epoch_before_the_plug_is_pulled_counts(tmp_path: Path) -> None:
    """The last position of all is the one that people ask for."""
    listening = Listening(tmp_path, baud=115_200)
    with Port(link=tmp_path / "ttyGNSS") as port, listening.running:
        until(port.line_baud, 10, "the port open")
        port.write(line("GPRMC,120000.00,A,6010.194,N,02456.304,E,1.0,10.0,221126,,,A"), stop=threading.Event())
        until(lambda: listening.fixes or listening.health.sentences, 10, "the sentence")
        port.unplug()
        until(lambda: len(listening.fixes) == 1, 10, "the fix")


def test_ports_are_known_by_the_name_that_stays(tmp_path: Path) -> None:
    """ttyACM0 may be ttyACM1 after the next bump; and no port may be tried twice."""
    by_id = tmp_path / "serial" / "by-id"
    by_id.mkdir(parents=True)
    for name in ("ttyUSB0", "ttyACM0", "ttyS0", "console"):
        (tmp_path / name).touch()
    (by_id / "usb-u-blox_GNSS-if00").symlink_to(tmp_path / "ttyACM0")
    (by_id / "usb-gone").symlink_to(tmp_path / "nothing")
    assert present(tmp_path) == [
        str(by_id / "usb-u-blox_GNSS-if00"),
        str(tmp_path / "ttyUSB0"),
        str(tmp_path / "ttyS0"),
    ]
    assert hunting.likeliest_first(["/dev/ttyUSB0", "/dev/serial/by-id/usb-u-blox_7"])[0].endswith("u-blox_7")


def test_what_worked_before_is_tried_first() -> None:
    """After a bump the receiver is back within a second, not after a hunt."""
    tries = hunting.tries(["a", "b"], 0, ("b", 4800))
    assert (tries[0][0], tries[0][1][0], len(tries[0][1])) == ("b", 4800, len(BAUDS))
    assert tries[1] == ("a", list(BAUDS))
    assert hunting.tries(["a"], 9600, None) == [("a", [9600])]


@pytest.mark.parametrize(
    ("bytes_at", "sentence_at", "now", "judgement"),
    [
        (None, None, 1.0, Judgement.WAIT),
        (None, None, 3.0, Judgement.SILENT),
        (2.9, None, 3.0, Judgement.GARBAGE),
        (1.0, 1.0, 3.0, Judgement.HEARD),
        (1.0, 1.0, 10.9, Judgement.HEARD),
        (1.0, 1.0, 11.1, Judgement.SILENT),
        (11.0, 1.0, 11.1, Judgement.GARBAGE),
    ],
)
def test_a_port_is_judged_by_what_it_said_and_when(
    bytes_at: float | None, sentence_at: float | None, now: float, judgement: Judgement
) -> None:
    """Two bursts are waited for; a receiver that spoke before may pause longer."""
    ear = Ear(opened_at=0.0)
    if sentence_at is not None:
        ear.heard(sentence_at, 1)
    if bytes_at is not None:
        ear.heard(bytes_at, 1 if sentence_at else 0)
    assert ear.judge(now) is judgement
