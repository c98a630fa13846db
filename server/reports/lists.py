"""The rows of the lists: one for each trip, halt, visit, idling and speeding, out of standing facts.

Times are rounded to whole seconds, and a duration is the difference of the two that stand beside it; everything else is
what the fact says, in the units of reports.
"""

from datetime import datetime
from typing import Any

from server.reports.rows import Leaf, Names
from server.reports.table import Column, Value, degrees, km, kmh, whole_second
from server.store.reports import Ends, Span

Where = tuple[float | None, float | None]
TRIP = Ends("trip_started", "trip_ended")
HALT = Ends("halt_started", "halt_ended")
VISIT = Ends("fence_entered", "fence_left", "entered_at")
IDLING = Ends("idling_started", "idling_ended")
SPEEDING = Ends("speeding_started", "speeding_ended")
CROSSING = "fence_crossed"
ROAD_SPEEDING = "road_speeding"

VEHICLE = Column(key="vehicle", name="Vehicle")
VEHICLE_ID = Column(key="vehicle_id", name="Vehicle id", main=False)
FACT = Column(key="fact", name="Fact", main=False, definition="The id of the newest fact that says so.")
DURATION = Column(
    key="duration_s",
    name="Duration",
    kind="duration",
    total="sum",
    definition="From beginning to end, both to the second. Empty while it goes on.",
)
TOP_SPEED = Column(
    key="top_speed_kmh",
    name="Top speed",
    kind="speed",
    total="most",
    definition="The highest speed that the receiver said. Empty when it said none.",
)
LON = Column(key="lon", name="Longitude", kind="degrees", main=False)
LAT = Column(key="lat", name="Latitude", kind="degrees", main=False)


def _start(name: str, definition: str) -> Column:
    return Column(key="started_at", name=name, kind="time", definition=definition)


def _end(name: str, definition: str, *, main: bool = True) -> Column:
    says = f"{definition} Empty while it goes on."
    return Column(key="ended_at", name=name, kind="time", definition=says, main=main)


TRIP_COLUMNS = (
    VEHICLE,
    VEHICLE_ID,
    _start("Start", "When the vehicle began to drive: a second fix has to confirm the first."),
    _end("End", "When the halt began that ended the trip, or when the vehicle was last heard of."),
    DURATION,
    Column(
        key="distance_km",
        name="Distance",
        kind="distance",
        total="sum",
        definition="The sum from fix to fix of the trip, without fixes that are implausible. Each trip is rounded to "
        "10 m, totals are sums of trips.",
    ),
    Column(
        key="idling_s",
        name="Idling",
        kind="duration",
        total="sum",
        main=False,
        definition="Standing with the engine on during the trip.",
    ),
    TOP_SPEED,
    Column(key="from_place", name="From", definition="The site at which the trip began, or its latitude, longitude."),
    Column(key="to_place", name="To", definition="The site at which the trip ended, or its latitude, longitude."),
    Column(key="from_lon", name="From longitude", kind="degrees", main=False),
    Column(key="from_lat", name="From latitude", kind="degrees", main=False),
    Column(key="to_lon", name="To longitude", kind="degrees", main=False),
    Column(key="to_lat", name="To latitude", kind="degrees", main=False),
    FACT,
)

HALT_COLUMNS = (
    VEHICLE,
    VEHICLE_ID,
    _start("Start", "When the vehicle came to stand."),
    _end("End", "When it drove on."),
    DURATION,
    Column(
        key="halt",
        name="Kind",
        definition="site: at a fence that is a site; idle: with the engine on; traffic: under 3 min; break: 15 min or "
        "longer; stop: any other.",
    ),
    Column(key="place", name="Place", definition="The site, or latitude, longitude."),
    Column(key="fence_id", name="Fence id", main=False),
    LON,
    LAT,
    FACT,
)

VISIT_COLUMNS = (
    VEHICLE,
    VEHICLE_ID,
    Column(key="fence", name="Fence", definition="The fence's newest name."),
    Column(key="fence_id", name="Fence id", main=False),
    _start("Entered", "The first fix inside."),
    _end("Left", "The first fix that is outside by more than the margin and the fix's doubt."),
    DURATION,
    Column(
        key="how",
        name="How",
        definition="stayed: there was a fix inside; crossed: the way between two fixes passed through.",
    ),
    LON,
    LAT,
    FACT,
)

IDLING_COLUMNS = (
    VEHICLE,
    VEHICLE_ID,
    _start("Start", "When the vehicle stood with its engine on."),
    _end("End", "When it drove on, or the engine was off."),
    DURATION,
    FACT,
)

SPEEDING_COLUMNS = (
    VEHICLE,
    VEHICLE_ID,
    _start("Start", "The first fix over the limit."),
    _end("End", "The first fix within the limit again; of a road's limit, the last fix over it.", main=False),
    DURATION,
    Column(
        key="limit_kmh",
        name="Limit",
        kind="speed",
        definition="The lowest of the limits of the vehicle, the fence and the road.",
    ),
    TOP_SPEED,
    Column(key="over_kmh", name="Over limit", kind="speed", total="most", definition="Top speed less the limit."),
    Column(
        key="distance_km",
        name="Distance",
        kind="distance",
        total="sum",
        definition="How far it drove over the limit.",
    ),
    Column(
        key="fence", name="Fence", definition="The fence whose limit it was; empty for the vehicle's or the road's."
    ),
    Column(key="fence_id", name="Fence id", main=False),
    FACT,
)


def trip(span: Span, names: Names) -> Leaf:
    """One trip."""
    said = span.body
    begin, end = trip_ends(span)
    cells = (
        *_times(span),
        km(said.get("distance_m")),
        _seconds(said.get("idling_s")),
        kmh(said.get("max_speed_mps")),
        names.site(span.vehicle, span.start_ms) or _place(*begin),
        names.site(span.vehicle, span.end_ms) or _place(*end),
        *(degrees(value) for value in (*begin, *end)),
        span.id,
    )
    return _leaf(span, names, cells)


def trip_ends(span: Span) -> tuple[Where, Where]:
    """Longitude and latitude of its beginning and its end; it may have none yet."""
    said = span.body
    begin = (said.get("from_lon", said.get("lon")), said.get("from_lat", said.get("lat")))
    return begin, (said.get("lon"), said.get("lat")) if span.end_ms is not None else (None, None)


def halt(span: Span, names: Names) -> Leaf:
    """One halt."""
    lon, lat = span.body.get("lon"), span.body.get("lat")
    place = names.fence(span.fence) or _place(lon, lat)
    kind = span.body.get("halt") if span.end_ms is not None else None
    cells = (*_times(span), kind, place, span.fence, degrees(lon), degrees(lat), span.id)
    return _leaf(span, names, cells)


def visit(span: Span, names: Names) -> Leaf:
    """One visit to a fence, or one passing through."""
    lon, lat = degrees(span.body.get("lon")), degrees(span.body.get("lat"))
    how = "crossed" if span.kind == CROSSING else "stayed"
    cells = (names.fence(span.fence), span.fence, *_times(span), how, lon, lat, span.id)
    return _leaf(span, names, cells)


def idling(span: Span, names: Names) -> Leaf:
    """One idling."""
    return _leaf(span, names, (*_times(span), span.id))


def speeding(span: Span, names: Names) -> Leaf:
    """One stretch of driving too fast."""
    said = span.body
    limit, top = kmh(said.get("limit_mps")), kmh(said.get("max_speed_mps"))
    over = None if limit is None or top is None else round(top - limit, 1)
    cells = (
        *_times(span),
        limit,
        top,
        over,
        km(said.get("distance_m")),
        names.fence(span.fence),
        span.fence,
        span.id,
    )
    return _leaf(span, names, cells)


def _leaf(span: Span, names: Names, cells: tuple[Value, ...]) -> Leaf:
    return Leaf(
        vehicle=span.vehicle,
        at=whole_second(span.start_ms),
        fence=span.fence,
        cells=(names.vehicle(span.vehicle), span.vehicle, *cells),
        span=span,
    )


def _times(span: Span) -> tuple[datetime, datetime | None, int | None]:
    start = whole_second(span.start_ms)
    if span.end_ms is None:
        return start, None, None
    end = whole_second(span.end_ms)
    return start, end, round((end - start).total_seconds())


def _seconds(value: Any) -> int | None:
    return None if value is None else round(value)


def _place(lon: float | None, lat: float | None) -> str | None:
    """Latitude first, as maps take it when it is typed."""
    return None if lon is None or lat is None else f"{lat:.4f}, {lon:.4f}"
