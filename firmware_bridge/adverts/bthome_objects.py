"""The objects of BTHome, versions 1 and 2: what each number measures, and how it is written. One table.

Source: https://bthome.io/format and https://bthome.io/v1; the objects from 0x5E on, and 0x3B, as bthome-ble 3.25 has
them. Little endian. Names are those of Home Assistant's device classes with the unit.
"""

import math
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from firmware_bridge.adverts.advert import Value, Values, add

type Form = Literal["unsigned", "signed", "float", "state", "event", "text", "raw", "time", "version", "mac"]


class Object(NamedTuple):
    """One object: its quantity, its bytes (None: a byte of length comes first), `raw * times / per`."""

    name: str
    size: int | None = 1
    per: int = 1
    form: Form = "unsigned"
    times: int = 1


def _signed(name: str, size: int, per: int = 1, times: int = 1) -> Object:
    return Object(name, size, per, "signed", times)


def _state(name: str) -> Object:
    return Object(name, form="state")


OBJECTS: dict[int, Object] = {
    0x00: Object("packet_id"),
    0x01: Object("battery_percent"),
    0x02: _signed("temperature_c", 2, 100),
    0x03: Object("humidity_percent", 2, 100),
    0x04: Object("pressure_hpa", 3, 100),
    0x05: Object("illuminance_lx", 3, 100),
    0x06: Object("mass_kg", 2, 100),
    0x07: Object("mass_lb", 2, 100),
    0x08: _signed("dew_point_c", 2, 100),
    0x09: Object("count"),
    0x0A: Object("energy_kwh", 3, 1000),
    0x0B: Object("power_w", 3, 100),
    0x0C: Object("voltage_v", 2, 1000),
    0x0D: Object("pm25_ug_m3", 2),
    0x0E: Object("pm10_ug_m3", 2),
    0x0F: _state("generic"),
    0x10: _state("power"),
    0x11: _state("opening"),
    0x12: Object("carbon_dioxide_ppm", 2),
    0x13: Object("volatile_organic_compounds_ug_m3", 2),
    0x14: Object("moisture_percent", 2, 100),
    0x15: _state("battery"),  # true is low
    0x16: _state("battery_charging"),
    0x17: _state("carbon_monoxide"),
    0x18: _state("cold"),
    0x19: _state("connectivity"),
    0x1A: _state("door"),
    0x1B: _state("garage_door"),
    0x1C: _state("gas"),
    0x1D: _state("heat"),
    0x1E: _state("light"),
    0x1F: _state("lock"),  # true is unlocked
    0x20: _state("moisture"),
    0x21: _state("motion"),
    0x22: _state("moving"),
    0x23: _state("occupancy"),
    0x24: _state("plug"),
    0x25: _state("presence"),
    0x26: _state("problem"),
    0x27: _state("running"),
    0x28: _state("safety"),  # true is safe
    0x29: _state("smoke"),
    0x2A: _state("sound"),
    0x2B: _state("tamper"),
    0x2C: _state("vibration"),
    0x2D: _state("window"),
    0x2E: Object("humidity_percent"),
    0x2F: Object("moisture_percent"),
    0x3A: Object("button", form="event"),
    0x3B: Object("command", None, form="event"),
    0x3C: Object("dimmer", 2, form="event"),
    0x3D: Object("count", 2),
    0x3E: Object("count", 4),
    0x3F: _signed("rotation_deg", 2, 10),
    0x40: Object("distance_mm", 2),
    0x41: Object("distance_m", 2, 10),
    0x42: Object("duration_s", 3, 1000),
    0x43: Object("current_a", 2, 1000),
    0x44: Object("speed_mps", 2, 100),
    0x45: _signed("temperature_c", 2, 10),
    0x46: Object("uv_index", 1, 10),
    0x47: Object("volume_l", 2, 10),
    0x48: Object("volume_ml", 2),
    0x49: Object("volume_flow_rate_m3_h", 2, 1000),
    0x4A: Object("voltage_v", 2, 10),
    0x4B: Object("gas_m3", 3, 1000),
    0x4C: Object("gas_m3", 4, 1000),
    0x4D: Object("energy_kwh", 4, 1000),
    0x4E: Object("volume_l", 4, 1000),
    0x4F: Object("water_l", 4, 1000),
    0x50: Object("timestamp", 4, form="time"),
    0x51: Object("acceleration_mps2", 2, 1000),
    0x52: Object("gyroscope_dps", 2, 1000),
    0x53: Object("text", None, form="text"),
    0x54: Object("raw", None, form="raw"),
    0x55: Object("volume_storage_l", 4, 1000),
    0x56: Object("conductivity_us_cm", 2),
    0x57: _signed("temperature_c", 1),
    0x58: _signed("temperature_c", 1, 100, 35),
    0x59: _signed("count", 1),
    0x5A: _signed("count", 2),
    0x5B: _signed("count", 4),
    0x5C: _signed("power_w", 4, 100),
    0x5D: _signed("current_a", 2, 1000),
    0x5E: Object("direction_deg", 2, 100),
    0x5F: Object("precipitation_mm", 2, 10),
    0x60: Object("channel"),
    0x61: Object("rotational_speed_rpm", 2),
    0x62: _signed("speed_mps", 4, 1_000_000),
    0x63: _signed("acceleration_mps2", 4, 1_000_000),
    0x64: Object("light_level"),
    0x65: Object("settings_revision"),
    0xF0: Object("device_type_id", 2),
    0xF1: Object("firmware_version", 4, form="version"),
    0xF2: Object("firmware_version", 3, form="version"),
}

EVENTS: dict[str, dict[int, str]] = {
    "button": {
        0x01: "press",
        0x02: "double_press",
        0x03: "triple_press",
        0x04: "long_press",
        0x05: "long_double_press",
        0x06: "long_triple_press",
        0x80: "hold_press",
        0x81: "hold_release",
    },
    "dimmer": {0x01: "rotate_left", 0x02: "rotate_right"},
    "command": {0x00: "off", 0x01: "on", 0x02: "toggle", 0x03: "step_up", 0x04: "step_down"},
}
"""0x00 of a button or a dimmer is "nothing happened"; it still counts as the first, second, ... button."""


def measured(thing: Object, data: bytes, form: Form | None = None) -> Value | None:
    """The value of an object that is no event; None when it says that there is none (a float that is not a number).

    Raises:
        ValueError: the bytes are not what they have to be.
    """
    return READERS[form or thing.form](thing, data)


def _unsigned(thing: Object, data: bytes) -> Value:
    return _scaled(thing, data, signed=False)


def _signed_number(thing: Object, data: bytes) -> Value:
    return _scaled(thing, data, signed=True)


def _scaled(thing: Object, data: bytes, *, signed: bool) -> Value:
    if len(data) > 8:
        raise ValueError(f"a number of {len(data)} bytes")
    raw = int.from_bytes(data, "little", signed=signed)
    return raw * thing.times if thing.per == 1 else raw * thing.times / thing.per


def _float(thing: Object, data: bytes) -> Value | None:
    code = {2: "<e", 4: "<f", 8: "<d"}.get(len(data))
    if code is None:
        raise ValueError(f"a float of {len(data)} bytes")
    number = struct.unpack(code, data)[0] * thing.times / thing.per
    return float(round(number, 9)) if math.isfinite(number) else None


def _bool(_: Object, data: bytes) -> Value:
    return any(data)


def _text(_: Object, data: bytes) -> Value:
    return data.decode("utf-8")


def _hex(_: Object, data: bytes) -> Value:
    return data.hex()


def _time(_: Object, data: bytes) -> Value:
    seconds = int.from_bytes(data, "little")
    if seconds >= 1 << 32:
        raise ValueError(f"{seconds} seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _version(_: Object, data: bytes) -> Value:
    """The least significant part comes first: `00 01 02 04` is 4.2.1.0."""
    return ".".join(str(part) for part in reversed(data))


READERS: dict[Form, Callable[[Object, bytes], Value | None]] = {
    "unsigned": _unsigned,
    "signed": _signed_number,
    "float": _float,
    "state": _bool,
    "text": _text,
    "raw": _hex,
    "time": _time,
    "version": _version,
}


def happened(thing: Object, data: bytes, events: Values, counts: dict[str, int]) -> None:
    """Put an event in. `counts` has how many of its kind this advert had: the third button is `button_3`."""
    count = counts[thing.name] = counts.get(thing.name, 0) + 1
    event = EVENTS[thing.name].get(data[0])
    if event is None:
        return
    place = thing.name if count == 1 else f"{thing.name}_{count}"
    add(events, place, event)
    if thing.name == "dimmer" and len(data) > 1:
        add(events, f"{place}_steps", int.from_bytes(data[1:], "little"))
    elif thing.name == "command" and len(data) > 1:
        add(events, f"{place}_args", data[1:].hex())
