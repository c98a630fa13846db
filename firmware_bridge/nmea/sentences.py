"""One checked sentence to what it says, or to nothing. The sanity layer around pynmea2.

pynmea2 splits a sentence and knows its fields by name. Its conversions are not used: it reads an empty latitude as 0.0,
takes `nan`, 91 degrees and 75 minutes, keeps `235960` as text, and gives the stale position of a receiver without a
fix. A sentence that declares itself invalid (status V, quality 0) says its time, and nothing else that we believe.
"""

from collections.abc import Callable
from datetime import date

import msgspec
import pynmea2

from firmware_bridge.nmea import fields
from firmware_bridge.nmea.fields import Refusals

SPARE_FIELDS = 4
"""Some receivers append fields of their own; two sentences run together have many more than that."""

GSA_TAIL = ("pdop", "hdop", "vdop")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one sentence says. None is what it does not say.

    `valid` is its verdict on the position: True, False (status V, quality 0), None (says nothing about it).
    `faa` are its mode indicators (NMEA 2.3), one letter per satellite system; `dimensions` is GSA's 2 or 3.
    """

    talker: str
    kind: str
    time_ms: int | None = None
    day: date | None = None
    valid: bool | None = None
    position: tuple[float, float] | None = None
    alt_m: float | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    faa: str = ""
    quality: int | None = None
    hdop: float | None = None
    satellites: int | None = None
    used: frozenset[str] = frozenset()
    dimensions: int | None = None
    error_m: float | None = None


class Sentence:
    """The fields of one sentence by pynmea2's names, as the text that was sent."""

    __slots__ = ("_at", "_message", "refused")

    def __init__(self, message: pynmea2.TalkerSentence, refused: Refusals) -> None:
        """`message` is of a kind in `KINDS`."""
        self.refused = refused
        self._message = message
        self._at = type(message).name_to_idx

    def __getitem__(self, name: str) -> str:
        """A field's text, empty when the sentence ends before it."""
        place = self._at[name]
        data = self._message.data
        return data[place].strip(" ") if place < len(data) else ""

    @property
    def data(self) -> list[str]:
        """All fields after the address."""
        return self._message.data  # type: ignore[no-any-return]

    @property
    def talker(self) -> str:
        """GP, GN, GL, GA, GB, BD, QZ, IN and what else there is."""
        return str(self._message.talker)

    @property
    def position(self) -> tuple[float, float] | None:
        """Longitude, latitude."""
        return fields.position((self["lat"], self["lat_dir"], self["lon"], self["lon_dir"]), self.refused)

    @property
    def time_ms(self) -> int | None:
        """The time of day; `read` has refused the sentence if it is none."""
        return fields.time_of_day_ms(self["timestamp"])


def read(line: str, refused: Refusals) -> Said | None:
    """What a sentence says; None for the kinds that we do not use and for what is refused.

    Args:
        line: from the talker to the checksum, which was right.
        refused: counted up by malformed, bad_time, bad_date, bad_position, bad_number.
    """
    kind = line[2:5]
    reader = KINDS.get(kind)
    if reader is None or line[0] == "P" or line[5:6] != ",":
        return None
    try:
        message = pynmea2.parse(line, check=True)
    except pynmea2.ParseError:
        refused.add("malformed")
        return None
    least, most = SIZES[kind]
    if not least <= len(message.data) <= most:
        refused.add("malformed")
        return None
    sentence = Sentence(message, refused)
    stamp = sentence["timestamp"] if kind not in UNTIMED else ""
    if stamp and fields.time_of_day_ms(stamp) is None:
        refused.add("bad_time")
        return None
    return reader(sentence)


def used(line: str) -> bool:
    """Whether this is a kind of sentence that we read."""
    return line[2:5] in KINDS and line[0] != "P"


def _rmc(s: Sentence) -> Said:
    """Recommended minimum: status, position, speed, course, date.

    Its 13th field, the navigational status, says V in receivers that do not judge integrity (u-blox): that refuses
    nothing.
    """
    dd_mm_yy = s["datestamp"]
    day = fields.day(dd_mm_yy[:2], dd_mm_yy[2:4], dd_mm_yy[4:], s.refused)
    faa = s["mode_indicator"]
    if s["status"] not in {"A", "D"} or faa == "N":
        return Said(talker=s.talker, kind="RMC", time_ms=s.time_ms, day=day, valid=False, faa=faa)
    return Said(
        talker=s.talker,
        kind="RMC",
        time_ms=s.time_ms,
        day=day,
        valid=True,
        position=s.position,
        speed_mps=fields.speed_mps(s["spd_over_grnd"], "", s.refused),
        course_deg=fields.course_deg(s["true_course"], s.refused),
        faa=faa,
    )


def _gga(s: Sentence) -> Said:
    """Fix data: quality, satellites, HDOP, altitude. With an empty quality (myguide-3100) others vouch for it."""
    quality = fields.whole(s["gps_qual"], 9, s.refused)
    satellites = fields.whole(s["num_sats"], 99, s.refused)
    if quality == 0:
        return Said(
            talker=s.talker,
            kind="GGA",
            time_ms=s.time_ms,
            valid=False,
            quality=quality,
            satellites=satellites,
        )
    return Said(
        talker=s.talker,
        kind="GGA",
        time_ms=s.time_ms,
        valid=None if quality is None else True,
        position=s.position,
        alt_m=fields.between(s["altitude"], -1000, 100_000, s.refused),
        quality=quality,
        hdop=fields.dop(s["horizontal_dil"], s.refused),
        satellites=satellites,
    )


def _gll(s: Sentence) -> Said:
    """Position and time. Without a status (NMEA before 2.0) it says nothing."""
    status, faa = s["status"], s["faa_mode"]
    valid = None if not status else status in {"A", "D"} and faa != "N"
    position = s.position if valid else None
    return Said(talker=s.talker, kind="GLL", time_ms=s.time_ms, valid=valid, position=position, faa=faa)


def _gns(s: Sentence) -> Said:
    """Fix data of several systems; valid when any of them is (NNAN: Galileo alone), measured when any of them is."""
    faa = s["mode_indicator"]
    if set(faa) & MEASURED:
        faa = "A"
    satellites = fields.whole(s["num_sats"], 99, s.refused)
    if not faa.strip("N"):
        return Said(
            talker=s.talker,
            kind="GNS",
            time_ms=s.time_ms,
            valid=False if faa else None,
            faa=faa,
            satellites=satellites,
        )
    return Said(
        talker=s.talker,
        kind="GNS",
        time_ms=s.time_ms,
        valid=True,
        position=s.position,
        alt_m=fields.between(s["altitude"], -1000, 100_000, s.refused),
        faa=faa,
        hdop=fields.dop(s["hdop"], s.refused),
        satellites=satellites,
    )


def _vtg(s: Sentence) -> Said:
    """Course and speed. It has no time: it belongs to the epoch it stands in."""
    faa = s["faa_mode"]
    if faa == "N":
        return Said(talker=s.talker, kind="VTG", faa=faa)
    return Said(
        talker=s.talker,
        kind="VTG",
        speed_mps=fields.speed_mps(s["spd_over_grnd_kts"], s["spd_over_grnd_kmph"], s.refused),
        course_deg=fields.course_deg(s["true_track"], s.refused),
        faa=faa,
    )


def _gsa(s: Sentence) -> Said:
    """Satellites used, dilutions, 2D or 3D. NMEA 4.10 appends the system's number; CH-4701 has 24 places, not 12."""
    data = s.data
    places = 12 if len(data) <= 18 else len(data) - 5
    system = data[17] if len(data) == 18 else ""
    owner = system or s.talker
    dimensions = {"2": 2, "3": 3}.get(data[1])
    used_ones = frozenset(f"{owner}{prn}" for prn in data[2 : 2 + places] if prn.isdecimal() and int(prn) > 0)
    tail = data[2 + places : 5 + places]
    hdop = fields.dop(tail[1], s.refused) if len(tail) == len(GSA_TAIL) else None
    return Said(talker=s.talker, kind="GSA", dimensions=dimensions, used=used_ones, hdop=hdop)


def _zda(s: Sentence) -> Said:
    """Time and date with four digits of year."""
    day = fields.day(s["day"], s["month"], s["year"], s.refused)
    return Said(talker=s.talker, kind="ZDA", time_ms=s.time_ms, day=day)


def _gst(s: Sentence) -> Said:
    """Error statistics: the standard deviations of latitude and longitude."""
    error_m = _per_axis(s["std_dev_latitude"], s["std_dev_longitude"], s.refused)
    return Said(talker=s.talker, kind="GST", time_ms=s.time_ms, error_m=error_m)


def _gbs(s: Sentence) -> Said:
    """Satellite fault detection: the expected errors of latitude and longitude, one sigma each."""
    error_m = _per_axis(s["lat_err"], s["lon_err"], s.refused)
    return Said(talker=s.talker, kind="GBS", time_ms=s.time_ms, error_m=error_m)


def _per_axis(north: str, east: str, refused: Refusals) -> float | None:
    """One sigma per axis from those of the two axes: the root of their mean square. Zeros are no estimate."""
    north_m = fields.between(north, 0, 1e7, refused)
    east_m = fields.between(east, 0, 1e7, refused)
    if not north_m or not east_m:
        return None
    return float(round(((north_m**2 + east_m**2) / 2) ** 0.5, 3))


KINDS: dict[str, Callable[[Sentence], Said]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GLL": _gll,
    "GNS": _gns,
    "GSA": _gsa,
    "VTG": _vtg,
    "ZDA": _zda,
    "GST": _gst,
    "GBS": _gbs,
}
"""What we read. The rest (GSV, TXT, what makers invent, AIS) is counted as not used, and is no error."""

STARTERS = frozenset({"RMC", "GGA", "GLL", "GNS"})
"""A position and its time: they begin an epoch."""

MEASURED = frozenset("ADFPR")
"""Mode indicators of positions that satellites gave: autonomous, differential, float, precise, real-time kinematic."""

UNTIMED = frozenset({"GSA", "VTG"})
"""No time: they belong to the epoch they stand in."""

_LEAST = {"RMC": 9, "GGA": 10, "GLL": 4, "GNS": 9, "GSA": 5, "VTG": 8, "ZDA": 4, "GST": 8, "GBS": 4}
SIZES = {kind: (_LEAST[kind], len(getattr(pynmea2, kind).fields) + SPARE_FIELDS) for kind in KINDS}
SIZES["GSA"] = (_LEAST["GSA"], 32)
