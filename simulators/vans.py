"""What a simulated receiver has to say: a van in a city, or a recording, as epochs. Pure, but for reading the files."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from simulators import recordings, replayed
from simulators.drive import Truth, drive
from simulators.noise import Observation, observe
from simulators.receiver import Epoch
from simulators.roads import City
from simulators.speech import sentences


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """What an epoch is about: where the van really was (unknown for recordings), and what its receiver believed."""

    truth: Truth | None = None
    observation: Observation | None = None


def van(city: City, *, seed: int, rate_hz: float = 1.0, drop_outs: bool = True) -> Iterator[Epoch]:
    """A van that drives around the city for ever. The same seed is the same day."""
    ours, observed = itertools.tee(drive(city.legs(seed), seed=seed, rate_hz=rate_hz))
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
    for moment in recordings.repeated(moments) if loop else moments:
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


def _as_it_stands(raw: bytes, _now: datetime) -> bytes:
    return raw


def _observed(seen: Observation, own_time: datetime | None, now: datetime) -> bytes:
    return sentences(seen, own_time or now)
