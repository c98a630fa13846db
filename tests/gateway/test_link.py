"""The connection: through dead cells, wrong passwords, expired certificates and long nights, and always back."""

import ssl
import subprocess
import time
from pathlib import Path

import pytest

from gateway.outbox import Outbox
from tests.support.brokers import Mosquitto
from tests.support.certificates import certificates_in
from tests.support.gateways import GatewayProcess, Page, Talker, a_config
from tests.support.landing import Landing
from tests.support.outboxes import PLENTY, an_entry
from tests.support.pipes import Pipe
from tests.support.ports import free_port
from tests.support.positions import NOON
from tests.support.real import program
from tests.support.waiting import until


def says(page: Page, words: str) -> bool:
    return any(words in problem for problem in page.status().get("problems", ()))


def test_a_connection_that_only_looks_alive_is_given_up_and_made_anew(tmp_path: Path) -> None:
    """After a dead radio cell many boxes stay "connected" until somebody pulls the plug."""
    page = Page()
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Pipe(broker.port) as pipe, Talker(tmp_path):
        config = a_config(tmp_path, pipe.url, broker={"keepalive_s": 5}, http={"listen": page.listen})
        with GatewayProcess(config, tmp_path):
            until(lambda: len(landing.kept.rows) > 5, 20, "rows")
            pipe.stall()
            until(lambda: page.status().get("connected") is False, 30, "the broken connection noticed")
            pipe.heal()
            floor = len(landing.kept.rows)
            until(lambda: len(landing.kept.rows) > floor + 20, 30, "rows again")
        assert landing.kept.gaps == []


def test_eight_hours_offline_drain_in_ten_seconds_and_the_live_position_comes_first(tmp_path: Path) -> None:
    """A van comes home from the islands: the map shows it at once, the day follows within seconds."""
    box = Outbox.opened(tmp_path / "data" / "outbox.sqlite", PLENTY, NOON)
    box.put([an_entry(second, lon=24.9 + second * 1e-5) for second in range(28_800)], NOON)
    box.close()
    page = Page()
    with (
        Mosquitto(tmp_path) as broker,
        Landing(broker.port) as landing,
        Pipe(broker.port) as pipe,
        Talker(tmp_path) as talker,
    ):
        pipe.refuse()
        config = a_config(tmp_path, pipe.url, http={"listen": page.listen})
        with GatewayProcess(config, tmp_path):
            until(lambda: page.status().get("receiver", {}).get("state") == "fix", 20, "a fix")
            assert landing.order == []
            talker.hush()
            pipe.heal()
            until(lambda: landing.order, 20, "the first message")
            began = time.monotonic()
            until(lambda: len(landing.kept.rows) >= 28_800, 60, "the day")
            took_s = time.monotonic() - began
        assert landing.order[0] == "live"
        assert took_s <= 10, f"{took_s:.1f} s"
        assert landing.kept.gaps == []
        at = [record["at"] for record in landing.records("position")[:28_800]]
        assert (at[0], at[-1], len(set(at))) == ("2026-11-22T12:00:00.000Z", "2026-11-22T19:59:59.000Z", 28_800)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate for localhost, and one for a gateway."""
    return certificates_in(tmp_path_factory.mktemp("tls"), server="localhost", van="van-1")


def a_tls_broker(folder: Path, certificates: Path) -> Mosquitto:
    return Mosquitto(
        folder,
        f"cafile {certificates / 'ca.pem'}",
        f"certfile {certificates / 'server.pem'}",
        f"keyfile {certificates / 'server.key'}",
        "require_certificate true",
        "use_identity_as_username true",
    )


def test_tls_with_a_certificate_of_its_own(tmp_path: Path, certificates: Path) -> None:
    """Each box proves who it is; nobody else may publish under its id."""
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    context.load_cert_chain(certificates / "van.pem", certificates / "van.key")
    own = {name: str(certificates / file) for name, file in
           (("ca_file", "ca.pem"), ("cert_file", "van.pem"), ("key_file", "van.key"))}  # fmt: skip
    with (
        a_tls_broker(tmp_path, certificates) as broker,
        Landing(broker.port, tls=context) as landing,
        Talker(tmp_path),
        GatewayProcess(a_config(tmp_path, broker.url, broker=own), tmp_path),
    ):
        until(lambda: len(landing.records("position")) > 5, 20, "positions")


def test_a_certificate_that_is_not_trusted_is_said_and_tried_again(tmp_path: Path, certificates: Path) -> None:
    """A box whose clock or authority is wrong must say so, and connect once that is put right."""
    page = Page()
    with (
        a_tls_broker(tmp_path, certificates) as broker,
        GatewayProcess(a_config(tmp_path, broker.url, http={"listen": page.listen}), tmp_path) as gateway,
    ):
        until(lambda: says(page, "not trusted"), 20, "the problem")
        assert gateway.said("trying again") >= 1


def test_a_refused_password_is_said_and_no_secret_is_logged(tmp_path: Path) -> None:
    """Passwords change; the remedy is a file, not a new image."""
    secret = tmp_path / "password"
    secret.write_text("s3cret-word\n")
    users = tmp_path / "users"
    subprocess.run([program("mosquitto_passwd"), "-b", "-c", str(users), "van", "right-one"], check=True)
    users.chmod(0o644)
    page = Page()
    own = {"user": "van", "password_file": str(secret)}
    with (
        Mosquitto(tmp_path, "allow_anonymous false", f"password_file {users}") as broker,
        Landing(broker.port, user=("van", "right-one")) as landing,
        Talker(tmp_path),
        GatewayProcess(a_config(tmp_path, broker.url, broker=own, http={"listen": page.listen}), tmp_path) as gateway,
    ):
        until(lambda: says(page, "check user and password_file"), 20, "the problem")
        secret.write_text("right-one\n")
        until(lambda: len(landing.kept.rows) > 5, 30, "rows")
        assert gateway.said("s3cret-word") == gateway.said("right-one") == 0
        assert "right-one" not in page.get("/status") + page.get("/metrics")


def test_a_broker_that_is_away_and_a_name_that_is_none_are_told_apart(tmp_path: Path) -> None:
    """One is the broker's fault, the other the network's or the configuration's."""
    page = Page()
    config = a_config(tmp_path, f"mqtt://127.0.0.1:{free_port()}", http={"listen": page.listen})
    with GatewayProcess(config, tmp_path):
        until(lambda: says(page, "nothing listens on"), 20, "the problem")
    config = a_config(tmp_path, "mqtt://no-such-host.invalid", http={"listen": page.listen})
    with GatewayProcess(config, tmp_path):
        until(lambda: says(page, "cannot be looked up"), 30, "the problem")
