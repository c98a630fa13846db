"""NMEA logs cut into epochs by the times in their sentences, and moved to another time. Bytes in, bytes out; pure.

Nothing is parsed beyond the time: what is damaged in the log is damaged when it is said again.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from operator import xor

# Field numbers after the sentence's name: time of day (hhmmss.sss), date (ddmmyy).
_TIME = {"RMC": 1, "GGA": 1, "GNS": 1, "GST": 1, "GBS": 1, "ZDA": 1, "GLL": 5}
_DATE = {"RMC": 9}
_SENTENCE = re.compile(rb"\$([A-Z]{2})([A-Z]{3}),([^\r\n$]*)")
_CLOCK = re.compile(rb"(\d\d)(\d\d)(\d\d(?:\.\d+)?)")
_DAY_S = 86_400.0
_STRANGE_S = 3_600.0
"""Longer steps, and steps back, are breaks in the log: it goes on a second later."""


def epochs(data: bytes) -> Iterator[tuple[float, bytes]]:
    """(seconds since the first epoch, its bytes); epochs without a time of day follow after a second each."""
    offset_s, clock_s = 0.0, None
    lines, seen = list[bytes](), set[bytes]()
    for line in data.splitlines(keepends=True):
        name, now_s = _timed(line)
        new_time = now_s is not None and clock_s is not None and now_s != clock_s
        again = name is not None and now_s is None and clock_s is None and name in seen
        if lines and (new_time or again):
            yield offset_s, b"".join(lines)
            lines, seen = [], set()
            offset_s += _step_s(clock_s, now_s)
        clock_s = now_s if now_s is not None else clock_s
        lines.append(line)
        if name is not None:
            seen.add(name)
    if lines and any(b"$" in line for line in lines):
        yield offset_s, b"".join(lines)


def moved(data: bytes, at: datetime) -> bytes:
    """The same sentences as if they had been said at this (aware UTC) time, checksums made anew.

    Damaged sentences stay as they are.
    """
    return b"".join(_moved(line, at) for line in data.splitlines(keepends=True))


def checksum(body: bytes) -> int:
    """NMEA 0183: the exclusive or of everything between `$` and `*`."""
    return reduce(xor, body, 0)


def _timed(line: bytes) -> tuple[bytes | None, float | None]:
    found = _SENTENCE.search(line)
    if found is None or (kind := found[2].decode()) not in _TIME:
        return None, None
    fields = found[0].split(b"*")[0].split(b",")
    place = _TIME[kind]
    clock = _CLOCK.fullmatch(fields[place]) if place < len(fields) else None
    seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3]) if clock else None
    return found[1] + found[2], seconds


def _step_s(before_s: float | None, now_s: float | None) -> float:
    if before_s is None or now_s is None:
        return 1.0
    step_s = (now_s - before_s) % _DAY_S
    return step_s if step_s <= _STRANGE_S else 1.0


def _moved(line: bytes, at: datetime) -> bytes:
    start = line.rfind(b"$")
    body, star, rest = line[start + 1 :].partition(b"*")
    if start < 0 or not star or rest[:2].upper() != b"%02X" % checksum(body):
        return line
    fields = body.split(b",")
    kind = fields[0][2:].decode("ascii", "replace")
    if kind in _TIME and len(fields) > _TIME[kind] and fields[_TIME[kind]]:
        decimals = len(fields[_TIME[kind]].partition(b".")[2])
        fraction = f".{at.microsecond:06d}"[: decimals + 1] if decimals else ""
        fields[_TIME[kind]] = (at.strftime("%H%M%S") + fraction).encode()
    if kind in _DATE and len(fields) > _DATE[kind] and fields[_DATE[kind]]:
        fields[_DATE[kind]] = at.strftime("%d%m%y").encode()
    if kind == "ZDA" and len(fields) > 4 and fields[4]:
        fields[2:5] = [part.encode() for part in at.strftime("%d %m %Y").split()]
    fresh = b",".join(fields)
    return line[: start + 1] + fresh + b"*%02X" % checksum(fresh) + rest[2:]
