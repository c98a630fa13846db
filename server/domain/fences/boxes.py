"""Boxes in degrees around places, never too small: what lies in reach of a place meets its box. Pure, arrays.

A box may pass 180 degrees by WINDOW_DEG; what would go further is as wide as the world. Things that are looked for are
put in again beside the other end (`doubled`), so that a box over the antimeridian meets them.
"""

from math import cos, radians
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
WINDOW_DEG: Final = 1.0
METRES_PER_DEG: Final = 110_500.0
"""Less than any degree of latitude, and than any of longitude on the equator."""
POLE_DEG: Final = 89.99


class Boxes(NamedTuple):
    """Arrays of the four sides, in degrees."""

    west: Floats
    south: Floats
    east: Floats
    north: Floats

    def at(self, which: npt.NDArray[np.generic] | slice) -> "Boxes":
        """Some of them."""
        return Boxes(self.west[which], self.south[which], self.east[which], self.north[which])

    def turned(self, turn: Floats) -> "Boxes":
        """The same so many degrees further east."""
        return Boxes(self.west + turn, self.south, self.east + turn, self.north)

    def whole(self) -> Any:
        """A shape that holds them all; as wide as the window where they lie on both sides of the world."""
        west, east = float(self.west.min()), float(self.east.max())
        if east - west > 180:
            west, east = -180 - WINDOW_DEG, 180 + WINDOW_DEG
        return shapely.box(west, float(self.south.min()), east, float(self.north.max()))

    def column(self) -> "Boxes":
        """The same as columns: each meets all of a row."""
        return Boxes(*(side[:, None] for side in self))

    def meets(self, other: "Boxes") -> npt.NDArray[np.bool_]:
        """Whether each box and its other have something in common."""
        found = (self.west <= other.east) & (self.east >= other.west)
        found &= (self.south <= other.north) & (self.north >= other.south)
        return np.asarray(found)

    def lines(self) -> Any:
        """Lines across them: a tree only looks at their bounds, and they are made faster than polygons."""
        return shapely.linestrings(np.stack(self, axis=1).reshape(-1, 2, 2))


def widened(box: Boxes, by_m: Floats | float) -> Boxes:
    """Boxes and all that is within so many metres of them."""
    rise = np.asarray(by_m / METRES_PER_DEG)
    farthest = np.maximum(-box.south, box.north) + rise
    turn = rise / np.cos(np.radians(np.minimum(farthest, POLE_DEG)))
    if farthest.max(initial=0) > POLE_DEG or turn.max(initial=0) > 180:
        turn = np.where((turn > 180) | (farthest > POLE_DEG), 360, turn)
    return Boxes(box.west - turn, box.south - rise, box.east + turn, box.north + rise)


def around(lon: Floats, lat: Floats, by_m: Floats) -> Boxes:
    """Boxes that hold all within so many metres of each point: as wide as is right for the one nearest to a pole."""
    rise = by_m / METRES_PER_DEG
    farthest = max(-float(lat.min()), float(lat.max())) + float(rise.max())
    turn = rise / cos(radians(farthest)) if farthest < POLE_DEG else 360.0
    return _in_window(Boxes(lon - turn, lat - rise, lon + turn, lat + rise))


def between(lon: Floats, lat: Floats) -> Boxes:
    """Boxes around the ways from each point to the next."""
    start, low, high = lon[:-1], lat[:-1], lat[1:]
    end = start + short_way(lon[1:] - start)
    return _in_window(
        Boxes(np.minimum(start, end), np.minimum(low, high), np.maximum(start, end), np.maximum(low, high))
    )


def short_way(turn: Floats) -> Floats:
    """Degrees of longitude, not more than half round."""
    return np.asarray(turn - 360 * np.rint(turn / 360))


def doubled(box: Boxes) -> tuple[Numbers, Floats]:
    """Which boxes to look for, and turned by how many degrees: those near the antimeridian from its other side too."""
    east = np.flatnonzero(box.east >= 180 - WINDOW_DEG)
    west = np.flatnonzero(box.west <= -180 + WINDOW_DEG)
    which = np.concatenate((np.arange(len(box.west)), east, west))
    return which, np.repeat([0.0, -360.0, 360.0], [len(box.west), len(east), len(west)])


def together(box: Boxes, other: Boxes) -> Boxes:
    """Both, one behind the other."""
    return Boxes(*(np.concatenate(sides) for sides in zip(box, other, strict=True)))


def _in_window(box: Boxes) -> Boxes:
    """Those that go too far round are as wide as the world."""
    low, high = -180 - WINDOW_DEG, 180 + WINDOW_DEG
    if box.west.min(initial=0) >= low and box.east.max(initial=0) <= high:
        return box
    beyond = (box.west < low) | (box.east > high)
    return box._replace(west=np.where(beyond, -180, box.west), east=np.where(beyond, 180, box.east))
