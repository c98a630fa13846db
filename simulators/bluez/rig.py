"""The bus, the daemon and the tags around it, on a thread of their own: for whoever tests a scanner, or shows one.

Everything may be called from any thread, and has happened when the call returns.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from simulators.bluez.bluetoothd import Adapter, Bluetoothd, Deaf
from simulators.bluez.bus import PrivateBus
from simulators.bluez.hearing import Heard

ONE_ADAPTER = {"hci0": "00:1A:7D:DA:71:13"}
DELAY_S = 0.01
"""advDelay: each advert comes up to so much later, by chance (Bluetooth Core, Vol 6 Part B, 4.4.2.2.1)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beacon:
    """A tag that says the same again and again, `every_s`, now louder and now less loud."""

    advert: Heard
    every_s: float = 1.0
    jitter_db: float = 3.0


class Rig:
    """A machine with Bluetooth between `start` and `close`; a context manager as well."""

    def __init__(
        self,
        adapters: dict[str, str] | None = None,
        *,
        temporary_timeout_s: float = 30.0,
        proximity_only: bool = True,
        orphaned_scan_s: float = 0.0,
    ) -> None:
        """`adapters`: names and addresses, one by default; the rest as Bluetoothd has it."""
        self.bus = PrivateBus()
        self._daemon = Bluetoothd(
            self.bus.address,
            temporary_timeout_s=temporary_timeout_s,
            proximity_only=proximity_only,
            orphaned_scan_s=orphaned_scan_s,
        )
        self._plugged = ONE_ADAPTER if adapters is None else adapters
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bluetoothd", daemon=True)
        self._beacons: list[asyncio.Task[None]] = []

    @property
    def environment(self) -> dict[str, str]:
        """What a program has to find in its environment to come here."""
        return {"DBUS_SYSTEM_BUS_ADDRESS": self.bus.address}

    def start(self) -> None:
        """Start everything; raises BusError."""
        self.bus.start()
        self._thread.start()
        for name, address in self._plugged.items():
            self.plug(name, address)
        self._run(self._daemon.start())

    def close(self) -> None:
        """End everything."""
        if self._thread.is_alive():
            self.hush()
            self._run(self._daemon.kill())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._loop.close()
        self.bus.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def adapter(self, name: str = "hci0") -> Adapter:
        """An adapter as it is now: to look at, and to break (`refuses`, `deaf`)."""
        return self._daemon.adapters[name]

    def scanned(self, name: str = "hci0") -> bool:
        """Whether anybody scans with it."""
        return name in self._daemon.adapters and bool(self.adapter(name).sessions)

    def hear(self, *adverts: Heard, adapter: str = "hci0") -> int:
        """Let an adapter hear these now; of how many a scanner was told."""
        return self._run(self._heard(adapter, adverts))

    def play(self, beacons: Iterable[Beacon], *, adapter: str = "hci0", seed: int = 1) -> None:
        """Let these tags be heard until `hush`."""
        chance = random.Random(seed)
        for beacon in beacons:
            began = self._begin(self._repeat(beacon, adapter, random.Random(chance.random())))
            self._beacons.append(began)

    def hush(self) -> None:
        """All tags that play are silent from now on."""
        playing, self._beacons = self._beacons, []
        self._run(_ended(playing))

    def plug(self, name: str, address: str) -> None:
        """Plug an adapter in."""
        self._run(self._done(self._daemon.plug, name, address))

    def unplug(self, name: str = "hci0") -> None:
        """Pull it out."""
        self._run(self._done(self._daemon.unplug, name))

    def power(self, name: str = "hci0", *, on: bool) -> None:
        """Switch an adapter's power, from outside of the scanner."""
        self._run(self._done(lambda: self._daemon.power(name, on=on)))

    def deafen(self, name: str = "hci0", *, until: Deaf) -> None:
        """It says that it scans and hears nothing, until this helps."""
        self.adapter(name).deaf = until

    def hang(self) -> None:
        """From now on bluetoothd answers nobody."""
        self._daemon.hangs = True

    def go_on(self) -> None:
        """It answers again."""
        self._daemon.hangs = False

    def kill_bluetoothd(self) -> None:
        """As by kill -9; `start_bluetoothd` brings it back, with empty hands."""
        self._run(self._daemon.kill())

    def start_bluetoothd(self) -> None:
        """Start it again."""
        self._run(self._daemon.start())

    def restart_bus(self) -> None:
        """dbus-daemon dies and comes back; bluetoothd too, as systemd would have it."""
        self.bus.stop()
        self.kill_bluetoothd()
        self.bus.start()
        self.start_bluetoothd()

    async def _repeat(self, beacon: Beacon, adapter: str, chance: random.Random) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + chance.uniform(0, beacon.every_s)
        while True:
            await asyncio.sleep(due - loop.time())
            due = max(due, loop.time() - beacon.every_s) + beacon.every_s + chance.uniform(0, DELAY_S)
            rssi = round(beacon.advert.rssi + chance.gauss(0, beacon.jitter_db))
            await self._daemon.hear(adapter, [replace(beacon.advert, rssi=min(20, max(-127, rssi)))])

    async def _done(self, call: Callable[..., object], *args: object) -> None:
        call(*args)
        await self._daemon.told()

    async def _heard(self, adapter: str, adverts: Iterable[Heard]) -> int:
        told = await self._daemon.hear(adapter, adverts)
        await self._daemon.told()
        return told

    def _run[T](self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    def _begin(self, what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._run(_begun(what))


async def _begun(what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.create_task(what)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
