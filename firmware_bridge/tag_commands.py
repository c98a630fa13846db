"""`milepost tag decode`: adverts as JSON lines to what they say, line by line. The summary goes to stderr.

Beside `commands` the only module of this room that reads files. It decodes nothing itself.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from firmware_bridge.adverts import Decoded, Decoder
from firmware_bridge.adverts.lines import LineError, advert_of

LONGEST = 1_000_000
"""Bytes of a line. An advert has some hundred; what is longer is no advert, and is not kept in memory."""


def decode(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="Adverts, one JSON object a line; - for standard input.")
    ] = "-",
) -> None:
    """Print what each advert says: one JSON line for each line, in order, as soon as it was read.

    A line is {"address", "name", "rssi", "manufacturer_data": {"0x0499": hex}, "service_data": {uuid: hex},
    "service_uuids", "bindkey"}; all but the data may be left out. The answer is {"format", "id", "values", "error"}.

    Example: {"manufacturer_data": {"0x0499": "0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"}} is a RuuviTag at
    24.3 degrees.
    """
    with _opened(file) as stream:
        try:
            counts = _answer(stream)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None
    _say(_summary(counts))
    if counts.lines and counts.lines == counts.unread:
        raise typer.Exit(1)


class Counts(msgspec.Struct):
    """What came of the lines."""

    lines: int = 0
    unread: int = 0
    unknown: int = 0
    refused: int = 0


def _opened(file: str) -> BinaryIO:
    if file == "-":
        return sys.stdin.buffer
    path = Path(file)
    if path.is_dir() or not path.exists():
        _say(f"{path} is not a file. Name a file of JSON lines, or - to read standard input.")
        raise typer.Exit(2)
    if not os.access(path, os.R_OK):
        _say(f"{path} may not be read by this user.")
        raise typer.Exit(2)
    return path.open("rb")


def _answer(stream: BinaryIO) -> Counts:
    """Answer each line before the next one is read."""
    decoder, encoder, counts = Decoder(), msgspec.json.Encoder(), Counts()
    for line in _lines(stream):
        sys.stdout.buffer.write(encoder.encode(_said(line, decoder, counts)) + b"\n")
        sys.stdout.buffer.flush()
    return counts


def _said(line: bytes, decoder: Decoder, counts: Counts) -> Decoded:
    counts.lines += 1
    try:
        advert = advert_of(line)
    except LineError as error:
        counts.unread += 1
        long = len(line) == LONGEST
        return Decoded(error=f"This line is longer than {LONGEST:,} bytes, which no advert is." if long else str(error))
    said = decoder.decode(advert)
    counts.unknown += said.format is None
    counts.refused += said.error is not None
    return said


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Line by line; of one that is too long only the beginning."""
    while line := stream.readline(LONGEST):
        yield line
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = stream.readline(LONGEST)


def _summary(counts: Counts) -> str:
    good = counts.lines - counts.unread - counts.unknown - counts.refused
    return (
        f"{counts.lines} lines: {good} decoded, {counts.unknown} of no known format, {counts.refused} refused, "
        f"{counts.unread} not read. `error` says why."
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - words for people
