"""A GNSS receiver on a serial port: finding it, listening to it, and finding it again, as long as the van drives.

Nothing that a port or a receiver does ends this: an unplugged cable, another device, a wrong speed and silence are
states with a reason, and the search goes on.
"""

import asyncio
from collections.abc import Callable
from datetime import date

from firmware_bridge.nmea import Fix, Nmea
from gateway.settings import Gnss
from gateway.sources.health import WORKS, Health
from gateway.sources.hunting import PATIENCE_S, Ear, Judgement, likeliest_first, tries
from gateway.sources.ports import Line, PortError, present

PAUSE_S = 1.0
IDLE_S = 0.08
"""Silence after which the burst of an epoch is over; receivers pause less than that within one."""
NO_FIX_S = 5.0
"""So long a receiver that speaks may say nothing about its position before we say that there is none."""


class GnssSource:
    """The receiver of one vehicle. `run` ends only by cancellation."""

    def __init__(self, settings: Gnss, not_before: date, heard: Callable[[Fix, Health], None]) -> None:
        """`heard` is given every fix at once; `not_before` is the floor for dates."""
        self.health = Health()
        self._settings = settings
        self._not_before = not_before
        self._heard = heard
        self._good: tuple[str, int] | None = None
        self._worst: dict[str, tuple[Judgement | None, str]] = {}
        """By port: what was thought of it in this round, and why."""

    async def run(self) -> None:
        """Search and listen, round after round."""
        while True:
            await self._round()
            self._beat()
            await asyncio.sleep(PAUSE_S)

    async def _round(self) -> None:
        """Try every port at every speed once; stays on the one where a receiver speaks."""
        named = self._settings.port != "auto"
        ports = [self._settings.port] if named else likeliest_first(present())
        if not ports:
            self.health.say("absent", "there is no serial port: plug the receiver in")
            return
        self._worst = {}
        for port, bauds in tries(ports, self._settings.baud, self._good):
            for baud in bauds:
                try:
                    judgement = await self._listen(port, baud, patient=named and len(bauds) == 1)
                except PortError as error:
                    self._worst[port] = (None, str(error))
                    break
                self._worst[port] = (judgement, _why(judgement, port, len(bauds)))
                if judgement is not Judgement.GARBAGE:
                    break  # silence is silence at every speed
                self._admit_loss()
            self._admit_loss()
        self._sum_up()

    def _admit_loss(self) -> None:
        """A receiver that spoke and no longer does is not found again before the whole round is over."""
        if self.health.state in WORKS:
            self._sum_up()

    async def _listen(self, port: str, baud: int, *, patient: bool) -> Judgement:
        """Hear a port at one speed for as long as a receiver speaks there; what was thought of it in the end."""
        loop = asyncio.get_running_loop()
        line, nmea = Line(port, baud), Nmea(not_before=self._not_before)
        ear, fix_at, busy = Ear(loop.time()), loop.time(), False
        counted = 0
        self.health.port, self.health.baud = port, baud
        try:
            while True:
                data = await line.read(IDLE_S if busy else PAUSE_S)
                now = loop.time()
                self._beat()
                fixes = nmea.feed(data) if data else nmea.idle() if busy else []
                busy = bool(data)
                if data:
                    sentences = nmea.counters.sentences
                    self.health.sentences, counted = self.health.sentences + sentences - counted, sentences
                    ear.heard(now, sentences)
                for fix in fixes:
                    fix_at = now if fix.lon is not None else fix_at
                    self._heard(fix, self.health)
                judgement = ear.judge(now)
                if judgement is Judgement.HEARD:
                    self._good = (port, baud)
                    self._speaks(fixes, lost=now - fix_at > NO_FIX_S, mute=not nmea.counters.fixes)
                elif judgement is not Judgement.WAIT:
                    if not patient or now - ear.opened_at > PATIENCE_S:
                        return judgement
                    self._worst[port] = (judgement, _why(judgement, port, 1))
                    self._sum_up()
        finally:
            line.close()
            for fix in nmea.close():
                self._heard(fix, self.health)
            for reason, times in nmea.counters.refused.items():
                self.health.refused[reason] = self.health.refused.get(reason, 0) + times

    def _speaks(self, fixes: list[Fix], *, lost: bool, mute: bool) -> None:
        """The receiver speaks: does it know where it is, and does it tell?"""
        if any(fix.lon is not None for fix in fixes):
            self.health.say("fix")
        elif lost and mute:
            self.health.say("no_fix", "the receiver sends no positions: switch its sentences RMC and GGA on")
        elif lost or (fixes and self.health.state not in {"fix", "no_fix"}):
            self.health.say("no_fix", "the receiver sees too few satellites: check the antenna and its view of the sky")

    def _sum_up(self) -> None:
        """The state after a round without a receiver: what says most about the trouble."""
        heard = {judgement: why for judgement, why in self._worst.values() if judgement is not None}
        if Judgement.GARBAGE in heard:
            self.health.say("garbage", heard[Judgement.GARBAGE])
        elif Judgement.SILENT in heard:
            self.health.say("silent", heard[Judgement.SILENT])
        else:
            self.health.say("absent", "; ".join([why for _, why in self._worst.values()][:3]))

    def _beat(self) -> None:
        self.health.beat_at = asyncio.get_running_loop().time()


def _why(judgement: Judgement, port: str, bauds: int) -> str:
    if judgement is Judgement.GARBAGE:
        speeds = 'at this baud rate: write baud = "auto"' if bauds == 1 else "at any baud rate"
        return (
            f"what {port} says is no NMEA {speeds}; is another device on this port, or does the receiver speak a "
            "binary protocol only?"
        )
    return f"{port} is silent: check the receiver's power and wires"
