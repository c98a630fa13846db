"""One adapter that listens for tags, for as long as the program runs: the hands of `watch`, which decides.

Scans actively, because many tags put their data into the scan response; asks for duplicates and for every RSSI, because
otherwise BlueZ says nothing about a tag that stays as it is.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from gateway.sources.ble import watch as watching
from gateway.sources.ble.bluez import NO_ADAPTER, Bluez, TroubleError, end_discovery
from gateway.sources.ble.watch import Do, Patience, Seen, Watch

log = logging.getLogger("ble")

QUESTIONS = 4
"""So many questions to BlueZ an act has at most."""
NO_RSSI = -127
"""What bleak says when BlueZ does not know (its documentation)."""

Told = Callable[[BLEDevice, AdvertisementData], None]


class Ear:
    """Listens with the adapter of one address. `run` ends only by cancellation."""

    def __init__(self, address: str, bluez: Bluez, told: Told, patience: Patience) -> None:
        """`told` gets every advert at once, on the event loop."""
        self.address = address
        self.watch = Watch(quiet_since=asyncio.get_running_loop().time())
        self.adverts = 0
        self.disturbed_at = asyncio.get_running_loop().time()
        """When it was last not known to hear: tags may have been missed until then."""
        self.heard_at: float | None = None
        self.task: asyncio.Task[None] | None = None
        self._bluez, self._told, self._patience = bluez, told, patience
        self._act_within_s = QUESTIONS * patience.answer_within_s + patience.power_pause_s
        self._scanner: BleakScanner | None = None

    async def run(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    await self.look()
                except Exception:  # Bluetooth must not end a gateway that knows where it is
                    log.exception("%s: unexpected", self.address)
                    self.watch = watching.failed(self.watch, "an unexpected fault", loop.time(), self._patience)
                await asyncio.sleep(watching.looks_at(self.watch, loop.time(), self._patience) - loop.time())
        finally:
            await self._leave()

    async def look(self) -> None:
        """Look at the adapter once, and do what is due."""
        loop = asyncio.get_running_loop()
        seen, trouble = await self._seen()
        if self.heard_at is not None and self.watch.name and self.heard_at > self.watch.quiet_since:
            if self.watch.state != "scanning":
                log.info("%s: tags are heard again", self.address)
            self.watch = watching.heard(self.watch, self.heard_at)
        said = self.watch.problem
        self.watch, do = watching.looked(self.watch, seen, trouble, loop.time(), self._patience)
        if self.watch.problem and self.watch.problem != said:
            log.warning("%s: %s", self.address, self.watch.problem)
        if do is not Do.NOTHING:
            await self._act(do, seen)
        if self.watch.state != "scanning":
            self.disturbed_at = loop.time()

    async def _seen(self) -> tuple[Seen | None, str]:
        """The adapter; when it is not there, why."""
        try:
            known = await self._bluez.adapters()
        except TroubleError as error:
            return None, str(error)
        seen = next((each.seen for each in known if each.address == self.address), None)
        others = f" (there is {', '.join(each.address for each in known)})" if known else ""
        return seen, f"the Bluetooth adapter {self.address} is missing{others}: plug it in" if others else NO_ADAPTER

    async def _act(self, do: Do, seen: Seen | None) -> None:
        loop = asyncio.get_running_loop()
        self.disturbed_at = loop.time()
        await self._leave()
        if seen is None or do is Do.LEAVE:
            return
        try:
            async with asyncio.timeout(self._act_within_s):
                if do is Do.RESET:
                    log.warning("%s: switching the adapter's power off and on", self.address)
                    await self._bluez.power(seen.name, on=False)
                    await asyncio.sleep(self._patience.power_pause_s)
                if do is not Do.START:
                    await self._bluez.power(seen.name, on=True)
                await self._start(seen.name)
        except (BleakError, TroubleError, TimeoutError, OSError, EOFError) as error:
            why = str(error) or type(error).__name__
            self._scanner = None
            if do is not Do.SWITCH_ON:
                log.warning("%s: the scan does not start: %s", self.address, why)
                self.watch = watching.failed(self.watch, why, loop.time(), self._patience)

    async def _start(self, name: str) -> None:
        await end_discovery(name, self._patience.answer_within_s)
        scanner = BleakScanner(
            self._heard,
            scanning_mode="active",
            bluez={"adapter": name, "filters": {"DuplicateData": True, "RSSI": -127}},
        )
        self._scanner = scanner
        await scanner.start()
        now = asyncio.get_running_loop().time()
        self.disturbed_at = now
        self.watch = watching.started(self.watch, name, now)
        log.info("%s: listening for tags (%s)", self.address, name)

    async def _leave(self) -> None:
        """Take back our part of a scan; what is left of it may be dead, and says so in many ways."""
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            with contextlib.suppress(BleakError, TimeoutError, OSError, EOFError, AssertionError, ValueError):
                async with asyncio.timeout(self._patience.answer_within_s):
                    await scanner.stop()
        self.watch = replace(self.watch, name="")

    def _heard(self, device: BLEDevice, data: AdvertisementData) -> None:
        if data.rssi == NO_RSSI:
            return  # told because something else changed: nobody was heard
        self.adverts += 1
        self.heard_at = asyncio.get_running_loop().time()
        self._told(device, data)
