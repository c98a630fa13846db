"""A GNSS receiver's bytes to its fixes: framing, sentences, epochs, dates, in this order. No port, no clock.

nmea = Nmea(not_before=BUILD_DATE)
fixes = nmea.feed(port.read())     # any chunks, as often as you like
fixes = nmea.idle()                # after some 100 ms of silence
fixes = nmea.close()               # the port is gone, or the file has ended
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from firmware_bridge.nmea.combine import fix_of
from firmware_bridge.nmea.dates import Dates
from firmware_bridge.nmea.epochs import Epoch, Epochs
from firmware_bridge.nmea.fields import Refusals
from firmware_bridge.nmea.fix import Fix
from firmware_bridge.nmea.framing import Framing
from firmware_bridge.nmea.sentences import read, used


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """What came in and what became of it, since the beginning.

    `sentences` had a right checksum; of them `unused` are of kinds that we do not read (GSV, TXT, AIS, makers' own).
    `refused` says how often each reason of `REFUSED` happened.
    """

    sentences: int
    unused: int
    fixes: int
    positions: int
    refused: dict[str, int]


REFUSED: dict[str, str] = {
    "noise": "A line without a sentence: comments, binary data, the wrong baud rate.",
    "cut": "A sentence that another one began in.",
    "no_checksum": "A sentence without a checksum, or one that ended early.",
    "bad_checksum": "A sentence that was damaged on its way.",
    "too_long": "A sentence of more than 200 characters.",
    "not_text": "A sentence with bytes that are no ASCII text.",
    "malformed": "A sentence with too few or too many fields.",
    "bad_time": "A sentence whose time of day cannot be.",
    "bad_date": "A date that cannot be. The rest of its sentence is used.",
    "bad_position": "A latitude or longitude that cannot be. The rest of its sentence is used.",
    "bad_number": "A number that is none or cannot be. The rest of its sentence is used.",
    "date_refused": "A date before `--not-before` that no week rollover explains. The fix has no time.",
    "late": "A sentence that came after its fix was given away. From then on its kind is waited for.",
    "repeated": "A sentence that its epoch already had.",
    "unmatched": "A ZDA, GST or GBS whose time no position had.",
}
"""Every reason, with what it means."""


class Nmea:
    """One receiver on one line. Holds what is needed between calls, and never raises for what the line says."""

    def __init__(self, *, not_before: date | None = None, eager: bool = True) -> None:
        """A line that has said nothing yet.

        Args:
            not_before: the floor for dates (a gateway's build date): earlier ones are repaired, when a rollover of the
                GPS week explains them, or `at` is None. None: dates stand as they are, flagged when they are old.
            eager: give an epoch away as soon as it looks complete (live), or only when the next one begins (recordings:
                nothing is ever late).
        """
        self._refused = Refusals()
        self._framing = Framing(self._refused)
        self._epochs = Epochs(self._refused, eager=eager)
        self._dates = Dates(not_before, self._refused)
        self._sentences = self._unused = self._fixes = self._positions = 0
        self._last: Fix | None = None

    @property
    def counters(self) -> Counters:
        """What came in so far, and what became of it."""
        return Counters(
            sentences=self._sentences + self._framing.encapsulated,
            unused=self._unused + self._framing.encapsulated,
            fixes=self._fixes,
            positions=self._positions,
            refused={reason: self._refused[reason] for reason in REFUSED if self._refused[reason]},
        )

    def feed(self, data: bytes) -> list[Fix]:
        """The fixes that are complete with these bytes."""
        return self._take(self._framing.feed(data))

    def idle(self) -> list[Fix]:
        """The line has been silent for longer than a receiver pauses within a cycle, some 100 ms."""
        return [] if self._framing.unfinished else self._fixes_of(self._epochs.idle())

    def close(self) -> list[Fix]:
        """The line has ended: the last epoch counts as it is. What is fed afterwards begins anew."""
        return self._take(self._framing.close()) + self._fixes_of(self._epochs.close())

    def _take(self, lines: Iterable[str]) -> list[Fix]:
        fixes: list[Fix] = []
        for line in lines:
            self._sentences += 1
            if not used(line):
                self._unused += 1
                continue
            said = read(line, self._refused)
            if said is not None:
                fixes += self._fixes_of(self._epochs.take(said))
        return fixes

    def _fixes_of(self, epochs: list[Epoch]) -> list[Fix]:
        fixes = []
        for epoch in epochs:
            fix = fix_of(epoch, self._dates)
            if self._last is not None and fix.at is not None and fix.at == self._last.at:
                fix = msgspec.structs.replace(fix, flags=(*fix.flags, "time_repeated"))
            self._fixes += 1
            self._positions += fix.lat is not None
            self._last = fix
            fixes.append(fix)
        return fixes
