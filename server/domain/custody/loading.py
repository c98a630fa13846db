"""Is a vehicle being loaded? Parcels come aboard together, so that many of them say when it begins and when it is over.

Two states for each vehicle, loading or not, and how likely the first is. What is aboard changes often in one of them
and hardly ever in the other; else an hour at the dock slowly turns "left behind" into "aboard".
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np

from server.domain.custody.arrays import Floats, Numbers
from server.domain.custody.geometry import AWAY, GONE, NONE, OWN_DBM, Table
from server.domain.custody.radio import MUTE, STRENGTHS, strengths_prior
from server.domain.custody.state import Ears, Hypotheses
from server.domain.custody.values import WINDOW_MS

PICKED: Final = 0.015
"""How often a parcel is taken from the floor in a window while its vehicle is loaded."""
PICKED_IDLE: Final = 0.0003
FIRST: Final = 0.3
BEGINS: Final = 0.01
ENDS: Final = 0.008
LATELY: Final = 6.0
"""Windows: one alone does not show that something came."""
LEAVES_LOADED: Final = 14.0
LEAST_ABOARD: Final = 0.03
LATELY_MS: Final = 180_000
LEVEL_DB: Final = 3.0
MOST: Final = 2.5
"""A window's word counts no more, whatever it says: neighbours in a stack are heard alike."""


def busy(loading: Mapping[str, float], scanners: tuple[str, ...]) -> Floats:
    """How likely each vehicle is being loaded."""
    return np.array([loading.get(name, FIRST) for name in scanners])


def came(now: Hypotheses, at_ms: int) -> Floats:
    """Of each row, how likely it came to its place in this window."""
    new = (now.since == at_ms) & (now.place != GONE) & (now.place != NONE)
    found: Floats = (np.exp(now.logw).sum(axis=2) * new).sum(axis=1)
    return found


def came_lately(now: Hypotheses, at_ms: int) -> Floats:
    """The same, for the last windows, the older ones less."""
    age = np.maximum(at_ms - now.since, 0) / WINDOW_MS
    lately = np.where((now.place != GONE) & (now.place != NONE) & (now.since > 0), np.exp(-age / LATELY), 0.0)
    found: Floats = (np.exp(now.logw).sum(axis=2) * lately).sum(axis=1)
    return found


def departed(now: Hypotheses, ears: Ears, own: Numbers, leaving: set[int], at_ms: int) -> Hypotheses:
    """A van leaves when it is loaded: what is not aboard then is rare, and a level at the dock was never quite sure.

    So each row gets better odds to be in a van (a wrong one is as rare as none), and one more hypothesis: that it has
    been inside, as loud as it was.
    """
    rows = np.isin(own, list(leaving))
    if not rows.any():
        return now
    weight = np.exp(now.logw).sum(axis=2)
    inside = (now.place >= 0) & (now.place < AWAY)
    aboard = np.clip((weight * inside).sum(axis=1) / weight.sum(axis=1), 1e-12, 1 - 1e-12)
    wanted = LEAVES_LOADED * aboard / (LEAVES_LOADED * aboard + 1 - aboard)
    up, down = np.log(wanted / aboard), np.log((1 - wanted) / (1 - aboard))
    shift = np.where(rows[:, None], np.where(inside, up[:, None], down[:, None]), 0.0)
    now = msgspec.structs.replace(now, logw=now.logw + shift[:, :, None])
    return _all_along(now, ears, own, np.flatnonzero(rows & (wanted < 0.5)), at_ms)


def _all_along(now: Hypotheses, ears: Ears, own: Numbers, rows: Numbers, at_ms: int) -> Hypotheses:
    """In the place of the least likely hypothesis of these rows: in its own vehicle, as loud as it was heard there."""
    if not len(rows):
        return now
    values = {name: getattr(now, name).copy() for name in now.__struct_fields__}
    at = rows, np.exp(now.logw).sum(axis=2)[rows].argmin(axis=1)
    values["place"][at], values["carried"][at], values["since"][at] = own[rows], False, at_ms
    values["mute"][at], values["mean"][at], values["var"][at] = MUTE, 0.0, np.nan
    values["logw"][rows] += np.log(1 - LEAST_ABOARD)
    values["logw"][at] = np.log(LEAST_ABOARD) + strengths_prior()
    here = (ears.scanner[rows] == own[rows][:, None]) & ~np.isnan(ears.level[rows])
    here &= at_ms - ears.heard_ms[rows] <= LATELY_MS
    for row, column, scanner in zip(
        rows[here.any(axis=1)], at[1][here.any(axis=1)], here[here.any(axis=1)], strict=True
    ):
        k = int(scanner.argmax())
        values["mean"][row, column, :, k] = ears.level[row, k] - OWN_DBM - STRENGTHS
        values["var"][row, column, :, k] = LEVEL_DB**2
    return Hypotheses(**values)


def learned(
    loading: Mapping[str, float],
    scanners: tuple[str, ...],
    own: Numbers,
    table: Table,
    before: Floats,
    after: Floats,
) -> dict[str, float]:
    """By how much more, or less, rows were found to change than was expected. `own` is each row's vehicle."""
    first = np.clip(before, 1e-9, 0.5)
    second = np.clip(after, 1e-9, 1 - 1e-9)
    ratio = second / (1 - second) * (1 - first) / first
    found = {}
    for k, name in enumerate(scanners):
        if not (table.standing[k] and table.at_site[k]):
            continue
        p = loading.get(name, FIRST)
        rate = PICKED * p + PICKED_IDLE * (1 - p)
        rows = own == k
        by = first[rows] / rate * (ratio[rows] - 1)
        said = float(np.log(np.maximum(1 + PICKED * by, 1e-3) / np.maximum(1 + PICKED_IDLE * by, 1e-3)).sum()) / LATELY
        odds = p / (1 - p) * np.exp(np.clip(said, -MOST, MOST))
        p = odds / (1 + odds)
        found[name] = float(np.clip(p * (1 - ENDS) + (1 - p) * BEGINS, 1e-4, 0.999))
    return found
