"""The table that every format writes: columns with name, unit and kind, rows of values that are already rounded.

What stands in a cell is the figure. Formats only write it down: none rounds, adds or converts. So a figure is the same
on the screen, in a file and on paper, and whoever adds up a column comes to the total below it.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Literal

import msgspec

Kind = Literal["text", "time", "day", "duration", "distance", "speed", "count", "degrees"]
Value = str | int | float | datetime | date | None
"""text: str. time: aware, whole seconds. day: date. duration: whole seconds. distance: km with two decimals. speed:
km/h with one. count: int. degrees: WGS 84 with six decimals. None: not known, or not over yet."""
Total = Literal["", "sum", "most"]
DECIMALS = {"distance": 2, "speed": 1, "degrees": 6}
UNITS: dict[Kind, str] = {"duration": "h:min:s", "distance": "km", "speed": "km/h", "degrees": "°"}
RIGHT: frozenset[Kind] = frozenset(("duration", "distance", "speed", "count", "degrees"))
"""Figures, which stand at the right."""


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `key` is its name for programs and has the unit in it; `main` columns are shown to people."""

    key: str
    name: str
    kind: Kind = "text"
    definition: str = ""
    total: Total = ""
    main: bool = True

    @property
    def unit(self) -> str:
        """The unit in the head for people; empty where the figure says what it is."""
        return UNITS.get(self.kind, "")

    @property
    def head(self) -> str:
        """The name with its unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Bars of one measure: the label and value of each, in order."""

    title: str
    column: Column
    bars: tuple[tuple[str, Value], ...]
    of_time: bool = False
    """Whether they are days, weeks or months."""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A report. `title` is the sentence that answers the question."""

    kind: str
    name: str
    nouns: tuple[str, str]
    """What a row is, and what several are: trip, trips."""
    title: str
    window: str
    """From when to when, in words."""
    start: datetime
    end: datetime
    zone: str
    group: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    totals: tuple[Value, ...]
    """A value for each column; None where a total says nothing."""
    notes: tuple[str, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    """What holds for the whole report: a name and a sentence."""
    chart: Chart | None = None

    @property
    def main(self) -> list[int]:
        """The places of the columns that people see."""
        return [place for place, column in enumerate(self.columns) if column.main]


def km(metres: float | None) -> float | None:
    """Kilometres with two decimals."""
    return None if metres is None else round(metres / 1000, 2)


def kmh(mps: float | None) -> float | None:
    """km/h with one decimal; None for what no receiver said."""
    return None if mps is None or mps <= 0 else round(mps * 3.6, 1)


def degrees(value: float | None) -> float | None:
    """Degrees with six decimals (0.1 m)."""
    return None if value is None else round(value, 6)


def whole_second(at_ms: int) -> datetime:
    """A time of a report."""
    return datetime.fromtimestamp((at_ms + 500) // 1000, UTC)


def total(column: Column, values: Iterable[Value]) -> Value:
    """What stands under a column: the sum of its cells, or the greatest."""
    known = [value for value in values if isinstance(value, int | float)]
    if column.total == "most":
        return max(known, default=None)
    if column.total != "sum":
        return None
    decimals = DECIMALS.get(column.kind)
    return sum(known) if decimals is None else round(math.fsum(known), decimals)
