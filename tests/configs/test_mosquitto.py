"""configs/mosquitto on a real mosquitto: it starts beside Debian's own file, and keeps gateways apart."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.support.landing import Landing
from tests.support.ports import free_port
from tests.support.real import ROOT, program
from tests.support.waiting import until
from wire.topics import topic

CONFIGS = ROOT / "configs" / "mosquitto"
DEBIAN = "persistence true\npersistence_location {folder}/\nlog_dest file {folder}/mosquitto.log\ninclude_dir {folder}/conf.d\n"
ARRIVED = '{"online":true,"version":"%s"}'


class Broker:
    """A mosquitto with our configuration in a folder that stands for /etc/mosquitto."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tls, self.loopback = folder, free_port(), free_port()
        (folder / "certs").mkdir()
        (folder / "conf.d").mkdir()
        for name in ("broker", "other"):
            self._certificate(name)
        text = (CONFIGS / "milepost.conf").read_text()
        for old, new in (("/etc/mosquitto", folder), ("8883", self.tls), ("1883", self.loopback)):
            assert str(old) in text
            text = text.replace(str(old), str(new))
        (folder / "conf.d" / "milepost.conf").write_text(text)
        (folder / "milepost.acl").write_text((CONFIGS / "milepost.acl").read_text())
        for place, name in enumerate(("milepost-server", "van-7", "van-8")):
            words = ["-b", *(["-c"] if not place else []), str(folder / "milepost.passwd"), name, f"secret of {name}"]
            subprocess.run([program("mosquitto_passwd"), *words], check=True, capture_output=True)
        root = "user root\n" if os.geteuid() == 0 else ""
        (folder / "mosquitto.conf").write_text(root + DEBIAN.format(folder=folder))

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([program("mosquitto"), "-c", str(self.folder / "mosquitto.conf")])
        until(lambda: self.log().count("Opening ipv4 listen socket") == 2 or self._process.poll() is not None, 10)
        assert self._process.poll() is None, self.log()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def log(self) -> str:
        """What it wrote."""
        path = self.folder / "mosquitto.log"
        return path.read_text() if path.exists() else ""

    def says(self, gateway: str, where: str, text: str, *, secret: str = "", trusts: str = "broker") -> int:
        """Publish over TLS as a gateway; the exit status of mosquitto_pub."""
        words = ["-h", "localhost", "-p", str(self.tls), "--cafile", str(self.folder / "certs" / f"{trusts}.crt")]
        words += ["-u", gateway, "-P", secret or f"secret of {gateway}", "-t", where, "-m", text, "-q", "1"]
        return subprocess.run([program("mosquitto_pub"), *words], capture_output=True, check=False).returncode

    def _certificate(self, name: str) -> None:
        key, certificate = self.folder / "certs" / f"{name}.key", self.folder / "certs" / f"{name}.crt"
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run(
            [program("openssl"), *words, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
        )


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One for all."""
    with Broker(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def server(broker: Broker) -> Iterator[Landing]:
    """The server's end, over loopback, with its own name."""
    with Landing(broker.loopback, user=("milepost-server", "secret of milepost-server")) as listening:
        yield listening


def versions(server: Landing) -> list[tuple[str, str | None]]:
    """Whose statuses came, and what they say."""
    return [(gateway, status.version) for gateway, status in server.statuses]


def text(path: Path) -> str:
    """What a program printed, payloads included."""
    return path.read_text(errors="replace")


def test_a_gateway_speaks_under_its_own_id_only(broker: Broker, server: Landing) -> None:
    """One stolen box must not put other vans somewhere else."""
    assert broker.says("van-7", topic("van-8", "status"), ARRIVED % "forged") == 0  # MQTT 3.1.1 knows no refusal
    assert broker.says("van-7", topic("van-7", "ack"), '{"stream":"a1b2","last":9}') == 0
    assert broker.says("van-7", topic("van-7", "status"), ARRIVED % "true") == 0
    until(lambda: versions(server), 10, "the status")
    assert versions(server) == [("van-7", "true")]


def test_a_gateway_hears_its_own_acknowledgements_only(broker: Broker, server: Landing) -> None:
    """Acks of another van would free rows that nobody has."""
    listeners, heard = {}, {}
    try:
        for name in ("van-7", "van-8"):
            heard[name] = broker.folder / f"{name}.heard"
            words = ["-h", "localhost", "-p", str(broker.tls), "--cafile", str(broker.folder / "certs" / "broker.crt")]
            words += ["-u", name, "-P", f"secret of {name}", "-d", "-t", topic("van-7", "ack")]
            with heard[name].open("wb") as out:
                command = [program("stdbuf"), "-oL", program("mosquitto_sub"), *words]
                listeners[name] = subprocess.Popen(command, stdout=out, stderr=out)
            until(lambda name=name: re.search("Subscribed|denied", text(heard[name])), 10, "an answer")
        run = {"stream": "a1b2", "prev": 0, "seq_from": 1, "seq_to": 1, "records": [{"seq": 1, "kind": "x"}]}
        assert broker.says("van-7", topic("van-7", "up"), json.dumps(run)) == 0
        until(lambda: "van-7/ack" in text(heard["van-7"]), 10, "the acknowledgement")
    finally:
        for listener in listeners.values():
            listener.terminate()
            listener.wait(10)
    assert "PUBLISH" not in text(heard["van-8"])


def test_a_wrong_password_and_a_wrong_certificate_are_refused(broker: Broker) -> None:
    """Whoever listens in the middle, and whoever guesses, gets nothing."""
    assert broker.says("van-7", topic("van-7", "status"), "{}", secret="guess") != 0
    assert broker.says("van-7", topic("van-7", "status"), "{}", trusts="other") != 0


def test_nobody_comes_in_without_a_name(broker: Broker) -> None:
    """Not over loopback either: other programs run on that machine."""
    words = ["-h", "127.0.0.1", "-p", str(broker.loopback), "-t", topic("van-7", "status"), "-m", "{}"]
    assert subprocess.run([program("mosquitto_pub"), *words], capture_output=True, check=False).returncode != 0
