"""Sentences per second from bytes to fixes, against pynmea2 that only parses the same sentences."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pynmea2

from firmware_bridge.nmea import Fix, Nmea, encode

EPOCHS = 10_000
START = datetime(2026, 11, 22, tzinfo=UTC)


def drive() -> bytes:
    """Five sentences a second: RMC, VTG, GGA, GSA, GST."""
    fixes = (
        Fix(at=START + timedelta(seconds=i), lon=24.9 + i * 1e-5, lat=60.17, alt_m=12.0, speed_mps=8.0, error_m=2.5)
        for i in range(EPOCHS)
    )
    return b"".join(encode.epoch(fix) for fix in fixes)


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    said = drive()
    lines = said.decode().split()
    nmea = Nmea()

    def ours() -> None:
        for start in range(0, len(said), 64):  # as a serial port hands it over
            nmea.feed(said[start : start + 64])

    ours_s = cpu_s(ours)
    peer_s = cpu_s(lambda: [pynmea2.parse(line, check=True) for line in lines])
    print(f"Python {sys.version.split()[0]}, pynmea2 {version('pynmea2')}, {len(lines)} sentences, {EPOCHS} fixes")
    print(f"bytes to fixes  {len(lines) / ours_s:9,.0f} sentences/s")
    print(f"pynmea2.parse   {len(lines) / peer_s:9,.0f} sentences/s, parsing only: {ours_s / peer_s:.1f} times faster")
    print(f"one core carries {EPOCHS / ours_s / 10:,.0f} receivers at 10 Hz")


if __name__ == "__main__":
    main()
