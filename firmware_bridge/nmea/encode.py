"""Values to NMEA 0183 sentences, as bytes with checksum and line end. For simulators and tests.

Sentences are those of NMEA 0183 4.10. A None leaves its field empty, as a receiver does. Numbers are rounded to what a
good receiver sends: 5 decimals of a minute are 2 cm. `at` is an aware time; any zone becomes UTC.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import batched
from operator import xor

import msgspec

from firmware_bridge.nmea.fields import KMH_MPS, KNOT_MPS
from firmware_bridge.nmea.fix import Fix

_MOST_MESSAGES = 9
_SATELLITES_A_MESSAGE = 4
_GSA_PLACES = 12
_DECIMALS_OF_A_MINUTE = 5

_FAA = {"dead_reckoning": "E", "simulated": "S", "manual": "M"}
_QUALITY = {"dead_reckoning": 6, "simulated": 8, "manual": 7}


class Satellite(msgspec.Struct, frozen=True, kw_only=True):
    """One satellite in view. `snr_db` is C/N0 in dB-Hz, None when it is not tracked."""

    prn: int
    elevation_deg: int | None = None
    azimuth_deg: int | None = None
    snr_db: int | None = None


def sentence(address: str, *fields: str) -> bytes:
    """Any sentence: `sentence("GPTXT", "01", "01", "02", "hello")`."""
    body = ",".join((address, *fields)).encode("ascii")
    return b"$%s*%02X\r\n" % (body, reduce(xor, body, 0))


def rmc(fix: Fix, *, talker: str = "GN") -> bytes:
    """Recommended minimum; status V when the fix has no position."""
    return sentence(
        f"{talker}RMC",
        _clock(fix.at),
        _status(fix),
        *_place(fix),
        _number(_scaled(fix.speed_mps, KNOT_MPS), 3),
        _number(fix.course_deg, 2),
        f"{fix.at.astimezone(UTC):%d%m%y}" if fix.at else "",
        "",
        "",
        _faa(fix),
    )


def gga(fix: Fix, *, talker: str = "GN") -> bytes:
    """Fix data; the quality is the fix's own, else what its mode says, else 1."""
    implied = 0 if fix.lat is None else _QUALITY.get(fix.mode or "", 1)
    return sentence(
        f"{talker}GGA",
        _clock(fix.at),
        *_place(fix),
        str(implied if fix.quality is None else fix.quality),
        "" if fix.satellites is None else f"{fix.satellites:02d}",
        _number(fix.hdop, 2),
        *(_number(fix.alt_m, 2), "M", "", "M"),
        "",
        "",
    )


def gll(fix: Fix, *, talker: str = "GN") -> bytes:
    """Position and time."""
    return sentence(f"{talker}GLL", *_place(fix), _clock(fix.at), _status(fix), _faa(fix))


def gns(fix: Fix, *, talker: str = "GN") -> bytes:
    """Fix data of several systems; the mode indicator says GPS and GLONASS alike."""
    used = "" if fix.satellites is None else f"{fix.satellites:02d}"
    numbers = (_faa(fix) * 2, used, _number(fix.hdop, 2), _number(fix.alt_m, 2), "", "", "", "V")
    return sentence(f"{talker}GNS", _clock(fix.at), *_place(fix), *numbers)


def gsa(fix: Fix, *, talker: str = "GN", used: Sequence[int] = (), system: int | None = None) -> bytes:
    """Satellites used (at most 12), dilutions, 2D or 3D; `system` is NMEA 4.10's number (1 GPS, 2 GLONASS, ...)."""
    dimensions = "1" if fix.lat is None else "2" if fix.mode == "2d" else "3"
    places = [f"{prn:02d}" for prn in used[:_GSA_PLACES]]
    places += [""] * (_GSA_PLACES - len(places))
    tail = () if system is None else (str(system),)
    return sentence(f"{talker}GSA", "A", dimensions, *places, "", _number(fix.hdop, 2), "", *tail)


def gsv(satellites: Sequence[Satellite], *, talker: str = "GP") -> bytes:
    """All satellites in view, four to a sentence; one sentence when there are none."""
    groups = list(batched(satellites, _SATELLITES_A_MESSAGE))[:_MOST_MESSAGES] or [()]
    lines = []
    for place, group in enumerate(groups, 1):
        fields = [str(len(groups)), str(place), f"{len(satellites):02d}"]
        for one in group:
            fields += [
                f"{one.prn:02d}",
                _whole(one.elevation_deg, 2),
                _whole(one.azimuth_deg, 3),
                _whole(one.snr_db, 2),
            ]
        lines.append(sentence(f"{talker}GSV", *fields))
    return b"".join(lines)


def vtg(fix: Fix, *, talker: str = "GN") -> bytes:
    """Course and speed."""
    knots = _number(_scaled(fix.speed_mps, KNOT_MPS), 3)
    kmh = _number(_scaled(fix.speed_mps, KMH_MPS), 3)
    return sentence(f"{talker}VTG", _number(fix.course_deg, 2), "T", "", "M", knots, "N", kmh, "K", _faa(fix))


def gst(fix: Fix, *, talker: str = "GN", alt_error_m: float | None = None) -> bytes:
    """Error statistics: `error_m` for latitude and for longitude, one sigma each."""
    error_m = _number(fix.error_m, 3)
    return sentence(f"{talker}GST", _clock(fix.at), "", "", "", "", error_m, error_m, _number(alt_error_m, 3))


def zda(fix: Fix, *, talker: str = "GN") -> bytes:
    """Time and date."""
    day = f"{fix.at.astimezone(UTC):%d,%m,%Y}".split(",") if fix.at else ["", "", ""]
    return sentence(f"{talker}ZDA", _clock(fix.at), *day, "00", "00")


def epoch(fix: Fix, *, talker: str = "GN") -> bytes:
    """RMC, VTG, GGA, GSA and, with an error, GST: a common receiver's cycle."""
    said = rmc(fix, talker=talker) + vtg(fix, talker=talker) + gga(fix, talker=talker) + gsa(fix, talker=talker)
    return said if fix.error_m is None else said + gst(fix, talker=talker)


def _clock(at: datetime | None) -> str:
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    return f"{utc:%H%M%S}.{utc.microsecond // 1000:03d}"


def _status(fix: Fix) -> str:
    return "V" if fix.lat is None else "A"


def _faa(fix: Fix) -> str:
    return "N" if fix.lat is None else _FAA.get(fix.mode or "", "A")


def _place(fix: Fix) -> tuple[str, str, str, str]:
    if fix.lat is None or fix.lon is None:
        return ("", "", "", "")
    return (_angle(fix.lat, 2), "S" if fix.lat < 0 else "N", _angle(fix.lon, 3), "W" if fix.lon < 0 else "E")


def _angle(degrees: float, width: int) -> str:
    """Degrees and minutes from whole fractions of a minute, so that 59.999999 minutes become the next degree."""
    unit = 10**_DECIMALS_OF_A_MINUTE
    whole, fraction = divmod(round(abs(degrees) * 60 * unit), 60 * unit)
    minutes, rest = divmod(fraction, unit)
    return f"{whole:0{width}d}{minutes:02d}.{rest:0{_DECIMALS_OF_A_MINUTE}d}"


def _scaled(value: float | None, unit: float) -> float | None:
    return None if value is None else value / unit


def _number(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _whole(value: int | None, width: int) -> str:
    return "" if value is None else f"{value:0{width}d}"
