"""True metres on WGS 84 between points and edges that are straight in lon and lat. Pure, arrays throughout.

Points become geocentric coordinates, so that poles and the antimeridian are places like others. The chord between two
points is turned into the way over the ground: at 100 km that is 1 cm off, what is longer is measured by the geodesic.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from pyproj import Geod

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EQUATOR_M: Final = 6_378_137.0
SQUASH: Final = 0.006_694_379_990_141_317
"""WGS 84: the first eccentricity, squared."""
MEAN_M: Final = 6_371_009.0
CHORD_HOLDS_M: Final = 100_000.0
BEND_M: Final = 0.003
"""Edges that leave their chord by more are followed along their bend."""
WIDE_DEG: Final = 1.0
POLAR_DEG: Final = 85.0
"""Wider edges, and those about the poles, may bend round the point that is measured."""
_SAMPLES: Final = np.linspace(0, 1, 33)
_STEPS: Final = 20
_ZOOMS: Final = 8
_ELLIPSOID = Geod(ellps="WGS84")


class Points(NamedTuple):
    """Points as lon, lat in degrees and as geocentric metres (a row for each)."""

    lon: Floats
    lat: Floats
    xyz: Floats

    def at(self, which: Places) -> "Points":
        """Some of them."""
        return Points(self.lon[which], self.lat[which], self.xyz[which])


class Edges(NamedTuple):
    """Straight edges in lon and lat; one without length is a point."""

    start: Points
    turn: Floats
    """Degrees of longitude to the end."""
    rise: Floats
    """Degrees of latitude to the end."""
    chord: Floats
    per_chord2: Floats
    """1 / the chord's length squared; 0 without length."""
    bent: Mask

    def at(self, which: Places) -> "Edges":
        """Some of them."""
        start = self.start.at(which)
        return Edges(
            start, self.turn[which], self.rise[which], self.chord[which], self.per_chord2[which], self.bent[which]
        )


def points(lon: Floats, lat: Floats) -> Points:
    """Points from degrees."""
    return Points(lon, lat, _geocentric(lon, lat))


def edges(start: Points, end: Points) -> Edges:
    """From each start to its end, by the difference of their longitudes as it is."""
    chord = end.xyz - start.xyz
    length2 = _dot(chord, chord)
    turn, rise = end.lon - start.lon, end.lat - start.lat
    steepest = np.minimum(np.maximum(np.abs(start.lat), np.abs(end.lat)), 89.9)
    sag = length2 * (1 + np.tan(np.radians(steepest))) / (8 * MEAN_M)
    bent = (sag > BEND_M) | (np.abs(turn) > WIDE_DEG)
    per_chord2 = np.divide(1, length2, out=np.zeros_like(length2), where=length2 > 1e-12)
    return Edges(start, turn, rise, chord, per_chord2, bent)


def edge_ends(edge: Edges) -> Edges:
    """The same edges, seen from their ends."""
    end = Points(edge.start.lon + edge.turn, edge.start.lat + edge.rise, edge.start.xyz + edge.chord)
    return Edges(end, -edge.turn, -edge.rise, -edge.chord, edge.per_chord2, edge.bent)


def along(edge: Edges, share: Floats) -> Points:
    """The points at these shares of the edges."""
    return points(edge.start.lon + share * edge.turn, edge.start.lat + share * edge.rise)


def within(share: Floats) -> Floats:
    """Shares, none below 0 or above 1 (np.clip takes twice as long)."""
    return np.minimum(np.maximum(share, 0), 1)


def nearest(point: Points, edge: Edges) -> tuple[Floats, Floats]:
    """For each point and its edge: the share of the edge that is nearest, and the metres to it."""
    away = point.xyz - edge.start.xyz
    share = within(_dot(away, edge.chord) * edge.per_chord2)
    away -= share[:, None] * edge.chord
    bent = edge.bent.nonzero()[0]
    if len(bent):
        on_bent = edge.at(bent)
        share[bent] = _on_bend(point.at(bent), on_bent, share[bent])
        away[bent] = point.xyz[bent] - along(on_bent, share[bent]).xyz
    return share, _over_ground(np.sqrt(_dot(away, away)))


def exact(point: Points, edge: Edges, share: Floats, metres: Floats, of: Mask | bool = True) -> Floats:
    """The metres again, by the geodesic where they are many; `of` says where that matters."""
    far = ((metres > CHORD_HOLDS_M) & of).nonzero()[0]
    if not len(far):
        return metres
    a, b = point.at(far), along(edge.at(far), share[far])
    by_geodesic = metres.copy()
    by_geodesic[far] = _ELLIPSOID.inv(a.lon, a.lat, b.lon, b.lat)[2]
    return by_geodesic


def _on_bend(point: Points, edge: Edges, share: Floats) -> Floats:
    """The nearest share of edges that bend: Gauss and Newton from the chord's, and by samples where that may fail."""
    share = _by_steps(point, edge, share)
    is_wide = (np.abs(edge.turn) > WIDE_DEG) | (np.abs(edge.rise) > WIDE_DEG)
    wide = (is_wide | (np.abs(edge.start.lat) > POLAR_DEG)).nonzero()[0]
    if len(wide):
        share[wide] = _by_samples(point.at(wide), edge.at(wide))
    return share


def _by_steps(point: Points, edge: Edges, share: Floats) -> Floats:
    done = np.zeros(len(share), dtype=np.bool_)
    for _ in range(_STEPS):
        here = along(edge, share)
        east, north = _ways(edge, here)
        away = point.xyz - here.xyz
        pace2 = _dot(east, east) + _dot(north, north) + 2 * _dot(east, north)
        step = _dot(away, east + north) / np.where(pace2 > 0, pace2, 1)
        # Who is done stays, so that no answer depends on the others.
        moved = np.where(done, share, within(share + step))
        done |= np.abs(moved - share) * np.sqrt(pace2) < BEND_M / 10
        share = moved
        if done.all():
            break
    return share


def _by_samples(point: Points, edge: Edges) -> Floats:
    """The best of some samples, and again around it: on 10,000 km this ends within 1 cm."""
    low, width = np.zeros(len(edge.turn)), np.ones(len(edge.turn))
    for _ in range(_ZOOMS):
        share = low[:, None] + width[:, None] * _SAMPLES
        lon = edge.start.lon[:, None] + edge.turn[:, None] * share
        lat = edge.start.lat[:, None] + edge.rise[:, None] * share
        away = _geocentric(lon.ravel(), lat.ravel()).reshape(*lon.shape, 3) - point.xyz[:, None]
        best = share[np.arange(len(share)), np.einsum("ijk,ijk->ij", away, away).argmin(axis=1)]
        low = np.maximum(best - width * _SAMPLES[1], 0)
        width = np.minimum(best + width * _SAMPLES[1], 1) - low
    return np.asarray(best)


def _ways(edge: Edges, here: Points) -> tuple[Floats, Floats]:
    """Metres (as vectors) eastward and northward for the whole of each edge, at the pace that it has here."""
    lon, lat = np.radians(here.lon), np.radians(here.lat)
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    flat = 1 - SQUASH * sin_lat**2
    prime = EQUATOR_M / np.sqrt(flat)
    meridian = prime * (1 - SQUASH) / flat
    east = np.radians(edge.turn) * prime * cos_lat
    north = np.radians(edge.rise) * meridian
    outward = sin_lat * north
    return (
        _vectors(-sin_lon * east, cos_lon * east, 0.0),
        _vectors(-cos_lon * outward, -sin_lon * outward, cos_lat * north),
    )


def _geocentric(lon: Floats, lat: Floats) -> Floats:
    lon, lat = np.radians(lon), np.radians(lat)
    sin_lat, cos_lat = np.sin(lat), np.cos(lat)
    prime = EQUATOR_M / np.sqrt(1 - SQUASH * sin_lat**2)
    flat = prime * cos_lat
    return _vectors(flat * np.cos(lon), flat * np.sin(lon), prime * (1 - SQUASH) * sin_lat)


def _vectors(x: Floats, y: Floats, z: Floats | float) -> Floats:
    found = np.empty((len(x), 3))
    found[:, 0], found[:, 1], found[:, 2] = x, y, z
    return found


def _over_ground(chord: Floats) -> Floats:
    half = np.minimum(chord / (2 * MEAN_M), 1)
    return np.asarray(2 * MEAN_M * np.arcsin(half))


def _dot(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.einsum("ij,ij->i", a, b))
