"""Readings to adverts: the manufacturer data (by company) or service data (by UUID) that a tag sends. For simulators.

One function for each format, from the same tables as the decoders; `values` has the decoder's names. What is missing is
written as "not available" where the format can say so, else as 0; what does not fit is clipped, as makers do.
"""

from collections.abc import Mapping
from math import log
from uuid import UUID

from firmware_bridge.adverts.advert import Value
from firmware_bridge.adverts.eddystone import ENDINGS, SCHEMES, SERVICE, TLM
from firmware_bridge.adverts.ela import COMPANY as ELA
from firmware_bridge.adverts.ela import IDENTITY, PARTS, SERVICES, STATE, STATE_KIND, STATE_KINDS, Content, State
from firmware_bridge.adverts.encode_bthome import bthome, bthome_v1
from firmware_bridge.adverts.ibeacon import APPLE, TYPE
from firmware_bridge.adverts.layout import bytes_of
from firmware_bridge.adverts.minew import INTRODUCTION, SERVICE_FRAME, SERVICE_FRAMES
from firmware_bridge.adverts.minew import SERVICE as MINEW
from firmware_bridge.adverts.ruuvi import C5, CALIBRATING, DF3, DF5, DF6, E1, LIGHT_STEP, NOX_BIT, VOC_BIT
from firmware_bridge.adverts.ruuvi import COMPANY as RUUVI
from firmware_bridge.adverts.teltonika import (
    ANGLE,
    BATTERY,
    HUMIDITY,
    LOW_BATTERY,
    MAGNET,
    MAGNET_FOUND,
    MOVEMENT,
    MOVING,
    TEMPERATURE,
    VERSION,
)
from firmware_bridge.adverts.teltonika import COMPANY as TELTONIKA

__all__ = [
    "bthome",
    "bthome_v1",
    "eddystone_eid",
    "eddystone_tlm",
    "eddystone_uid",
    "eddystone_url",
    "ela",
    "ela_services",
    "ibeacon",
    "minew",
    "ruuvi_c5",
    "ruuvi_df3",
    "ruuvi_df5",
    "ruuvi_df6",
    "ruuvi_e1",
    "teltonika_eye",
]

type Given = Mapping[str, Value]

_LONGEST_FIRST = sorted(range(len(ENDINGS)), key=lambda code: -len(ENDINGS[code]))


def ibeacon(*, beacon: str, major: int, minor: int, tx_power_dbm: int = -59) -> dict[int, bytes]:
    """An identity; the power is that at one metre."""
    return {APPLE: TYPE + UUID(beacon).bytes + major.to_bytes(2) + minor.to_bytes(2) + _signed_byte(tx_power_dbm)}


def eddystone_uid(*, namespace: str, instance: str, tx_power_dbm: int = -18) -> dict[str, bytes]:
    """An identity in hexadecimal, ten bytes and six; the power is that at 0 metres."""
    identity = bytes.fromhex(namespace) + bytes.fromhex(instance)
    return {SERVICE: b"\x00" + _signed_byte(tx_power_dbm) + identity + b"\x00\x00"}


def eddystone_url(*, url: str, tx_power_dbm: int = -18) -> dict[str, bytes]:
    """A URL: http or https, printable ASCII."""
    scheme = max((code for code in range(len(SCHEMES)) if url.startswith(SCHEMES[code])), key=lambda c: len(SCHEMES[c]))
    rest = url.removeprefix(SCHEMES[scheme])
    for code in _LONGEST_FIRST:
        rest = rest.replace(ENDINGS[code], chr(code))
    return {SERVICE: b"\x10" + _signed_byte(tx_power_dbm) + bytes((scheme,)) + rest.encode("ascii")}


def eddystone_tlm(values: Given) -> dict[str, bytes]:
    """Battery, temperature, adverts sent, time since the start."""
    return {SERVICE: b"\x20\x00" + bytes(bytes_of(14, TLM, _numbers(values)))[2:]}


def eddystone_eid(*, eid: str, tx_power_dbm: int = -18) -> dict[str, bytes]:
    """An identity that only its owner can resolve, eight bytes in hexadecimal."""
    return {SERVICE: b"\x30" + _signed_byte(tx_power_dbm) + bytes.fromhex(eid)}


def ruuvi_df3(values: Given) -> dict[int, bytes]:
    """RAWv1: no address, no counters."""
    data = bytes_of(14, DF3, _numbers(values))
    hundredths = round(abs(_number(values, "temperature_c")) * 100)
    data[0], data[2], data[3] = (
        0x03,
        hundredths // 100 | 0x80 * (_number(values, "temperature_c") < 0),
        hundredths % 100,
    )
    return {RUUVI: bytes(data)}


def ruuvi_df5(values: Given, *, address: str) -> dict[int, bytes]:
    """RAWv2, what every RuuviTag sends."""
    data = bytes_of(24, DF5, _numbers(values))
    data[0], data[13:15], data[18:24] = 0x05, _power_info(values), _mac(address)
    return {RUUVI: bytes(data)}


def ruuvi_c5(values: Given, *, address: str) -> dict[int, bytes]:
    """RAWv2 without acceleration."""
    data = bytes_of(18, C5, _numbers(values))
    data[0], data[7:9], data[12:18] = 0xC5, _power_info(values), _mac(address)
    return {RUUVI: bytes(data)}


def ruuvi_df6(values: Given, *, address: str) -> dict[int, bytes]:
    """Ruuvi Air in an advert of Bluetooth 4."""
    data = bytes_of(20, DF6, _numbers(values))
    data[0], data[14], data[17:20] = 0x06, 0xFF, _mac(address)[3:]
    light = values.get("illuminance_lx")
    data[13] = 0xFF if light is None else min(round(log(float(light) + 1) / LIGHT_STEP), 254)
    data[11], data[12], data[16] = _indices(values)
    return {RUUVI: bytes(data)}


def ruuvi_e1(values: Given, *, address: str) -> dict[int, bytes]:
    """Ruuvi Air in an extended advert of Bluetooth 5."""
    data = bytes_of(40, E1, _numbers(values))
    data[0], data[22:25], data[29:34], data[34:40] = 0xE1, b"\xff" * 3, b"\xff" * 5, _mac(address)
    data[17], data[18], data[28] = _indices(values)
    return {RUUVI: bytes(data)}


def teltonika_eye(values: Given) -> dict[int, bytes]:
    """The fields that `values` has, each with its flag."""
    flags = (LOW_BATTERY * bool(values.get("low_battery"))) | (MAGNET * ("magnet" in values))
    flags |= MAGNET_FOUND * bool(values.get("magnet"))
    fields: dict[int, bytes] = {}
    if "temperature_c" in values:
        fields[TEMPERATURE] = round(_number(values, "temperature_c") * 100).to_bytes(2, signed=True)
    if "humidity_percent" in values:
        fields[HUMIDITY] = bytes((round(_number(values, "humidity_percent")),))
    if "movement_counter" in values:
        fields[MOVEMENT] = (MOVING * bool(values.get("moving")) | int(values["movement_counter"])).to_bytes(2)
    if "pitch_deg" in values:
        roll = round(_number(values, "roll_deg")).to_bytes(2, signed=True)
        fields[ANGLE] = _signed_byte(round(_number(values, "pitch_deg"))) + roll
    if "battery_v" in values:
        fields[BATTERY] = bytes((min(max(round(_number(values, "battery_v") * 100) - 200, 0), 255),))
    return {TELTONIKA: bytes((VERSION, flags | sum(fields))) + b"".join(fields.values())}


def ela(values: Given, *, number: str = "") -> dict[int, bytes]:
    """As manufacturer data: the parts that `values` has something for, and the maker's number (six bytes)."""
    parts = [bytes((IDENTITY,)) + bytes.fromhex(number)] if number else []
    parts += [
        bytes((kind,)) + _ela_content(content, values) for kind, content in PARTS.items() if _has(content, values)
    ]
    return {ELA: b"".join(parts)}


def ela_services(values: Given) -> dict[str, bytes]:
    """As service data of the Bluetooth SIG's characteristics."""
    services = {at: _ela_content(content, values) for at, content in SERVICES.items() if _has(content, values)}
    for code, state in STATE_KINDS.items():
        if _has(state, values):
            services |= {STATE: _ela_content(state, values), STATE_KIND: bytes((code,))}
    return services


def minew(frame: int, values: Given, *, address: str, name: str = "") -> dict[str, bytes]:
    """A frame of service 0xFFE1 by its number: 0x01 climate, 0x03 acceleration, 0x08 introduction, ..."""
    size, address_at, fields, states = SERVICE_FRAMES[frame]
    data = bytes_of(size, fields, _numbers(values))
    data[0], data[1] = SERVICE_FRAME, frame
    for at, word in states:
        data[at] = bool(values.get(word))
    data[address_at or 0 : (address_at or 0) + 6] = _mac(address)[::-1]
    return {MINEW: bytes(data) + (name.encode() if frame == INTRODUCTION else b"")}


def _has(content: Content, values: Given) -> bool:
    names = (content.state,) if isinstance(content, State) else tuple(field.name for field in content)
    return any(name in values for name in names)


def _ela_content(content: Content, values: Given) -> bytes:
    if isinstance(content, State):
        raw = int(values.get(content.counter, 0)) << 1 | bool(values.get(content.state))
        return (raw & 0xFFFF).to_bytes(2, "little")
    size = max(field.at + field.kind[0] for field in content)
    return bytes(bytes_of(size, content, _numbers(values), little=True))


def _numbers(values: Given) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if not isinstance(value, str)}


def _number(values: Given, name: str) -> float:
    return float(values.get(name, 0))


def _signed_byte(number: int) -> bytes:
    return number.to_bytes(1, signed=True)


def _mac(address: str) -> bytes:
    return bytes.fromhex(address.replace(":", ""))


def _power_info(values: Given) -> bytes:
    """Eleven bits of millivolts above 1.6 V, five of 2 dBm above -40."""
    battery, tx_power = 0x7FF, 0x1F
    if "battery_v" in values:
        battery = min(max(round(_number(values, "battery_v") * 1000) - 1600, 0), 0x7FE)
    if "tx_power_dbm" in values:
        tx_power = min(max(round((_number(values, "tx_power_dbm") + 40) / 2), 0), 0x1E)
    return (battery << 5 | tx_power).to_bytes(2)


def _indices(values: Given) -> tuple[int, int, int]:
    """VOC, NOx, and the flags that have their lowest bits."""
    voc, nox = int(values.get("voc_index", 0x1FF)), int(values.get("nox_index", 0x1FF))
    flags = CALIBRATING * bool(values.get("calibration_in_progress")) | VOC_BIT * (voc & 1) | NOX_BIT * (nox & 1)
    return voc >> 1, nox >> 1, flags
