"""Which positions may be a vehicle's newest one. Arrays are parallel."""

from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EARLIEST_MS: Final = 1_577_836_800_000
"""2020-01-01: before Milepost was, so the receiver's date is wrong."""


def believable(at_ms: Numbers, lon_e7: Numbers, lat_e7: Numbers, flagged: Mask) -> Mask:
    """Which fixes may move state: not flagged by the vehicle, not on null island, not before Milepost was."""
    nowhere = (np.abs(lon_e7) < 10_000) & (np.abs(lat_e7) < 10_000)
    return ~flagged & ~nowhere & (at_ms >= EARLIEST_MS)
