"""The same questions answered slowly: every edge in many samples by geographiclib's geodesic (pyproj), every meridian counted."""

from itertools import pairwise

import numpy as np
from pyproj import Geod

from server.domain.fences.fence import Fence, Geometry

GEOD = Geod(ellps="WGS84")


def a_circle(lon, lat, radius_m, **more):
    return _fence("Point", ((((lon, lat),),),), kind="circle", radius_m=radius_m, **more)


def a_corridor(*lines, width_m, **more):
    return _fence("MultiLineString", (lines,), kind="corridor", width_m=width_m, **more)


def an_area(*parts, **more):
    """Of parts, each a list of rings; rings need not be closed."""
    closed = tuple(tuple((*ring, ring[0]) for ring in part) for part in parts)
    return _fence("MultiPolygon", closed, kind="area", **more)


def _fence(shape, parts, **more):
    return Fence(**{"id": "f", "name": "F", "geometry": Geometry(type=shape, parts=parts)} | more)


def short(turn):
    return (turn + 180) % 360 - 180 if abs(turn) > 180 else turn


def edges_of(fence):
    for part in fence.geometry.parts:
        for line in part:
            yield from pairwise(line) if len(line) > 1 else [(line[0], line[0])]


def metres_to_edge(start, end, lon, lat):
    """To the edge that is straight in lon and lat, the short way: the nearest of many samples, and again around it."""
    turn, rise = short(end[0] - start[0]), end[1] - start[1]
    low, high, found = 0.0, 1.0, 0.0
    count = 1 if start == end else 61
    while True:
        share = np.linspace(low, high, count)
        away = GEOD.inv(start[0] + share * turn, start[1] + share * rise, np.full(count, lon), np.full(count, lat))[2]
        best = int(np.argmin(away))
        low, high, found = share[max(0, best - 1)], share[min(count - 1, best + 1)], float(away[best])
        if (high - low) * max(abs(turn), abs(rise)) < 1e-7:
            return found


def is_on_ground(fence, lon, lat):
    """Odd crossings on the meridian to the north pole, or even ones when the pole itself is inside."""
    return any(sum(_odd(ring, lon, lat) for ring in part) % 2 for part in fence.geometry.parts)


def _odd(ring, lon, lat):
    crossings, turned, side = 0, 0.0, 0.0
    corners = [((x - lon + 180) % 360 - 180, y) for x, y in ring]
    for (lon_a, lat_a), (lon_b, lat_b) in pairwise(corners):
        turn = short(lon_b - lon_a)
        turned += turn
        side += turn * (lat_a + lat_b)
        if (lon_a < 0) != (lon_b < 0) and abs(lon_b - lon_a) <= 180:
            crossings += lat_a - (lat_b - lat_a) * lon_a / turn > lat
    holds_north_pole = abs(turned) > 180 and side / turned > 0
    return (crossings + holds_north_pole) % 2


def outside_m(fence, lon, lat):
    away = min(metres_to_edge(*edge, lon, lat) for edge in edges_of(fence))
    if fence.kind == "area":
        return -away if is_on_ground(fence, lon, lat) else away
    return away - fence.half_m


def at(lon, lat):
    """A position as whole 1e-7 degrees."""
    return round(lon * 1e7), round(lat * 1e7)
