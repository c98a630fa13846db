"""The gateway's program with Bluetooth: tags to rows of the outbox, and how its radios are to the status."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from simulators.bluez import Beacon, Rig
from tests.support.bluetooth import RUUVI, a_rig, address, heard, identity
from tests.support.brokers import Mosquitto
from tests.support.gateways import GatewayProcess, Page, Talker, a_config
from tests.support.landing import Landing
from tests.support.waiting import until

NOBODY = "mqtt://127.0.0.1:1"
ADAPTER = "00:1A:7D:DA:71:13"
TAGS = [Beacon(advert=heard(n, -50 - n), every_s=0.1, jitter_db=0) for n in (1, 2)]
STRANGER = Beacon(advert=heard(9, manufacturer_data={0x1234: b"who knows"}), every_s=0.1)
OURS = {"window_s": 1}


@pytest.fixture
def rig() -> Iterator[Rig]:
    with a_rig() as rig:
        yield rig


@contextmanager
def a_gateway(
    folder: Path, environment: dict[str, str], broker: str = NOBODY, **ble: Any
) -> Iterator[tuple[GatewayProcess, Page]]:
    """A gateway with short windows, and its page."""
    page = Page()
    config = a_config(folder, broker, http={"listen": page.listen}, ble={**OURS, **ble})
    with GatewayProcess(config, folder, **environment) as gateway:
        yield gateway, page


def radio(page: Page) -> dict[str, Any]:
    return (page.status().get("radios") or [{}])[0]


def heard_in(gateway: GatewayProcess) -> set[str]:
    return {row.fields["tag"] for row in gateway.rows("sighting")}


def test_tags_become_sightings_on_disk(rig: Rig, tmp_path: Path) -> None:
    """The whole way in the vehicle: advert, bleak, window, outbox."""
    rig.play([*TAGS, STRANGER])
    with a_gateway(tmp_path, rig.environment) as (gateway, page):
        until(lambda: sum(row.fields["count"] >= 8 for row in gateway.rows("sighting")) >= 4, 20, "whole windows")
        until(lambda: radio(page).get("state") == "scanning", 10, "the radio in the status")
        shown = radio(page)
        rows = gateway.rows("sighting")
        scanners = [row.fields for row in gateway.rows("scanner")]
    assert {row.fields["tag"] for row in rows} == {identity(1), identity(2)}
    whole = [row.fields for row in rows if row.fields["count"] >= 8]
    assert {(row["tag"], row["rssi_max_dbm"], row["rssi_mean_dbm"]) for row in whole} == {
        (identity(1), -51.0, -51.0),
        (identity(2), -52.0, -52.0),
    }
    assert all(row.fields["at"].endswith(".000Z") for row in rows)
    assert any(row["healthy"] and row.get("tags") == 2 and row.get("unknown") == 1 for row in scanners)
    assert (shown["adapter"], shown["tags"]) == (ADAPTER, 2)
    assert shown["adverts_per_s"] > 10
    assert any(row["expected"] == pytest.approx(9.5, abs=1.5) for row in whole if "expected" in row)


def test_the_manifest_comes_down_counts_and_is_repeated_in_the_status(rig: Rig, tmp_path: Path) -> None:
    """The server says which tags matter; whoever looks at a gateway sees whether it knows."""
    rig.play([*TAGS, Beacon(advert=heard(3, manufacturer_data={0x0499: RUUVI}), every_s=0.1)])
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing, Talker(tmp_path):
        landing.manifest("van-1", identity(2), address(3))
        with a_gateway(tmp_path, rig.environment, broker.url) as (_, page):
            until(lambda: page.status().get("manifest") == "v1", 20, "the manifest")
            until(lambda: len([r for r in landing.records("sensor") if r["sensor"] == address(3)]) > 3, 20, "readings")
            until(lambda: any(status.manifest == "v1" for _, status in landing.statuses), 10, "the status")
            since = len(landing.records("sighting"))
            until(lambda: len(landing.records("sighting")) > since + 5, 20, "sightings")
            assert {row["tag"] for row in landing.records("sighting")[since:]} == {identity(2), address(3)}
            assert any(row.get("unknown") == 1 for row in landing.records("scanner"))
            landing.manifest("van-1")
            until(lambda: page.status().get("manifest", "") in {"", None}, 10, "none")
            landing.manifest("van-1", identity(1), version="v2")
            until(lambda: page.status().get("manifest") == "v2", 10, "the next one")
    with a_gateway(tmp_path, rig.environment) as (_, page):
        until(lambda: page.status().get("manifest") == "v2", 10, "the manifest from the disk")


def test_an_adapter_that_dies_makes_no_parcel_disappear(rig: Rig, tmp_path: Path) -> None:
    """Silence of an unhealthy scanner says nothing: the record of each such window has to say so."""
    rig.play([*TAGS, STRANGER])
    with a_gateway(tmp_path, rig.environment) as (gateway, page):
        until(lambda: any(row.fields["healthy"] for row in gateway.rows("scanner")), 20, "a healthy window")
        rig.unplug()
        until(lambda: radio(page).get("state") == "absent", 30, "the adapter missing")
        assert any("plug one in" in problem for problem in page.status()["problems"])
        silent = until(
            lambda: [r for r in gateway.rows("scanner") if not r.fields.get("adverts")], 20, "a silent window"
        )
        assert not any(row.fields["healthy"] for row in silent)
        died = gateway.rows()[-1].seq
        rig.plug("hci1", ADAPTER)
        rig.play(TAGS, adapter="hci1")
        again = lambda: [row for row in gateway.rows("scanner") if row.seq > died and row.fields["healthy"]]  # noqa: E731
        until(again, 40, "hearing again")
        until(lambda: not any("Bluetooth" in problem for problem in page.status()["problems"]), 10, "no problem")


@pytest.mark.parametrize("named", [False, True])
def test_without_bluetooth_the_gateway_goes_on_with_gps_and_says_what_to_do(tmp_path: Path, named: bool) -> None:
    """Many vans carry no tags: then it is no problem, unless somebody named an adapter."""
    nowhere = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
    ble: dict[str, Any] = {"adapters": [ADAPTER]} if named else {}
    with Talker(tmp_path), a_gateway(tmp_path, nowhere, **ble) as (gateway, page):
        until(lambda: gateway.rows("position"), 20, "positions")
        until(lambda: radio(page).get("state") == "absent", 20, "the missing radio")
        assert "no D-Bus" in radio(page)["problem"]
        assert any("no D-Bus" in problem for problem in page.status()["problems"]) is named
        assert named or "adapters = []" in radio(page)["problem"]
        assert not gateway.rows("sighting")
        assert json.loads(page.get("/health")) == {"ok": True, "stuck": []}
        assert "milepost_gateway_adapters_scanning 0.0" in page.get("/metrics")


def test_bluetooth_can_be_switched_off(rig: Rig, tmp_path: Path) -> None:
    """A box that shares its adapter with something else."""
    rig.play(TAGS)
    with Talker(tmp_path), a_gateway(tmp_path, rig.environment, adapters=[]) as (gateway, page):
        until(lambda: gateway.rows("position"), 20, "positions")
        assert "radios" not in page.status()
        assert not rig.scanned()
        assert json.loads(page.get("/health"))["ok"]


def test_keys_of_tags_are_used_and_never_shown(rig: Rig, tmp_path: Path) -> None:
    """The example of bthome.io/encryption: with its key in a file it is a temperature."""
    key, sealed = "231d39c1d7cc1ab1aee224cd096db932", bytes.fromhex("41a47266c95f730011223378237214")
    (tmp_path / "keys").write_text(f"# the cold boxes\n54:48:e6:8f:80:a5 {key}\n")
    advert = heard(1, service_data={"0000fcd2-0000-1000-8000-00805f9b34fb": sealed}, address="54:48:E6:8F:80:A5")
    rig.play([Beacon(advert=advert, every_s=0.1)])
    with a_gateway(tmp_path, rig.environment, keys_file="keys") as (gateway, page):
        until(lambda: gateway.rows("sensor"), 20, "readings")
        values = {row.fields["quantity"]: row.fields["value"] for row in gateway.rows("sensor")}
        shown = page.get("/status") + page.get("/metrics") + gateway.log.read_text() + str(gateway.rows())
    assert values == {"temperature_c": 25.06, "humidity_percent": 50.55}
    assert key not in shown.lower()


def test_a_recording_of_adverts_takes_the_place_of_the_adapters(tmp_path: Path) -> None:
    """The demo on a machine without D-Bus; and a bad line stops nothing."""
    lines = [
        {"address": address(n % 3), "rssi": -60, "at_s": n * 0.05, "manufacturer_data": {"0x004C": heard(n % 3).manufacturer_data[0x4C].hex()}}
        for n in range(60)
    ]  # fmt: skip
    (tmp_path / "adverts.jsonl").write_text(
        '{"address": 7}\n{"rssi": -60}\nnot JSON\n' + "\n".join(map(json.dumps, lines))
    )
    with a_gateway(tmp_path, {}, replay="adverts.jsonl") as (gateway, _):
        until(lambda: gateway.said("has ended after 63 lines"), 20, "the end")
        until(lambda: sum(row.fields["count"] for row in gateway.rows("sighting")) == 60, 10, "all adverts")
        assert heard_in(gateway) == {identity(n) for n in range(3)}
        assert any(row.fields["healthy"] for row in gateway.rows("scanner"))
        assert [gateway.said(f"adverts.jsonl, line {n}: ") for n in (1, 2, 3, 4)] == [1, 1, 1, 0]


def test_adverts_come_from_a_named_pipe_as_they_are_written(tmp_path: Path) -> None:
    """Somebody simulates a dock while the gateway runs."""
    pipe = tmp_path / "adverts"
    os.mkfifo(pipe)
    with a_gateway(tmp_path, {}, replay="adverts") as (gateway, _), pipe.open("w") as out:
        for n in (1, 2):
            said = {
                "address": address(n),
                "rssi": -60,
                "manufacturer_data": {"76": heard(n).manufacturer_data[0x4C].hex()},
            }
            out.write(json.dumps(said) + "\n")
            out.flush()
            until(lambda n=n: identity(n) in heard_in(gateway), 10, "the tag")


def test_seconds_that_bluetooth_needs_at_the_start_delay_nobody(tmp_path: Path) -> None:
    """A bus that takes connections and says nothing must not hold up the first position."""
    import socket

    path = tmp_path / "bus"
    with socket.socket(socket.AF_UNIX) as silent, Talker(tmp_path):
        silent.bind(str(path))
        silent.listen()
        began = time.monotonic()
        with a_gateway(tmp_path, {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={path}"}) as (gateway, page):
            until(lambda: gateway.rows("position"), 20, "positions")
            until(lambda: "does not answer" in radio(page).get("problem", ""), 20, "the silent bus")
            assert time.monotonic() - began < 25
