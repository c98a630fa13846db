"""A fence as a value: where it is, how wide, when it counts and for whom.

Checked where it is read (`geojson.read_fences`): what is here is taken for good. Metres, seconds, metres a second;
corners are (lon, lat) in WGS 84 degrees, as in GeoJSON.
"""

from typing import Any, Literal

import msgspec

from server.domain.fences.schedule import Schedule

Kind = Literal["circle", "area", "corridor"]
Corner = tuple[float, float]
Line = tuple[Corner, ...]
Shape = Literal["Point", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]

MARGIN_M = 25.0
"""A vehicle leaves at the edge + this + 2 sigma: 25 m flapped on none of 60 simulated days (design, section 5)."""


class Geometry(msgspec.Struct, frozen=True, kw_only=True):
    """GeoJSON's geometry in one form: parts of lines of corners.

    A Point is one part with one line of one corner, lines are one part, a polygon is a part with its rings (closed).
    Longitudes are as they were written, so they may lie beyond 180.
    """

    type: Shape
    parts: tuple[tuple[Line, ...], ...]


class Fence(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a fence, in force for event times `from_ms` <= at < `until_ms` (None: open)."""

    id: str
    name: str
    kind: Kind
    geometry: Geometry
    site: bool = False
    """Depots and cross-docks: sites are fences."""
    radius_m: float | None = None
    width_m: float | None = None
    """Of a corridor: the full width."""
    margin_m: float = MARGIN_M
    dwell_s: float | None = None
    schedule: Schedule | None = None
    speed_limit_mps: float | None = None
    vehicles: frozenset[str] | None = None
    """None: all of them."""
    from_ms: int | None = None
    until_ms: int | None = None
    other: dict[str, Any] = {}
    """Properties of the Feature that are not ours: kept, so that a file goes round."""

    @property
    def half_m(self) -> float:
        """How far the fence reaches beyond its own points or lines: the radius, half the width, nothing."""
        return self.radius_m or (self.width_m or 0.0) / 2
