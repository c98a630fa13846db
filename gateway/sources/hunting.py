"""Which ports and speeds are tried, in which order, and what is thought of what was heard there. Pure.

Like gpsd we listen at one speed after the other until a sentence with a right checksum comes. A line that is silent at
one speed is silent at all of them, while a wrong speed makes garbage of what is said.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

BAUDS = (9600, 115_200, 38_400, 4800, 57_600, 19_200, 230_400, 460_800)
"""The commonest first: 9600 is the default of u-blox up to M9, 38400 of M10, 4800 that of NMEA 0183 itself."""

LISTEN_S = 2.3
"""Two bursts of a receiver that speaks once a second."""
LOST_S = 10.0
"""A receiver that said something before may pause so long."""
PATIENCE_S = 30.0
"""A port that was named is closed and opened anew after so much silence: it helps some USB adapters."""

_GNSS_WORDS = ("gps", "gnss", "u-blox", "ublox", "nmea", "navigation", "septentrio", "quectel")


class Judgement(Enum):
    """What to do with an open port."""

    WAIT = "go on listening"
    HEARD = "a receiver speaks here"
    SILENT = "nothing was heard"
    GARBAGE = "something was heard that is no NMEA"


@dataclass(slots=True)
class Ear:
    """What an open port said so far. Times are monotonic seconds."""

    opened_at: float
    byte_at: float | None = None
    sentence_at: float | None = None
    sentences: int = 0

    def heard(self, now: float, sentences: int) -> None:
        """Bytes came; `sentences` is how many with a right checksum there were since the port was opened."""
        self.byte_at = now
        if sentences > self.sentences:
            self.sentences, self.sentence_at = sentences, now

    def judge(self, now: float) -> Judgement:
        """What is thought of the port now."""
        if self.sentence_at is not None:
            if now - self.sentence_at < LOST_S:
                return Judgement.HEARD
            return self._without_sentences(now, LOST_S)
        if now - self.opened_at < LISTEN_S:
            return Judgement.WAIT
        return self._without_sentences(now, LISTEN_S)

    def _without_sentences(self, now: float, within_s: float) -> Judgement:
        noisy = self.byte_at is not None and now - self.byte_at < within_s
        return Judgement.GARBAGE if noisy else Judgement.SILENT


def likeliest_first(ports: Iterable[str]) -> list[str]:
    """Ports whose name sounds like a receiver first; the others stay in their order."""
    return sorted(ports, key=lambda port: not any(word in port.lower() for word in _GNSS_WORDS))


def tries(ports: Sequence[str], baud: int, good: tuple[str, int] | None) -> list[tuple[str, list[int]]]:
    """Each port with the speeds to listen at; what worked before comes first. `baud` 0: all of them."""
    bauds = [baud] if baud else list(BAUDS)
    if good is None:
        return [(port, bauds) for port in ports]
    port, speed = good
    ordered = sorted(ports, key=lambda name: name != port)
    return [(name, sorted(bauds, key=lambda value: value != speed) if name == port else bauds) for name in ordered]
