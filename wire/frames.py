"""The outermost layer of a message: its form, its size, and whether it is deflated.

A binary message starts with a format byte: 0x01 MessagePack, 0x02 the same deflated (raw, RFC 1951). Anything that
starts like JSON is JSON. Sizes are bounded before anything is unpacked.
"""

import zlib

import msgspec

from wire.messages import WireError

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)
"""What msgspec raises for bytes that are not what was asked for."""

PLAIN, DEFLATED = 0x01, 0x02
MAX_MESSAGE_BYTES = 256 * 1024
MAX_UNPACKED_BYTES = 1024 * 1024
_JSON_STARTS = (0x7B, 0x5B, 0x20, 0x09, 0x0D, 0x0A)


def framed(body: bytes) -> bytes:
    """A binary message around its body, deflated when that is shorter."""
    deflate = zlib.compressobj(9, wbits=-15)
    small = deflate.compress(body) + deflate.flush()
    return bytes([DEFLATED]) + small if len(small) < len(body) else bytes([PLAIN]) + body


def unframed(data: bytes) -> bytes:
    """The body of a binary message; raises WireError when it is damaged, too long or of another form."""
    form = data[0] if data else -1
    if form == PLAIN:
        return data[1:]
    if form != DEFLATED:
        raise WireError(f"unknown form {data[:1]!r}; expected JSON, 0x01 (MessagePack) or 0x02 (deflated MessagePack)")
    inflate = zlib.decompressobj(wbits=-15)
    try:
        body = inflate.decompress(data[1:], MAX_UNPACKED_BYTES)
    except zlib.error as error:
        raise WireError(f"damaged: {error}") from None
    if not inflate.eof:
        raise WireError(f"cut off, or longer than {MAX_UNPACKED_BYTES} bytes unpacked")
    return body


def is_json(data: bytes) -> bool:
    """Whether the message is JSON; refuses what is too long in either form."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise WireError(f"{len(data)} bytes; at most {MAX_MESSAGE_BYTES} in one message")
    return bool(data) and data[0] in _JSON_STARTS
