"""A fix as the rules see it, and true metres between two of them.

Plain arithmetic, one pair at a time: arrays may round the last bit differently with their length, and then a day cut
into other batches would give another odometer.
"""

import math
from functools import lru_cache

import msgspec

UNSAID = -1.0
DEFAULT_SIGMA_M = 5.0
"""One sigma per axis of a receiver that says no accuracy."""

_A_M, _E2 = 6_378_137.0, 6.694_379_990_14e-3
"""WGS 84: half the longer axis, and the first eccentricity squared."""
_BUCKET_E7 = 10_000
_FAR_E7 = 20_000_000
_TURN_E7 = 3_600_000_000


class Fix(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a receiver saw the vehicle. Speed and course are UNSAID where it did not say them."""

    at_ms: int
    lon_e7: int
    lat_e7: int
    speed_mps: float
    course_deg: float
    sigma_m: float

    @property
    def lon(self) -> float:
        """Degrees east."""
        return self.lon_e7 / 1e7

    @property
    def lat(self) -> float:
        """Degrees north."""
        return self.lat_e7 / 1e7


def metres(one: Fix, other: Fix) -> float:
    """How far apart two fixes are, on the WGS 84 ellipsoid (to 1e-5 up to 200 km, to 0.5 % beyond)."""
    return metres_between(one.lon_e7, one.lat_e7, other.lon_e7, other.lat_e7)


def metres_between(lon1_e7: float, lat1_e7: float, lon2_e7: float, lat2_e7: float) -> float:
    """The same of bare coordinates, the short way round."""
    dlon, dlat = abs(lon2_e7 - lon1_e7), abs(lat2_e7 - lat1_e7)
    if dlon > _TURN_E7 / 2:
        dlon = _TURN_E7 - dlon
    if dlon > _FAR_E7 or dlat > _FAR_E7:
        return _far(lat1_e7, lat2_e7, dlon, dlat)
    east, north = _scale((lat1_e7 + lat2_e7) // (2 * _BUCKET_E7))
    return math.hypot(dlon * east, dlat * north)


@lru_cache(maxsize=8192)
def _scale(bucket: float) -> tuple[float, float]:
    """Metres of 1e-7 degrees eastward and northward at a latitude, to a thousandth of a degree."""
    lat = math.radians((bucket + 0.5) * _BUCKET_E7 / 1e7)
    w = 1 - _E2 * math.sin(lat) ** 2
    unit = math.radians(1e-7)
    return unit * _A_M / math.sqrt(w) * math.cos(lat), unit * _A_M * (1 - _E2) / w**1.5


def _far(lat1_e7: float, lat2_e7: float, dlon_e7: float, dlat_e7: float) -> float:
    """Haversine on the sphere of equal area: nothing that a van drives between two fixes is so long."""
    lat1, lat2 = math.radians(lat1_e7 / 1e7), math.radians(lat2_e7 / 1e7)
    h = math.sin(math.radians(dlat_e7 / 1e7) / 2) ** 2
    h += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(dlon_e7 / 1e7) / 2) ** 2
    return 2 * 6_371_007.2 * math.asin(math.sqrt(min(1.0, h)))
