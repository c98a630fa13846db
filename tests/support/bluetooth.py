"""Tags for the rig, and the rig for tests: skipped where there is no dbus-daemon."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulators.bluez import Heard, Rig, dbus_daemon
from tests.support.real import real_part

IBEACON = bytes.fromhex("0215f7826da64fa24e988024bc5b71e0893e00010002c5")
IBEACON_ID = "f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/2"
RUUVI = bytes.fromhex("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F")
EDDYSTONE = "0000feaa-0000-1000-8000-00805f9b34fb"


@contextmanager
def a_rig(adapters: dict[str, str] | None = None, **said: Any) -> Iterator[Rig]:
    """A machine with Bluetooth."""
    real_part("dbus-daemon", dbus_daemon(), "install the package dbus-daemon")
    with Rig(adapters, **said) as rig:
        yield rig


def heard(number: int = 1, rssi: int = -60, **said: Any) -> Heard:
    """An advert of the tag with this number: an iBeacon whose minor is the number, unless it is said otherwise."""
    usual = {"manufacturer_data": {0x004C: ibeacon(number)}}
    return Heard(**{"address": address(number), "rssi": rssi, **({} if said else usual), **said})


def address(number: int) -> str:
    return f"C0:00:00:00:{number >> 8:02X}:{number & 255:02X}"


def ibeacon(number: int) -> bytes:
    return IBEACON[:20] + number.to_bytes(2, "big") + IBEACON[22:]


def identity(number: int) -> str:
    """The id of the tag with this number."""
    return f"f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/{number}"
