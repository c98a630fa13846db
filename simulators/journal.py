"""What simulators write down, so that somebody can compare it with what Milepost says: JSON lines.

One line an epoch: `at`; `lon`, `lat`, `speed_mps`, `course_deg`, `phase` are the truth (null for recordings); `sent` is
what the receiver said (null without a fix), with `sent_at`, the wall clock when its last byte was out (null when it did
not reach a reader in full).
"""

import json
from datetime import UTC, datetime
from typing import Any, TextIO

from simulators.noise import Observation
from simulators.receiver import Spoken
from simulators.vans import Moment
from wire.messages import rfc3339


class Journal:
    """Writes spoken epochs to an open file, each line at once."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, spoken: Spoken) -> None:
        """Write one epoch down."""
        self._file.write(json.dumps(line(spoken)) + "\n")
        self._file.flush()


def line(spoken: Spoken) -> dict[str, Any]:
    """One epoch as JSON values."""
    about = spoken.about if isinstance(spoken.about, Moment) else Moment()
    truth = about.truth
    return {
        "at": rfc3339(spoken.at),
        "lon": truth and round(truth.lon, 7),
        "lat": truth and round(truth.lat, 7),
        "speed_mps": truth and round(truth.speed_mps, 3),
        "course_deg": truth and round(truth.course_deg, 2),
        "phase": truth and truth.phase,
        "sent": None if about.observation is None else _sent(about.observation),
        "sent_at": spoken.sent_at and _to_the_microsecond(spoken.sent_at),
    }


def _to_the_microsecond(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _sent(seen: Observation) -> dict[str, Any] | None:
    if seen.lon is None or seen.lat is None:
        return None
    return {
        "lon": round(seen.lon, 7),
        "lat": round(seen.lat, 7),
        "speed_mps": seen.speed_mps,
        "course_deg": seen.course_deg,
        "accuracy_m": seen.sigma_m,
    }
