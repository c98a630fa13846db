"""Recordings said again: the same positions, at their pace, at another time."""

import json
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice, pairwise

import pytest

from firmware_bridge.nmea import Nmea
from simulators import replayed, vans
from simulators.geometry import distance_m
from simulators.recordings import RecordingError, read
from tests.support.real import data

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


def heard(epochs, began_at=NOW):
    """The fixes that a gateway would make of it."""
    words = b"".join(epoch.words(began_at + timedelta(seconds=epoch.offset_s)) for epoch in epochs)
    reader = Nmea()
    return [*reader.feed(words), *reader.close()]


def logs():
    return sorted(data("traces/nmea_gpsd").glob("*.log"))


def test_a_log_keeps_every_byte_and_its_pace():
    """Garbage in the middle of a log is why one replays it."""
    for path in logs():
        log = path.read_bytes()
        cut = list(replayed.epochs(log))
        if cut:
            assert b"".join(part for _, part in cut) == log
        assert all(before <= after for (before, _), (after, _) in pairwise(cut))


def test_a_ten_hertz_log_is_said_ten_times_a_second():
    """Pace is read from the sentences, not guessed."""
    cut = list(replayed.epochs(data("traces/nmea_gpsd/quectel-l76k-nmea.log").read_bytes()))
    steps = sorted(after - before for (before, _), (after, _) in pairwise(cut))
    assert steps[len(steps) // 2] == pytest.approx(0.2, abs=0.01)


def places(epochs):
    """Where the receiver was, each place once."""
    return [place for place, _ in groupby((fix.lon, fix.lat) for fix in heard(epochs) if fix.lon is not None)]


def test_moving_a_log_changes_times_and_nothing_else():
    """A recording of last year drives today, over the same streets."""
    driven = 0
    for path in logs():
        if list(replayed.epochs(path.read_bytes())):
            before, after = places(vans.recording(path, shift=False)), places(vans.recording(path))
            assert after == before, path.name
            driven += bool(after)
    assert driven > 35


def test_a_moved_log_is_at_its_new_time():
    """Otherwise a gateway refuses it as older than its build."""
    fixes = heard(vans.recording(data("traces/nmea_gpsd/ublox-zed-f9p-nmea.log")))
    assert fixes[0].at == NOW
    assert fixes[-1].at - NOW == timedelta(seconds=28)


def test_a_csv_track_comes_back_as_it_was(tmp_path):
    """What `milepost simulate track` prints can be driven again."""
    rows = ["at,lon,lat,speed_mps,course_deg,accuracy_m"]
    rows += [f"2026-11-22T06:00:0{n}Z,{24.94 + n / 1e4:.6f},60.17,5.6,90.0,3.5" for n in range(5)]
    rows += ["2026-11-22T06:00:05+00:00,24.9405,60.17,0.1,,"]
    (tmp_path / "track.csv").write_text("\n".join(rows) + "\n")
    fixes = heard(vans.recording(tmp_path / "track.csv", shift=False))
    assert [round(fix.lon, 4) for fix in fixes] == [24.94, 24.9401, 24.9402, 24.9403, 24.9404, 24.9405]
    assert fixes[0].at == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert (fixes[0].error_m, fixes[-1].error_m, fixes[-1].course_deg) == (3.5, None, None)
    assert heard(vans.recording(tmp_path / "track.csv"))[0].at == NOW


def test_a_bad_row_is_named(tmp_path):
    """A track of 30,000 rows with one mistake."""
    (tmp_path / "track.csv").write_text(
        "at,lon,lat,speed_mps,course_deg,accuracy_m\n2026-11-22T06:00:00Z,24.9,60.1,,,\nx,1,2,,,\n"
    )
    with pytest.raises(RecordingError, match="line 3"):
        read(tmp_path / "track.csv")
    (tmp_path / "other.txt").write_text("hello")
    with pytest.raises(RecordingError, match="no positions"):
        read(tmp_path / "other.txt")


def test_taxis_drive_through_the_points_of_their_trips():
    """The seed chooses the trip; the data has a point every 15 s and no speed, a receiver speaks every second."""
    path = data("traces/porto_taxi_raw.csv.gz")
    one, other = read(path, seed=1), read(path, seed=2)
    assert one != other
    assert {after.offset_s - before.offset_s for before, after in pairwise(one)} == {1.0}
    assert one[0].at is not None
    assert one[0].at.year in (2013, 2014)
    line = json.loads(_trips(path)[1]["POLYLINE"])
    assert [(m.observation.lon, m.observation.lat) for m in one[::15]] == [tuple(point) for point in line]
    assert any(m.observation.speed_mps > 3 for m in one)


def _trips(path):
    import csv
    import gzip

    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file))


def test_the_electric_vehicle_drives_although_its_logger_was_poor():
    """It wrote 90/02/2032 now and then, and a position every twelve seconds; the speed is new every second."""
    for path in sorted(data("traces/rsk_twizy").glob("*.csv.gz")):
        moments = read(path)
        assert len(moments) > 900
        assert all(0 < after.offset_s - before.offset_s < 600 for before, after in pairwise(moments))
        speeds = [moment.observation.speed_mps for moment in moments]
        assert max(speeds) < 30
        assert sum(moment.observation.course_deg is not None for moment in moments) > len(moments) / 2
        places = {(moment.observation.lon, moment.observation.lat) for moment in moments}
        assert len(places) > len(moments) / 2


def test_gpx_with_times_can_be_driven_and_without_them_not():
    """Odd files are said to be odd."""
    moments = read(data("traces/gpx/kura__boston.gpx"))
    assert len(moments) == 792
    way_m = distance_m(*[(m.observation.lon, m.observation.lat) for m in (moments[0], moments[1])])
    assert 0 < way_m < 200
    with pytest.raises(RecordingError, match="no positions with times"):
        read(data("traces/gpx/gpxpy__route.gpx"))


def test_a_receiver_without_a_point_says_that_it_has_no_fix():
    """A silent port would look like a pulled cable; a made-up position would be a lie."""
    fixes = heard(vans.recording(data("traces/gpx/kura__boston.gpx")))
    assert sum(fix.lon is not None for fix in fixes) == 792
    steps = {(after.at - before.at).total_seconds() for before, after in pairwise(fixes)}
    assert max(steps) == 1.0


def test_a_recording_can_go_on_for_ever():
    """A demo has no last position."""
    path = data("traces/nmea_gpsd/ublox-zed-f9p-nmea.log")
    offsets = [epoch.offset_s for epoch in islice(vans.recording(path, loop=True), 100)]
    assert all(before < after for before, after in pairwise(offsets))
