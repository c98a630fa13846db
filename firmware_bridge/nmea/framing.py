"""Bytes of a serial line, in any pieces, to whole NMEA 0183 sentences whose checksum holds.

Knows nothing of what sentences mean. A sentence begins at `$` wherever that stands, so a receiver that was cut off in
the middle of a line costs that line only. What is no sentence is counted, never raised.
"""

import re
from collections.abc import Iterator
from functools import reduce
from operator import xor

from firmware_bridge.nmea.fields import Refusals

MAX_SENTENCE = 200
"""NMEA 0183 says 82; receivers with 9 digits, or their makers' own sentences, need 110 and more."""

_CHECKED = re.compile(rb"([^*]*)\*([0-9A-Fa-f]{2})")
_CONTROL = bytes(range(0x20)) + bytes(range(0x7F, 0x100))


class Framing:
    """The line's memory: the beginning of a sentence whose end has not come yet."""

    def __init__(self, refused: Refusals) -> None:
        """`refused` is counted up: noise, cut, no_checksum, bad_checksum, too_long, not_text."""
        self.encapsulated = 0
        self._refused = refused
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """The sentences that end within `data`, from the talker to the checksum: `GPGLL,...*47`."""
        lines = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if line:
                yield from self._line(line)
        yield from self._overlong()

    @property
    def unfinished(self) -> bool:
        """A sentence has begun and has not ended."""
        return b"$" in self._rest

    def close(self) -> Iterator[str]:
        """The sentence that had no line end yet, when it is whole. The next byte starts a new line."""
        line, self._rest = self._rest, b""
        if line:
            yield from self._line(line)

    def _overlong(self) -> Iterator[str]:
        """A line that does not end is no reason to remember it all: binary noise, or a wrong baud rate."""
        rest = self._rest
        if len(rest) > MAX_SENTENCE:
            start = rest.rfind(b"$")
            keep = start if start > 0 and len(rest) - start <= MAX_SENTENCE else len(rest)
            self._rest = rest[keep:]
            yield from self._line(rest[:keep])

    def _line(self, line: bytes) -> Iterator[str]:
        head, *pieces = line.split(b"$")
        if head:
            self._before_the_first(head, alone=not pieces)
        for place, piece in enumerate(pieces, 1):
            if not piece:
                continue
            body = self._checked(piece, cut=place < len(pieces))
            if body is not None:
                yield body

    def _before_the_first(self, head: bytes, *, alone: bool) -> None:
        start = head.rfind(b"!")
        if start < 0:
            if alone:
                self._refused.add("noise")
        elif self._checked(head[start + 1 :], cut=not alone) is not None:
            self.encapsulated += 1

    def _checked(self, piece: bytes, *, cut: bool) -> str | None:
        match = _CHECKED.match(piece)
        if match is None:
            self._refused.add("cut" if cut else "no_checksum")
            return None
        body = match[1]
        if len(body) > MAX_SENTENCE:
            self._refused.add("too_long")
        elif reduce(xor, body, 0) != int(match[2], 16):
            self._refused.add("bad_checksum")
        elif len(body.translate(None, _CONTROL)) != len(body):
            self._refused.add("not_text")
        else:
            return match[0].decode("ascii")
        return None
