"""The sentence that answers each report: its title on the screen, on paper and in the mail."""

from collections.abc import Sequence
from typing import NamedTuple

from server.reports.rows import Leaf, Names
from server.reports.table import Column, Value
from server.reports.words import counted, long_duration


class Told(NamedTuple):
    """What a sentence is made from: the list, its totals, and the window in words."""

    leaves: Sequence[Leaf]
    columns: Sequence[Column]
    totals: Sequence[Value]
    names: Names
    vehicles: frozenset[str] | None
    window: str

    def total(self, key: str) -> float:
        """The total of a column; 0 when nothing is known."""
        value = self.totals[self._place(key)]
        return value if isinstance(value, int | float) else 0

    def most(self, key: str) -> tuple[float, str] | None:
        """The greatest cell of a column, and whose it is."""
        place = self._place(key)
        known = [(value, leaf.vehicle) for leaf in self.leaves if isinstance(value := leaf.cells[place], int | float)]
        if not known:
            return None
        value, vehicle = max(known, key=lambda each: each[0])
        return value, self.names.vehicle(vehicle)

    @property
    def who(self) -> str:
        """Van 3, or 6 vehicles: those that did something."""
        found = {leaf.vehicle for leaf in self.leaves}
        return self.names.vehicle(next(iter(found))) if len(found) == 1 else counted(len(found), "vehicle")

    @property
    def nobody(self) -> str:
        """Van 3, or no vehicle: nothing was found."""
        asked = self.vehicles or ()
        return self.names.vehicle(next(iter(asked))) if len(asked) == 1 else "No vehicle"

    def none(self, did: str, one_did: str) -> str:
        """That there was nothing: "No vehicle made a trip", "Van 3 made no trip"."""
        return f"{self.nobody} {did if self.nobody == 'No vehicle' else one_did} {self.window}."

    def _place(self, key: str) -> int:
        return next(place for place, column in enumerate(self.columns) if column.key == key)


def trips(told: Told) -> str:
    """How many, and how far."""
    if not told.leaves:
        return told.none("made a trip", "made no trip")
    far = f"{told.total('distance_km'):,.2f} km"
    return f"{told.who} made {counted(len(told.leaves), 'trip')} and drove {far} {told.window}{_going_on(told)}."


def distance(told: Told) -> str:
    """How far."""
    if not told.leaves:
        return told.none("drove", "did not drive")
    far, count = told.total("distance_km"), round(told.total("trips"))
    return f"{told.who} drove {far:,.2f} km in {counted(count, 'trip')} {told.window}."


def halts(told: Told) -> str:
    """How many, and how long."""
    if not told.leaves:
        return told.none("halted", "did not halt")
    return f"{told.who} halted {_times(told)} for {_long(told)} in all {told.window}."


def visits(told: Told) -> str:
    """Who went where, how often."""
    if not told.leaves:
        return told.none("visited a fence", "visited no fence")
    fences = {leaf.fence for leaf in told.leaves}
    where = told.names.fence(next(iter(fences))) if len(fences) == 1 else counted(len(fences), "fence")
    return f"{told.who} visited {where} {_times(told)} {told.window}."


def idling(told: Told) -> str:
    """How long, and the longest."""
    if not told.leaves:
        return told.none("idled", "did not idle")
    said = f"{told.who} idled {_times(told)} for {_long(told)} in all {told.window}"
    longest = told.most("duration_s")
    if longest is None or len(told.leaves) == 1:
        return f"{said}."
    return f"{said}, at most {long_duration(round(longest[0]))} at once ({longest[1]})."


def speeding(told: Told) -> str:
    """How often, and the worst."""
    if not told.leaves:
        return told.none("drove too fast", "did not drive too fast")
    said = f"{told.who} drove too fast {_times(told)} {told.window}"
    worst = told.most("over_kmh")
    return f"{said}." if worst is None else f"{said}, at most {worst[0]:,.1f} km/h over the limit ({worst[1]})."


def alerts(told: Told) -> str:
    """How many, how bad, and what is left to do."""
    if not told.leaves:
        return told.none("had an alert", "had no alert")
    said = f"{told.who} had {counted(len(told.leaves), 'alert')} {told.window}"
    critical = round(told.total("critical"))
    still = _open(told)
    if critical:
        said += f", {critical:,} of them critical" if len(told.leaves) > 1 else ", a critical one"
    return f"{said}; {still:,} {'is' if still == 1 else 'are'} still open." if still else f"{said}."


def _open(told: Told) -> int:
    """How many have not ended."""
    return sum(leaf.span is not None and leaf.span.end_ms is None for leaf in told.leaves)


def _going_on(told: Told) -> str:
    """Trips that have no distance yet: without a word the sum would be a lie."""
    still = _open(told)
    if not still:
        return ""
    return "; 1 goes on and is not in it" if still == 1 else f"; {still:,} go on and are not in it"


def _times(told: Told) -> str:
    count = len(told.leaves)
    return {1: "once", 2: "twice"}.get(count, counted(count, "time"))


def _long(told: Told) -> str:
    return long_duration(round(told.total("duration_s")))
