"""How one tag moves: a trail of stretches that somebody adds to in order of time, without gaps."""

import math
from itertools import pairwise

from simulators.radio.world import Plane, Stretch

Step = tuple[int, float, float]
"""A frame and a point in it."""


class Trail:
    """A tag's way from the first second on; `now_s` is where it ends so far."""

    def __init__(self, frame: int, at: Plane, place: str, *, cover_db: float = 0.0) -> None:
        self.frame, self.at, self.cover_db = frame, at, cover_db
        self.places: tuple[str, ...] = (place,)
        self.now_s = 0
        self.stretches: list[Stretch] = []

    @property
    def place(self) -> str:
        """Where it rests."""
        return self.places[0]

    def stay(self, until_s: int) -> None:
        """Rest where it is."""
        self._add(until_s, self.frame, self.at, self.at, self.places, in_hand=False)

    def carried(self, from_s: int, until_s: int, steps: list[Step], place: str, *, cover_db: float) -> None:
        """Rest until `from_s`; then over these steps to another place. Both places are right meanwhile."""
        self.stay(from_s)
        places = self.places if place == self.place else (self.place, place)
        hops = list(pairwise([(self.frame, *self.at), *steps]))
        metres = [max(0.5, math.dist(a[1:], b[1:])) if a[0] == b[0] else 0.5 for a, b in hops]
        whole, gone = sum(metres), 0.0
        for (before, after), length in zip(hops, metres, strict=True):
            gone += length
            until = round(from_s + (until_s - from_s) * gone / whole)
            begins = before[1:] if before[0] == after[0] else after[1:]
            self._add(until, after[0], begins, after[1:], places, in_hand=True)
        self.frame, *point = steps[-1]
        self.at, self.places, self.cover_db = (point[0], point[1]), (place,), cover_db

    def restacked(self, at_s: int, *, at: Plane, cover_db: float) -> None:
        """Somebody moves it a little where it is."""
        self.stay(at_s)
        self.at, self.cover_db = at, cover_db

    def ended(self, seconds: int) -> tuple[Stretch, ...]:
        """The trail of a world that lasts so long."""
        self.stay(seconds)
        return tuple(one for one in self.stretches if one.from_s < seconds)

    def _add(
        self, until_s: int, frame: int, begins: Plane, ends: Plane, places: tuple[str, ...], *, in_hand: bool
    ) -> None:
        if until_s > self.now_s:
            cover = 0.0 if in_hand else self.cover_db
            self.stretches.append(
                Stretch(
                    from_s=self.now_s, to_s=until_s, frame=frame, begins=begins, ends=ends, places=places,
                    cover_db=cover, in_hand=in_hand,
                )
            )  # fmt: skip
            self.now_s = until_s
