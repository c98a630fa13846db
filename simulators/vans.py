"""What a simulated receiver has to say: a van in a city, or a recording, as epochs. Pure, but for reading the files."""

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from simulators import recordings, replayed
from simulators.departing import Berth, day
from simulators.drive import Truth, drive
from simulators.noise import Observation, observe
from simulators.receiver import Epoch
from simulators.recordings import Replayed
from simulators.roads import City
from simulators.speech import sentences


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """What an epoch is about: where the van really was (unknown for recordings), and what its receiver believed."""

    truth: Truth | None = None
    observation: Observation | None = None


def van(
    city: City,
    *,
    seed: int,
    rate_hz: float = 1.0,
    drop_outs: bool = True,
    berth: Berth | None = None,
    stands_s: float = 0.0,
) -> Iterator[Epoch]:
    """A van that drives around the city for ever, from a berth if there is one. The same seed is the same day."""
    if berth is None:
        truths = drive(city.legs(seed), seed=seed, rate_hz=rate_hz)
    else:
        truths = day(city, berth, seed=seed, stands_s=stands_s, rate_hz=rate_hz)
    ours, observed = itertools.tee(truths)
    for truth, observation in zip(ours, observe(observed, seed=seed, drop_outs=drop_outs), strict=True):
        yield Epoch(
            offset_s=truth.offset_s,
            words=partial(sentences, observation),
            about=Moment(truth=truth, observation=observation),
        )


def recording(path: Path, *, seed: int = 0, shift: bool = True, loop: bool = False) -> Iterator[Epoch]:
    """A recording said again; with `shift` as if it were now, else with its own times.

    Raises recordings.RecordingError.
    """
    moments = recordings.read(path, seed=seed)
    for moment in _without_pauses(recordings.repeated(moments) if loop else moments):
        if moment.raw is not None:
            words = partial(replayed.moved, moment.raw) if shift else partial(_as_it_stands, moment.raw)
            yield Epoch(offset_s=moment.offset_s, words=words, about=Moment())
        elif moment.observation is not None:
            own_time = None if shift else moment.at
            yield Epoch(
                offset_s=moment.offset_s,
                words=partial(_observed, moment.observation, own_time),
                about=Moment(observation=moment.observation),
            )


def _without_pauses(moments: Iterable[Replayed]) -> Iterator[Replayed]:
    """A receiver speaks every second, also when it has nothing to say: no fix, where the recording has no point."""
    before: Replayed | None = None
    for moment in moments:
        if before is not None and moment.observation is not None:
            pause_s = moment.offset_s - before.offset_s
            for second in range(1, math.ceil(pause_s)):
                at = before.at and before.at + timedelta(seconds=second)
                offset_s = before.offset_s + second
                yield Replayed(offset_s=offset_s, at=at, observation=Observation(offset_s=offset_s))
        yield moment
        before = moment


def _as_it_stands(raw: bytes, _now: datetime) -> bytes:
    return raw


def _observed(seen: Observation, own_time: datetime | None, now: datetime) -> bytes:
    return sentences(seen, own_time or now)
