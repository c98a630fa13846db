"""Sentences to epochs: which of them speak of the same instant, and when all of them have been heard.

RMC, GGA, GLL and GNS carry a position and its time: another time begins another epoch. ZDA, GST and GBS have a time
too, and wait for the epoch of theirs. GSA and VTG have none, and belong to the epoch that is open.

A receiver sends the same kinds in the same order every cycle. Whoever wants fixes at once (`eager`) is given an epoch
as soon as it holds whatever the last ones held; nothing has to wait for the next cycle's first sentence.
"""

from collections import Counter, deque

from firmware_bridge.nmea.fields import Refusals
from firmware_bridge.nmea.sentences import STARTERS, UNTIMED, Said

SAME_INSTANT_MS = 10
"""Some receivers cut the fraction in one kind and round it in another (eXplorist: .076 and .08)."""

MOST_SENTENCES = 48
"""An epoch of two talkers and six systems has some 20; a receiver whose clock stands still would never end one."""

REMEMBERED_CYCLES = 8

type Epoch = list[Said]


class Epochs:
    """The epoch that is open, what waits for the next one, and what cycles have looked like."""

    def __init__(self, refused: Refusals, *, eager: bool) -> None:
        """`refused` is counted up by late, repeated and unmatched."""
        self._refused = refused
        self._eager = eager
        self._open: Epoch = []
        self._waiting: Epoch = []
        self._closed: Epoch = []
        self._closed_by_cycle = False
        self._cycles: deque[Counter[str]] = deque(maxlen=REMEMBERED_CYCLES)
        self._usual: Counter[str] = Counter()

    def take(self, said: Said) -> list[Epoch]:
        """One more sentence; the epochs that are complete because of it."""
        done: list[Epoch] = []
        if said.kind in UNTIMED:
            self._take_untimed(said)
        elif self._open and _same_instant(said, self._open):
            done += self._take_another(said, self._open)
        elif said.kind not in STARTERS:
            self._waiting = [*self._waiting[-MOST_SENTENCES:], said]
        elif self._closed and _same_instant(said, self._closed):
            done += self._take_another(said, self._closed)
        else:
            done += self._begin(said)
        if self._eager and self._complete():
            self._closed_by_cycle = True
            done += self._close()
        return done

    def idle(self) -> list[Epoch]:
        """The line has been silent (some 100 ms): the cycle is over, unless half of the last ones had more kinds."""
        self._closed_by_cycle = False
        kinds = {said.kind for said in self._open}
        usual = Counter(kind for cycle in self._cycles for kind in {key[2:] for key in cycle})
        if any(kind not in kinds and 2 * times > len(self._cycles) for kind, times in usual.items()):
            return []
        return self._close()

    def close(self) -> list[Epoch]:
        """The line has ended: so has the epoch."""
        self._closed_by_cycle = False
        done = self._close()
        self._waiting = []
        return done

    def _take_untimed(self, said: Said) -> None:
        if self._open:
            self._append(said)
        elif self._closed_by_cycle:
            self._late(said)
        else:
            self._waiting = [*self._waiting[-MOST_SENTENCES:], said]

    def _take_another(self, said: Said, epoch: Epoch) -> list[Epoch]:
        """A sentence with an epoch's own time: a part of it, or a repetition, or the clock stands still."""
        alike = [other for other in epoch if (other.talker, other.kind) == (said.talker, said.kind)]
        if said.time_ms is None and alike:
            return self._begin(said)  # a cold start has no time, cycle after cycle
        if not alike:
            if epoch is self._open:
                self._append(said)
            else:
                self._late(said)
            return []
        if said.kind not in STARTERS or said in alike:
            self._refused.add("repeated")
            return []
        return self._begin(said)

    def _begin(self, said: Said) -> list[Epoch]:
        done = self._close()
        self._closed_by_cycle = False
        fitting = [other for other in self._waiting if other.time_ms is None or _same_instant(other, [said])]
        self._refused["unmatched"] += len(self._waiting) - len(fitting)
        self._waiting = []
        self._open = [*fitting, said]
        return done

    def _append(self, said: Said) -> None:
        if len(self._open) < MOST_SENTENCES:
            self._open.append(said)
        else:
            self._refused.add("repeated")

    def _late(self, said: Said) -> None:
        """It came after its epoch was given away. The next ones will wait for its kind."""
        self._refused.add("late")
        if self._cycles:
            self._cycles[-1][said.talker + said.kind] += 1
            self._learn()

    def _close(self) -> list[Epoch]:
        if not self._open:
            return []
        self._closed, self._open = self._open, []
        self._cycles.append(_cycle(self._closed))
        self._learn()
        return [self._closed]

    def _learn(self) -> None:
        """The most of each kind that any of the last cycles had."""
        self._usual = Counter()
        for cycle in self._cycles:
            self._usual |= cycle

    def _complete(self) -> bool:
        return len(self._open) >= self._usual.total() and len(self._cycles) > 1 and _cycle(self._open) >= self._usual


def _cycle(epoch: Epoch) -> Counter[str]:
    return Counter(said.talker + said.kind for said in epoch)


def _same_instant(said: Said, epoch: Epoch) -> bool:
    """The same time of day, and no other date. A position without a time (old GLL, a cold start) is of its epoch."""
    for other in epoch:
        if said.day is not None and other.day is not None and said.day != other.day:
            return False
    time_ms = said.time_ms
    times = [other.time_ms for other in epoch if other.kind in STARTERS]
    if time_ms is None:
        return said.kind in STARTERS
    return any(other is not None and abs(time_ms - other) < SAME_INSTANT_MS for other in times)
