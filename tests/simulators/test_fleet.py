"""Fleets without gateways: they keep the protocol, so that what load tests measure is the server."""

import json
import random
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.fleet import Counts, Van
from simulators.geometry import distance_m
from simulators.load import Load, load
from simulators.noise import Observation
from simulators.swarm import SwarmError
from simulators.tracks import tracks
from tests.support.acker import Acker
from tests.support.ports import free_port
from tests.support.real import program
from tests.support.waiting import until
from wire.delivery import accepts
from wire.messages import Ack

BEGAN = datetime(2026, 11, 22, 10, tzinfo=UTC)


def a_van(rows=100, batch=10, counts=None):
    track = [Observation(offset_s=float(n), lon=24.94 + n / 1e5, lat=60.17, speed_mps=5.0) for n in range(rows)]
    return Van(
        gateway="van-1", stream="s1", track=track, began_at=BEGAN, batch=batch, counts=counts or Counts(), phase_s=0.0
    )


def test_a_batch_leaves_when_it_is_full_and_the_rest_at_the_end():
    """As a gateway's does: 60 positions a message, and no row is kept back."""
    van = a_van(rows=25)
    van.runs(0.0)  # the probe
    assert van.runs(8.0) == []
    assert [(run.seq_from, run.seq_to, run.prev) for run in van.runs(9.0)] == [(1, 10, 0)]
    van.told(Ack(stream="s1", last=10), 10.0)
    assert [(run.seq_from, run.seq_to, run.prev) for run in van.runs(30.0)] == [(11, 20, 10), (21, 25, 20)]
    van.told(Ack(stream="s1", last=25), 31.0)
    assert van.done


def test_a_position_is_at_the_moment_when_it_was_driven():
    """The server's clock checks would flag a fleet from the future."""
    van = a_van()
    van.runs(0.0)
    (run,) = van.runs(9.5)
    assert [record.at.second for _, record in run.records] == list(range(10))


@given(seed=st.integers(0, 10_000), loss=st.floats(0, 0.6), rewinds=st.integers(0, 2))
def test_nothing_is_lost_or_doubled_on_a_bad_line(seed, loss, rewinds):
    """Otherwise a load test would blame the server for the fleet's mistakes."""
    rng = random.Random(seed)
    counts = Counts()
    van, last, rows, now = a_van(rows=60, batch=7, counts=counts), 0, [], 0.0
    restores = sorted(rng.uniform(20, 200) for _ in range(rewinds))
    while not (van.done and last == 60 and not restores):
        now += 1.0
        if restores and now >= restores[0]:
            restores.pop(0)
            last = rng.randint(0, last)
            rows = rows[:last]
        for run in van.runs(now):
            if rng.random() < loss:
                continue
            if run.records and accepts(last, run.prev, run.seq_to):
                rows += [seq for seq, _ in run.records if seq > last]
                last = run.seq_to
            if rng.random() >= loss:
                van.told(Ack(stream="s1", last=last), now)
        assert now < 20_000, "stuck"
    assert rows == list(range(1, 61))


def test_many_vans_share_few_tracks_without_driving_in_one_place():
    """A thousand vans are ready in a second, and the map shows more than 64 markers."""
    driven = tracks(200, seconds=60, rate_hz=1, seed=3)
    assert len(driven) == 200
    starts = {(track[0].lon, track[0].lat) for track in driven if track}
    assert len(starts) > 190
    for track in driven[:5]:
        for before, after in pairwise(track):
            gap_s = after.offset_s - before.offset_s
            assert distance_m((before.lon, before.lat), (after.lon, after.lat)) < 25 * gap_s + 20
    assert tracks(200, seconds=60, rate_hz=1, seed=3) == driven


@contextmanager
def a_broker(port=None):
    port = port or free_port()
    with subprocess.Popen([program("mosquitto"), "-p", str(port)], stdout=-3, stderr=-3) as broker:
        try:
            acker = until(lambda: _acker(port), what="mosquitto")
            yield port, acker
            acker.close()
        finally:
            broker.terminate()


def _acker(port):
    try:
        return Acker(port)
    except OSError:
        return None


def asked(port, **changes):
    values = {
        "vans": 300, "broker": f"mqtt://127.0.0.1:{port}", "rate_hz": 2.0, "batch": 5, "seconds": 4.0, "live_every_s": 1.0,
        "seed": 1, "prefix": "t", "grace_s": 20.0,
    }  # fmt: skip
    return Load(**{**values, **changes})


def test_a_fleet_delivers_every_position_over_a_real_broker():
    """300 gateways over two connections, each acknowledged for itself."""
    with a_broker() as (port, acker):
        report = load(asked(port), city=None, stop=threading.Event())
        assert report["put"] == report["acked"] == sum(map(len, acker.positions.values()))
        assert report["put"] > 2000
        assert report["ack_ms"]["count"] == report["messages"]
        assert acker.live > 300
        for rows in acker.positions.values():
            assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))


def test_a_fleet_outlives_its_broker_and_gives_a_new_server_everything():
    """P1: a broker without a memory and a server without a past cost nothing but time."""
    reports = []
    with a_broker() as (port, acker):
        thread = threading.Thread(
            target=lambda: reports.append(load(asked(port, vans=20, seconds=5.0), city=None, stop=threading.Event()))
        )
        thread.start()
        until(lambda: sum(map(len, acker.positions.values())) > 40, 20)
    with a_broker(port) as (_, second):
        thread.join(30)
        (report,) = reports
        assert report["acked"] == report["put"]
        assert report["rewound"] > 0
        assert report["again"] > 0
        assert sum(map(len, second.positions.values())) == report["put"]


def test_a_missing_broker_is_told_in_words():
    """The first thing that goes wrong."""
    with pytest.raises(SwarmError, match="Is it running"):
        load(asked(free_port(), vans=2), city=None, stop=threading.Event())


def test_the_command_reports_json_and_fails_when_nobody_acknowledges():
    """Load tests run in scripts: the status says whether the server kept up."""
    with a_broker() as (port, acker):
        command = [
            sys.executable, "-c", "from simulators.commands import app; app()", "fleet", "--vans", "5", "--for", "1", "--rate", "5",
            "--batch", "2", "--broker", f"mqtt://127.0.0.1:{port}", "--grace", "0.5",
        ]  # fmt: skip
        good = subprocess.run(command, capture_output=True, text=True, check=False)
        acker.deaf = True
        bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["acked"] == json.loads(good.stdout)["put"] > 0
    assert bad.returncode == 1
    assert "not acknowledged" in bad.stderr
