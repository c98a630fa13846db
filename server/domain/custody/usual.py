"""What is usual at a place: by how much its parcels differ from what is expected of it, on the whole.

Walls, doors, and where a scanner hangs are alike for all parcels of a place, and other from yard to yard. So what comes
to a place is expected to sound as the others there do. Shrunk towards nothing while few are known.
"""

from typing import Final

import numpy as np

from server.domain.custody.arrays import Floats
from server.domain.custody.geometry import NONE, Table
from server.domain.custody.state import Ears, Hypotheses

SHARED_DB: Final = 4.0
"""By so much places of one kind differ, one sigma, before anything is heard."""

CERTAIN: Final = 0.8
"""Less sure of its place a parcel says nothing of it; many that are hardly there would say what is usual elsewhere."""


def usual(now: Hypotheses, table: Table, ears: Ears) -> Floats:
    """Deviations by the table's rows and scanners, dB; 0 where nothing is known."""
    rows = table.rows(now.place)
    known = (now.place != NONE) & ~now.carried
    scanner = np.broadcast_to(np.maximum(ears.scanner, 0)[:, None, :], (*rows.shape, ears.scanner.shape[1]))
    spread = table.spread[rows[:, :, None], scanner]
    heard = (ears.scanner >= 0)[:, None, :] & known[:, :, None]
    told = np.clip(1 - np.nan_to_num(now.var, nan=np.inf) / (spread**2)[:, :, None, :], 0.0, 1.0)
    share = np.exp(now.logw).sum(axis=2)
    certain = (share[:, :, None] * (now.place[:, :, None] == now.place[:, None, :])).sum(axis=1) > CERTAIN
    weight = np.exp(now.logw) * certain[:, :, None]
    at = np.broadcast_to(rows[:, :, None], scanner.shape)[heard], scanner[heard]
    sums, weights = np.zeros_like(table.base), np.zeros_like(table.base)
    np.add.at(sums, at, np.einsum("rhc,rhck,rhck->rhk", weight, told, now.mean)[heard])
    np.add.at(weights, at, np.einsum("rhc,rhck->rhk", weight, told)[heard])
    found: Floats = sums / (weights + (table.spread / SHARED_DB) ** 2)
    return found
