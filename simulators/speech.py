"""Observations as NMEA 0183 sentences, in the order in which common receivers send them. Pure."""

from datetime import datetime
from functools import reduce
from operator import xor

from simulators.noise import Observation

_KNOT_MPS = 1852 / 3600


def sentences(seen: Observation, at: datetime, *, talker: str = "GN") -> bytes:
    """RMC, VTG, GGA, GSA and GST of one epoch; `at` is aware UTC."""
    clock = at.strftime("%H%M%S.") + f"{at.microsecond // 10000:02d}"
    fix = seen.lon is not None and seen.lat is not None
    place = f"{_angle(seen.lat, 'NS', 2)},{_angle(seen.lon, 'EW', 3)}" if seen.lon is not None else ",,,"
    knots = "" if seen.speed_mps is None else f"{seen.speed_mps / _KNOT_MPS:.3f}"
    kmh = "" if seen.speed_mps is None else f"{seen.speed_mps * 3.6:.3f}"
    course = "" if seen.course_deg is None else f"{seen.course_deg:.2f}"
    hdop = "" if seen.hdop is None else f"{seen.hdop:.2f}"
    used = "" if seen.satellites is None else f"{seen.satellites:02d}"
    alt = f"{seen.alt_m:.1f}" if seen.alt_m is not None else ""
    lines = [
        f"RMC,{clock},{'A' if fix else 'V'},{place},{knots},{course},{at:%d%m%y},,,{'A' if fix else 'N'}",
        f"VTG,{course},T,,M,{knots},N,{kmh},K,{'A' if fix else 'N'}",
        f"GGA,{clock},{place},{1 if fix else 0},{used},{hdop},{alt},M,,M,,",
        f"GSA,A,{3 if fix else 1},,,,,,,,,,,,,,{hdop},",
    ]
    if fix and seen.sigma_m is not None:
        lines.append(f"GST,{clock},,,,,{seen.sigma_m:.2f},{seen.sigma_m:.2f},{seen.sigma_m * 1.8:.2f}")
    return b"".join(_framed(f"{talker}{line}") for line in lines)


def _angle(degrees: float | None, letters: str, width: int) -> str:
    if degrees is None:
        return ","
    ten_thousandths = round(abs(degrees) * 600_000_0)
    whole, minutes = divmod(ten_thousandths, 600_000_0)
    return f"{whole:0{width}d}{minutes / 100_000:08.5f},{letters[degrees < 0]}"


def _framed(body: str) -> bytes:
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n".encode()
