"""Recordings as arrivals: CSV, GPX and NMEA files to whole numbers, in the order of the file, never sorted.

`read` is the only function here that touches a file; everything below it is pure. A line that cannot be read is set
aside with the reason, and stops nothing beside it.
"""

import gzip
import io
import re
import sys
import zlib
from pathlib import Path

from milepost.recordings import delimited, gpx, nmea
from milepost.recordings.values import Arrival, Recording, Refused

__all__ = ["Arrival", "Recording", "Refused", "parse", "read"]

STANDARD_INPUT = "-"

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_HEAD = 1 << 16
_SENTENCE = re.compile(rb"[$!][A-Z]{2}[A-Z0-9]{1,10},")


def read(path: str | Path) -> Recording:
    """The arrivals of a file, or of standard input (`-`); raises OSError when the file cannot be opened.

    Whose they are is in the column `vehicle`; without it they are of one vehicle, called `vehicle`: what is said of a
    recording must not depend on the name of its file.
    """
    if str(path) == STANDARD_INPUT:
        return parse(sys.stdin.buffer.read())
    return parse(Path(path).read_bytes())


def parse(data: bytes, vehicle: str = "vehicle") -> Recording:
    """The arrivals in these bytes, packed by gzip or not; what they are is seen from how they begin."""
    broken = None
    if data.startswith(_GZIP):
        data, broken = _unpacked(data)
    head = data[:_HEAD]
    if head.lstrip(b"\xef\xbb\xbf\xfe\xff\x00 \r\n\t").startswith(b"<"):
        recording = gpx.parse(data, vehicle)
    elif not delimited.begins(head) and _SENTENCE.search(head):
        recording = nmea.parse(data, vehicle)
    else:
        recording = delimited.parse(data, vehicle)
    if broken is not None:
        recording.refused.append(
            Refused(data.count(b"\n") + 1, f"The file is damaged and was read up to here: {broken}")
        )
    return recording


def _unpacked(data: bytes) -> tuple[bytes, str | None]:
    """What a .gz holds: all of it, or what it has until it breaks, and why it broke."""
    blocks: list[bytes] = []
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        try:
            blocks.extend(iter(lambda: packed.read1(_CHUNK), b""))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            return b"".join(blocks), str(error)
    return b"".join(blocks), None
