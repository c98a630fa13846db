"""GeoJSON's geometries checked, one by one: numbers, limits, closed rings, areas that are some. Pure."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Final

from server.domain.fences.area import AreaError, ground
from server.domain.fences.fence import Corner, Geometry, Kind, Line, Shape

MOST_CORNERS: Final = 10_000
FARTHEST_LON: Final = 540.0
"""One turn beyond the world: maps that can be dragged round it write such longitudes."""
KINDS: Final[dict[Shape, Kind]] = {
    "Point": "circle",
    "Polygon": "area",
    "MultiPolygon": "area",
    "LineString": "corridor",
    "MultiLineString": "corridor",
}


class ShapeError(ValueError):
    """Not a geometry that can be a fence: says what to write."""


def read_geometry(value: object) -> Geometry:
    """The geometry of a fence, checked, its rings closed."""
    said = value.get("type") if isinstance(value, dict) else None
    shape = next((name for name in KINDS if name == said), None)
    if not isinstance(value, dict) or shape is None:
        words = f"its geometry is {said[:40]!r}" if isinstance(said, str) else "it has no geometry"
        raise ShapeError(f"{words}; write a Point, Polygon, MultiPolygon, LineString or MultiLineString")
    parts = _READERS[shape](value.get("coordinates"))
    if sum(len(line) for part in parts for line in part) > MOST_CORNERS:
        raise ShapeError(f"it has more than {MOST_CORNERS:,} corners; simplify it, or split it into several fences")
    if KINDS[shape] == "area":
        try:
            ground(parts)
        except AreaError as error:
            raise ShapeError(str(error)) from error
    return Geometry(type=shape, parts=parts)


def write_geometry(geometry: Geometry) -> dict[str, Any]:
    """The geometry as GeoJSON."""
    parts: Any = [[[list(corner) for corner in line] for line in part] for part in geometry.parts]
    if geometry.type == "Point":
        parts = parts[0][0][0]
    elif geometry.type == "LineString":
        parts = parts[0][0]
    elif geometry.type != "MultiPolygon":
        parts = parts[0]
    return {"type": geometry.type, "coordinates": parts}


def _point(value: object) -> tuple[tuple[Line, ...], ...]:
    return (((_corner(value),),),)


def _line(value: object) -> Line:
    corners = _line_corners(value)
    if len(set(corners)) < 2:
        raise ShapeError("a line has fewer than 2 different corners; write a list of [lon, lat]")
    return corners


def _ring(value: object) -> Line:
    corners = _line_corners(value)
    if corners and corners[0] != corners[-1]:
        corners = (*corners, corners[0])
    if len(set(corners)) < 3:
        raise ShapeError("an outline has fewer than 3 different corners; write a list of [lon, lat] that goes round")
    return corners


def _line_corners(value: object) -> Line:
    corners: list[Corner] = []
    for item in _list(value):
        corner = _corner(item)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    return tuple(corners)


def _corner(value: object) -> Corner:
    """One [lon, lat]; a height behind them is left out."""
    numbers = value if isinstance(value, list | tuple) else []
    if not 2 <= len(numbers) <= 4 or not all(_is_number(number) for number in numbers[:2]):
        raise ShapeError(f"its coordinates have {str(value)[:60]}; write [lon, lat], two numbers")
    lon, lat = float(numbers[0]), float(numbers[1])
    if abs(lat) > 90:
        raise ShapeError(f"the latitude of [{lon:g}, {lat:g}] is beyond 90; write longitude first, then latitude")
    if abs(lon) > FARTHEST_LON:
        raise ShapeError(f"the longitude of [{lon:g}, {lat:g}] is beyond {FARTHEST_LON:g}; write degrees")
    return lon, lat


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple) or not value:
        raise ShapeError("its coordinates are not lists as deep as its type wants; write them as RFC 7946 says")
    if len(value) > MOST_CORNERS + 1:
        raise ShapeError(f"it has more than {MOST_CORNERS:,} corners; simplify it, or split it into several fences")
    return value


def _rings(value: object) -> tuple[Line, ...]:
    return tuple(_ring(ring) for ring in _list(value))


_READERS: Final[dict[Shape, Callable[[object], tuple[tuple[Line, ...], ...]]]] = {
    "Point": _point,
    "LineString": lambda value: ((_line(value),),),
    "MultiLineString": lambda value: (tuple(_line(line) for line in _list(value)),),
    "Polygon": lambda value: (_rings(value),),
    "MultiPolygon": lambda value: tuple(_rings(part) for part in _list(value)),
}
