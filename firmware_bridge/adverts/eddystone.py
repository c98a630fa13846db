"""Eddystone: UID, URL, TLM, and the two that only their owner can resolve (EID, encrypted TLM), which stay opaque.

Source: https://github.com/google/eddystone, protocol-specification.md and the page of each frame. Big endian. A frame
is the service data of 0xFEAA; its first byte says which.
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable

from firmware_bridge.adverts import ruuvi
from firmware_bridge.adverts.advert import Advert, RefusedError, Said, Values, damaged, uuid
from firmware_bridge.adverts.layout import S8, S16, U16, U32, Field, fields_of

SERVICE = uuid(0xFEAA)

TX_POWER = (Field(1, S8, "tx_power_dbm"),)
"""At 0 metres; iBeacon's is at 1 metre, 41 dB less."""

TLM = (
    Field(2, U16, "battery_v", per=1000, absent=0),
    Field(4, S16, "temperature_c", per=256, absent=-0x8000),
    Field(6, U32, "advertising_count"),
    Field(10, U32, "uptime_s", per=10),
)

SCHEMES = ("http://www.", "https://www.", "http://", "https://")
ENDINGS = (
    ".com/",
    ".org/",
    ".edu/",
    ".net/",
    ".info/",
    ".biz/",
    ".gov/",
    ".com",
    ".org",
    ".edu",
    ".net",
    ".info",
    ".biz",
    ".gov",
)
"""The byte in a URL is the place in this list: 0x00 is `.com/`."""

RUUVI_URL = "https://ruu.vi/#"


def read(advert: Advert) -> Said | None:
    """What the frame says; None for a frame type that is reserved."""
    data = advert.service_data.get(SERVICE)
    if data is None:
        return None
    if not data:
        raise damaged("Eddystone", 1, data)
    frame = FRAMES.get(data[0])
    if frame is None:
        return None
    name, size, reader = frame
    if len(data) < size:
        raise damaged(name, size, data)
    return reader(name, data)


def _uid(name: str, data: bytes) -> Said:
    """Ten bytes of namespace, six of instance. Some beacons leave out the two reserved bytes at the end."""
    return Said(format=name, id=f"{data[2:12].hex()}/{data[12:18].hex()}", values=fields_of(data, TX_POWER))


def _url(name: str, data: bytes) -> Said:
    """A URL. It is no identity: a shop gives all its beacons the same one."""
    url = _expanded(name, data)
    values = fields_of(data, TX_POWER) | {"url": url}
    if url.startswith(RUUVI_URL):
        return _ruuvi_url(url, values)
    return Said(format=name, values=values)


def _expanded(name: str, data: bytes) -> str:
    if data[2] >= len(SCHEMES):
        raise RefusedError(
            name, f"The advert is damaged: 0x{data[2]:02X} is no scheme of a URL. Wait for the next one."
        )
    text = [SCHEMES[data[2]]]
    for byte in data[3:]:
        if byte < len(ENDINGS):
            text.append(ENDINGS[byte])
        elif 0x20 < byte < 0x7F:
            text.append(chr(byte))
        else:
            raise RefusedError(
                name, f"The advert is damaged: 0x{byte:02X} is not allowed in a URL. Wait for the next one."
            )
    return "".join(text)


def _ruuvi_url(url: str, values: Values) -> Said:
    """RuuviTag's oldest formats, 2 and 4, put their readings behind `ruu.vi/#`, in base 64."""
    code = url.removeprefix(RUUVI_URL)[:8]
    try:
        readings = urlsafe_b64decode(code)
    except ValueError:
        readings = b""
    return ruuvi.from_url(readings, values)


def _tlm(name: str, data: bytes) -> Said:
    """Telemetry; version 1 is sealed with the beacon's identity key."""
    if data[1] == 0:
        return Said(format=name, values=fields_of(data, TLM))
    if data[1] == 1:
        return _sealed_tlm(data)
    raise RefusedError(name, f"Version {data[1]} of telemetry is not known. Ask for a newer Milepost.")


def _sealed_tlm(data: bytes) -> Said:
    """Only its owner can open it. Some beacons write the length of a plain frame, and lose salt and check by it."""
    opaque: Values = {"encrypted_data": data[2:14].hex()}
    if len(data) >= 18:
        opaque |= {"salt": data[14:16].hex(), "mic": data[16:18].hex()}
    return Said(format="Eddystone eTLM", values=opaque)


def _eid(name: str, data: bytes) -> Said:
    """An identity that changes together with the address, and that only the beacon's owner can resolve."""
    eid = data[2:10].hex()
    return Said(format=name, id=eid, values=fields_of(data, TX_POWER) | {"eid": eid})


FRAMES: dict[int, tuple[str, int, Callable[[str, bytes], Said]]] = {
    0x00: ("Eddystone UID", 18, _uid),
    0x10: ("Eddystone URL", 3, _url),
    0x20: ("Eddystone TLM", 14, _tlm),
    0x30: ("Eddystone EID", 10, _eid),
}
"""Name, least size, reader by the frame type in the first byte."""
