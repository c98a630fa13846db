"""Minew: the frames of service 0xFFE1 (E8, S1, MSP01, ...) and of company 0x0639 (S3, S4, Connect V3).

Sources: Minew, "MiniBeaconPlus Configuration Instruction" 2.2 and the frames of its data sheets, as
https://github.com/reelyactive/advlib-ble-services (lib/minew.js) and advlib-ble-manufacturers (lib/minew.js) list them.
Numbers are big endian, `per=256` is what they call 8.8; addresses are sent backwards.
"""

from typing import NamedTuple

from firmware_bridge.adverts.advert import Advert, RefusedError, Said, Values, address_of, damaged, uuid
from firmware_bridge.adverts.layout import S8, S16, U8, U16, Field, fields_of

NAME = "Minew"
SERVICE = uuid(0xFFE1)
COMPANY = 0x0639
SERVICE_FRAME = 0xA1


class Frame(NamedTuple):
    """One frame: its size, where its address is, its numbers, and the words for bytes that are 0 or not."""

    size: int
    address_at: int | None
    fields: tuple[Field, ...] = ()
    states: tuple[tuple[int, str], ...] = ()


BATTERY = Field(2, U8, "battery_percent")
CLIMATE = (BATTERY, Field(3, S16, "temperature_c", per=256), Field(5, U16, "humidity_percent", per=256))
ACCELERATION = (
    Field(3, S16, "acceleration_x_g", per=256),
    Field(5, S16, "acceleration_y_g", per=256),
    Field(7, S16, "acceleration_z_g", per=256),
)
MAGNETISM = (
    Field(3, S16, "magnetic_field_x_ut", per=256),
    Field(5, S16, "magnetic_field_y_ut", per=256),
    Field(7, S16, "magnetic_field_z_ut", per=256),
)

INTRODUCTION = 0x08

SERVICE_FRAMES: dict[int, Frame] = {
    0x01: Frame(13, 7, CLIMATE),
    0x02: Frame(10, 4, (BATTERY,), ((3, "light"),)),
    0x03: Frame(15, 9, (BATTERY, *ACCELERATION)),
    0x07: Frame(8, 2),  # ready for new firmware
    INTRODUCTION: Frame(9, 3, (BATTERY,)),  # and the name, to the end
    0x11: Frame(11, 5, (BATTERY,), ((4, "motion"),)),
    0x12: Frame(11, 5, (BATTERY, Field(3, U16, "volatile_organic_compounds_ppb"))),
    0x13: Frame(11, 5, (BATTERY, Field(3, S16, "temperature_c", per=256))),
    0x16: Frame(15, 9, (BATTERY, *MAGNETISM)),
    0x18: Frame(14, 8, (BATTERY,), ((7, "vibration"),)),  # 3 to 6: when
    0x19: Frame(11, 5, (BATTERY, Field(3, U16, "photoresistance"))),
    0x20: Frame(10, 4, (BATTERY,), ((3, "tamper"),)),
    0x21: Frame(10, 4, (BATTERY,), ((3, "moisture"),)),
}
"""By the second byte, after 0xA1. A state counts by its lowest bit."""

COMBINATION, CONNECT_CLIMATE, RADAR, LOGGER = 0x03, 0x05, 0x18, 0x1B

COMPANY_FRAMES: dict[tuple[int, int], Frame] = {
    (0xA3, 0x01): Frame(20, 12),  # S3: versions
    (0xA3, 0x03): Frame(16, 7, CLIMATE),
    (0xA4, 0x00): Frame(18, 10),  # S4: versions
    (0xA4, 0x01): Frame(15, 7, (BATTERY,), ((3, "opening"), (4, "tamper"))),
    (0xCA, 0x00): Frame(24, 2, (Field(8, U8, "battery_percent"),)),
    (0xCA, CONNECT_CLIMATE): Frame(24, None, (Field(5, S16, "temperature_c", per=256),)),
    (0xCA, LOGGER): Frame(
        24,
        6,
        (
            Field(12, U16, "battery_v", per=1000),
            Field(14, S16, "temperature_c", per=256),
            Field(17, S8, "tx_power_dbm"),
        ),
    ),
}
"""By the first two bytes."""

BLOCKS: dict[int, tuple[int, tuple[Field, ...], str]] = {
    0x03: (6, tuple(field._replace(at=field.at - 3) for field in ACCELERATION), ""),
    0x21: (1, (Field(0, U8, "battery_percent"),), ""),
    0x22: (1, (), "tamper"),
}
"""The parts of a combination frame: size, numbers, state. Four bytes of check follow the last part."""

LEAST_COMBINATION = 7

NO_HUMIDITY = 0x02
SEALED = 0x80


def read(advert: Advert) -> Said | None:
    """The readings, from the service data or from the manufacturer data."""
    data = advert.service_data.get(SERVICE)
    if data is not None and data[:1] == bytes((SERVICE_FRAME,)):
        return _service(data)
    data = advert.manufacturer_data.get(COMPANY)
    return None if data is None or len(data) < 2 else _company(data)


def _service(data: bytes) -> Said | None:
    if len(data) < 2:
        raise damaged(NAME, 2, data)
    frame = SERVICE_FRAMES.get(data[1])
    if frame is None:
        return None
    said = _frame(frame, data)
    name = data[frame.size :].rstrip(b"\x00").decode("utf-8", "replace") if data[1] == INTRODUCTION else ""
    if name:
        said.values["name"] = name
    return said


def _company(data: bytes) -> Said | None:
    kind = (data[0], data[1])
    if kind == (0xCA, COMBINATION):
        return Said(format=NAME, values=_combination(data))
    if kind == (0xCA, LOGGER) and len(data) > 2 and data[2] & SEALED:
        raise RefusedError(NAME, "The advert is sealed with the maker's key. Turn encryption off in Minew's app.")
    frame = COMPANY_FRAMES.get(kind)
    if frame is None:
        return None
    said = _frame(frame, data)
    if kind == (0xCA, CONNECT_CLIMATE) and not data[3] & NO_HUMIDITY:
        said.values["humidity_percent"] = int.from_bytes(data[7:9]) / 256
    return said


def _frame(frame: Frame, data: bytes) -> Said:
    if len(data) < frame.size:
        raise damaged(NAME, frame.size, data)
    values = fields_of(data, frame.fields)
    for at, word in frame.states:
        values[word] = bool(data[at] & 1)
    if frame.address_at is None:
        return Said(format=NAME, values=values)
    return Said(format=NAME, id=address_of(data[frame.address_at : frame.address_at + 6][::-1]), values=values)


def _combination(data: bytes) -> Values:
    """Part by part, until one that is not known."""
    if len(data) < LEAST_COMBINATION:
        raise damaged(NAME, LEAST_COMBINATION, data)
    values: Values = {}
    at, end = 2, len(data) - 4
    while at < end and (block := BLOCKS.get(data[at])):
        size, fields, state = block
        if at + 1 + size > end:
            raise damaged(NAME, at + 1 + size + 4, data)
        part = data[at + 1 : at + 1 + size]
        values |= fields_of(part, fields)
        if state:
            values[state] = bool(part[0])
        at += 1 + size
    return values
