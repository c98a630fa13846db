"""A bleak scanner as a program: JSON lines in say what to do, JSON lines out what it did and what it heard.

The scenes of `tests/e2e/test_real_bluez.py` look at BlueZ through it, the same program for the real one and for ours. It
is as naive as a program can be: no supervision, no second try.

    {"do": "scan", "adapter": "hci0", "mode": "active", "filters": {...}, "patterns": [...]}   a scanner, in place of any
    {"do": "stop"}          the scanner's own stop
    {"do": "again"}         start the same scanner again, as it is
    {"do": "known"}         how many devices it has discovered
    {"do": "set", "adapter": "hci0", "property": "Powered", "value": false}
    {"do": "adapters"}      what BlueZ says about its adapters
"""

import asyncio
import json
import sys
import time
from typing import Any

from bleak import BleakScanner
from bleak.args.bluez import OrPattern
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakDBusError, BleakError
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

ADAPTER = "org.bluez.Adapter1"


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def heard(device: BLEDevice, advert: AdvertisementData) -> None:
    say(
        heard=device.address,
        at_s=time.monotonic(),
        rssi=advert.rssi,
        name=advert.local_name,
        manufacturer={f"{key:#06x}": value.hex() for key, value in advert.manufacturer_data.items()},
        service={key: value.hex() for key, value in advert.service_data.items()},
    )


class Ear:
    def __init__(self) -> None:
        self._scanner: BleakScanner | None = None

    async def scan(self, *, adapter: str, mode: str, filters: dict[str, Any], patterns: list[list[Any]]) -> None:
        bluez: Any = {"adapter": adapter}
        if mode == "passive":
            bluez["or_patterns"] = [OrPattern(start, kind, bytes.fromhex(value)) for start, kind, value in patterns]
        elif filters:
            bluez["filters"] = filters
        self._scanner = BleakScanner(heard, scanning_mode=mode, bluez=bluez)
        await self._scanner.start()

    async def stop(self) -> None:
        if self._scanner:
            await self._scanner.stop()

    async def again(self) -> None:
        assert self._scanner
        await self._scanner.start()

    async def known(self) -> int:
        return len(self._scanner.discovered_devices) if self._scanner else 0

    async def set(self, *, adapter: str, property: str, value: bool) -> str | None:  # noqa: A002
        answer = await _asked(
            f"/org/bluez/{adapter}",
            "org.freedesktop.DBus.Properties",
            "Set",
            "ssv",
            [ADAPTER, property, Variant("b", value)],
        )
        return answer.error_name

    async def adapters(self) -> dict[str, dict[str, Any]]:
        answer = await _asked("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        if answer.message_type is MessageType.ERROR:
            return {}
        return {
            path.removeprefix("/org/bluez/"): {
                name: interfaces[ADAPTER][name].value for name in ("Address", "Powered", "Discovering")
            }
            for path, interfaces in answer.body[0].items()
            if ADAPTER in interfaces
        }


async def _asked(path: str, interface: str, member: str, signature: str = "", body: list[Any] | None = None) -> Message:
    """Ask BlueZ over a connection of our own, which no restart of bluetoothd leaves in a strange state."""
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        answer = await bus.call(
            Message(
                destination="org.bluez",
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=body or [],
            )
        )
        assert answer
        return answer
    finally:
        bus.disconnect()


async def main() -> None:
    ear = Ear()
    say(did="begin", answer=None)
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        what = asked.pop("do")
        try:
            answer = await asyncio.wait_for(getattr(ear, what)(**asked), 20)
        except BleakDBusError as error:
            say(did=what, error=error.dbus_error, words=error.dbus_error_details)
        except (BleakError, OSError, EOFError, TimeoutError, AssertionError) as error:
            say(did=what, error=type(error).__name__, words=str(error))
        else:
            say(did=what, answer=answer)


asyncio.run(main())
