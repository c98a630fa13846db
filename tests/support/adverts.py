"""Adverts for tests: from raw AD structures, and from short words."""

from firmware_bridge.adverts import Advert, Decoded, Decoder, uuid

SERVICE_DATA, MANUFACTURER_DATA, SHORT_NAME, NAME = 0x16, 0xFF, 0x08, 0x09
ADDRESS = "A4:C1:38:8D:18:B2"


def an_advert(
    *,
    company: int | None = None,
    service: int | None = None,
    data: str = "",
    address: str | None = ADDRESS,
    name: str | None = None,
    key: str | None = None,
    at_ms: int | None = None,
) -> Advert:
    """One advert with manufacturer data or service data, in hexadecimal."""
    return Advert(
        address=address,
        name=name,
        manufacturer_data={} if company is None else {company: bytes.fromhex(data)},
        service_data={} if service is None else {uuid(service): bytes.fromhex(data)},
        bindkey=None if key is None else bytes.fromhex(key),
        at_ms=at_ms,
    )


def decoded(advert: Advert) -> Decoded:
    """By a decoder that has heard nothing before."""
    return Decoder().decode(advert)


def from_raw(payload: bytes) -> Advert:
    """An advert from its AD structures (Bluetooth Core, Vol 3, Part C, 11); what is cut off is left out."""
    name, manufacturer, service = None, {}, {}
    at = 0
    while at < len(payload) and 0 < payload[at] <= len(payload) - at - 1:
        kind, content = payload[at + 1], payload[at + 2 : at + 1 + payload[at]]
        at += 1 + payload[at]
        if kind in (SHORT_NAME, NAME):
            name = content.decode("utf-8", "replace")
        elif kind == MANUFACTURER_DATA and len(content) >= 2:
            manufacturer[int.from_bytes(content[:2], "little")] = content[2:]
        elif kind == SERVICE_DATA and len(content) >= 2:
            service[uuid(int.from_bytes(content[:2], "little"))] = content[2:]
    return Advert(address=ADDRESS, name=name, manufacturer_data=manufacturer, service_data=service)
