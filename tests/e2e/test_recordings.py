"""A recording of a real receiver goes in at one end; the same positions come out at the other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.demo.processes import answer_of
from simulators.demo.reconcile import stored_positions
from tests.support.line import Line
from tests.support.real import data
from tests.support.waiting import until

RECORDINGS = ["quectel-l76k-nmea.log", "telit-pls83-w.log", "ublox-f9p-hpnmea.log"]


@pytest.fixture(params=RECORDINGS)
def recording(request: pytest.FixtureRequest) -> Path:
    """A log of a real receiver."""
    return data(f"traces/nmea_gpsd/{request.param}")


@pytest.fixture
def line(tmp_path: Path, recording: Path) -> Iterator[Line]:
    """The line without a receiver: the gateway replays the recording as fast as it can, and keeps every fix."""
    whole = Line(tmp_path, receiver=[])
    text = whole.gateway_config.read_text().replace(
        '[gnss]\nport = "gnss"\nbaud = 38400\n', f"[replay]\nfile = {json.dumps(str(recording))}\nspeed = 0\n"
    )
    whole.gateway_config.write_text(text)
    whole.parts.remove(whole.receiver)
    try:
        whole.start()
        yield whole
    finally:
        whole.stop()


def test_the_api_returns_what_the_receiver_said(line: Line, recording: Path) -> None:
    """From NMEA to the track: to 1e-7 degrees and to the millisecond, every position once."""
    said = set()
    for text in answer_of("nmea", str(recording)).splitlines():
        fix = json.loads(text)
        if fix["at"] and fix["lon"] is not None:
            said.add((fix["at"], round(fix["lon"] * 1e7), round(fix["lat"] * 1e7)))
    assert len(said) > 5
    until(lambda: line.is_drained() and len(line.put()) >= len(said), 60, "a drain")
    with line.client() as client:
        stored = stored_positions(client, line.name)
    assert {(at, round(float(lon) * 1e7), round(float(lat) * 1e7)) for at, lon, lat in stored} >= said
    assert max(stored.values()) == 1
