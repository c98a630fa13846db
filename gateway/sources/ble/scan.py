"""What one adapter hears, for people and programs: `milepost tag scan`. Writes nothing to any outbox.

JSON lines on stdout, each as `milepost tag decode` takes it, with what it says beside it; a live table on the terminal.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table

from firmware_bridge.adverts import Advert, Decoded, Decoder, Values
from gateway.sources.ble.bluez import NO_ADAPTER, Bluez, Known, TroubleError
from gateway.sources.ble.ear import Ear
from gateway.sources.ble.rhythm import Rhythm
from gateway.sources.ble.watch import Patience
from wire.messages import rfc3339

DRAW_EVERY_S = 0.5
GONE_S = 30.0
"""A tag that was not heard for so long is shown dim."""
FAILED = 4
SHOWN = ("temperature_c", "humidity_percent", "battery_percent", "battery_v", "opening", "moving", "button")

_encode = msgspec.json.Encoder().encode


class ScanError(Exception):
    """There is nothing to scan with. Says what to do."""


@dataclass(slots=True)
class Row:
    """An address, as the table shows it."""

    address: str
    rssi: int
    heard_at: float
    rhythm: Rhythm
    name: str | None = None
    format: str | None = None
    id: str | None = None
    values: Values = field(default_factory=dict)
    error: str | None = None
    count: int = 0


class Scan:
    """Hears until it is over."""

    def __init__(self, *, json: bool, keys: Mapping[str, bytes], console: Console) -> None:
        """`json`: a line for each advert on stdout, and no table."""
        self.rows: dict[str, Row] = {}
        self._json, self._keys, self._console = json, keys, console
        self._decoder = Decoder()
        self._broken = False
        """Nobody reads our stdout any more."""

    async def run(self, adapter: str | None, for_s: float | None) -> None:
        """Scan; raises ScanError when that is not possible."""
        loop, patience = asyncio.get_running_loop(), Patience()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        bluez = Bluez(patience.answer_within_s)
        try:
            known = await _chosen(bluez, adapter)
            ear = Ear(known.address, bluez, self._heard, replace(patience, look_every_s=2.0))
            listening = asyncio.create_task(ear.run(), name="adapter")
            try:
                await self._watch(ear, stop, loop.time(), for_s)
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
        finally:
            bluez.close()

    async def _watch(self, ear: Ear, stop: asyncio.Event, began: float, for_s: float | None) -> None:
        """Show what is heard until it is over."""
        loop = asyncio.get_running_loop()
        started = False
        shows = not self._json and self._console.is_terminal
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            while not stop.is_set() and not self._broken and (for_s is None or loop.time() < began + for_s):
                started = started or bool(ear.watch.name)
                if not started and (ear.watch.state in {"absent", "off"} or ear.watch.failures >= FAILED):
                    raise ScanError(ear.watch.problem)
                if shows:
                    live.update(self.table(loop.time(), ear.watch.problem), refresh=True)
                left_s = DRAW_EVERY_S if for_s is None else min(DRAW_EVERY_S, began + for_s - loop.time())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), max(0.0, left_s))
        if not self._json:
            self._console.print(self.table(loop.time(), ear.watch.problem))

    def table(self, now: float, problem: str) -> Table:
        """All that was heard, the loudest first."""
        rows = sorted(self.rows.values(), key=lambda row: (now - row.heard_at > GONE_S, -row.rssi))
        most = max(5, self._console.height - 6) if self._console.is_terminal else len(rows)
        more = f"; the {most} loudest of them are shown" if len(rows) > most else ""
        caption = problem or f"{len(rows)} addresses, {sum(row.count for row in rows)} adverts{more}"
        table = Table("address", "what it is", "dBm", "adverts", "every", "silent for", "says", caption=caption)
        for row in rows[:most]:
            silent_s, every_s = now - row.heard_at, row.rhythm.interval_s()
            table.add_row(
                row.address,
                row.id or row.name or "",
                str(row.rssi),
                str(row.count),
                "" if every_s is None else f"{every_s:.1f} s",
                f"{silent_s:.0f} s",
                row.error or _says(row),
                style="dim" if silent_s > GONE_S else None,
            )
        return table

    def _heard(self, device: Any, data: Any) -> None:
        now, at = asyncio.get_running_loop().time(), datetime.now(UTC)
        advert = Advert(
            address=device.address, name=data.local_name, rssi=data.rssi, manufacturer_data=data.manufacturer_data,
            service_data=data.service_data, service_uuids=tuple(data.service_uuids),
            bindkey=self._keys.get(device.address), at_ms=int(now * 1000),
        )  # fmt: skip
        decoded = self._decoder.decode(advert)
        if self._json:
            self._print(advert, decoded, at)
        row = self.rows.setdefault(device.address, Row(device.address, data.rssi, now, Rhythm()))
        row.rhythm.heard(data.rssi, now, now)
        row.rssi, row.heard_at, row.count = data.rssi, now, row.count + 1
        row.name, row.format = data.local_name or row.name, decoded.format or row.format
        row.id, row.error = decoded.id or row.id, decoded.error
        row.values.update(decoded.values)

    def _print(self, advert: Advert, decoded: Decoded, at: datetime) -> None:
        try:
            sys.stdout.buffer.write(_encode({**as_line(advert, at), **msgspec.to_builtins(decoded)}) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self._broken = True


def as_line(advert: Advert, at: datetime) -> dict[str, Any]:
    """The advert as a line that `milepost tag decode` and `[ble] replay` read. Never with a key."""
    return {
        "at": rfc3339(at),
        "address": advert.address,
        "name": advert.name,
        "rssi": advert.rssi,
        "manufacturer_data": {f"0x{company:04X}": data.hex() for company, data in advert.manufacturer_data.items()},
        "service_data": {uuid: data.hex() for uuid, data in advert.service_data.items()},
        "service_uuids": list(advert.service_uuids),
    }


async def _chosen(bluez: Bluez, adapter: str | None) -> Known:
    """The adapter that was asked for, or the first one that is switched on, else the first."""
    try:
        known = await bluez.adapters()
    except TroubleError as error:
        raise ScanError(str(error)) from None
    if not known:
        raise ScanError(NO_ADAPTER)
    if adapter is None:
        return next((each for each in known if each.seen.powered), known[0])
    for each in known:
        if adapter.upper() in {each.address, each.seen.name.upper()}:
            return each
    there = ", ".join(f"{each.seen.name} ({each.address})" for each in known)
    raise ScanError(f"there is no adapter {adapter}; there is {there}")


def _says(row: Row) -> str:
    """The values that people look for, before all others."""
    names = [*(name for name in SHOWN if name in row.values), *(name for name in row.values if name not in SHOWN)]
    told = ", ".join(f"{name} {row.values[name]}" for name in names[:4])
    return ": ".join(part for part in (row.format or "", told) if part)
