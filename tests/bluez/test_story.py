"""The same story on two stacks: what a naive scanner lives through with Debian's bluetoothd, and with our org.bluez.

Every other test of the scanner stands on our org.bluez (simulators/bluez). Here it is held against the real one: kernel,
bluetoothd and bleak are Debian's and PyPI's own, in a machine that QEMU makes; only the radio is not there.
"""

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from simulators.bluez import Rig
from tests.support.bluez.air import Beep
from tests.support.bluez.machine import QEMU, Machine, built
from tests.support.bluez.stacks import ALL, DONGLES, Ours, Real, RefusedError, Stack, beeped
from tests.support.real import program, real_part
from tests.support.waiting import until

IBEACON = bytes.fromhex("0215f7826da64fa24e988024bc5b71e0893e00010002c5")
EYE = bytes.fromhex("01b708b53303cb000000000064")  # temperature, humidity, magnet, moving, battery
BTHOME = bytes.fromhex("40000d0161025a09")

IN_PROGRESS = "org.bluez.Error.InProgress"
TAG = Beep(address="C0:00:00:00:00:01", manufacturer={0x004C: IBEACON}, rssi_dbm=-58)
SENSOR = Beep(
    address="C0:00:00:00:00:02",
    manufacturer={0x004C: IBEACON},
    response_manufacturer={0x089A: EYE},
    response_name="MP1_1234567",
    rssi_dbm=-71,
)


THERMOMETER = Beep(address="C0:00:00:00:00:03", service={0xFCD2: BTHOME})


@pytest.fixture(scope="module", params=["real", "ours"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    if request.param == "real":
        program(QEMU)
        program("bluetoothd")
        kit = built()
        real_part("the machine for real BlueZ", kit, "tests/support/bluez/build makes it")
        assert kit
        with Machine(kit, tmp_path_factory.mktemp("machine")) as machine:
            yield Real(machine)
    else:
        real_part("dbus-daemon", shutil.which("dbus-daemon"), "install Debian's dbus-daemon")
        with Rig(DONGLES, proximity_only=False, orphaned_scan_s=2) as rig:
            ours = Ours(rig)
            yield ours
            ours.close()


def awake(stack: Stack, tag: Beep = TAG, *, adapter: str = "hci0") -> None:
    """Beep until it is heard: a scan that was just started may not listen yet."""

    def heard() -> bool:
        stack.beep(tag, at=adapter)
        return bool(stack.ear.heard(tag.address))

    until(heard, 20, "the first advert")


def of(stack: Stack, *beeps: Beep, times: int = 10) -> int:
    """How many of so many beeps are heard."""
    before = len(stack.ear.heard())
    beeped(stack, *beeps, times=times, every_s=0.05)
    with contextlib.suppress(AssertionError):  # the last ones are still on their way
        until(lambda: len(stack.ear.heard()) >= before + times * len(beeps), 0.5)
    return len(stack.ear.heard()) - before


def scans_again(stack: Stack) -> None:
    """Start new scanners until one is taken: after bluetoothd dies, the kernel goes on with its scan for ten seconds."""

    def taken() -> bool:
        try:
            stack.ear.scan()
        except RefusedError as refused:
            assert refused.name == IN_PROGRESS  # noqa: PT017 - any other refusal fails the test
            return False
        return True

    until(taken, 20, "a scan")


def test_a_tag_and_a_sensor_are_heard_byte_by_byte(stack: Stack) -> None:
    """What a tag says in its advert and in its scan response is one device, with both; strength and name too."""
    stack.ear.scan()
    for tag in (TAG, SENSOR, THERMOMETER):
        awake(stack, tag)
    tag, sensor, thermometer = (stack.ear.heard(each.address)[-1] for each in (TAG, SENSOR, THERMOMETER))
    stack.ear.stop()
    assert (tag["rssi"], tag["name"], tag["manufacturer"]) == (-58, None, {"0x004c": IBEACON.hex()})
    assert (sensor["rssi"], sensor["name"]) == (-71, "MP1_1234567")
    assert sensor["manufacturer"] == {"0x004c": IBEACON.hex(), "0x089a": EYE.hex()}
    assert thermometer["service"] == {"0000fcd2-0000-1000-8000-00805f9b34fb": BTHOME.hex()}


@pytest.mark.parametrize("filters", [ALL, {}], ids=["our filters", "bleak's own"])
def test_who_says_the_same_again_and_again_is_heard_each_time(stack: Stack, filters: dict[str, object]) -> None:
    """Presence stands on this: most tags never change what they say, and a tag on a shelf is equally loud for hours."""
    stack.ear.scan(filters=filters)
    awake(stack)
    count = of(stack, TAG, times=20)
    stack.ear.stop()
    assert count >= 18


def test_a_tag_that_speaks_for_several_makers_says_only_its_last_word(stack: Stack) -> None:
    """Without DuplicateData BlueZ heaps up what it ever heard, and old values look new; with it there is only the last."""
    makers = [replace(TAG, address="C0:00:00:00:00:05", manufacturer={maker: b"ab"}) for maker in (0x4C, 0x757, 0x499)]
    heaped = {}
    for filters in (ALL, {}):
        stack.ear.scan(filters=filters)
        for tag in makers:
            awake(stack, tag)
        beeped(stack, *makers, times=3)
        heaped[len(filters)] = list(stack.ear.heard()[-1]["manufacturer"])
        stack.ear.stop()
    assert heaped[len(ALL)] == ["0x0499"]
    assert sorted(heaped[0]) == ["0x004c", "0x0499", "0x0757"]


def test_the_floor_of_the_filter_holds(stack: Stack) -> None:
    """An RSSI in the filter is a floor: what is weaker is not told, of a tag that is known as well."""
    stack.ear.scan(filters={**ALL, "RSSI": -70})
    awake(stack)
    weak, strong = replace(TAG, rssi_dbm=-71), replace(TAG, rssi_dbm=-70)
    beeped(stack, weak, replace(weak, address="C0:00:00:00:00:06"))
    count = of(stack, strong)
    stack.ear.stop()
    assert count >= 9
    assert {each["rssi"] for each in stack.ear.heard()} == {TAG.rssi_dbm, -70}


def test_one_adapter_does_not_hear_for_the_other(stack: Stack) -> None:
    """Vans have two dongles; what is heard has to belong to the one that was named."""
    stack.ear.scan("hci1")
    awake(stack, adapter="hci1")
    beeped(stack, SENSOR, at="hci0", times=5)
    assert of(stack, TAG) >= 9
    found = stack.ear.adapters()
    stack.ear.stop()
    assert not stack.ear.heard(SENSOR.address)
    assert {name: each["Discovering"] for name, each in found.items()} == {"hci0": False, "hci1": True}
    assert {name: each["Address"] for name, each in found.items()} == DONGLES


def test_who_starts_twice_is_told(stack: Stack) -> None:
    """The error that every scanner meets some day, and has to survive."""
    stack.ear.scan()
    with pytest.raises(RefusedError) as refused:
        stack.ear.ask("again")
    awake(stack)
    stack.ear.stop()
    assert refused.value.name == IN_PROGRESS


def test_after_its_power_was_off_an_adapter_is_deaf_without_a_word(stack: Stack) -> None:
    """The old scanner hears nothing for ever, and nothing says so; a new one hears."""
    stack.ear.scan()
    awake(stack)
    stack.ear.ask("set", adapter="hci0", property="Powered", value=False)
    until(lambda: not stack.ear.adapters()["hci0"]["Powered"], 10, "off")
    assert of(stack, TAG) == 0
    stack.ear.ask("set", adapter="hci0", property="Powered", value=True)
    until(lambda: stack.ear.adapters()["hci0"]["Powered"], 10, "on")
    assert of(stack, TAG) == 0
    assert not stack.ear.adapters()["hci0"]["Discovering"]
    with pytest.raises(RefusedError) as refused:
        stack.ear.stop()
    assert (refused.value.name, refused.value.words) == ("org.bluez.Error.Failed", "No discovery started")
    stack.ear.scan()
    awake(stack)
    stack.ear.stop()


def test_an_adapter_that_is_off_does_not_scan(stack: Stack) -> None:
    """NotReady, and nothing else, is what a scanner has to switch power on for."""
    stack.ear.ask("set", adapter="hci0", property="Powered", value=False)
    with pytest.raises(RefusedError) as refused:
        stack.ear.scan()
    stack.ear.ask("set", adapter="hci0", property="Powered", value=True)
    until(lambda: stack.ear.adapters()["hci0"]["Powered"], 10, "on")
    assert refused.value.name == "org.bluez.Error.NotReady"


def test_after_bluetoothd_died_a_scanner_is_deaf_without_a_word(stack: Stack) -> None:
    """Killed and started again, it knows nothing of the scanner; a new one hears, if it asks long enough."""
    stack.ear.scan()
    awake(stack)
    stack.kill_bluetoothd()
    stack.start_bluetoothd()
    assert of(stack, TAG) == 0
    with pytest.raises(RefusedError) as refused:
        stack.ear.stop()
    assert (refused.value.name, refused.value.words) == ("org.bluez.Error.Failed", "No discovery started")
    scans_again(stack)
    awake(stack)
    stack.ear.stop()


def test_after_it_was_pulled_out_and_back_an_adapter_is_deaf_without_a_word(stack: Stack) -> None:
    """A dongle in a van does that at each pothole."""
    stack.ear.scan()
    awake(stack)
    stack.unplug("hci0")
    assert of(stack, TAG) == 0
    with pytest.raises(RefusedError) as refused:
        stack.ear.stop()
    assert refused.value.name == "org.freedesktop.DBus.Error.UnknownObject"
    with pytest.raises(RefusedError, match="not found"):
        stack.ear.scan()
    stack.plug("hci0")
    assert of(stack, TAG) == 0
    stack.ear.scan()
    awake(stack)
    stack.ear.stop()


@pytest.mark.long
def test_a_tag_that_is_silent_for_half_a_minute_is_forgotten(stack: Stack) -> None:
    """TemporaryTimeout of main.conf: the only word that BlueZ ever has about a tag that is gone."""
    stack.ear.scan()
    awake(stack)
    assert stack.ear.ask("known") == 1
    began_s = time.monotonic()
    until(lambda: stack.ear.ask("known") == 0, 60, "the tag forgotten")
    stack.ear.stop()
    assert 25 < time.monotonic() - began_s < 40
