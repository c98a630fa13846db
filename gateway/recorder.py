"""What becomes of a fix: the newest goes to the map at once, those worth keeping go to the outbox. And of events."""

import asyncio
import logging
from datetime import datetime
from typing import Any

import msgspec

from firmware_bridge.nmea import Fix
from gateway import sampling
from gateway.clock import Clock, Stamp
from gateway.fixes import entry_of, rounded
from gateway.intake import Intake
from gateway.outbox import Entry
from gateway.settings import Sampling
from gateway.sources.health import WORKS, Health, State
from gateway.uplink import Sender
from wire.messages import KNOWN, Event, Position, milliseconds

log = logging.getLogger("gateway")

_NO_TIME_IN = {"clock_unconfirmed", "date_refused", "time_repeated"}


class Recorder:
    """One vehicle's records, in the order in which things happen. Belongs to the event loop."""

    def __init__(self, settings: Sampling, clock: Clock, intake: Intake, sender: Sender, *, recording: bool) -> None:
        """`recording`: fixes come from a file, so their times say nothing about now."""
        self.time_known = asyncio.Event()
        """Set when a fix has said what time it is: what waits without a known time can be given it."""
        self.positions = 0
        self.kept = 0
        self._window = sampling.Sampling(tolerance_m=settings.tolerance_m, heartbeat_s=settings.heartbeat_s)
        self._exact = settings.tolerance_m == 0
        self._clock, self._intake, self._sender = clock, intake, sender
        self._recording = recording
        self._offered: Stamp | None = None
        self._state: State = "searching"

    def heard(self, fix: Fix, health: Health) -> None:
        """A fix, the moment that it is whole."""
        dated = fix.at is not None and not self._recording and not _NO_TIME_IN.intersection(fix.flags)
        if dated and fix.at is not None and self._clock.fix_heard(fix.at):
            self.time_known.set()
        stamp = self._clock.stamp()
        health.heard(fix, fix.at or stamp.at)
        entry = entry_of(fix, stamp)
        if entry is None:
            return
        self.positions += 1
        assert isinstance(entry.record, Position)
        self._sender.live(entry.record)
        self._offered = stamp
        self._keep(self._window.offer(entry))

    def event(self, name: str, **detail: Any) -> None:
        """Something happened in the vehicle: on disk and on its way at once."""
        stamp = self._clock.stamp()
        record = Event(at=stamp.at, clock=stamp.quality, event=name, detail=detail)
        self._intake.accept(Entry(record=record, boot=stamp.boot, mono_ms=stamp.mono_ms), urgent=True)

    def put(self, record: KNOWN) -> None:
        """Something with a time of its own, a moment ago: on disk with the next group."""
        stamp = self._clock.stamp()
        timed = msgspec.structs.replace(record, clock=stamp.quality)
        ago_ms = milliseconds(stamp.at) - milliseconds(record.at)
        mono_ms = None if stamp.mono_ms is None else stamp.mono_ms - ago_ms
        self._intake.accept(Entry(record=timed, boot=stamp.boot, mono_ms=mono_ms))

    def watch(self, health: Health) -> None:
        """Look at the receiver now and then: whether it was lost or found, and whether a position waits in vain."""
        was, self._state = self._state, health.state
        if was in WORKS and self._state not in WORKS:
            log.warning("receiver lost: %s", health.reason)
            self.event("receiver_lost", state=health.state, reason=health.reason)
        elif was not in WORKS and self._state in WORKS and self._state != "replay":
            log.info("receiver found: %s at %d baud", health.port, health.baud)
            self.event("receiver_found", port=health.port, baud=health.baud)
        if self._offered is not None and sampling.silent_since(self._offered.at, self._now()):
            self.flush()

    def flush(self) -> None:
        """Keep the newest position: nothing may follow it."""
        self._offered = None
        self._keep(self._window.flush())

    def _keep(self, entries: list[Entry]) -> None:
        for entry in entries:
            self.kept += 1
            assert isinstance(entry.record, Position)
            record = entry.record if self._exact else rounded(entry.record)
            self._intake.accept(Entry(record=record, boot=entry.boot, mono_ms=entry.mono_ms))

    def _now(self) -> datetime:
        return self._clock.now()
