"""400 recordings of delivery drivers, each fix labelled Driving or OnFoot, and how they may look to other phones.

(c) Amazon, CC BY 4.0, github.com/amazon-science/goal-gps-ordered-activity-labels: metres around an unknown origin,
every 5 s. Each is put somewhere else on earth and turned, so that nothing can be learnt from places or headings.
"""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

FILE = Path(__file__).parents[2] / "shared/data/traces/amazon_goal_driving_onfoot.zip"


class Drive(msgspec.Struct, frozen=True, kw_only=True):
    """One recording: ms, metres (east, north), and whether the driver is on foot."""

    at_ms: Any
    metres: Any
    on_foot: Any


def drives(file: Path = FILE) -> list[Drive]:
    """All of them, by the names of their files."""
    with zipfile.ZipFile(file) as archive:
        return [_drive(archive.read(name).decode()) for name in sorted(archive.namelist())]


def _drive(text: str) -> Drive:
    rows = list(csv.DictReader(io.StringIO(text)))
    at = [datetime.fromisoformat(row["timestamp"] + "+00:00") for row in rows]
    return Drive(
        at_ms=np.array([round((one - at[0]).total_seconds() * 1000) for one in at]),
        metres=np.array([[float(row["x"]), float(row["y"])] for row in rows]),
        on_foot=np.array([row["groundtruth"] == "OnFoot" for row in rows]),
    )


def on_earth(drive: Drive, random: Any) -> tuple[Any, Any]:
    """Longitudes and latitudes in 1e-7 degrees, around some place, turned by some angle."""
    angle, lon, lat = random.uniform(0, 2 * np.pi), random.uniform(-180, 180), random.uniform(-65, 65)
    turned = drive.metres @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    north = lat + turned[:, 1] / 111_195
    east = lon + turned[:, 0] / 111_195 / np.cos(np.radians(lat))
    return np.round(((east + 180) % 360 - 180) * 1e7).astype(np.int64), np.round(north * 1e7).astype(np.int64)


Look = Callable[[Drive, Any], Drive]


def every(nth: int) -> Look:
    """Only one fix in so many."""

    def look(drive: Drive, random: Any) -> Drive:
        return _some(drive, slice(int(random.integers(nth)), None, nth))

    return look


def without(share: float) -> Look:
    """Some fixes never came."""

    def look(drive: Drive, random: Any) -> Drive:
        return _some(drive, random.random(len(drive.at_ms)) >= share)

    return look


def blurred(sigma_m: float) -> Look:
    """A worse receiver: independent noise on each fix."""

    def look(drive: Drive, random: Any) -> Drive:
        return msgspec.structs.replace(drive, metres=drive.metres + random.normal(0, sigma_m, drive.metres.shape))

    return look


def each_second(sigma_m: float) -> Look:
    """A fix each second, on the line between the recorded ones, with noise that is correlated over 20 s."""

    def look(drive: Drive, random: Any) -> Drive:
        at_ms = np.arange(drive.at_ms[0], drive.at_ms[-1], 1000)
        metres = np.stack([np.interp(at_ms, drive.at_ms, axis) for axis in drive.metres.T], axis=1)
        keep, noise = np.exp(-1 / 20), random.normal(0, sigma_m, metres.shape)
        for place in range(1, len(noise)):
            noise[place] = keep * noise[place - 1] + np.sqrt(1 - keep**2) * noise[place]
        nearest = np.abs(at_ms[:, None] - drive.at_ms).argmin(axis=1)
        return Drive(at_ms=at_ms, metres=metres + noise, on_foot=drive.on_foot[nearest])

    return look


def with_gap(drive: Drive, random: Any) -> Drive:
    """A minute is missing."""
    gap = random.integers(5, len(drive.at_ms) - 15)
    return _some(drive, np.r_[0:gap, gap + 12 : len(drive.at_ms)])


def _some(drive: Drive, which: Any) -> Drive:
    return Drive(at_ms=drive.at_ms[which], metres=drive.metres[which], on_foot=drive.on_foot[which])
