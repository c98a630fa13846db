"""How loud a tag should be, how likely it is that it is heard, and what a window then says about where it is.

A level is what the place lets expect, plus the tag's strength (with its cover; in steps, C of them), plus a deviation
for each scanner that is learned by a Gaussian while neither moves against the other. Path loss and spreads: fitted to
recordings of real tags (docs/custody.md).
"""

from typing import Final, NamedTuple

import numpy as np

from server.domain.custody.arrays import Flags, Floats

PATH_DB: Final = 16.7
"""For each tenfold distance."""
STRENGTHS: Final = np.array([-13.0, -6.0, 0.0, 6.0, 13.0])
STRENGTH_DB: Final = 6.5
FLOOR_DBM: Final = -94.5
"""Of a scanner, before it is known what it just hears."""
SOFT_DB: Final = 2.5
WINDOW_DB: Final = 1.7
"""Spread of a window's mean that many adverts do not make smaller."""
ADVERT_DB: Final = 4.3
DRIFT_DB: Final = 0.15
"""From window to window, at rest."""
STEADIEST_DB: Final = 0.5
OUTLIERS: Final = 0.02
MUTE: Final = 0.002
"""How likely a tag is silent for a while where it came to."""
LEAST_SILENT: Final = 0.03
"""However loud a tag should be, a scanner may miss it for reasons of its own."""
LEAST_HEARD: Final = 1e-4


class Told(NamedTuple):
    """What a window says to each row and scanner (rows, K)."""

    heard: Flags
    level: Floats
    adverts: Floats
    silent_s: Floats
    """Seconds in which a healthy scanner did not hear it."""
    rate: Floats
    """(rows,): adverts in a second, as learned."""
    floor: Floats
    """What each scanner just hears, as learned."""


def strengths_prior() -> Floats:
    """Log weights of the steps of strength."""
    weights = np.exp(-(STRENGTHS**2) / (2 * STRENGTH_DB**2))
    found: Floats = np.log(weights / weights.sum())
    return found


def expected(level: Floats, floor: Floats) -> tuple[Floats, Floats]:
    """The mean of what is heard of a level, and its slope: near the floor only the loud adverts are."""
    above = np.clip((level - floor) / SOFT_DB, -30, 30)
    growing = np.exp(above)
    return floor + SOFT_DB * np.log1p(growing), growing / (1 + growing)


def silence(level: Floats, var: Floats, adverts: Floats, floor: Floats) -> tuple[Floats, Floats, Floats]:
    """How likely so many adverts are all missed, and the first two derivatives of its logarithm by the level."""
    most = 1 - np.exp(-adverts)
    need = np.minimum(0.9, 0.7 / np.maximum(adverts, 0.05))
    edge = floor + ADVERT_DB * _quantile(need)
    spread = np.sqrt(3.0**2 + var)
    z = (level - edge) / spread
    reach, density = _normal(z)
    p = np.maximum(1 - most * reach, LEAST_SILENT)
    first = -most * density / spread / p
    second = most * density * z / spread**2 / p - first**2
    return p, first, second


class Update(NamedTuple):
    """What became of levels, and the log likelihood (rows, H, C)."""

    mean: Floats
    var: Floats
    log: Floats
    silent: Floats
    """(rows, H, C): log likelihood of the silent scanners alone."""


def updated(base: Floats, mean: Floats, var: Floats, told: Told) -> Update:
    """One window. `base` is (rows, H, 1, K), without the strength; `mean` and `var` are (rows, H, C, K)."""
    level = base + STRENGTHS[:, None] + mean
    heard, floor = told.heard[:, None, None, :], told.floor[:, None, None, :]
    silent = ((told.silent_s > 0) & ~told.heard)[:, None, None, :]
    sought = np.where(
        told.heard, np.maximum(told.rate[:, None] * 10.0, told.adverts * 0.7), told.rate[:, None] * told.silent_s
    )
    p_silent, first, second = silence(level, var, sought[:, None, None, :], floor)
    quiet_mean = mean + var * first
    quiet_var = np.clip(var + var**2 * second, 0.3 * var, var)
    seen, slope = expected(level, floor)
    noise = (WINDOW_DB**2 + ADVERT_DB**2 / np.maximum(told.adverts, 1))[:, None, None, :]
    spread = noise + slope**2 * var
    off = np.where(heard, told.level[:, None, None, :] - seen, 0.0)
    near = np.exp(-(off**2) / (2 * spread)) / np.sqrt(2 * np.pi * spread) * (1 - OUTLIERS)
    density = near + OUTLIERS / 40
    sure = near / density
    gain = sure * var * slope / spread
    loud_mean = mean + gain * off
    loud_var = np.maximum(var - gain * slope * var, STEADIEST_DB**2)
    heard_log = np.log(np.maximum(1 - p_silent, LEAST_HEARD) * density)
    quiet_log = np.log(p_silent)
    return Update(
        np.where(heard, loud_mean, np.where(silent, quiet_mean, mean)),
        np.where(heard, loud_var, np.where(silent, quiet_var, var)),
        np.where(heard, heard_log, 0.0).sum(axis=-1),
        np.where(silent, quiet_log, 0.0).sum(axis=-1),
    )


def _normal(z: Floats) -> tuple[Floats, Floats]:
    """Distribution and density of the standard normal; by a logistic within 0.01."""
    grown = np.exp(np.clip(-z * (1.5976 + 0.070565 * z * z), -60, 60))
    return 1 / (1 + grown), np.exp(-z * z / 2) / 2.5066


def _quantile(p: Floats) -> Floats:
    """The inverse, near enough for an edge that is soft."""
    return np.log(p / (1 - p)) / 1.702
