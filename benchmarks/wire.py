"""Bytes and time of a batch of 60 positions, against plain JSON: `python -m benchmarks.wire`.

The drive is synthetic (seeded), 1 Hz, with a receiver's noise: nothing of it repeats, so it flatters nobody.
"""

import json
import math
import platform
import random
import timeit
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

from wire.decode import decode_up
from wire.encode import encode_up, encode_up_json
from wire.messages import Position, Run

COUNT = 60
AIM_BYTES, AIM_US = 15, 0.5


def a_drive(count: int, seed: int) -> list[Position]:
    """A van in a town: 8 m/s, turning, with 2 m of noise."""
    chance = random.Random(seed)
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    lon, lat, course, speed = 24.94, 60.17, 90.0, 8.0
    found = []
    for second in range(count):
        course = (course + chance.gauss(0, 6)) % 360
        speed = min(14.0, max(0.0, speed + chance.gauss(0, 0.5)))
        lat += speed * math.cos(math.radians(course)) / 111_320
        lon += speed * math.sin(math.radians(course)) / 111_320 / math.cos(math.radians(lat))
        found.append(
            Position(
                at=at + timedelta(seconds=second),
                lon=round(lon + chance.gauss(0, 2e-6), 7),
                lat=round(lat + chance.gauss(0, 1e-6), 7),
                alt_m=round(12 + chance.gauss(0, 0.3), 1),
                speed_mps=round(speed, 2),
                course_deg=round(course, 1),
                accuracy_m=round(3 + chance.gauss(0, 0.3), 1),
                satellites=9 + chance.randrange(2),
                hdop=1.1,
                mode="3d",
            )
        )
    return found


def microseconds(work: object, namespace: dict[str, object]) -> float:
    """The best of many short runs, for one position: the others measured what else the machine did."""
    times = timeit.repeat(work, globals=namespace, number=50, repeat=40)  # type: ignore[arg-type]
    return min(times) / 50 / COUNT * 1e6


def main() -> None:
    """Measure and print."""
    records = tuple(enumerate(a_drive(COUNT, seed=1), start=1))
    run = Run(stream="a1b2c3d4", seq_from=1, seq_to=COUNT, records=records)
    binary, plain = encode_up(run), encode_up_json(run)
    print(f"Python {platform.python_version()}, msgspec {msgspec.__version__}, numpy {np.__version__}")
    print(f"{'':26}{'binary':>9}{'JSON':>9}{'ratio':>8}   aim")
    rows = [
        ("bytes a position", len(binary) / COUNT, len(plain) / COUNT, f"<= {AIM_BYTES}"),
        (
            "decode, us a position",
            microseconds(lambda: decode_up(binary), {}),
            microseconds(lambda: json.loads(plain), {}),
            f"<= {AIM_US}",
        ),
        (
            "encode, us a position",
            microseconds(lambda: encode_up(run), {}),
            microseconds(lambda: encode_up_json(run), {}),
            "",
        ),
    ]
    for name, ours, theirs, aim in rows:
        print(f"{name:26}{ours:9.2f}{theirs:9.2f}{ours / theirs:8.2f}   {aim}")
    print("JSON: the JSON form of the same run; decode is json.loads alone, without any check.")


if __name__ == "__main__":
    main()
