"""Positions of many vehicles as arrays, in the one order of a series: by time, then by content.

`values` has a row for each of wire.columns.NAMES and a column for each position (MISSING: not said); `vehicle` says
whose each is, as a number. Pure.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
AT = 0
"""The row of `values` with the time: order by content is order by rows, the time first."""


class Series(NamedTuple):
    """Sorted by (vehicle, time, content)."""

    vehicle: Numbers
    values: Numbers
    received_ms: Numbers

    def chosen(self, which: npt.NDArray[np.generic]) -> "Series":
        """Some of it, in the same order."""
        return Series(self.vehicle[which], self.values[:, which], self.received_ms[which])


def in_order(series: Series) -> Series:
    """The series sorted; nearly always it is so already."""
    same = series.vehicle[1:] == series.vehicle[:-1]
    later = series.values[AT, 1:] > series.values[AT, :-1]
    if np.all(np.where(same, later, series.vehicle[1:] > series.vehicle[:-1])):
        return series
    return series.chosen(np.lexsort((*series.values[::-1], series.vehicle)))


def last_of_each(series: Series) -> Series:
    """The last position of each vehicle."""
    if not len(series.vehicle):
        return series
    return series.chosen(np.flatnonzero(np.append(np.diff(series.vehicle) != 0, True)))
