"""Fewer points for drawing, never for deciding: Douglas and Peucker (1973) bends time by minutes."""

import numpy as np
import numpy.typing as npt

METRES_PER_E7 = 0.011131949
"""One 1e-7 degree of latitude on the WGS 84 sphere."""


def simplified(
    lon_e7: npt.NDArray[np.integer], lat_e7: npt.NDArray[np.integer], tolerance_m: float
) -> npt.NDArray[np.int64]:
    """Places of the points that draw the same line within the tolerance; the first and the last are always there."""
    count = len(lon_e7)
    if count < 3:
        return np.arange(count)
    # A plane around the track's middle: exact enough for the length of a day's drive.
    y = (lat_e7.astype(np.float64) - lat_e7[0]) * METRES_PER_E7
    x = (lon_e7.astype(np.float64) - lon_e7[0]) * METRES_PER_E7 * np.cos(np.radians(np.mean(lat_e7) / 1e7))
    keep = np.zeros(count, dtype=np.bool_)
    keep[[0, -1]] = True
    open_spans = [(0, count - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        off = _off_line(x[first + 1 : last], y[first + 1 : last], (x[first], y[first]), (x[last], y[last]))
        worst = int(off.argmax())
        if off[worst] > tolerance_m:
            middle = first + 1 + worst
            keep[middle] = True
            open_spans += [(first, middle), (middle, last)]
    return np.flatnonzero(keep)


def _off_line(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], a: tuple[float, float], b: tuple[float, float]
) -> npt.NDArray[np.float64]:
    """Distances of points from the segment a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    along = np.clip(((x - a[0]) * dx + (y - a[1]) * dy) / length2, 0, 1) if length2 else np.zeros_like(x)
    return np.asarray(np.hypot(x - a[0] - along * dx, y - a[1] - along * dy))
