"""BTHome, versions 1 and 2, plain and sealed: the packets, the seal, and what must not be believed twice.

Sources: https://bthome.io/format, https://bthome.io/encryption, https://bthome.io/v1; order and repetition of packets
as https://github.com/Bluetooth-Devices/bthome-ble (3.25) judges them. The objects are in `bthome_objects`.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from firmware_bridge.adverts.advert import Advert, RefusedError, Said, Values, add, address_of, damaged, uuid
from firmware_bridge.adverts.bthome_objects import OBJECTS, Form, Object, happened, measured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

V1, V1_SEALED, V2 = uuid(0x181C), uuid(0x181E), uuid(0xFCD2)

SEALED_BIT, ADDRESS_BIT = 0x01, 0x02

V1_FORMS: dict[int, Form] = {0: "unsigned", 1: "signed", 2: "float", 3: "text", 4: "mac", 5: "time"}
"""Bits 5 to 7 before each object of version 1; bits 0 to 4 are its length."""

TAIL = 8
"""Four bytes of counter and four of check close a sealed packet."""

LEAST = {1: 3, 2: 2}
"""The shortest object of each version."""

KEY_SIZE = 16

RESTARTS_BELOW = 100
"""A counter below this, after one that was not, is a tag with a new battery: so judges bthome-ble."""

FORGET_MS = 4_000
"""After this long the same packet id is another packet."""

IDS_AHEAD = 64
"""A packet id less than this ahead is newer; less than this behind, older."""


class Memory(msgspec.Struct):
    """What is known of one tag: its last counter and sealed packet, its last packet id, what it said then."""

    counter: int | None = None
    sealed: bytes | None = None
    packet_id: int | None = None
    at_ms: int | None = None
    values: Values = {}


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """One packet: what comes before its objects. `seal` is what its nonce has between address and counter."""

    format: str
    version: int
    sealed: bool
    id: str | None = None
    seal: bytes = b""
    body: bytes


def packet_of(advert: Advert) -> Packet | None:
    """The packet of the newest version that this advert has."""
    data = advert.service_data.get(V2)
    if data is not None:
        return _version_2(data)
    sealed = V1_SEALED in advert.service_data
    data = advert.service_data.get(V1_SEALED if sealed else V1)
    name = "BTHome v1 encrypted" if sealed else "BTHome v1"
    return None if data is None else Packet(format=name, version=1, sealed=sealed, seal=b"\x1e\x18", body=data)


def read(packet: Packet, advert: Advert, memory: Memory) -> Said:
    """The readings, and what happened. A packet that was heard before says the same, and no event again."""
    counter, objects = _open(packet, advert)
    if packet.sealed and packet.body == memory.sealed:
        return Said(format=packet.format, id=packet.id, values=dict(memory.values))
    _must_be_newer(packet, counter, memory)
    values, events = _values(packet, objects)
    packet_id = values.get("packet_id")
    if isinstance(packet_id, int) and _heard(packet_id, advert.at_ms, memory):
        values, events = memory.values, {}
    else:
        memory.packet_id = packet_id if isinstance(packet_id, int) else memory.packet_id
        memory.at_ms = advert.at_ms
        memory.values = values
    if packet.sealed:
        memory.counter, memory.sealed = counter, packet.body
    return Said(format=packet.format, id=packet.id, values=values | events)


def _version_2(data: bytes) -> Packet:
    """A byte of information (sealed or not, with an address or not, version), perhaps the address, the objects."""
    if not data:
        raise damaged("BTHome v2", 3, data)
    info = data[0]
    if info >> 5 != 2:
        raise RefusedError("BTHome", f"Version {info >> 5} is not known. Set the tag to version 2.")
    sealed = bool(info & SEALED_BIT)
    name = "BTHome v2 encrypted" if sealed else "BTHome v2"
    start = 7 if info & ADDRESS_BIT else 1
    if len(data) < start:
        raise damaged(name, start, data)
    address = address_of(data[6:0:-1]) if info & ADDRESS_BIT else None
    return Packet(format=name, version=2, sealed=sealed, id=address, seal=b"\xd2\xfc" + data[:1], body=data[start:])


def _open(packet: Packet, advert: Advert) -> tuple[int, bytes]:
    """The counter (0 when there is none) and the objects, if the tag's key fits."""
    key = advert.bindkey
    if not packet.sealed:
        if key is not None:
            raise RefusedError(
                packet.format,
                "This tag has a key, and the advert is not encrypted: anybody may have sent it. Turn the tag's "
                "encryption on, or take its key away.",
            )
        return 0, packet.body
    if key is None:
        raise RefusedError(packet.format, "The advert is encrypted. Give the tag's key (`bindkey`).")
    if len(key) != KEY_SIZE:
        raise RefusedError(packet.format, f"The tag's key has {len(key)} bytes, and needs {KEY_SIZE}. Give it whole.")
    address = _address(packet, advert)
    if len(packet.body) < TAIL + LEAST[packet.version]:
        raise damaged(packet.format, TAIL + LEAST[packet.version], packet.body)
    counter, check = packet.body[-TAIL:-4], packet.body[-4:]
    associated = b"\x11" if packet.version == 1 else None
    try:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - only who has sealed tags needs it
    except ModuleNotFoundError:
        raise RefusedError(
            packet.format,
            "The advert is encrypted, and the extra that opens it is missing. "
            "Install it with: pip install 'milepost[gateway]'",
        ) from None
    try:
        opened = cipher(key).decrypt(address + packet.seal + counter, packet.body[:-TAIL] + check, associated)
    except InvalidTag:
        raise RefusedError(
            packet.format,
            "The key does not fit, or the advert is damaged. If all adverts of this tag are refused, give its own key.",
        ) from None
    return int.from_bytes(counter, "little"), opened


def _address(packet: Packet, advert: Advert) -> bytes:
    """The tag's address is part of the seal; iOS and macOS hide it, then the packet has to carry it."""
    try:
        address = bytes.fromhex((packet.id or advert.address or "").replace(":", ""))
    except ValueError:
        address = b""
    if len(address) != 6:
        raise RefusedError(
            packet.format, "The advert is encrypted, which needs the tag's address. Give it (`address`)."
        )
    return address


@lru_cache(maxsize=1024)
def cipher(key: bytes) -> "AESCCM":
    """AES-CCM with a check of four bytes (RFC 3610; https://bthome.io/encryption). Needs the extra `gateway`."""
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM  # noqa: PLC0415 - as above

    return AESCCM(key, tag_length=4)


def _must_be_newer(packet: Packet, counter: int, memory: Memory) -> None:
    """A sealed packet whose counter has been passed is a recording that somebody plays."""
    if not packet.sealed or memory.counter is None or counter > memory.counter:
        return
    if counter < RESTARTS_BELOW <= memory.counter:
        return
    raise RefusedError(
        packet.format,
        f"Its counter {counter} is not above {memory.counter}, which was heard before: it may be a recording. "
        "If the tag was restarted, wait until it has counted on.",
    )


def _heard(packet_id: int, at_ms: int | None, memory: Memory) -> bool:
    """Whether this packet, or a newer one, was heard before.

    With a clock, as bthome-ble: within four seconds only what is less than 64 ahead is newer. Without one a tag may
    have been away for hours, so what is neither a little ahead nor a little behind is believed.
    """
    if memory.packet_id is None:
        return False
    ahead = (packet_id - memory.packet_id) % 256
    if at_ms is None or memory.at_ms is None:
        return ahead == 0 or ahead > 256 - IDS_AHEAD
    return at_ms - memory.at_ms <= FORGET_MS and not 0 < ahead < IDS_AHEAD


def _values(packet: Packet, objects: bytes) -> tuple[Values, Values]:
    """What is measured, and what happened."""
    values: Values = {}
    events: Values = {}
    counts: dict[str, int] = {}
    known = 0
    for thing, data, form in _pieces(packet, objects):
        known += 1
        if thing.form == "event":
            happened(thing, data, events, counts)
            continue
        try:
            value = measured(thing, data, form)
        except ValueError as error:
            raise RefusedError(
                packet.format, f"The advert is damaged: {thing.name} is wrong ({error}). Wait for the next one."
            ) from None
        if value is not None:
            add(values, thing.name, value)
    if not known:
        raise RefusedError(
            packet.format,
            "The advert has no object that is known. Wait for the next one; if it stays so, ask for a newer Milepost.",
        )
    return values, events


def _pieces(packet: Packet, objects: bytes) -> Iterator[tuple[Object, bytes, Form]]:
    return _pieces_1(packet, objects) if packet.version == 1 else _pieces_2(packet, objects)


def _pieces_1(packet: Packet, objects: bytes) -> Iterator[tuple[Object, bytes, Form]]:
    """Version 1: a byte of form and length, the object's number, its content. What is not known is stepped over."""
    at = 0
    while at < len(objects):
        length = objects[at] & 0x1F
        form = V1_FORMS.get(objects[at] >> 5)
        start, at = at + 1, at + 1 + length
        if at > len(objects) or length == 1:
            raise damaged(packet.format, max(at, start + 2), objects)
        thing = OBJECTS.get(objects[start]) if length else None
        if thing is None or form is None or form == "mac":
            continue
        if thing.form not in ("unsigned", "signed"):
            form = thing.form
        elif form in ("text", "time"):
            continue
        yield thing, objects[start + 1 : at], form


def _pieces_2(packet: Packet, objects: bytes) -> Iterator[tuple[Object, bytes, Form]]:
    """Version 2: the object's number says its length, so that nothing after an unknown one can be read."""
    at = 0
    while at < len(objects):
        thing = OBJECTS.get(objects[at])
        if thing is None:
            return
        start, size = at + 1, thing.size
        if size is None:
            length = objects[start] if start < len(objects) else 0
            size = 1 + (length & 0x1F) if thing.form == "event" else length
            start += 1
        at = start + size
        if at > len(objects):
            raise damaged(packet.format, at, objects)
        if size:
            yield thing, objects[start:at], thing.form
