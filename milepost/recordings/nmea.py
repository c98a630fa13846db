"""NMEA 0183 to arrivals, by the same bridge that reads receivers in vehicles. Pure.

A damaged sentence is what lines do, and is noted, not refused; so is a fix without a position or without a date.
"""

from firmware_bridge.nmea import REFUSED, Fix, Nmea, accuracy_m
from milepost.recordings.values import Arrival, Recording, Refused, fitting
from wire.messages import MODES, milliseconds


def parse(data: bytes, vehicle: str) -> Recording:
    """The arrivals of a receiver's recording; each has the line on which its epoch was known to be over."""
    recording, bridge = Recording(), Nmea(eager=False)
    undated = line = 0
    for line, sentence in enumerate(data.splitlines(keepends=True), start=1):
        undated += _take(recording, bridge.feed(sentence), max(1, line - 1), vehicle)
    undated += _take(recording, bridge.close(), line, vehicle)
    counters = bridge.counters
    if not recording.rows and (undated or not counters.sentences):
        what = "a date." if undated else "anything; is it an NMEA 0183 recording?"
        recording.refused.append(Refused(max(1, line), f"No sentence up to here says {what}"))
    if undated:
        recording.notes.append(f"{undated} positions before any date was known are left out.")
    if counters.fixes > counters.positions:
        recording.notes.append(f"{counters.fixes - counters.positions} fixes have no position.")
    recording.notes.extend(f"Refused: {times} x {name}. {REFUSED[name]}" for name, times in counters.refused.items())
    return recording


def _take(recording: Recording, fixes: list[Fix], line: int, vehicle: str) -> int:
    """Keep those with a place and a time; how many had a place only."""
    undated = 0
    for fix in fixes:
        arrival = _arrival(fix, line, vehicle)
        if arrival is not None:
            recording.rows.append(arrival)
        undated += fix.at is None and fix.lon is not None
    return undated


def _arrival(fix: Fix, line: int, vehicle: str) -> Arrival | None:
    lon_e7, lat_e7 = fitting("lon_e7", 1e7, fix.lon), fitting("lat_e7", 1e7, fix.lat)
    if fix.at is None or lon_e7 is None or lat_e7 is None:
        return None
    return Arrival(
        line,
        vehicle,
        milliseconds(fix.at),
        lon_e7,
        lat_e7,
        fitting("alt_dm", 10, fix.alt_m),
        fitting("speed_cmps", 100, fix.speed_mps),
        fitting("course_cdeg", 100, fix.course_deg),
        fitting("accuracy_dm", 10, accuracy_m(fix)),
        fix.satellites,
        fitting("hdop_c", 100, fix.hdop),
        None if fix.mode is None else MODES.index(fix.mode),
    )
