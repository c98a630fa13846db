"""A van of a fleet as the server sees it: a stream of rows, a window in flight, acknowledgements honoured. No I/O.

The outbox is not stored: row n is the n-th fix of the van's track, so any row can be made again when the server asks
for it, however far back. The delivery rule is the gateways' own (`wire.delivery`). Times: `now` is monotonic seconds
since the fleet began; `began_at` is the aware UTC time of that moment.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulators.noise import Observation
from simulators.tracks import Track
from wire import delivery
from wire.messages import Ack, Position, Run


@dataclass(kw_only=True, slots=True)
class Counts:
    """What happened to a fleet's rows and messages."""

    runs: int = 0
    rows: int = 0
    probes: int = 0
    again: int = 0
    """Rows that went out more than once."""
    rewound: int = 0
    """Servers that said less than before."""
    latency_s: list[float] = field(default_factory=list)
    """From a run's first leaving to the Ack that covers it."""


class Van:
    """One gateway's end of the protocol."""

    def __init__(
        self, *, gateway: str, stream: str, track: Track, began_at: datetime, batch: int, counts: Counts, phase_s: float
    ) -> None:
        """`phase_s`: when its first fix comes, so that a fleet's batches do not all fill in the same moment."""
        self.gateway = gateway
        self._track = track
        self._began_at = began_at
        self._batch = batch
        self._counts = counts
        self._window = delivery.opened(stream, 0, 0.0)
        start_s = track[0].offset_s if track else 0.0
        self._due_s = [seen.offset_s - start_s + phase_s for seen in track]
        self._left_at: dict[int, float] = {}
        self._furthest = 0

    @property
    def acked(self) -> int:
        """Rows that the server has."""
        return self._window.acked

    @property
    def done(self) -> bool:
        """Every fix of the track is the server's."""
        return self._window.acked >= len(self._track)

    def put(self, now: float) -> int:
        """How many rows the outbox holds by now."""
        return bisect_right(self._due_s, now)

    def runs(self, now: float) -> list[Run]:
        """What is to be sent now: a probe, full batches, and at the end of the track what is left."""
        self._window = delivery.waited(self._window, now)
        found: list[Run] = []
        if delivery.probe_due(self._window, now):
            self._window = delivery.probed(self._window, now)
            self._counts.probes += 1
            found.append(Run(stream=self._window.stream))
        put = self.put(now)
        while delivery.has_room(self._window) and (run := self._next(put)) is not None:
            self._left(run, now)
            found.append(run)
        return found

    def told(self, ack: Ack, now: float) -> None:
        """The server said how far it is."""
        self._window, news = delivery.told(self._window, ack, self._furthest, now)
        self._counts.rewound += news is delivery.News.SERVER_REWOUND
        for end in [end for end in self._left_at if end <= ack.last]:
            self._counts.latency_s.append(now - self._left_at.pop(end))

    def reconnected(self, now: float) -> None:
        """The link was lost and is back."""
        self._window = delivery.reconnected(self._window, now)

    def wakes_at(self, now: float) -> float:
        """When `runs` may next have something to say."""
        wakes = delivery.wakes_at(self._window)
        if delivery.has_room(self._window) and (full := self._full(self._window.sent)) is not None:
            wakes = min(wakes, self._due_s[full - 1])
        return max(wakes, now)

    def newest(self, now: float) -> Position | None:
        """The position that `live` would show."""
        put = self.put(now)
        return self._position(put - 1) if put else None

    def _full(self, sent: int) -> int | None:
        """The row that fills the next batch, or the last of the track; None when all of them are out."""
        return min(sent + self._batch, len(self._track)) if sent < len(self._track) else None

    def _next(self, put: int) -> Run | None:
        sent = self._window.sent
        end = self._full(sent)
        if end is None or put < end:
            return None
        records = tuple((row + 1, self._position(row)) for row in range(sent, end))
        return Run(stream=self._window.stream, prev=sent, seq_from=sent + 1, seq_to=end, records=records)

    def _left(self, run: Run, now: float) -> None:
        self._counts.runs += 1
        self._counts.rows += len(run.records)
        self._counts.again += max(0, min(run.seq_to, self._furthest) - run.prev)
        self._furthest = max(self._furthest, run.seq_to)
        self._left_at.setdefault(run.seq_to, now)
        self._window = delivery.sent(self._window, run.seq_to, now)

    def _position(self, row: int) -> Position:
        return _position(self._track[row], self._began_at + timedelta(seconds=self._due_s[row]))


def _position(seen: Observation, at: datetime) -> Position:
    assert seen.lon is not None
    assert seen.lat is not None
    return Position(
        at=at,
        lon=seen.lon,
        lat=seen.lat,
        alt_m=seen.alt_m,
        speed_mps=seen.speed_mps,
        course_deg=seen.course_deg,
        accuracy_m=seen.sigma_m,
        satellites=seen.satellites,
        hdop=seen.hdop,
        mode="3d",
    )
