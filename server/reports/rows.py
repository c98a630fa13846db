"""Rows of lists, and of groups folded from them: one figure is never computed in two ways.

A leaf is one row of a list (one trip, one halt), with what it counts for: its vehicle, its instant, its fence.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from server.reports.question import Asked, Group
from server.reports.table import Column, Value, total
from server.store.reports import Span


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a list. It counts for the day on which `at` is."""

    vehicle: str
    at: datetime
    fence: str | None = None
    cells: tuple[Value, ...] = ()
    span: Span | None = None


class Names(NamedTuple):
    """What ids are called."""

    vehicles: dict[str, str]
    fences: dict[str, str]
    teams: dict[str, str]
    """The team of a vehicle."""
    sites: dict[tuple[str, int], str]
    """The site at which a vehicle was at an instant."""

    def vehicle(self, of: str) -> str:
        """Its name, or its id."""
        return self.vehicles.get(of, of)

    def fence(self, of: str | None) -> str | None:
        """Its name, or its id."""
        return None if of is None else self.fences.get(of, of)

    def site(self, vehicle: str, at_ms: int | None) -> str | None:
        """The name of the site at which it was then."""
        return None if at_ms is None else self.fence(self.sites.get((vehicle, at_ms)))


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A column of groups: how many leaves, or the sum or the greatest of one of their cells."""

    column: Column
    of: str = ""
    fold: Literal["count", "sum", "most"] = "sum"


class Grouped(NamedTuple):
    """How leaves are gathered: the columns that name a group, which group a leaf is of, and what stands in them."""

    columns: tuple[Column, ...]
    key: Callable[[Leaf], Value]
    named: Callable[[Value], tuple[Value, ...]]


NOT_KNOWN = "not known"


def grouping(asked: Asked, names: Names, without: str) -> Grouped:
    """How this question groups; `without` is what is at no fence."""
    by: dict[Group, Grouped] = {
        "vehicle": Grouped(
            (Column(key="vehicle", name="Vehicle"), Column(key="vehicle_id", name="Vehicle id", main=False)),
            lambda leaf: leaf.vehicle,
            lambda key: (names.vehicle(str(key)), key),
        ),
        "day": Grouped(
            (Column(key="day", name="Day", kind="day", definition=f"A day of {asked.zone}."),),
            lambda leaf: leaf.at.astimezone(asked.place).date(),
            lambda key: (key,),
        ),
        "team": Grouped(
            (
                Column(
                    key="team", name="Team", definition="The team that the vehicle is in now; all of them, if several."
                ),
            ),
            lambda leaf: names.teams.get(leaf.vehicle, "no team"),
            lambda key: (key,),
        ),
        "driver": Grouped(
            (Column(key="driver", name="Driver", definition="Who drove is not known yet."),),
            lambda _: NOT_KNOWN,
            lambda key: (key,),
        ),
        "fence": Grouped(
            (Column(key="fence", name="Fence"), Column(key="fence_id", name="Fence id", main=False)),
            lambda leaf: leaf.fence or "",
            lambda key: (names.fence(str(key)) if key else without, key or None),
        ),
    }
    return by[asked.group]


def gather[K](leaves: Iterable[Leaf], key: Callable[[Leaf], K], first: Iterable[K] = ()) -> dict[K, list[Leaf]]:
    """The leaves by their key; keys in `first` are there even without any."""
    found: dict[K, list[Leaf]] = {value: [] for value in first}
    for leaf in leaves:
        found.setdefault(key(leaf), []).append(leaf)
    return found


def folded(measure: Measure, leaves: Sequence[Leaf], columns: Sequence[Column]) -> Value:
    """What a measure comes to over some leaves of a list with these columns."""
    if measure.fold == "count":
        return len(leaves)
    place = next(place for place, column in enumerate(columns) if column.key == measure.of)
    way = (
        columns[place]
        if columns[place].total == measure.fold
        else msgspec.structs.replace(columns[place], total=measure.fold)
    )
    return total(way, (leaf.cells[place] for leaf in leaves))


def totals(columns: Sequence[Column], rows: Sequence[tuple[Value, ...]]) -> tuple[Value, ...]:
    """What stands under the columns."""
    return tuple(total(column, (row[place] for row in rows)) for place, column in enumerate(columns))
