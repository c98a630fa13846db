"""ELA Innovation's Blue range: COIN, PUCK, SLIM; and Wirepas tags that emulate it.

Sources: https://docs.elainnovation.com/docs/dev/frame_specifications; the maker's own
https://github.com/elaInnovation/Bluetooth-Python-Sample and Android-Blue-Tool-Box (BleFactory, Tag*). Little endian.
Three ways to send the same: service data of the Bluetooth SIG's characteristics; from firmware 2.0 on manufacturer
data, as parts of type and content; or nothing but the local name, which is the identity ("ID" format).
"""

import re
from typing import NamedTuple

from firmware_bridge.adverts.advert import Advert, Said, Values, add, damaged, uuid
from firmware_bridge.adverts.layout import S16, U8, U16, Field, fields_of

NAME = "ELA Blue"
COMPANY = 0x0757

TEMPERATURE = (Field(0, S16, "temperature_c", per=100),)
HUMIDITY = (Field(0, U8, "humidity_percent"),)
HUMIDITY_OF_OTHERS = (Field(0, U16, "humidity_percent", per=100),)
"""What the Bluetooth SIG says 0x2A6F is; ELA sends one byte."""
ACCELERATION = (
    Field(0, S16, "acceleration_x_g", per=1000),
    Field(2, S16, "acceleration_y_g", per=1000),
    Field(4, S16, "acceleration_z_g", per=1000),
)
BATTERY_PERCENT = (Field(0, U8, "battery_percent"),)
BATTERY_VOLTAGE = (Field(0, U16, "battery_v", per=1000),)
ANALOG = (Field(0, U16, "analog_input"),)


class State(NamedTuple):
    """Sixteen bits: the lowest is the state, the others count its changes."""

    state: str
    counter: str


MAGNET = State("magnet", "magnet_counter")
MOVEMENT = State("moving", "movement_counter")
INPUT = State("input", "input_counter")
MOTION = State("motion", "motion_counter")
TOUCH = State("touch", "touch_counter")

type Content = tuple[Field, ...] | State

IDENTITY = 0x06

PARTS: dict[int, Content] = {
    0x12: TEMPERATURE,
    0x21: HUMIDITY,
    0x32: MAGNET,
    0x42: MOVEMENT,
    0x56: ACCELERATION,
    0x62: INPUT,
    0x92: MOTION,
    0xB2: TOUCH,
    0xF1: BATTERY_PERCENT,
    0xF2: BATTERY_VOLTAGE,
}
"""The parts of the manufacturer data, beside the identity. The low half of a type says how many bytes follow."""

SERVICES: dict[str, Content] = {
    uuid(0x2A6E): TEMPERATURE,
    uuid(0x2A6F): HUMIDITY,
    uuid(0x2AA1): ACCELERATION,
    uuid(0x2A58): ANALOG,
}

STATE = uuid(0x2A06)
STATE_KIND = uuid(0x2A3F)
STATE_KINDS = {0x00: MAGNET, 0x01: MOVEMENT, 0x02: INPUT}
"""The alert level (0x2A06) has state and count; the alert status (0x2A3F) says of what. Without: the tag's name."""

BATTERY = uuid(0x180F)

LOCAL_NAME = re.compile(
    r"(?:P|C|S|L|PUCK|COIN|SLIM|LITE) (?:(?:ID|T|RHT|MAG|MOV|ANG|DI|DO|AI|PIR|TOUCH|BUZZ|EN|PROBE|LED) ?)+ [0-9A-F]{6}"
)
"""How the maker names its tags: `P T EN 8013FE`, `P RHT 900459`."""

KINDS_IN_NAMES = {" MAG ": MAGNET, " MOV ": MOVEMENT, " DI ": INPUT}


def read(advert: Advert) -> Said | None:
    """The readings and the identity, from whichever way this tag sends them."""
    data = advert.manufacturer_data.get(COMPANY)
    number, values = (None, {}) if data is None else _parts(data)
    values |= _services(advert)
    name = advert.name if advert.name and LOCAL_NAME.fullmatch(advert.name) else None
    if data is None and name is None and not values:
        return None
    battery = advert.service_data.get(BATTERY)
    if battery is not None and len(battery) == 1:
        add(values, "battery_percent", battery[0])
    return Said(format=NAME, id=name or number, values=values)


def _parts(data: bytes) -> tuple[str | None, Values]:
    """The number of the maker, when it is there, and what is measured. A part that is not known is stepped over."""
    if not data:
        raise damaged(NAME, 2, data)
    number: str | None = None
    values: Values = {}
    at = 0
    while at < len(data):
        kind, start = data[at], at + 1
        at = start + (kind & 0x0F)
        if at > len(data):
            raise damaged(NAME, at, data)
        if kind == IDENTITY:
            number = data[start:at].hex()
        elif kind in PARTS:
            values |= _content(data[start:at], PARTS[kind])
    return number, values


def _services(advert: Advert) -> Values:
    values: Values = {}
    for service, content in SERVICES.items():
        data = advert.service_data.get(service)
        if data is not None:
            values |= _content(data, HUMIDITY_OF_OTHERS if content is HUMIDITY and len(data) > 1 else content)
    state = advert.service_data.get(STATE)
    kind = None if state is None else _kind_of_state(advert)
    return values if state is None or kind is None else values | _content(state, kind)


def _kind_of_state(advert: Advert) -> State | None:
    status = advert.service_data.get(STATE_KIND)
    if status:
        return STATE_KINDS.get(status[0])
    return next((kind for word, kind in KINDS_IN_NAMES.items() if word in (advert.name or "")), None)


def _content(data: bytes, content: Content) -> Values:
    if isinstance(content, State):
        if len(data) < 2:
            raise damaged(NAME, 2, data)
        raw = int.from_bytes(data[:2], "little")
        return {content.state: bool(raw & 1), content.counter: raw >> 1}
    size = max(field.at + field.kind[0] for field in content)
    if len(data) < size:
        raise damaged(NAME, size, data)
    return fields_of(data, content, little=True)
