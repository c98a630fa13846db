"""An adapter that listens through everything that the field does to it: real bleak, against the rig, with short patience."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from gateway.sources.ble.bluez import Bluez
from gateway.sources.ble.ear import Ear
from gateway.sources.ble.watch import Patience
from simulators.bluez import Beacon, Rig
from tests.support.bluetooth import a_rig, address, heard

FIRST, SECOND = "00:1A:7D:DA:71:13", "00:1A:7D:DA:71:14"
SHORT = Patience(
    look_every_s=0.1, restart_after_s=0.4, reset_after_s=0.6, most_s=2.0, answer_within_s=0.5, power_pause_s=0.02
)
TAGS = [Beacon(advert=heard(n), every_s=0.05) for n in range(3)]


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    with a_rig({"hci0": FIRST, "hci1": SECOND}) as rig:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", rig.bus.address)
        rig.play(TAGS)
        rig.play(TAGS, adapter="hci1")
        yield rig


class Told:
    """What an ear was told, and how it is."""

    def __init__(self, ear: Ear, heard: list[str]) -> None:
        self.ear, self.heard = ear, heard

    async def soon(self, condition: Callable[[], object], what: str, within_s: float = 15.0) -> None:
        end = asyncio.get_running_loop().time() + within_s
        while not condition():
            assert asyncio.get_running_loop().time() < end, f"{what}: {self.ear.watch}"
            await asyncio.sleep(0.01)

    async def hears(self) -> None:
        """Until it hears from now on, and says so."""
        count = self.ear.adverts
        await self.soon(lambda: self.ear.adverts > count + 3 and self.ear.watch.state == "scanning", "hearing")
        assert not self.ear.watch.problem

    async def is_in(self, state: str, says: str = "") -> None:
        await self.soon(lambda: self.ear.watch.state == state and says in self.ear.watch.problem, state)


@asynccontextmanager
async def listening(address_: str = FIRST, patience: Patience = SHORT) -> AsyncIterator[Told]:
    """An ear that runs."""
    adverts: list[str] = []
    bluez = Bluez(patience.answer_within_s)
    ear = Ear(address_, bluez, lambda device, _: adverts.append(device.address), patience)
    task = asyncio.create_task(ear.run())
    try:
        yield Told(ear, adverts)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        bluez.close()


async def test_it_hears_the_tags_around_its_own_adapter(rig: Rig) -> None:
    """The adapter is named by its address, because hciN is given anew at each start."""
    async with listening(SECOND) as told:
        await told.hears()
        assert set(told.heard) <= {address(n) for n in range(3)}
        assert (rig.scanned("hci0"), rig.scanned("hci1")) == (False, True)
        [how] = rig.adapter("hci1").filters.values()
        assert how == {"Transport": "le", "DuplicateData": True, "RSSI": -127}
    assert not rig.scanned("hci1")


async def test_two_adapters_listen_side_by_side(rig: Rig) -> None:
    """A long van has one at each end."""
    async with listening(FIRST) as one, listening(SECOND) as two:
        await one.hears()
        await two.hears()
        await asyncio.to_thread(rig.unplug, "hci0")
        await one.is_in("absent", f"there is {SECOND}")
        await two.hears()


@pytest.mark.parametrize("name", ["hci0", "hci2"])
async def test_an_adapter_that_is_pulled_out_and_plugged_in_again_is_found_under_any_name(rig: Rig, name: str) -> None:
    """A plug that shakes loose comes back with another number."""
    async with listening() as told:
        await told.hears()
        await asyncio.to_thread(rig.unplug)
        await told.is_in("absent", "is missing")
        await asyncio.to_thread(rig.plug, name, FIRST)
        rig.play(TAGS, adapter=name)
        await told.hears()
        assert rig.scanned(name)


async def test_power_that_somebody_switched_off_is_switched_on(rig: Rig) -> None:
    """After a power cycle the old scan is deaf for ever."""
    async with listening() as told:
        await told.hears()
        await asyncio.to_thread(lambda: rig.power(on=False))
        await told.hears()
        assert "Powered=True" in rig.adapter().calls


async def test_power_that_cannot_be_switched_on_is_said(rig: Rig) -> None:
    """rfkill has the last word; whoever stands there has to know its name."""
    rig.adapter().refuses["Powered"] = ["Blocked"]
    async with listening() as told:
        await told.hears()
        await asyncio.to_thread(lambda: rig.power(on=False))
        await told.is_in("off", "rfkill unblock bluetooth")
        rig.adapter().refuses.clear()
        await told.hears()


async def test_a_power_cycle_from_outside_is_noticed(rig: Rig) -> None:
    """It is over before anybody looks; only the scan is gone."""
    async with listening() as told:
        await told.hears()
        await asyncio.to_thread(lambda: (rig.power(on=False), rig.power(on=True)))
        await told.hears()


async def test_bluetoothd_may_be_restarted(rig: Rig) -> None:
    """unattended-upgrades does that at night."""
    async with listening() as told:
        await told.hears()
        await asyncio.to_thread(rig.kill_bluetoothd)
        await told.is_in("absent", "systemctl enable --now bluetooth")
        await asyncio.to_thread(rig.start_bluetoothd)
        await told.hears()


async def test_the_bus_may_be_restarted(rig: Rig) -> None:
    """Then both connections are dead, ours and bleak's, and nobody says so."""
    async with listening() as told:
        await told.hears()
        await asyncio.to_thread(rig.bus.stop)
        await told.is_in("absent", "no D-Bus")
        await asyncio.to_thread(rig.restart_bus)
        await told.hears()


@pytest.mark.parametrize("error", ["InProgress", "NotReady", "Failed"])
async def test_a_start_that_is_refused_is_tried_again(rig: Rig, error: str) -> None:
    """Three times; after the first one the adapter is reset."""
    rig.adapter().refuses["StartDiscovery"] = [error] * 3 + [""]
    async with listening() as told:
        await told.hears()
        calls = list(rig.adapter().calls)
        assert calls.count("StartDiscovery") == 4
        assert calls.count("Powered=False") == 2


async def test_a_start_that_is_always_refused_is_a_problem_and_no_storm(rig: Rig) -> None:
    """The log of a night has to stay readable, and GPS goes on meanwhile."""
    rig.adapter().refuses["StartDiscovery"] = ["Failed"]
    async with listening(patience=replace(SHORT, look_every_s=0.3)) as told:
        await told.is_in("repairing", "does not start")
        await told.soon(lambda: told.ear.watch.failures == 4, "four attempts")
        began = asyncio.get_running_loop().time()
        await told.soon(lambda: told.ear.watch.failures == 5, "the next one")
        assert asyncio.get_running_loop().time() - began > 0.3
        rig.adapter().refuses.clear()
        await told.hears()


@pytest.mark.parametrize(("cure", "resets"), [("start", 0), ("power", 1)])
async def test_an_adapter_that_is_deaf_and_says_that_it_is_well_is_found_out(rig: Rig, cure: str, resets: int) -> None:
    """The commonest complaint about gateways: "Bluetooth goes silent", without any error."""
    async with listening() as told:
        await told.hears()
        before = list(rig.adapter().calls).count("Powered=False")
        rig.deafen(until=cure)  # type: ignore[arg-type]
        await told.is_in("deaf", "no tag was heard")
        await told.hears()
        assert list(rig.adapter().calls).count("Powered=False") - before == resets


async def test_an_adapter_that_stays_deaf_is_said_and_tried_ever_more_rarely(rig: Rig) -> None:
    """Somebody has to exchange it."""
    async with listening() as told:
        await told.hears()
        rig.deafen(until="for good")
        await told.soon(lambda: told.ear.watch.repairs >= 3, "three repairs")
        assert "exchange it" in told.ear.watch.problem
        await told.soon(rig.scanned, "another scan")


async def test_a_bluetoothd_that_hangs_does_not_hang_the_ear(rig: Rig) -> None:
    """A call without an answer waits for ever on D-Bus."""
    async with listening() as told:
        await told.hears()
        rig.hang()
        await told.is_in("absent", "does not answer")
        rig.go_on()
        await told.hears()


async def test_without_a_bus_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container, or an image without D-Bus."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    async with listening() as told:
        await told.is_in("absent", "no D-Bus")
