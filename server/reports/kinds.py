"""What each report is: its columns, its groups' columns, the sentence that answers it, what its chart shows."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from server.reports import alerted, distance, lists, sentences
from server.reports.question import Kind
from server.reports.rows import Measure
from server.reports.table import Column


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of report."""

    name: str
    nouns: tuple[str, str]
    columns: tuple[Column, ...]
    measures: tuple[Measure, ...]
    """The columns of its groups; `chart` is the key of the one that the bars show."""
    chart: str
    sentence: Callable[[sentences.Told], str]
    definitions: tuple[tuple[str, str], ...] = ()
    without_fence: str = "no fence"
    drawn: str = ""
    """How it is drawn on a map: as a `track`, as a `point`, or not at all."""


def _count(key: str, name: str, definition: str = "") -> Measure:
    column = Column(key=key, name=name, kind="count", total="sum", definition=definition)
    return Measure(column=column, fold="count")


def _of(
    columns: Sequence[Column], key: str, name: str = "", new_key: str = "", fold: Literal["", "sum", "most"] = ""
) -> Measure:
    """A measure that sums a column of the list, or takes the greatest, under the same name or another."""
    column = next(column for column in columns if column.key == key)
    way = fold or column.total or "sum"
    shown = msgspec.structs.replace(column, key=new_key or key, name=name or column.name, total=way, main=True)
    return Measure(column=shown, of=key, fold=way)


def _longest(columns: Sequence[Column]) -> Measure:
    return _of(columns, "duration_s", "Longest", "longest_s", "most")


REPORTS: dict[Kind, Report] = {
    "trips": Report(
        name="Trips",
        nouns=("trip", "trips"),
        columns=lists.TRIP_COLUMNS,
        measures=(
            _count("trips", "Trips"),
            _of(lists.TRIP_COLUMNS, "distance_km"),
            _of(lists.TRIP_COLUMNS, "duration_s"),
            _longest(lists.TRIP_COLUMNS),
            _of(lists.TRIP_COLUMNS, "idling_s"),
            _of(lists.TRIP_COLUMNS, "top_speed_kmh"),
        ),
        chart="distance_km",
        sentence=sentences.trips,
        definitions=(
            ("Trip", "From the first of two fixes that drive to the halt of 5 min or longer, or to 30 min of silence."),
        ),
        drawn="track",
    ),
    "halts": Report(
        name="Halts",
        nouns=("halt", "halts"),
        columns=lists.HALT_COLUMNS,
        measures=(
            _count("halts", "Halts"),
            _of(lists.HALT_COLUMNS, "duration_s", "Time standing"),
            _longest(lists.HALT_COLUMNS),
        ),
        chart="duration_s",
        sentence=sentences.halts,
        definitions=(("Halt", "Standing around one place for 2 min or longer."),),
        without_fence="not at a site",
        drawn="point",
    ),
    "visits": Report(
        name="Visits",
        nouns=("visit", "visits"),
        columns=lists.VISIT_COLUMNS,
        measures=(
            _count("visits", "Visits", "With those that only passed through."),
            _of(lists.VISIT_COLUMNS, "duration_s", "Time inside"),
            _longest(lists.VISIT_COLUMNS),
        ),
        chart="visits",
        sentence=sentences.visits,
        definitions=(("Visit", "The time that a vehicle is inside of a fence."),),
        drawn="point",
    ),
    "distance": Report(
        name="Distance",
        nouns=("vehicle day", "vehicle days"),
        columns=distance.COLUMNS,
        measures=(
            _count("vehicle_days", "Vehicle days", "Days on which a vehicle drove, summed over vehicles."),
            _of(distance.COLUMNS, "trips"),
            _of(distance.COLUMNS, "distance_km"),
            _of(distance.COLUMNS, "trip_time_s"),
            _of(distance.COLUMNS, "idling_s"),
            _of(distance.COLUMNS, "top_speed_kmh"),
        ),
        chart="distance_km",
        sentence=sentences.distance,
    ),
    "idling": Report(
        name="Idling",
        nouns=("idling", "idlings"),
        columns=lists.IDLING_COLUMNS,
        measures=(
            _count("idlings", "Idlings"),
            _of(lists.IDLING_COLUMNS, "duration_s", "Time idling"),
            _longest(lists.IDLING_COLUMNS),
        ),
        chart="duration_s",
        sentence=sentences.idling,
        definitions=(("Idling", "Standing with the engine on for 3 min or longer; only where the ignition is known."),),
    ),
    "speeding": Report(
        name="Speeding",
        nouns=("speeding", "speedings"),
        columns=lists.SPEEDING_COLUMNS,
        measures=(
            _count("speedings", "Speedings"),
            _of(lists.SPEEDING_COLUMNS, "duration_s", "Time too fast"),
            _of(lists.SPEEDING_COLUMNS, "distance_km", "Distance too fast"),
            _of(lists.SPEEDING_COLUMNS, "over_kmh", "Most over limit", "over_kmh"),
            _of(lists.SPEEDING_COLUMNS, "top_speed_kmh"),
        ),
        chart="speedings",
        sentence=sentences.speeding,
        definitions=(
            ("Speeding", "Driving faster than the limit by more than 5 km/h, from the first such fix to the last."),
        ),
        without_fence="outside of fences",
        drawn="track",
    ),
    "alerts": Report(
        name="Alerts",
        nouns=("alert", "alerts"),
        columns=alerted.COLUMNS,
        measures=(
            _count("alerts", "Alerts"),
            _of(alerted.COLUMNS, "critical"),
            _of(alerted.COLUMNS, "answered"),
            _of(alerted.COLUMNS, "answered_after_s", "Longest to answer"),
            _of(alerted.COLUMNS, "open_s", "Time open"),
        ),
        chart="alerts",
        sentence=sentences.alerts,
        definitions=(("Alert", "What a rule told of a vehicle. A storm of alerts is counted alert by alert."),),
        without_fence="at no fence",
        drawn="point",
    ),
}
