"""Readings to BTHome's service data, plain and sealed, versions 1 and 2. The other direction of `bthome`.

Objects are given by their number and the value that the decoder would say: `(0x02, 21.5)`, `(0x3A, "press")`. What does
not fit is clipped.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from firmware_bridge.adverts.advert import Value
from firmware_bridge.adverts.bthome import ADDRESS_BIT, SEALED_BIT, V1, V1_SEALED, V2, cipher
from firmware_bridge.adverts.bthome_objects import EVENTS, OBJECTS, Form, Object

type Things = Sequence[tuple[int, Value]]

VERSION_2 = 0x40
ON_EVENTS = 0x04
"""The tag sends when something happens, not at intervals."""

V1_CODES = {"signed": 1, "text": 3, "time": 5}


def bthome(
    things: Things,
    *,
    key: bytes | None = None,
    address: str = "",
    counter: int = 0,
    carry_address: bool = False,
    on_events: bool = False,
) -> dict[str, bytes]:
    """Version 2. With a key it is sealed, for which the address and a counter that grows are needed."""
    info = VERSION_2 | (ON_EVENTS if on_events else 0)
    info |= (SEALED_BIT if key else 0) | (ADDRESS_BIT if carry_address else 0)
    mac = bytes.fromhex(address.replace(":", ""))
    head = bytes((info,)) + (mac[::-1] if carry_address else b"")
    plain = b"".join(bytes((number,)) + _sized(OBJECTS[number], value) for number, value in things)
    if key is None:
        return {V2: head + plain}
    return {V2: head + _sealed(plain, key, mac + b"\xd2\xfc" + head[:1], counter, None)}


def bthome_v1(things: Things, *, key: bytes | None = None, address: str = "", counter: int = 0) -> dict[str, bytes]:
    """Version 1: each object says its own form and length."""
    pieces = []
    for number, value in things:
        content = _content(OBJECTS[number], value)
        control = V1_CODES.get(OBJECTS[number].form, 0) << 5 | len(content) + 1
        pieces.append(bytes((control, number)) + content)
    plain = b"".join(pieces)
    if key is None:
        return {V1: plain}
    return {V1_SEALED: _sealed(plain, key, bytes.fromhex(address.replace(":", "")) + b"\x1e\x18", counter, b"\x11")}


def _sealed(plain: bytes, key: bytes, start: bytes, counter: int, associated: bytes | None) -> bytes:
    """Nonce: address, UUID, in version 2 the byte of information, counter. The check goes behind the counter."""
    count = counter.to_bytes(4, "little")
    both = cipher(key).encrypt(start + count, plain, associated)
    return both[:-4] + count + both[-4:]


def _sized(thing: Object, value: Value) -> bytes:
    """The content, after its length where the object has no fixed one; a command's operation is not counted."""
    content = _content(thing, value)
    if thing.size is not None:
        return content
    return bytes((len(content) - (thing.form == "event"),)) + content


def _content(thing: Object, value: Value) -> bytes:
    return WRITERS.get(thing.form, _number)(thing, value)


def _event(thing: Object, value: Value) -> bytes:
    """Its code; a dimmer turns by one step."""
    code = next((code for code, event in EVENTS[thing.name].items() if event == value), 0)
    return bytes((code, 1)) if thing.name == "dimmer" else bytes((code,))


WRITERS: dict[Form, Callable[[Object, Value], bytes]] = {
    "state": lambda _, value: bytes((bool(value),)),
    "event": _event,
    "text": lambda _, value: str(value).encode(),
    "raw": lambda _, value: bytes.fromhex(str(value)),
    "time": lambda _, value: int(datetime.fromisoformat(str(value)).timestamp()).to_bytes(4, "little"),
    "version": lambda _, value: bytes(int(part) for part in reversed(str(value).split("."))),
}


def _number(thing: Object, value: Value) -> bytes:
    size, signed = thing.size or 1, thing.form == "signed"
    least = -(1 << 8 * size - 1) if signed else 0
    raw = min(max(round(float(value) * thing.per / thing.times), least), (1 << 8 * size - signed) - 1)
    return raw.to_bytes(size, "little", signed=signed)
