"""Positions stored a second by the real server, against mosquitto_sub that writes the same messages to a file.

`python -m benchmarks.ingest [--quick]`: real mosquitto, real `milepost server` (SQLite and DuckDB) and messages of many
gateways, encoded beforehand. Stored means acknowledged: telemetry and database have it on disk. CPU seconds are those
of the server's process; the broker's are told beside them.
"""

import argparse
import os
import platform
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.support.peers import talking
from tests.support.ports import free_port
from tests.support.positions import NOON
from tests.support.real import program
from tests.support.servers import a_server
from tests.support.waiting import until
from wire.encode import encode_up
from wire.messages import Position, Run
from wire.topics import every, topic

GATEWAYS = 500
IN_FLIGHT = 4_000
"""Messages that wait for their Ack: fewer than the server's queue and the broker's hold."""
TICKS = os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    """Messages in the order in which they are sent, as MQTT packets (3.1.1, PUBLISH with QoS 0)."""

    packets: list[bytes]
    rows: int
    """In each message."""

    @property
    def positions(self) -> int:
        """In all messages."""
        return len(self.packets) * self.rows

    @property
    def bytes_a_position(self) -> float:
        """On the wire, topics included."""
        return sum(map(len, self.packets)) / self.positions


def a_load(rows: int, messages: int) -> Load:
    """Every gateway drives; their messages come in turn, as those of a fleet do."""
    chance, packets = Random(7), []
    places = [[24.9 + chance.random() / 10, 60.1 + chance.random() / 10, 90.0] for _ in range(GATEWAYS)]
    for number in range(messages):
        turn, van = divmod(number, GATEWAYS)
        records = []
        for row in range(turn * rows, (turn + 1) * rows):
            place = places[van]
            place[0] += 1.2e-4 + chance.gauss(0, 3e-6)
            place[1] += chance.gauss(0, 3e-6)
            records.append((row + 1, _a_position(row, place, chance)))
        run = Run(
            stream="a1b2", prev=turn * rows, seq_from=turn * rows + 1, seq_to=(turn + 1) * rows, records=tuple(records)
        )
        packets.append(_publish(topic(f"van-{van:04}", "up"), encode_up(run)))
    return Load(packets, rows)


def _a_position(second: int, place: list[float], chance: Random) -> Position:
    return Position(
        at=NOON + timedelta(seconds=second),
        lon=place[0],
        lat=place[1],
        alt_m=12.0,
        speed_mps=round(6.7 + chance.gauss(0, 0.1), 2),
        course_deg=round(90 + chance.gauss(0, 2), 1),
        accuracy_m=1.5,
        satellites=10,
        hdop=0.9,
        mode="3d",
    )


def _publish(name: str, payload: bytes) -> bytes:
    body = len(name).to_bytes(2) + name.encode() + payload
    length, rest = b"", len(body)
    while True:
        rest, low = divmod(rest, 128)
        length += bytes([low | (0x80 if rest else 0)])
        if not rest:
            return b"\x30" + length + body


@contextmanager
def a_broker(folder: Path) -> Iterator[tuple[int, int]]:
    """Mosquitto's port and process id."""
    port, config = free_port(), folder / "mosquitto.conf"
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "persistence false", "max_queued_messages 20000"]
    config.write_text("\n".join([*lines, "user root" if os.geteuid() == 0 else ""]))
    with subprocess.Popen([program("mosquitto"), "-c", str(config)], stderr=subprocess.DEVNULL) as process:
        until(lambda: _listens(port), 10, "mosquitto")
        yield port, process.pid
        process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def a_sender(port: int) -> Iterator[socket.socket]:
    """A connection to the broker that only sends: packets as they are, because paho would be the slowest part."""
    with socket.create_connection(("127.0.0.1", port)) as sender:
        name = b"load"
        body = b"\x00\x04MQTT\x04\x02\x00\x00" + len(name).to_bytes(2) + name
        sender.sendall(b"\x10" + bytes([len(body)]) + body)
        assert sender.recv(4)[:2] == b"\x20\x02"
        yield sender


def send(sender: socket.socket, load: Load, done: Callable[[], int]) -> None:
    """Send all messages, at most IN_FLIGHT more than are done."""
    for start in range(0, len(load.packets), 100):
        until(lambda start=start: start - done() < IN_FLIGHT, 120, "room in the window")
        sender.sendall(b"".join(load.packets[start : start + 100]))


def cpu_s(pid: int) -> float:
    """CPU seconds of a process, user and system (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Figures(NamedTuple):
    """What a run took."""

    wall_s: float
    cpu_s: float
    broker_cpu_s: float


def by_server(folder: Path, load: Load) -> Figures:
    """The server stores them."""
    with a_broker(folder) as (port, broker), a_server(folder, broker={"url": f"mqtt://127.0.0.1:{port}"}) as server:
        with a_sender(port) as sender, talking(port) as (_, acks):
            done = lambda: sum(ack.last for ack in list(acks.values())) // load.rows  # noqa: E731 - reads as a formula
            began, cpu, broker_cpu = time.monotonic(), cpu_s(server.pid), cpu_s(broker)
            send(sender, load, done)
            until(lambda: done() == len(load.packets), 120, "the last Ack")
            figures = Figures(time.monotonic() - began, cpu_s(server.pid) - cpu, cpu_s(broker) - broker_cpu)
        counted = sum(len(server.times(f"van-{van:04}")) for van in range(0, GATEWAYS, 50))
        assert counted == load.positions // GATEWAYS * (GATEWAYS // 50), counted
    return figures


def by_mosquitto_sub(folder: Path, load: Load) -> Figures:
    """mosquitto_sub writes them to a file."""
    payloads = sum(len(packet) for packet in load.packets) * 0.5
    with a_broker(folder) as (port, broker), (folder / "messages").open("wb") as file:
        command = [program("mosquitto_sub"), "-p", str(port), "-t", every("up"), "-N"]
        with subprocess.Popen(command, stdout=file) as peer, a_sender(port) as sender:
            with talking(port):  # when that one is subscribed, so is the peer, which began before
                pass
            began, cpu, broker_cpu = time.monotonic(), cpu_s(peer.pid), cpu_s(broker)
            send(sender, load, lambda: len(load.packets))
            size = _settled(folder / "messages")
            figures = Figures(time.monotonic() - began, cpu_s(peer.pid) - cpu, cpu_s(broker) - broker_cpu)
            peer.terminate()
    assert size > payloads, "mosquitto_sub did not get everything"
    return figures


def _settled(path: Path) -> int:
    """The size of a file that no longer grows."""
    sizes: list[int] = []

    def same() -> bool:
        sizes.append(path.stat().st_size)
        return len(sizes) > 20 and len({*sizes[-20:]}) == 1

    until(same, 60, "the end of the file's growth")
    return sizes[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    libraries = ", ".join(f"{name} {version(name)}" for name in ("paho-mqtt", "duckdb", "sqlalchemy"))
    print(f"Python {platform.python_version()}, {libraries}, {os.cpu_count()} cores, {GATEWAYS} gateways")
    for rows, messages in ((60, 2_500 if quick else 15_000), (1, 5_000 if quick else 30_000)):
        load = a_load(rows, messages)
        print(f"\n{rows} a message: {messages:,} messages, {load.bytes_a_position:.1f} bytes a position")
        with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
            server, peer = by_server(Path(ours), load), by_mosquitto_sub(Path(theirs), load)
        for name, run in (("milepost server", server), ("mosquitto_sub", peer)):
            print(
                f"{name:16} {load.positions / run.wall_s:11,.0f} positions/s"
                f" {load.positions / run.cpu_s:11,.0f} per CPU second"
                f" ({len(load.packets) / run.cpu_s:9,.0f} messages);"
                f" {run.cpu_s:.2f} + broker's {run.broker_cpu_s:.2f} CPU s in {run.wall_s:.2f} s"
            )
        print(f"storing costs {server.cpu_s / peer.cpu_s:.1f} times what writing bytes to a file costs")


if __name__ == "__main__":
    main()
