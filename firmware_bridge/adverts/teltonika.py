"""Teltonika EYE Beacon and EYE Sensor: the sensor data of the scan response. Their iBeacon and Eddystone are just that.

Source: https://wiki.teltonika-gps.com/view/EYE_SENSOR_/_BTSMP1, "Protocol overview". Manufacturer data of 0x089A: a
byte of version (1), a byte of flags, then only the fields whose flag is set, in the order of the flags. Big endian.
"""

from firmware_bridge.adverts.advert import Advert, Said, Values, damaged

NAME = "Teltonika EYE"
COMPANY = 0x089A
VERSION = 1

TEMPERATURE, HUMIDITY, MAGNET, MAGNET_FOUND, MOVEMENT, ANGLE, LOW_BATTERY, BATTERY = (1 << bit for bit in range(8))

FIELDS: dict[int, int] = {TEMPERATURE: 2, HUMIDITY: 1, MOVEMENT: 2, ANGLE: 3, BATTERY: 1}
"""Size of the field behind each flag. The magnet and the low battery have none: their flag says all."""

MOVING = 0x8000


def read(advert: Advert) -> Said | None:
    """The readings; None when this is another product's data."""
    data = advert.manufacturer_data.get(COMPANY)
    if data is None or data[:1] != bytes((VERSION,)):
        return None
    flags = data[1] if len(data) > 1 else 0
    size = 2 + sum(length for flag, length in FIELDS.items() if flags & flag)
    if len(data) < size:
        raise damaged(NAME, size, data)
    values: Values = {}
    at = 2
    for flag, length in FIELDS.items():
        if flags & flag:
            values |= _field(flag, data[at : at + length])
            at += length
    if flags & MAGNET:
        values["magnet"] = bool(flags & MAGNET_FOUND)
    values["low_battery"] = bool(flags & LOW_BATTERY)
    return Said(format=NAME, values=values)


def _field(flag: int, field: bytes) -> Values:
    """One field: hundredths of a degree, per cent, 1 bit of moving and 15 of count, pitch and roll, 10 mV above 2 V."""
    raw = int.from_bytes(field)
    match flag:
        case 0x01:
            return {"temperature_c": int.from_bytes(field, signed=True) / 100}
        case 0x02:
            return {"humidity_percent": raw}
        case 0x10:
            return {"moving": bool(raw & MOVING), "movement_counter": raw & ~MOVING}
        case 0x20:
            return {
                "pitch_deg": int.from_bytes(field[:1], signed=True),
                "roll_deg": int.from_bytes(field[1:], signed=True),
            }
        case _:
            return {"battery_v": (200 + raw) / 100}
