"""The sentences of one epoch to one fix, in whatever order they came and whoever spoke. A pure function.

A later sentence of a kind replaces an earlier one, except where talkers each say their part (satellites of GP and GL).
"""

from collections.abc import Iterable, Sequence

from firmware_bridge.nmea.dates import Dates
from firmware_bridge.nmea.fix import Fix, Mode
from firmware_bridge.nmea.sentences import STARTERS, Said

_FAA_MODES: tuple[tuple[str, Mode], ...] = (("S", "simulated"), ("M", "manual"), ("E", "dead_reckoning"))
_QUALITY_MODES: dict[int, Mode] = {6: "dead_reckoning", 7: "manual", 8: "simulated"}
_GGA_COUNTS_TO = 12
"""NMEA 0183 before 4.0 lets GGA count to 12 only; GSA then knows better."""


def fix_of(epoch: Sequence[Said], dates: Dates) -> Fix:
    """The fix that an epoch's sentences make together.

    A single sentence that declares the epoch invalid (status V, quality 0) leaves no position: a receiver that lost its
    fix repeats the last one in its other sentences.
    """
    verdicts = {said.valid for said in epoch}
    found = _last(said.position for said in epoch) if True in verdicts and False not in verdicts else None
    time_ms = _last(said.time_ms for said in epoch if said.kind in STARTERS)
    at, flags = dates.at(time_ms, _last(said.day for said in epoch), confirmed=found is not None)
    quality = _last(said.quality for said in epoch)
    if found is None:
        return Fix(at=at, quality=quality, satellites=_satellites(epoch), flags=tuple(flags))
    lon, lat = found
    return Fix(
        at=at,
        lon=lon,
        lat=lat,
        alt_m=_last(said.alt_m for said in epoch),
        speed_mps=_rounded(_from("RMC", epoch, "speed_mps")),
        course_deg=_from("RMC", epoch, "course_deg"),
        mode=_mode(epoch, quality),
        quality=quality,
        hdop=_from("GGA", epoch, "hdop"),
        satellites=_satellites(epoch),
        error_m=_from("GST", epoch, "error_m"),
        flags=tuple(flags),
    )


def _last[T](values: Iterable[T | None]) -> T | None:
    """The last that is there."""
    last = None
    for value in values:
        if value is not None:
            last = value
    return last


def _from(kind: str, epoch: Sequence[Said], name: str) -> float | None:
    """What sentences of `kind` say, else what any other says."""
    best: float | None = _last(getattr(said, name) for said in epoch if said.kind == kind)
    return _last(getattr(said, name) for said in epoch) if best is None else best


def _rounded(value: float | None) -> float | None:
    """A millimetre a second: what the receiver sent had no more."""
    return None if value is None else round(value, 3)


def _mode(epoch: Sequence[Said], quality: int | None) -> Mode:
    """How the position came about. What is not measured says so first; then GSA; then what altitude and count imply."""
    letters = {letter for said in epoch for letter in said.faa}
    for letter, mode in _FAA_MODES:
        if letter in letters:
            return mode
    if quality in _QUALITY_MODES:
        return _QUALITY_MODES[quality]
    dimensions = _last(said.dimensions for said in epoch)
    if dimensions is None:
        with_height = any(said.alt_m is not None for said in epoch)
        dimensions = 3 if with_height and (_satellites(epoch) or 0) >= 4 else 2
    return "3d" if dimensions == 3 else "2d"


def _satellites(epoch: Sequence[Said]) -> int | None:
    """Satellites in the solution: GNS, else GGA (GN's, or the sum of what GP, GL, ... say), else what GSA lists."""
    listed = len(frozenset().union(*(said.used for said in epoch))) if any(said.used for said in epoch) else None
    by_gns = _last(said.satellites for said in epoch if said.kind == "GNS")
    if by_gns is not None:
        return by_gns
    by_talker = {said.talker: said.satellites for said in epoch if said.kind == "GGA" and said.satellites is not None}
    if not by_talker:
        return listed
    counted = by_talker["GN"] if "GN" in by_talker else sum(by_talker.values())
    return max(counted, listed or 0) if counted == _GGA_COUNTS_TO else counted
