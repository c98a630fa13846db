"""Positions in whole numbers, as they are on the wire and in the stores, become the rules' items."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from server.domain.engine.fix import DEFAULT_SIGMA_M, UNSAID, Fix
from server.domain.engine.quality import EARLIEST_MS, Reason
from server.domain.engine.told import Told
from server.domain.facts import Fact
from wire.columns import MISSING, NAMES

Numbers = npt.NDArray[np.int64]

_AT, _LON, _LAT, _SPEED, _COURSE, _ACCURACY = (
    NAMES.index(name) for name in ("at_ms", "lon_e7", "lat_e7", "speed_cmps", "course_cdeg", "accuracy_dm")
)


def fixes_of(values: Numbers) -> list[Fix]:
    """The positions (a row for each of NAMES, a column for each position) in the order of rules, each once.

    Positions that differ only in what no rule looks at are one: the second confirms nothing.
    """
    speed, course, accuracy = values[_SPEED], values[_COURSE], values[_ACCURACY]
    columns = (
        values[_AT].tolist(),
        values[_LON].tolist(),
        values[_LAT].tolist(),
        np.where(speed == MISSING, UNSAID, speed / 100).tolist(),
        np.where(course == MISSING, UNSAID, course / 100).tolist(),
        np.where(accuracy <= 0, DEFAULT_SIGMA_M, accuracy / 10).tolist(),  # MISSING is below 0
    )
    return in_order([Fix(*row) for row in zip(*columns, strict=True)])


def wrong_dates(vehicle: str, fixes: Iterable[Fix], earliest_ms: int = EARLIEST_MS) -> list[Fact]:
    """Fixes from before Milepost was: flagged, without a look at any state, or each would begin at the beginning."""
    found = Told(vehicle)
    for fix in fixes:
        if fix.at_ms < earliest_ms:
            found.decided_ms = fix.at_ms
            flag(fix, "wrong_date", found)
    return found.facts


def flag(fix: Fix, why: Reason, told: Told) -> None:
    """A fix that moves nothing is a fact, so that the map can show it."""
    place = f"{fix.lon_e7},{fix.lat_e7}"
    told.tell("fix_flagged", fix.at_ms, place=place, reason=why, lon=fix.lon, lat=fix.lat)


def in_order(fixes: list[Fix]) -> list[Fix]:
    """By time, then by content, exact repeats once; nearly always they are so already."""
    if all(one.at_ms < other.at_ms for one, other in pairwise(fixes)):
        return fixes
    fixes = sorted(fixes, key=_content)
    return [fix for number, fix in enumerate(fixes) if not number or fix != fixes[number - 1]]


def _content(fix: Fix) -> tuple[int, int, int, float, float, float]:
    return fix.at_ms, fix.lon_e7, fix.lat_e7, fix.speed_mps, fix.course_deg, fix.sigma_m
