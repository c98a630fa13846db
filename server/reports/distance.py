"""How far each vehicle drove on each day: the trips that began on it, so that the two reports never differ.

Days are those of the report's time zone. What the server totals by UTC days (odometer, engine) stands beside it only
when that is the zone: it cannot be cut into other days without counting anew.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from server.reports.lists import TRIP_COLUMNS, VEHICLE, VEHICLE_ID
from server.reports.question import Asked
from server.reports.rows import Leaf, Measure, Names, folded, gather
from server.reports.table import Column, Value, km
from server.store.schema import Row

_TRIP = {column.key: (place, column) for place, column in enumerate(TRIP_COLUMNS)}
TRIPS = Column(key="trips", name="Trips", kind="count", total="sum", definition="Trips that began then.")
DRIVING = Column(
    key="trip_time_s",
    name="Time in trips",
    kind="duration",
    total="sum",
    definition="From the beginning of each trip to its end, with its short halts.",
)
DISTANCE = Column(
    key="distance_km",
    name="Distance",
    kind="distance",
    total="sum",
    definition="The sum of the trips that began then, as the report Trips lists them, each rounded to 10 m.",
)
IDLING, TOP_SPEED = (_TRIP[key][1] for key in ("idling_s", "top_speed_kmh"))
COLUMNS = (
    Column(
        key="day", name="Day", kind="day", definition="The day on which the trips began, in the report's time zone."
    ),
    VEHICLE,
    VEHICLE_ID,
    TRIPS,
    DISTANCE,
    DRIVING,
    Column(key="first_start_at", name="First start", kind="time", definition="When the day's first trip began."),
    Column(key="last_end_at", name="Last end", kind="time", definition="When the last of these trips ended."),
    IDLING,
    TOP_SPEED,
    Column(
        key="odometer_km",
        name="Odometer",
        kind="distance",
        total="sum",
        main=False,
        definition="All movement of the day, also outside of trips. Only for the time zone UTC, and whole days.",
    ),
    Column(
        key="engine_s",
        name="Engine on",
        kind="duration",
        total="sum",
        main=False,
        definition="How long the engine ran, where the ignition is known. Only for the time zone UTC, and whole days.",
    ),
)
_MEASURES = (
    Measure(column=TRIPS, fold="count"),
    Measure(column=DISTANCE, of="distance_km"),
    Measure(column=DRIVING, of="duration_s"),
)


def by_vehicle_and_day(trips: Iterable[Leaf], asked: Asked, names: Names, days: Iterable[Row]) -> list[Leaf]:
    """A leaf for each vehicle and day on which it began a trip or (in UTC) moved at all."""
    totals = {(row["vehicle_id"], row["day"]): row for row in days}
    groups: dict[tuple[str, date], list[Leaf]] = {key: [] for key, row in totals.items() if row["distance_mm"]}
    for vehicle, its in gather(trips, lambda leaf: leaf.vehicle).items():
        for day, leaves in gather(its, lambda leaf: leaf.at.astimezone(asked.place).date()).items():
            groups[vehicle, day] = leaves
    return [
        _leaf(vehicle, day, leaves, totals.get((vehicle, day)), asked, names)
        for (vehicle, day), leaves in groups.items()
    ]


def whole_utc_days(asked: Asked) -> tuple[date, date] | None:
    """The first and last UTC day that lies wholly in the window, if days are those of UTC."""
    if asked.zone not in ("UTC", "Etc/UTC"):
        return None
    first = (asked.start + timedelta(days=1, microseconds=-1)).date()
    last = (asked.end - timedelta(days=1)).date()
    return (first, last) if first <= last else None


def _leaf(vehicle: str, day: date, trips: Sequence[Leaf], said: Row | None, asked: Asked, names: Names) -> Leaf:
    idled = folded(Measure(column=IDLING, of="idling_s"), trips, TRIP_COLUMNS)
    cells: tuple[Value, ...] = (
        day,
        names.vehicle(vehicle),
        vehicle,
        *(folded(measure, trips, TRIP_COLUMNS) for measure in _MEASURES),
        min((leaf.at for leaf in trips), default=None),
        max((end for end in map(_end, trips) if end is not None), default=None),
        idled,
        folded(Measure(column=TOP_SPEED, of="top_speed_kmh", fold="most"), trips, TRIP_COLUMNS),
        km(said["distance_mm"] / 1000) if said else None,
        round(said["engine_ms"] / 1000) if said else None,
    )
    at = datetime.combine(day, time(12), asked.place).astimezone(UTC)  # noon is on its day whatever clocks do
    return Leaf(vehicle=vehicle, at=at, cells=cells)


def _end(leaf: Leaf) -> datetime | None:
    end = leaf.cells[_TRIP["ended_at"][0]]
    return end if isinstance(end, datetime) else None
