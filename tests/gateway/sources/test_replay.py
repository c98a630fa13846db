"""Recordings in the receiver's place: the same positions, at any pace, from whatever people have."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.settings import Replay
from gateway.sources.replay import RecordingError, ReplaySource, fixes_in
from tests.support.brokers import Mosquitto
from tests.support.gateways import GatewayProcess, a_config
from tests.support.landing import Landing
from tests.support.loops import Running
from tests.support.nmea import NOON, a_drive, heard
from tests.support.real import data
from tests.support.waiting import until
from wire.messages import rfc3339

CSV = "at,lon,lat,speed_mps,course_deg,accuracy_m\n"


def a_csv(folder: Path, rows: str, header: str = CSV) -> Path:
    path = folder / "trip.csv"
    path.write_text(header + rows)
    return path


def test_a_csv_is_read_row_by_row(tmp_path: Path) -> None:
    """The plainest form that other people's data can be brought into."""
    fixes = list(fixes_in(a_csv(tmp_path, "2026-11-22T12:00:00Z,24.9,60.1,8.1,90,4\n1795348801,24.91,60.1,,,\n")))
    assert (fixes[0].at, fixes[0].lon, fixes[0].error_m) == (NOON, 24.9, 4)
    assert (fixes[1].at, fixes[1].speed_mps) == (NOON + timedelta(seconds=1), None)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("yesterday,1,2,,,\n", "line 2: Invalid isoformat"),
        ("2026-11-22T12:00:00Z,east,60,,,\n", "line 2: could not convert"),
        ("2026-11-22T12:00:00Z,1,nan,,,\n", "line 2: lat is nan"),
        ("2026-11-22T12:00:00Z\n", "line 2"),
    ],
)
def test_a_row_that_is_none_is_named_by_its_line(tmp_path: Path, rows: str, says: str) -> None:
    """A person made the file, and has to find the place."""
    with pytest.raises(RecordingError, match=says):
        list(fixes_in(a_csv(tmp_path, rows)))


def test_a_csv_of_several_vehicles_asks_for_one(tmp_path: Path) -> None:
    """A gateway is one vehicle; mixing two would draw zigzags through the city."""
    header = CSV.replace("\n", ",vehicle\n")
    path = a_csv(tmp_path, "2026-11-22T12:00:00Z,1,2,,,,a\n2026-11-22T12:00:01Z,3,4,,,,b\n", header)
    with pytest.raises(RecordingError, match='write vehicle = "a"'):
        list(fixes_in(path))
    assert [fix.lon for fix in fixes_in(path, "b")] == [3]
    with pytest.raises(RecordingError, match="no column lat"):
        list(fixes_in(a_csv(tmp_path, "1,2\n", "at,lon\n")))


def test_real_gpx_files_are_read() -> None:
    """Of many makers, odd ones among them: those without times still have places."""
    points = list(fixes_in(data("traces/gpx") / "gpxpy__cerknicko-jezero.gpx"))
    assert len(points) > 100
    assert all(fix.at is not None and fix.lon is not None for fix in points)
    assert any(fix.at is None for fix in fixes_in(data("traces/gpx") / "gpxpy__cerknicko-without-times.gpx"))


def test_a_file_that_is_no_gpx_is_refused(tmp_path: Path) -> None:
    """With words, not with a stack trace."""
    (tmp_path / "x.gpx").write_text("<gpx><trk>")
    with pytest.raises(RecordingError, match="is no GPX"):
        list(fixes_in(tmp_path / "x.gpx"))


class Playing:
    """A replay, and when each of its fixes was heard."""

    def __init__(self, settings: Replay) -> None:
        self.heard: list[tuple[float, datetime | None]] = []
        self.source: ReplaySource | None = None
        self._settings = settings
        self.running = Running(self._begin)

    async def _begin(self) -> None:
        import asyncio

        async def room() -> None:
            return

        loop = asyncio.get_running_loop()
        self.source = ReplaySource(
            self._settings, lambda fix, _: self.heard.append((loop.time(), fix.at)), room, lambda: datetime.now(UTC)
        )
        await self.source.run()


def a_minute(folder: Path) -> Path:
    rows = "".join(f"{fix.at.isoformat()},{fix.lon},{fix.lat},,,\n" for fix in a_drive(61) if fix.at)
    return a_csv(folder, rows)


def test_a_recording_keeps_its_pace_times_the_speed(tmp_path: Path) -> None:
    """A minute at speed 60 takes a second."""
    playing = Playing(Replay(file=a_minute(tmp_path), speed=60))
    with playing.running:
        until(lambda: len(playing.heard) == 61, 20, "the whole minute")
    took_s = playing.heard[-1][0] - playing.heard[0][0]
    assert 0.95 < took_s < 3


def test_speed_zero_is_as_fast_as_it_goes_and_times_stand_as_they_are(tmp_path: Path) -> None:
    """For bringing recordings in, and for tests of what happens to them."""
    playing = Playing(Replay(file=a_minute(tmp_path), speed=0))
    with playing.running:
        until(lambda: playing.source and playing.source.ended, 20, "the end")
    assert [at for _, at in playing.heard] == [NOON + timedelta(seconds=second) for second in range(61)]


def test_times_can_be_moved_to_now_by_one_step(tmp_path: Path) -> None:
    """A recording of last year drives on today's map, with its own distances in time."""
    playing = Playing(Replay(file=a_minute(tmp_path), speed=0, shift_to_now=True))
    began = datetime.now(UTC)
    with playing.running:
        until(lambda: playing.source and playing.source.ended, 20, "the end")
    times = [at for _, at in playing.heard if at]
    assert abs(times[0] - began) < timedelta(seconds=5)
    assert times[-1] - times[0] == timedelta(seconds=60)


def test_a_recording_that_cannot_be_played_is_a_state_not_an_end(tmp_path: Path) -> None:
    """The box stays reachable, and says what is wrong."""
    playing = Playing(Replay(file=a_csv(tmp_path, "x\n"), speed=0))
    with playing.running:
        until(lambda: playing.source and playing.source.health.state == "garbage", 10)
        assert playing.source is not None
        assert "line 2" in playing.source.health.reason


def test_a_real_recording_in_the_same_positions_out(tmp_path: Path) -> None:
    """The promise of the whole way, as far as the broker. (That the bridge agrees with gpsd is tested there.)"""
    log = data("traces/nmea_gpsd/ublox-zed-f9p-nmea.log")
    expected = [fix for fix in heard(log.read_bytes()) if fix.lon is not None and fix.lat is not None]
    with Mosquitto(tmp_path) as broker, Landing(broker.port) as landing:
        config = a_config(tmp_path, broker.url, replay={"file": str(log), "speed": 0})
        with GatewayProcess(config, tmp_path) as gateway:
            until(lambda: len(landing.records("position")) >= len(expected), 30, "all positions")
            until(lambda: gateway.rows() and all(row.acked for row in gateway.rows("position")), 10, "acknowledged")
    there = landing.records("position")
    assert [record["at"] for record in there] == [rfc3339(fix.at) for fix in expected if fix.at]
    assert [(record["lon"], record["lat"]) for record in there] == [
        (round(fix.lon, 7), round(fix.lat, 7)) for fix in expected if fix.lon is not None and fix.lat is not None
    ]


def test_columns_are_separated_by_commas_only(tmp_path: Path) -> None:
    """Commas only: a file with semicolons is refused at its first line instead of being read as one column."""
    with pytest.raises(RecordingError, match="no column"):
        list(fixes_in(a_csv(tmp_path, "", "at;lon;lat\n")))
