"""Reads the recordings that the radio is fitted to: `static_6ft.csv.gz`, `moving_*.csv.gz` and `tetam.dev`.

Seconds, metres, dBm. Recordings of less than a hundred adverts are left out: their means are no measure.
"""

import csv
import gzip
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ENOUGH = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Still:
    """One recording in which nothing moves; `group` is the place and the receiver, the rest is body and rotation."""

    group: str
    time_s: Floats
    rssi_dbm: Floats


@dataclass(frozen=True, kw_only=True, slots=True)
class Moving:
    """What one receiver heard of a beacon that was carried about, with where it was."""

    receiver: str
    time_s: Floats
    rssi_dbm: Floats
    place_m: Floats
    """A row of x, y and z for each advert."""
    away_m: Floats


def still(folder: Path) -> list[Still]:
    """The recordings at six feet."""
    found: dict[tuple[str, ...], list[tuple[float, float]]] = defaultdict(list)
    with gzip.open(folder / "static_6ft.csv.gz", "rt", encoding="utf-8", errors="replace") as lines:
        for row in csv.DictReader(lines):
            key = (f"{row['environment']}, {row['receiver']}", row["rotation_deg"], row["device"])
            found[key].append((float(row["time_s"]), float(row["rssi_dbm"])))
    many = {key: np.array(sorted(values)) for key, values in found.items() if len(values) >= ENOUGH}
    return [Still(group=key[0], time_s=one[:, 0], rssi_dbm=one[:, 1]) for key, one in many.items()]


def moving(folder: Path) -> list[Moving]:
    """The recordings of one beacon at twelve receivers."""
    receivers = json.loads(re.sub(r"^Dongles:", "", (folder / "tetam.dev").read_text().splitlines()[0]))
    found = []
    for path in sorted(folder.glob("moving_*.csv.gz")):
        rows: dict[str, list[list[float]]] = defaultdict(list)
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                rows[row["sensor"]].append([float(row[key]) for key in ("time_s", "rssi_dbm", "x_m", "y_m", "z_m")])
        for receiver, values in sorted(rows.items()):
            one = np.array(values)
            found.append(
                Moving(
                    receiver=receiver, time_s=one[:, 0], rssi_dbm=one[:, 1], place_m=one[:, 2:],
                    away_m=np.linalg.norm(one[:, 2:] - np.array(receivers[receiver][0]), axis=1),
                )
            )  # fmt: skip
    return found
