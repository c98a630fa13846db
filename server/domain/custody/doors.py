"""Doors shift every tag outside a vehicle at once, for its scanner; what is inside stays as loud as it was.

The shift of a window is estimated from all rows, each without its own word, and given to the hypotheses that a row is
outside. So a door that closes tells apart what a level alone cannot.
"""

from typing import Final

import msgspec
import numpy as np

from server.domain.custody.arrays import Floats
from server.domain.custody.geometry import Table
from server.domain.custody.radio import ADVERT_DB, STRENGTHS, WINDOW_DB, Told, expected
from server.domain.custody.state import Ears, Hypotheses

SHIFT_DB: Final = 7.0
MOVES: Final = 0.03
"""How often a door moves in a window, before anything is heard."""
OFF: Final = 3.0
"""Rows this many sigma from the middle of the others moved by themselves."""
LEAST_ROWS: Final = 3


def shifted(now: Hypotheses, base: Floats, table: Table, ears: Ears, told: Told) -> Hypotheses:
    """The levels of what is outside, after the window's shift. `base` is (rows, H, 1, K)."""
    scanner = np.where(ears.scanner < 0, -9, ears.scanner)
    outside = now.place[:, :, None] != scanner[:, None, :]
    residual, precision = _residuals(now, base, outside, told)
    mean, var = np.zeros(scanner.shape), np.zeros(scanner.shape)
    for k in np.flatnonzero(table.standing):
        rows, columns = np.nonzero((scanner == k) & told.heard & (precision > 0))
        if len(rows) >= LEAST_ROWS:
            by, spread = _shift(residual[rows, columns], precision[rows, columns])
            everyone = scanner == k
            mean[everyone], var[everyone] = by[-1], spread[-1]
            mean[rows, columns], var[rows, columns] = by[:-1], spread[:-1]
    grown = outside[:, :, None, :]
    return msgspec.structs.replace(
        now, mean=now.mean + grown * mean[:, None, None, :], var=now.var + grown * var[:, None, None, :]
    )


def _residuals(now: Hypotheses, base: Floats, outside: Floats, told: Told) -> tuple[Floats, Floats]:
    """By how much each row is louder than it should be outside, and how much that weighs (rows, K)."""
    weight = np.exp(now.logw)[:, :, :, None] * outside[:, :, None, :]
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-12)
    level = base + STRENGTHS[:, None] + now.mean
    middle = (weight * level).sum(axis=(1, 2)) / total
    var = (weight * (now.var + (level - middle[:, None, None, :]) ** 2)).sum(axis=(1, 2)) / total
    seen, slope = expected(middle, told.floor)
    noise = WINDOW_DB**2 + ADVERT_DB**2 / np.maximum(told.adverts, 1)
    residual = np.where(told.heard, told.level - seen, 0.0)
    precision = np.where(told.heard, np.minimum(total, 1.0) * slope**2 / (noise + slope**2 * var), 0.0)
    return residual, precision


def _shift(residual: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """The shift and its variance by the others of each row, and by all of them (last)."""
    order = np.argsort(residual, kind="stable")
    along = np.cumsum(precision[order])
    middle = residual[order[np.searchsorted(along, along[-1] / 2)]]
    kept = precision / (1 + (residual - middle) ** 2 * precision / OFF**2)
    sums = np.append((kept * residual).sum() - kept * residual, (kept * residual).sum())
    weights = np.maximum(np.append(kept.sum() - kept, kept.sum()), 1e-9)
    posterior = 1 / (weights + 1 / SHIFT_DB**2)
    mean = sums * posterior
    odds = MOVES / (1 - MOVES) * np.sqrt(posterior) / SHIFT_DB * np.exp(np.minimum(sums**2 * posterior / 2, 50))
    moved = odds / (1 + odds)
    return moved * mean, moved * posterior + moved * (1 - moved) * mean**2
