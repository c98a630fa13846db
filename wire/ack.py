"""Acks <-> bytes, both ways, because the server writes them and the vehicle, which has no numpy, reads them."""

import msgspec

from wire.frames import PLAIN, UNREADABLE, is_json, unframed
from wire.messages import MAX_SEQ, Ack, WireError, check_stream

_binary = msgspec.msgpack.Encoder()
_unbinary = msgspec.msgpack.Decoder(tuple[str, int])
_json = msgspec.json.Encoder()
_unjson = msgspec.json.Decoder(Ack)


def encode_ack(ack: Ack, *, json: bool = False) -> bytes:
    """An Ack, in the form of the message that it answers."""
    return _json.encode(ack) if json else bytes([PLAIN]) + _binary.encode((ack.stream, ack.last))


def decode_ack(data: bytes) -> Ack:
    """An Ack from either form; raises WireError when it is none."""
    try:
        if is_json(data):
            ack = _unjson.decode(data)
        else:
            stream, last = _unbinary.decode(unframed(data))
            ack = Ack(stream=stream, last=last)
    except UNREADABLE as error:
        raise WireError(f"not an ack: {error}") from None
    check_stream(ack.stream)
    if not 0 <= ack.last <= MAX_SEQ:
        raise WireError(f"not a sequence number: {ack.last}")
    return ack
