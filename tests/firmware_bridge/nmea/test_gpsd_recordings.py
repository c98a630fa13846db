"""Fifty recordings of real receivers against gpsd's answers: positions to 1e-7 degrees, times to the millisecond.

A `.chk` holds the sentences of its `.log`, and after each the report (TPV) that gpsd made then. gpsd reports several
times within an epoch, so every report has to be among our fixes, and our fixes have to be among its reports wherever it
reported that time at all.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

import msgspec
import pytest

from firmware_bridge.nmea import Fix
from tests.support.nmea import heard
from tests.support.real import ROOT, SHARED_DATA, data

FOLDER = "traces/nmea_gpsd"
RECORDINGS = sorted(path.stem for path in (SHARED_DATA / FOLDER).glob("*.log"))
DOCUMENT = ROOT / "docs" / "nmea.md"

DIFFERENCES = {
    "GPSmap-76S": 2,
    "garmin-geko201": 2,
    "myguide-3100": 2,
}
"""Recordings where gpsd reports positions that we do not, and how many; docs/nmea.md says why."""


class Report(msgspec.Struct, frozen=True):
    """What we compare of gpsd's TPV."""

    lat: float | None = None
    lon: float | None = None
    time: str | None = None


@cache
def reports(name: str) -> list[Report]:
    """gpsd's reports with a position."""
    lines = data(f"{FOLDER}/{name}.log.chk").read_bytes().splitlines()
    decoder = msgspec.json.Decoder(Report)
    told = [decoder.decode(line.decode("latin-1")) for line in lines if line.startswith(b'{"class":"TPV"')]
    return [report for report in told if report.lat is not None and report.lon is not None]


@cache
def our_fixes(name: str) -> list[Fix]:
    return [fix for fix in heard(data(f"{FOLDER}/{name}.log").read_bytes()) if fix.lat is not None]


def clock(fix: Fix) -> str | None:
    return fix.at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if fix.at else None


def same_place(fix: Fix, report: Report) -> bool:
    return abs(fix.lat - report.lat) <= 1e-7 and abs(fix.lon - report.lon) <= 1e-7


def unmatched(name: str) -> list[Report]:
    """gpsd's reports that none of our fixes has, at the same millisecond when the report has a time."""
    by_time = defaultdict(list)
    for fix in our_fixes(name):
        by_time[clock(fix)].append(fix)
    return [
        report
        for report in reports(name)
        if not any(same_place(fix, report) for fix in (by_time[report.time] if report.time else our_fixes(name)))
    ]


def test_all_fifty_recordings_are_there() -> None:
    """A folder with half of them would pass in silence."""
    data(FOLDER)
    assert len(RECORDINGS) == 50


@pytest.mark.parametrize("name", RECORDINGS)
def test_what_gpsd_reports_is_among_our_fixes(name: str) -> None:
    """gpsd has been right about these receivers for twenty years; an entry that is no longer needed fails as well."""
    assert len(unmatched(name)) == DIFFERENCES.get(name, 0)


@pytest.mark.parametrize("name", RECORDINGS)
def test_our_fixes_are_among_what_gpsd_reports(name: str) -> None:
    """Nothing is invented: where gpsd reported a time, our position of that time is one of its own."""
    told = defaultdict(list)
    for report in reports(name):
        told[report.time].append(report)
    for fix in our_fixes(name):
        here = told.get(clock(fix), [])
        assert not here or any(same_place(fix, report) for report in here)


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_sound_the_same_live(name: str) -> None:
    """The gateway gives fixes away at once and in small pieces; they are the recording's, to the last field."""
    recording = data(f"{FOLDER}/{name}.log").read_bytes()
    assert heard(recording, eager=True, chunk=64) == heard(recording)


def test_the_document_names_every_difference() -> None:
    """Who compares us with gpsd finds the reason."""
    text = DOCUMENT.read_text()
    assert [name for name in DIFFERENCES if f"`{name}" not in text] == []


def test_the_recordings_hold_what_they_are_for() -> None:
    """The comparison means something: thousands of reports, most of them with a time."""
    told = [report for name in RECORDINGS for report in reports(name)]
    assert len(told) > 1_900
    assert sum(report.time is not None for report in told) > 1_800
    assert all(Path(f"{SHARED_DATA / FOLDER / name}.log.chk").is_file() for name in RECORDINGS)
