"""The rig behaves towards a real bleak as the real BlueZ was measured to (docs/decisions/110)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bleak import BleakScanner
from bleak.exc import BleakDBusError, BleakError

from simulators.bluez import Beacon, Rig
from tests.support.bluetooth import EDDYSTONE, IBEACON, RUUVI, a_rig, address, heard
from tests.support.waiting import until

OURS: dict[str, Any] = {"filters": {"DuplicateData": True, "RSSI": -127}}
Adverts = list[tuple[str, Any]]


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with a_rig({"hci0": "00:1A:7D:DA:71:13", "hci1": "00:1A:7D:DA:71:14"}) as rig:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", rig.bus.address)
        yield rig


@asynccontextmanager
async def scanning(adapter: str = "hci0", **said: Any) -> AsyncIterator[Adverts]:
    """What a scanner of bleak is told."""
    found: Adverts = []
    scanner = BleakScanner(lambda d, a: found.append((d.address, a)), bluez={"adapter": adapter, **OURS, **said})
    await scanner.start()
    try:
        yield found
    finally:
        await scanner.stop()


async def soon(condition: Any, what: str) -> None:
    await asyncio.to_thread(until, condition, 10, what)


async def test_what_a_tag_says_arrives_byte_by_byte(rig: Rig) -> None:
    """A rig that changes data would test the decoder against itself."""
    uuids = (EDDYSTONE,)
    async with scanning() as found:
        rig.hear(
            heard(1, rssi=-58, manufacturer_data={0x004C: IBEACON}),
            heard(2, rssi=-70, manufacturer_data={0x0499: RUUVI}, name="Ruuvi 0002", tx_power=4),
            heard(3, rssi=-71, service_data={EDDYSTONE: b"\x20\x00"}, service_uuids=uuids),
        )
        await soon(lambda: len(found) == 3, "three adverts")
    by = dict(found)
    assert by[address(1)].manufacturer_data == {0x004C: IBEACON}
    assert (by[address(2)].rssi, by[address(2)].local_name, by[address(2)].tx_power) == (-70, "Ruuvi 0002", 4)
    assert by[address(3)].service_data == {EDDYSTONE: b"\x20\x00"}
    assert by[address(3)].service_uuids == [EDDYSTONE]


async def test_five_thousand_in_a_burst_arrive(rig: Rig) -> None:
    """dbus-fast gives up a connection whose socket is full: the rig has to breathe."""
    async with scanning() as found:
        assert await asyncio.to_thread(rig.hear, *[heard(n % 100, rssi=-40 - n % 50) for n in range(5000)]) == 5000
        await soon(lambda: len(found) == 5000, "all of them")


async def test_a_thousand_devices_are_let_go_of_in_one_go(rig: Rig) -> None:
    """When the last client stops, each device is told of: more signals than a socket holds."""
    for _ in range(2):
        async with scanning() as found:
            await asyncio.to_thread(rig.hear, *[heard(n) for n in range(1000)])
            await soon(
                lambda found=found: len({each for each, data in found if data.rssi > -127}) == 1000, "all of them"
            )
    await asyncio.to_thread(rig.unplug)
    assert rig.bus.address


async def test_an_adapter_hears_for_those_who_scan_with_it(rig: Rig) -> None:
    """Two dongles in one van are two ears."""
    async with scanning("hci0") as found:
        assert rig.hear(heard(1), adapter="hci1") == 0
        assert rig.hear(heard(2), adapter="hci0") == 1
        await soon(lambda: found, "an advert")
        assert [each for each, _ in found] == [address(2)]
        assert rig.scanned("hci0")
        assert not rig.scanned("hci1")
    assert not rig.scanned("hci0")


@pytest.mark.parametrize("fault", ["unplug", "power", "bluetoothd", "bus"])
async def test_after_a_fault_the_old_scanner_is_deaf_without_an_error_and_a_new_one_hears(rig: Rig, fault: str) -> None:
    """The measured behaviour that makes a supervisor necessary."""
    found: Adverts = []
    old = BleakScanner(lambda d, a: found.append((d.address, a)), bluez={"adapter": "hci0", **OURS})
    await old.start()
    rig.hear(heard(1))
    await soon(lambda: found, "an advert")
    await asyncio.to_thread(break_, rig, fault)
    assert rig.hear(heard(1, rssi=-50)) == 0
    if fault != "bus":
        with pytest.raises(BleakError):
            await old.stop()
    async with scanning() as again:
        rig.hear(heard(1, rssi=-50))
        await soon(lambda: again, "an advert of the new scanner")


def break_(rig: Rig, fault: str) -> None:
    match fault:
        case "unplug":
            rig.unplug()
            rig.plug("hci0", "00:1A:7D:DA:71:13")
        case "power":
            rig.power(on=False)
            rig.power(on=True)
        case "bluetoothd":
            rig.kill_bluetoothd()
            rig.start_bluetoothd()
        case _:
            rig.restart_bus()


@pytest.mark.parametrize("error", ["InProgress", "NotReady", "Failed"])
async def test_bluez_says_no_as_often_as_it_is_told_to(rig: Rig, error: str) -> None:
    """Each of these is a known way to stay deaf."""
    rig.adapter().refuses["StartDiscovery"] = [error]
    with pytest.raises(BleakDBusError, match=error):
        async with scanning():
            pass
    rig.adapter().refuses.clear()
    async with scanning() as found:
        rig.hear(heard(1))
        await soon(lambda: found, "an advert")


async def test_a_deaf_adapter_says_that_it_scans(rig: Rig) -> None:
    """The worst of them: only silence tells."""
    rig.deafen(until="power")
    async with scanning():
        assert rig.scanned()
        assert rig.hear(heard(1)) == 0
    rig.power(on=False)
    rig.power(on=True)
    async with scanning():
        assert rig.hear(heard(1)) == 1


async def test_a_tag_that_fell_silent_is_forgotten_after_the_temporary_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """30 s in main.conf; here a fifth of a second."""
    with a_rig(temporary_timeout_s=0.2) as rig:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", rig.bus.address)
        scanner = BleakScanner(bluez={"adapter": "hci0", **OURS})
        await scanner.start()
        rig.hear(heard(1))
        await soon(lambda: scanner.discovered_devices, "a device")
        await soon(lambda: not scanner.discovered_devices, "no device")
        await scanner.stop()


async def test_a_client_that_dies_stops_scanning(rig: Rig) -> None:
    """A gateway that was killed must not keep the adapter busy."""
    from bleak.backends.bluezdbus.manager import get_global_bluez_manager

    await BleakScanner(bluez={"adapter": "hci0", **OURS}).start()
    assert rig.scanned()
    (await get_global_bluez_manager())._bus.disconnect()  # type: ignore[union-attr]
    await soon(lambda: not rig.scanned(), "the end of the session")


async def test_tags_play_until_they_are_hushed(rig: Rig) -> None:
    """The demo's tags, and those of soaks."""
    async with scanning() as found:
        rig.play([Beacon(advert=heard(n), every_s=0.02) for n in range(10)])
        await soon(lambda: len(found) > 50, "adverts")
        rig.hush()
        assert {each for each, _ in found} == {address(n) for n in range(10)}
        assert len({a.rssi for _, a in found}) > 3
