"""What a gateway sends in an hour, and what it costs its box: `python -m benchmarks.gateway [--seconds 30]`.

Bytes are those of `up` messages with their MQTT 3.1.1 headers (topic included), cut as the uplink cuts them. Peers in
the same run: a JSON message a second, and one every ten seconds, which is what most trackers do. CPU and memory are
those of the real program on a pty, beside a peer that does the least: pynmea2, JSON, paho, no disk.
"""

import argparse
import math
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import islice, pairwise
from pathlib import Path

from firmware_bridge.nmea import Fix
from gateway.clock import Stamp
from gateway.fixes import entry_of, rounded
from gateway.outbox import Entry
from gateway.sampling import Sampling, error_m
from gateway.settings import Sampling as Settings
from gateway.settings import Uplink
from simulators.port import Port
from simulators.receiver import Receiver
from simulators.roads import open_city
from simulators.vans import recording, van
from tests.support.brokers import Mosquitto
from tests.support.extracts import helsinki_map
from tests.support.gateways import GatewayProcess, a_config
from tests.support.landing import Landing
from tests.support.real import SHARED_DATA
from wire.encode import encode_live, encode_up, encode_up_json
from wire.messages import Position, Run
from wire.topics import topic

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEARD = Stamp(at=NOON, quality="gnss")
STREAM = "0123456789ab"
AIM_BYTES = 2000
TICKS = os.sysconf("SC_CLK_TCK")

Sent = list[tuple[float, Position]]
"""Positions, each with the second at which it was known to be worth sending."""


def headers(payload: int, leaf: str, qos: int) -> int:
    """Bytes of a PUBLISH around its payload (MQTT 3.1.1, 3.3)."""
    rest = 2 + len(topic("van-1", leaf)) + (2 if qos else 0) + payload  # type: ignore[arg-type]
    return 1 + (1 if rest < 128 else 2 if rest < 16_384 else 3) + rest - payload


def messages(known: Sent, linger_s: float, encode: Callable[[Run], bytes]) -> Iterator[int]:
    """The sizes of the messages, cut as the uplink cuts them."""
    waiting: list[Position] = []
    due_s, seq = math.inf, 1
    for at_s, position in [*known, (math.inf, None)]:
        if waiting and (at_s >= due_s or len(waiting) >= Uplink().batch_rows):
            numbered = tuple(enumerate(waiting, start=seq))
            run = Run(stream=STREAM, prev=seq - 1, seq_from=seq, seq_to=seq + len(waiting) - 1, records=numbered)
            size = len(encode(run))
            yield size + headers(size, "up", 1)
            seq, waiting = seq + len(waiting), []
        if position is not None:
            if not waiting:
                due_s = at_s + linger_s
            waiting.append(position)


def kept_by_us(track: list[Entry], tolerance_m: float) -> Sent:
    """What our sampling keeps, and when it knows."""
    window = Sampling(tolerance_m=tolerance_m, heartbeat_s=Settings().heartbeat_s)
    first, sent = _position(track[0]).at, []
    for entry in track:
        now_s = (_position(entry).at - first).total_seconds()
        sent += [(now_s, rounded(_position(kept))) for kept in window.offer(entry)]
    return sent + [(now_s, rounded(_position(kept))) for kept in window.flush()]


def every(track: list[Entry], seconds: float) -> Sent:
    """A position every so many seconds, as plain trackers do it."""
    sent: Sent = []
    first = _position(track[0]).at
    for entry in track:
        at_s = (_position(entry).at - first).total_seconds()
        if not sent or at_s - sent[-1][0] >= seconds:
            sent.append((at_s, _position(entry)))
    return sent


def worst_m(track: list[Entry], sent: Sent) -> float:
    """The largest time-synchronised error of what was left out."""
    kept = [position for _, position in sent]
    worst, place = 0.0, 0
    for entry in track:
        position = _position(entry)
        while place + 2 < len(kept) and kept[place + 1].at <= position.at:
            place += 1
        if kept[place].at < position.at < kept[place + 1].at:
            worst = max(worst, error_m(kept[place], kept[place + 1], position))
    return worst


def print_bytes(name: str, track: list[Entry]) -> None:
    """One track, sampled and sent in each way."""
    first, last = _position(track[0]).at, _position(track[-1]).at
    hours = (last - first) / timedelta(hours=1)
    pace_s = (last - first).total_seconds() / len(track)
    print(f"\n{name}: {len(track)} fixes in {hours:.2f} h, one every {pace_s:.1f} s")
    print(f"{'':46}{'kept':>7}{'worst':>9}{'messages/h':>12}{'bytes/h':>10}{'JSON 1 Hz':>11}")
    second, ten, ours = every(track, 0), every(track, 10), kept_by_us(track, 5)
    ways: list[tuple[str, Sent, float, Callable[[Run], bytes]]] = [
        ("every fix, a JSON message each", second, 0, encode_up_json),
        ("every 10 s, a JSON message each", ten, 0, encode_up_json),
        ("every 10 s, our messages, linger 5 s", ten, 5, encode_up),
        ("every 10 s, our messages, linger 300 s", ten, 300, encode_up),
        *((f"<= 5 m, our messages, linger {linger} s", ours, linger, encode_up) for linger in (5, 60, 300, 1800)),
    ]
    plain = 0.0
    for way, sent, linger_s, encode in ways:
        sizes = list(messages(sent, linger_s, encode))
        size = sum(sizes) / hours
        plain = plain or size
        share = f"{100 * len(sent) / len(track):.1f} %"
        worst = worst_m(track, sent)
        print(f"{way:46}{share:>7}{worst:7.1f} m{len(sizes) / hours:12,.0f}{size:10,.0f}{plain / size:10.1f}x")
    live = sum(len(p) + headers(len(p), "live", 0) for p in (encode_live(position) for _, position in every(track, 1)))
    print(f"{'live, every second (not counted above)':74}{live / hours:10,.0f}{plain / (live / hours):10.1f}x")


def tracks() -> Iterator[tuple[str, list[Entry]]]:
    """A simulated van, and real drives where the data is."""
    seen = (epoch.about.observation for epoch in van(open_city(helsinki_map()), seed=1, drop_outs=False))  # type: ignore[attr-defined]
    yield "simulated van in Helsinki", list(_entries(islice(seen, 3600)))
    for file in sorted((SHARED_DATA / "traces" / "rsk_twizy").glob("T*.csv.gz"))[:3]:
        observed = [epoch.about.observation for epoch in recording(file)]  # type: ignore[attr-defined]
        changes = [b for a, b in pairwise(observed) if a is None or (b and (a.lon, a.lat) != (b.lon, b.lat))]
        yield f"electric car, {file.name} (where its position changed)", list(_entries(changes))


def _entries(seen: Iterable[object]) -> Iterator[Entry]:
    for one in seen:
        fix = Fix(
            at=NOON + timedelta(milliseconds=round(one.offset_s * 1000)),
            lon=one.lon, lat=one.lat, alt_m=one.alt_m, speed_mps=one.speed_mps, course_deg=one.course_deg,
            hdop=one.hdop, satellites=one.satellites, error_m=one.sigma_m, mode="3d",
        )  # fmt: skip
        entry = entry_of(fix, HEARD)
        if entry is not None:
            yield entry


def _position(entry: Entry) -> Position:
    assert isinstance(entry.record, Position)
    return entry.record


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mb(pid: int) -> float:
    """Its resident memory."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


PEER = """
import json, sys
import paho.mqtt.client as mqtt, pynmea2, serial
port, broker = sys.argv[1], int(sys.argv[2])
client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", broker)
client.loop_start()
line = serial.Serial(port, 115200)
while True:
    try:
        said = pynmea2.parse(line.readline().decode("ascii").strip(), check=True)
    except (ValueError, pynmea2.ParseError):
        continue
    if said.sentence_type == "RMC" and said.is_valid:
        fix = {"at": str(said.datetime), "lon": said.longitude, "lat": said.latitude, "speed": said.spd_over_grnd}
        client.publish("van-1/position", json.dumps(fix), 1)
"""


def print_cost(rate_hz: float, seconds: float) -> None:
    """CPU and memory of the gateway and of the peer, each with a receiver of its own, at the same time."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Mosquitto(folder))
        landing = stack.enter_context(Landing(broker.port))
        stop = threading.Event()
        stack.callback(stop.set)
        for link in ("ttyGNSS", "ttyPEER"):
            port = stack.enter_context(Port(link=folder / link, baud=115_200))
            words = van(open_city(helsinki_map()), seed=1, rate_hz=rate_hz, drop_outs=False)
            receiver = Receiver(port)
            threading.Thread(target=receiver.run, args=(words,), kwargs={"stop": stop}, daemon=True).start()
        usual = {"sampling": {"tolerance_m": 5}, "outbox": {"commit_every_s": 1}, "uplink": {"linger_s": 5}}
        gateway = stack.enter_context(GatewayProcess(a_config(folder, broker.url, **usual), folder))
        peer = subprocess.Popen([sys.executable, "-c", PEER, str(folder / "ttyPEER"), str(broker.port)])
        stack.callback(peer.kill)
        stop.wait(8)  # both have found their receivers
        programs = {"gateway": gateway.pid, "peer": peer.pid}
        before = {name: cpu_s(pid) for name, pid in programs.items()}
        heard = len(landing.live)
        stop.wait(seconds)
        assert len(landing.live) > heard, "the gateway hears nothing"
        for name, pid in programs.items():
            share = 100 * (cpu_s(pid) - before[name]) / seconds
            print(f"{name:10}{rate_hz:4.0f} Hz {share:8.2f} % of a core {memory_mb(pid):8.1f} MB")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30, help="how long CPU is measured at each rate")
    seconds = options.parse_args().seconds
    print(
        f"Python {platform.python_version()}, paho {version('paho-mqtt')}, msgspec {version('msgspec')}, "
        f"SQLite {sqlite3.sqlite_version}"
    )
    for name, track in tracks():
        print_bytes(name, track)
    print(f"\naim: <= {AIM_BYTES:,} bytes a vehicle-hour. The default is linger 5 s; live has a setting of its own.")
    around = headers(100, "up", 1)
    print(f"What limits it: {around} bytes of MQTT around a message, some 20 of stream and numbers in it, 9 to 11")
    print("bytes a position, of which 5 m keep 180 an hour and more. Only who waits half an hour comes near the aim.\n")
    for rate_hz in (1, 10):
        print_cost(rate_hz, seconds)


if __name__ == "__main__":
    main()
