"""Metres and degrees near one place: an equirectangular plane, good to 0.1 % within 50 km. Pure."""

import math

Point = tuple[float, float]
"""Longitude and latitude in degrees, WGS 84."""

METRES_PER_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator."""


def distance_m(a: Point, b: Point) -> float:
    """How far two near places are apart."""
    east = (b[0] - a[0]) * METRES_PER_DEGREE * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.hypot(east, (b[1] - a[1]) * METRES_PER_DEGREE)


def course_deg(a: Point, b: Point) -> float:
    """The direction from a to b, clockwise from true north, 0 to 360."""
    east = (b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return math.degrees(math.atan2(east, b[1] - a[1])) % 360


def moved(point: Point, east_m: float, north_m: float) -> Point:
    """The place so many metres east and north of a point."""
    lon, lat = point
    return (
        lon + east_m / (METRES_PER_DEGREE * math.cos(math.radians(lat))),
        lat + north_m / METRES_PER_DEGREE,
    )
