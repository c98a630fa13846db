"""Observations as NMEA 0183 sentences, as common receivers send them (RMC, VTG, GGA, GSA, GST). Pure."""

from datetime import datetime

from firmware_bridge.nmea import Fix
from firmware_bridge.nmea.encode import epoch
from simulators.noise import Observation


def sentences(seen: Observation, at: datetime) -> bytes:
    """The sentences of one epoch; `at` is aware."""
    fix = Fix(
        at=at,
        lon=seen.lon,
        lat=seen.lat,
        alt_m=seen.alt_m,
        speed_mps=seen.speed_mps,
        course_deg=seen.course_deg,
        hdop=seen.hdop,
        satellites=seen.satellites,
        error_m=seen.sigma_m,
    )
    return epoch(fix)
