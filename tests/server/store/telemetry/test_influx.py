"""What is InfluxDB's own: a server that is killed, away, full, strict about tokens, or forgets by itself."""

import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.store.telemetry import Telemetry, TelemetryUnavailable, open_telemetry
from tests.support.certificates import certificates_in
from tests.support.influx import ORG, TOKEN, Influxd
from tests.support.positions import NOON
from tests.support.small_disk import run_on_small_disk
from tests.support.telemetry import VEHICLE, a_batch, a_position, at_seconds
from tests.support.telemetry_numbers import numbered, stored_numbers
from tests.support.waiting import until

RANGE = (NOON - timedelta(days=9), NOON + timedelta(days=9))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Influxd]:
    """An InfluxDB that this test may kill."""
    server = Influxd(tmp_path)
    server.start()
    yield server
    server.kill()


def connect(server: Influxd, folder: Path, **named: str) -> Telemetry:
    return open_telemetry(server.telemetry_url(**named), folder)


def test_a_killed_influxd_loses_and_doubles_nothing(own: Influxd, tmp_path: Path) -> None:
    """P1 with InfluxDB: whatever was acknowledged before kill -9 is there once; the rest is repeated until it is."""
    chance = random.Random(3)
    store = connect(own, tmp_path)
    acknowledged: list[int] = []
    refused: list[int] = []
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            try:
                store.write(numbered(len(acknowledged)))
                acknowledged.append(len(acknowledged))
            except TelemetryUnavailable:
                refused.append(len(acknowledged))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(6):
            goal = len(acknowledged) + chance.randint(1, 12)
            until(lambda goal=goal: len(acknowledged) >= goal, 60)
            own.kill()
            own.start()
    finally:
        done.set()
        writer.join()
    assert stored_numbers(store, range(len(acknowledged) + 1))[: len(acknowledged)] == acknowledged
    store.close()


def test_a_server_that_is_away_is_told_at_once_and_comes_back(own: Influxd, tmp_path: Path) -> None:
    """The ingest keeps its batch and tries again; readiness says which part is not there, and where it was looked for."""
    own.kill()
    store = connect(own, tmp_path)  # a server that starts before its database is no error
    began = time.monotonic()
    for attempt in (store.check, lambda: store.write(at_seconds(0)), lambda: store.track(VEHICLE, *RANGE)):
        with pytest.raises(TelemetryUnavailable, match=rf"127\.0\.0\.1:{own.port}.*does not answer"):
            attempt()
    assert time.monotonic() - began < 20
    own.start()
    store.check()
    store.write(at_seconds(0))
    assert store.track(VEHICLE, *RANGE).num_rows == 1
    store.close()


def test_a_full_disk_is_told_and_loses_nothing(influxd: Influxd, tmp_path: Path) -> None:
    """InfluxDB's disk fills up too; it wants to be started again afterwards, and says so here."""
    said = json.loads(run_on_small_disk(tmp_path, 64, "tests.support.telemetry_full_disk", "influxdb", "4"))
    failed = len(said["acknowledged"])
    assert set(said["acknowledged"]) <= set(said["while_full"])
    assert said["repaired"] == said["sealed"] == [*said["acknowledged"], failed]
    assert all("disk is full; free some space" in error for error in said["errors"])


def test_positions_in_order_have_regular_keys_and_a_restart_knows_where_they_end(
    influxd: Influxd, tmp_path: Path
) -> None:
    """Regular keys make a position seven times smaller; after a restart the server must not put others in their place."""
    store = connect(influxd, tmp_path, bucket="regular")
    store.write(at_seconds(0, 1, 2))
    store.write(at_seconds(3, 4))
    keys = influxd.csv("regular", "select clock from position")
    assert all(row["time"].endswith("000000") for row in keys)
    store.close()
    store = connect(influxd, tmp_path, bucket="regular")
    store.write(a_batch(a_position(4, lon=25.0), a_position(5)))
    assert store.track(VEHICLE, *RANGE).num_rows == 7
    store.write(at_seconds(0, 4, 5))
    assert store.track(VEHICLE, *RANGE).num_rows == 7
    store.close()


def test_the_bucket_is_made_when_it_is_missing(influxd: Influxd, tmp_path: Path) -> None:
    """Nobody should have to click through InfluxDB's pages before the first position."""
    store = connect(influxd, tmp_path, bucket="not there yet")
    store.check()
    store.write(at_seconds(0))
    assert store.track(VEHICLE, *RANGE).num_rows == 1
    store.close()


@pytest.mark.parametrize(
    ("named", "remedy"),
    [
        ({"token": "wrong"}, "does not accept the token"),
        ({"org": "nobody"}, "organisation or the bucket does not exist"),
    ],
)
def test_a_wrong_address_is_told_with_a_remedy_and_without_the_token(
    influxd: Influxd, tmp_path: Path, named: dict[str, str], remedy: str
) -> None:
    """Whoever sets it up reads one line and knows what to change; the line may stand in a log."""
    store = connect(influxd, tmp_path, **named)
    with pytest.raises(TelemetryUnavailable, match=remedy) as caught:
        store.check()
    assert named.get("token", TOKEN) not in str(caught.value)
    store.close()


def test_a_token_for_one_bucket_is_enough_and_makes_no_other(influxd: Influxd, tmp_path: Path) -> None:
    """A careful administrator gives the server the right to its bucket and no more."""
    (org,) = [one["id"] for one in influxd.ask("GET", "/api/v2/orgs")["orgs"]]
    bucket = influxd.ask("POST", "/api/v2/buckets", orgID=org, name="careful", retentionRules=[])["id"]
    rights = [{"action": action, "resource": {"type": "buckets", "id": bucket}} for action in ("read", "write")]
    token = influxd.ask("POST", "/api/v2/authorizations", orgID=org, permissions=rights)["token"]
    store = connect(influxd, tmp_path, bucket="careful", token=token)
    store.write(at_seconds(0, 1))
    assert (store.retain(NOON + timedelta(seconds=1)), store.track(VEHICLE, *RANGE).num_rows) == (1, 1)
    store.close()
    other = connect(influxd, tmp_path, bucket="another", token=token)
    with pytest.raises(TelemetryUnavailable, match=f"influx bucket create --org {ORG} --name another"):
        other.check()
    other.close()


def test_what_the_bucket_keeps_no_longer_does_not_block_what_it_keeps(influxd: Influxd, tmp_path: Path) -> None:
    """A gateway's old days are refused by a bucket with a retention of its own, for ever: that must not be an error."""
    (org,) = [one["id"] for one in influxd.ask("GET", "/api/v2/orgs")["orgs"]]
    rules = [{"type": "expire", "everySeconds": 86_400}]
    influxd.ask("POST", "/api/v2/buckets", orgID=org, name="short", retentionRules=rules)
    store = connect(influxd, tmp_path, bucket="short")
    now = datetime.now(UTC).replace(microsecond=0)
    store.write(
        a_batch(a_position((now - timedelta(days=30) - NOON).total_seconds()), a_position((now - NOON).total_seconds()))
    )
    assert store.track(VEHICLE, now - timedelta(days=99), now + timedelta(days=9))["at"].to_pylist() == [now]
    store.close()


def test_a_bucket_that_others_use_otherwise_is_told(influxd: Influxd, tmp_path: Path) -> None:
    """InfluxDB fixes a field's type at the first write; the message says what to do instead of blocking for ever."""
    store = connect(influxd, tmp_path, bucket="shared")
    store.check()
    at_ns = int(NOON.timestamp()) * 10**9
    influxd.write("shared", f"position,vehicle=x lon_e7=1.5 {at_ns}")
    with pytest.raises(TelemetryUnavailable, match="give Milepost one of its own"):
        store.write(at_seconds(0))
    store.close()


def test_over_tls_it_is_believed_when_its_authority_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions go over a company's network; whoever stands in between is not given the token."""
    certificates = certificates_in(tmp_path, server="localhost")
    server = Influxd(tmp_path, certificates=certificates)
    server.start()
    try:
        strange = connect(server, tmp_path)
        with pytest.raises(TelemetryUnavailable, match=r"is not trusted.*SSL_CERT_FILE"):
            strange.write(at_seconds(1))
        strange.close()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
        store = connect(server, tmp_path)
        store.write(at_seconds(1))
        assert store.track(VEHICLE, *RANGE).num_rows == 1
        store.close()
    finally:
        server.kill()
