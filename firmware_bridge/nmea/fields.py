"""Single fields of NMEA 0183 as values, or None. The sanity that pynmea2 leaves to its callers.

An empty field is None without complaint; a field that is there and cannot be true is None and is counted under the
reason given here. Nothing in here raises. Units are in the names.
"""

import re
from collections import Counter
from datetime import date

DAY_MS = 86_400_000
KNOT_MPS = 1852 / 3600
KMH_MPS = 1 / 3.6

FASTEST_MPS = 1000.0
"""Faster than any vehicle with a receiver of this kind: civil ones stop at 515 m/s by export rules."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d*))?")
_DEGREES = re.compile(r"(\d{0,3}?)(\d{1,2}\.\d*|\d\d)")
_CENTURY_PIVOT = 80  # GPS time began in 1980: 80 to 99 are the nineties and before, as gpsd reads them


class Refusals(Counter[str]):
    """How often something was refused, by reason."""

    def add(self, reason: str) -> None:
        """One more of this reason."""
        self[reason] += 1


def number(text: str, refused: Refusals) -> float | None:
    """A finite decimal number. Python would also take `nan`, `inf`, `1e9`, `1_0` and spaces: a receiver may not."""
    if not text:
        return None
    if _NUMBER.fullmatch(text) is None or len(text) > 20:
        refused.add("bad_number")
        return None
    return float(text)


def between(text: str, low: float, high: float, refused: Refusals) -> float | None:
    """A number from `low` to `high`."""
    value = number(text, refused)
    if value is None or low <= value <= high:
        return value
    refused.add("bad_number")
    return None


def whole(text: str, high: int, refused: Refusals) -> int | None:
    """A whole number from 0 to `high`."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9 or int(text) > high:
        refused.add("bad_number")
        return None
    return int(text)


def dop(text: str, refused: Refusals) -> float | None:
    """A dilution of precision; 0 and 99 and more are how receivers write "none" (BT-451 says 99.99)."""
    value = number(text, refused)
    return value if value is not None and 0 < value < 99 else None


def speed_mps(knots: str, kmh: str, refused: Refusals) -> float | None:
    """Speed over ground from knots, else from km/h."""
    value = number(knots, refused)
    scaled = value * KNOT_MPS if value is not None else (number(kmh, refused) or 0.0) * KMH_MPS if kmh else None
    if scaled is None or 0 <= scaled < FASTEST_MPS:
        return scaled
    refused.add("bad_number")
    return None


def course_deg(text: str, refused: Refusals) -> float | None:
    """Course over ground, 0 <= course < 360, true north."""
    value = between(text, 0, 360, refused)
    return value if value is None else value % 360


def position(fields: tuple[str, str, str, str], refused: Refusals) -> tuple[float, float] | None:
    """Longitude and latitude in degrees from ddmm.mmmm,N,dddmm.mmmm,E. All four fields have to be there."""
    lat_text, north, lon_text, east = fields
    if not (lat_text and north and lon_text and east):
        return None
    lat = _degrees(lat_text, 90)
    lon = _degrees(lon_text, 180)
    if lat is None or lon is None or north not in "NS" or east not in "EW":
        refused.add("bad_position")
        return None
    return (lon if east == "E" else -lon, lat if north == "N" else -lat)


def time_of_day_ms(text: str) -> int | None:
    """Milliseconds since midnight from hhmmss.sss, or None when it is no time.

    Second 60 is a time only at 23:59, where UTC has its leap seconds (ITU-R TF.460): it is DAY_MS and a little.
    Digits beyond the millisecond are cut, not rounded: a time never lies in the future.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    if hour > 23 or minute > 59 or second > 60 or (second == 60 and (hour, minute) != (23, 59)):
        return None
    return ((hour * 60 + minute) * 60 + second) * 1000 + int(((match[4] or "") + "000")[:3])


def day(dd: str, mm: str, year: str, refused: Refusals) -> date | None:
    """A date from day, month and a year of two or four digits. Zeros are how some receivers say that they have none."""
    text = dd + mm + year
    if not text.strip("0"):
        return None
    if text.isdecimal() and text.isascii() and len(dd) <= 2 and len(mm) <= 2 and len(year) in {2, 4}:
        number_of_year = int(year)
        if len(year) == 2:
            number_of_year += 1900 if number_of_year >= _CENTURY_PIVOT else 2000
        try:
            return date(number_of_year, int(mm), int(dd))
        except ValueError:
            pass
    refused.add("bad_date")
    return None


def _degrees(text: str, limit: int) -> float | None:
    """Degrees from dddmm.mmmm. Minutes may be 60.0000: that is how 59.99999 looks in a receiver with four digits."""
    match = _DEGREES.fullmatch(text)
    if match is None or len(text) > 20:
        return None
    minutes = float(match[2])
    degrees = int(match[1] or "0") + minutes / 60
    return round(degrees, 9) if minutes <= 60 and degrees <= limit else None
