"""Builders and strategies for positions and runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from wire.messages import CLOCKS, MODES, Event, Position, Run, Scanner, Sensor, Sighting

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_position(second: float = 0, **said: Any) -> Position:
    """A position in Helsinki, so many seconds after noon."""
    return Position(**{"at": NOON + timedelta(seconds=second), "lon": 24.9384, "lat": 60.1699, **said})


def a_run(*seconds: float, stream: str = "a1b2", prev: int = 0, seq_from: int = 1) -> Run:
    """A run of positions, one for each second given."""
    records = tuple((seq_from + i, a_position(second)) for i, second in enumerate(seconds))
    return Run(stream=stream, prev=prev, seq_from=seq_from, seq_to=seq_from + len(records) - 1, records=records)


def _steps(scale: float, low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda whole: whole / scale)


times = st.integers(-62_135_596_800_000, 253_402_300_799_999).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
positions = st.builds(
    Position,
    at=times,
    lon=_steps(1e7, -1_800_000_000, 1_800_000_000),
    lat=_steps(1e7, -900_000_000, 900_000_000),
    alt_m=st.none() | _steps(10, -5_000, 90_000),
    speed_mps=st.none() | _steps(100, 0, 9_000),
    course_deg=st.none() | _steps(100, 0, 36_000),
    accuracy_m=st.none() | _steps(10, 0, 100_000),
    satellites=st.none() | st.integers(0, 80),
    hdop=st.none() | _steps(100, 0, 9_999),
    mode=st.none() | st.sampled_from(MODES),
    clock=st.sampled_from(CLOCKS),
    flags=st.lists(st.sampled_from(["jump", "frozen", "date"]), max_size=2, unique=True).map(tuple),
)
words = st.text("abcdefghij-_.", min_size=1, max_size=8)
records = (
    positions
    | st.builds(Sighting, at=times, tag=words, window_s=st.floats(0, 60), count=st.integers(0, 99))
    | st.builds(Scanner, at=times, window_s=st.floats(0, 60), healthy=st.booleans(), unknown=st.integers(0, 99))
    | st.builds(Sensor, at=times, sensor=words, quantity=words, value=st.floats(-1e6, 1e6))
    | st.builds(Event, at=times, event=words, detail=st.dictionaries(words, st.integers(0, 9), max_size=2))
)


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Runs with holes between their rows, of every kind of record."""
    steps = draw(st.lists(st.tuples(st.integers(1, 3), records), min_size=1, max_size=40))
    seq = first = draw(st.integers(1, 2**40))
    rows = []
    for step, record in steps:
        rows.append((seq, record))
        seq += step
    prev = draw(st.just(0) | st.integers(max(0, first - 300), first - 1))
    end = rows[-1][0] + draw(st.integers(0, 2))
    return Run(stream="a1b2", prev=prev, seq_from=first, seq_to=end, records=tuple(rows))
