"""How long a tag's battery will last, told from what it said day by day; or that this cannot be told yet. Pure.

The slope is the median of the slopes between all pairs of days (Theil 1950, Sen 1968), so single wrong days do not move
it; its range is Sen's, from Kendall's variance (Gilbert 1987, 16.4.2), at 90 %. A new battery begins anew.

Tags run on lithium coin cells. Their voltage hardly falls for most of their life and falls fast at the end, so volts
become percent by the curve that Nordic's nRF5 SDK uses (`battery_level_in_percent`: 3.0, 2.9, 2.74, 2.44, 2.1 V are
100, 42, 18, 6, 0 %). Percent of a tag's own may still be a straight line of its volts: what is left may be half of what
the slope says, and the earliest end takes that into account.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np

LEAST_DAYS, LEAST_SPAN = 8, 14
"""Fewer days, or days within less than two weeks, say nothing yet."""
LEAST_FALL = 2.0
"""So many points it has to have fallen: a tag rounds to one or more."""
NEW_BATTERY = 25.0
"""A rise by so much between two medians of three days is another battery."""
LOOKS_BACK = 90
KNEE = 0.5
LONGEST = timedelta(days=5 * 365)
_Z90 = 1.645
_VOLTS, _PERCENT = (2.1, 2.44, 2.74, 2.9, 3.0), (0.0, 6.0, 18.0, 42.0, 100.0)


class BatteryDay(msgspec.Struct, frozen=True, kw_only=True):
    """The most that a battery said on a day."""

    day: date
    percent: float | None = None
    volts: float | None = None


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """When it will be empty, most likely not earlier and not later than; None where nobody can say. And a sentence."""

    says: str
    ends_on: date | None = None
    earliest: date | None = None
    latest: date | None = None


def percent_of(volts: float) -> float:
    """How full a lithium coin cell (CR2032 and its like) of this voltage is."""
    return float(np.interp(volts, _VOLTS, _PERCENT))


def forecast(days: Iterable[BatteryDay], today: date) -> Forecast:
    """When a battery will be empty."""
    day, level = _since_the_last_change(_series(days))
    if not len(day):
        return Forecast(says="It has not said how full its battery is.")
    if float(np.median(level[-3:])) <= 1:
        return Forecast(says="The battery is at its end.", ends_on=today, earliest=today, latest=today)
    span = int(day[-1] - day[0])
    if len(day) < LEAST_DAYS or span < LEAST_SPAN:
        return Forecast(says=f"Not known yet: it takes {LEAST_SPAN} days of readings, and there are {span + 1}.")
    slope, steepest, flattest = _slopes(day, level)
    if flattest >= 0 or -slope * span < LEAST_FALL:
        return Forecast(says=f"Not known yet: in {span} days it has hardly fallen, as coin cells do for a long time.")
    now = today.toordinal()
    left = max(float(np.median(level - slope * (day - now))), 0.0)
    ends = timedelta(days=left / -slope)
    earliest = min(timedelta(days=left / -steepest), ends * KNEE)
    latest = timedelta(days=min(left / -flattest, 40_000))
    if ends > LONGEST:
        return Forecast(
            says="It falls so slowly that it will last for years, longer than can be told.",
            earliest=today + min(earliest, LONGEST),
        )
    far = latest > LONGEST
    return Forecast(
        says=_sentence(today + ends, today + earliest, None if far else today + latest),
        ends_on=today + ends,
        earliest=today + earliest,
        latest=None if far else today + latest,
    )


def _series(days: Iterable[BatteryDay]) -> tuple[np.ndarray, np.ndarray]:
    """Days as numbers, and percent; from volts where all there is are volts."""
    every = sorted(days, key=lambda one: one.day)
    by_volts = sum(one.volts is not None for one in every) > sum(one.percent is not None for one in every)
    pairs = [
        (one.day.toordinal(), percent_of(one.volts) if by_volts and one.volts is not None else one.percent)
        for one in every
        if (one.volts if by_volts else one.percent) is not None
    ]
    numbers = np.array(pairs[-LOOKS_BACK:], dtype=float).reshape(-1, 2)
    return numbers[:, 0], numbers[:, 1]


def _since_the_last_change(series: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The days since the battery was changed last: it jumped up, and stayed there."""
    day, level = series
    for place in range(len(day) - 1, 0, -1):
        before, after = np.median(level[max(0, place - 3) : place]), np.median(level[place : place + 3])
        if after - before >= NEW_BATTERY and level[place] - level[place - 1] >= NEW_BATTERY / 2:
            return day[place:], level[place:]
    return day, level


def _slopes(day: np.ndarray, level: np.ndarray) -> tuple[float, float, float]:
    """Percent a day: most likely, the steepest and the flattest that 90 % allow."""
    first, second = np.triu_indices(len(day), 1)
    slopes = np.sort((level[second] - level[first]) / (day[second] - day[first]))
    count = len(day)
    half = _Z90 * np.sqrt(count * (count - 1) * (2 * count + 5) / 18) / 2
    low = max(int(len(slopes) / 2 - half), 0)
    high = min(int(np.ceil(len(slopes) / 2 + half)), len(slopes) - 1)
    return float(np.median(slopes)), float(slopes[low]), float(slopes[high])


def _sentence(ends: date, earliest: date, latest: date | None) -> str:
    if latest is None:
        return f"It will last until about {_month(ends)}, at least until {_month(earliest)}."
    within: Sequence[str] = dict.fromkeys((_month(earliest), _month(latest))).keys()  # type: ignore[assignment]
    return f"It will last until about {_month(ends)} ({' to '.join(within)})."


def _month(day: date) -> str:
    return f"{day:%B} {day.year}"
