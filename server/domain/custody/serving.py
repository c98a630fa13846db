"""A van leaves a stop when it has served it: what was meant for it is rarely still aboard then.

Without this an hour's breakdown of a scanner leaves every hand-over in doubt. What is heard while the van drives on
says otherwise soon enough.
"""

from typing import Final

import msgspec
import numpy as np

from server.domain.custody.arrays import Floats, Numbers
from server.domain.custody.geometry import AWAY, NONE
from server.domain.custody.planned import Indexed, names
from server.domain.custody.state import Hypotheses
from server.domain.custody.values import Window
from server.domain.custody.vehicles import Seen

LEAVES_SERVED: Final = 15.0
HALT_MS: Final = 30_000
"""A shorter halt serves no stop."""


def served(now: Hypotheses, parcels: list[str], known: Indexed, seen: Seen, window: Window) -> Hypotheses:
    """Better odds of lying at the halt that a parcel's van leaves in this window, as far as it was for its stop."""
    place, share = _halts(parcels, known, seen, window)
    if not share.any():
        return now
    better = np.log1p(share * (LEAVES_SERVED - 1))
    logw = now.logw + (better[:, None] * (now.place == place[:, None]))[:, :, None]
    total = np.exp(logw).sum(axis=(1, 2), keepdims=True)
    return msgspec.structs.replace(now, logw=logw - np.log(total))


def _halts(parcels: list[str], known: Indexed, seen: Seen, window: Window) -> tuple[Numbers, Floats]:
    """Of each row the halt that its van leaves now, and how likely that was for its stop."""
    place, share = np.full(len(parcels), NONE, dtype=np.int64), np.zeros(len(parcels))
    left = {
        name: vehicle.visits[-1]
        for name, vehicle in seen.vehicles.items()
        if vehicle.visits and not vehicle.standing and vehicle.visits[-1].left_ms == window.from_ms
    }
    for row, parcel in enumerate(known.parcels[name] for name in parcels):
        visit = left.get(parcel.vehicle or "")
        spot = seen.spots.get(visit.spot) if visit is not None else None
        if visit is None or spot is None or spot.site is not None or parcel.stop is None:
            continue
        if visit.left_ms - visit.from_ms >= HALT_MS:
            place[row] = AWAY + spot.id
            share[row] = names(spot.near, parcel.stop.id).get(parcel.stop.id, 0.0)
    return place, share
