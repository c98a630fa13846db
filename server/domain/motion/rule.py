"""How likely is each fix that of a person on foot? What comes after a fix counts as well as what came before."""

from typing import Final

import numpy as np
import numpy.typing as npt

from server.domain.motion.features import features
from server.domain.motion.trees import Trees, log_odds, shipped
from server.domain.motion.windows import Floats, Numbers, way_of, windows

AT_ONCE: Final = 4096
"""Fixes whose windows are in memory together: some 50 MB."""


def on_foot(
    vehicle: Numbers, at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, trees: Trees | None = None
) -> npt.NDArray[np.float64]:
    """A probability for each row, in the order of the rows; vehicles are told apart by their numbers, 0, 1, ..."""
    answer = np.empty(len(vehicle))
    order = np.argsort(vehicle, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(vehicle[order])) + 1) if len(order) else ():
        figures, place = figures_of(at_ms[rows], lon_e7[rows], lat_e7[rows])
        answer[rows] = (1.0 / (1.0 + np.exp(-log_odds(trees or shipped(), figures))))[place]
    return answer


def figures_of(at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers) -> tuple[Floats, Numbers]:
    """The figures of each instant of one vehicle, by time, and which instant each row is."""
    way, place = way_of(at_ms, lon_e7, lat_e7)
    starts = range(0, len(way.at_s), AT_ONCE)
    return np.concatenate([features(windows(way, slice(start, start + AT_ONCE))) for start in starts]), place
