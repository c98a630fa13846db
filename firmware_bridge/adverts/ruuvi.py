"""RuuviTag and Ruuvi Air: data formats 3, 5, 6, C5 and E1 in manufacturer data, 2 and 4 in a URL.

Source: https://docs.ruuvi.com/communication/bluetooth-advertisements, one page for each format. Big endian. The largest
unsigned and the smallest signed number mean "not available". Format 8 is a proposal that no shop sells.
"""

from collections.abc import Callable
from math import exp, hypot, log

from firmware_bridge.adverts.advert import Advert, RefusedError, Said, Values, address_of, damaged
from firmware_bridge.adverts.layout import S16, U8, U16, U24, Field, fields_of

COMPANY = 0x0499

_NO_S16, _NO_U8, _NO_U16, _NO_U24 = -0x8000, 0xFF, 0xFFFF, 0xFFFFFF

_CLIMATE = (
    Field(1, S16, "temperature_c", per=200, absent=_NO_S16),
    Field(3, U16, "humidity_percent", per=400, absent=_NO_U16),
    Field(5, U16, "pressure_hpa", per=100, plus=50_000, absent=_NO_U16),
)

DF3 = (
    Field(1, U8, "humidity_percent", per=2),
    # 2 and 3: the temperature, sign and magnitude, then hundredths
    Field(4, U16, "pressure_hpa", per=100, plus=50_000),
    Field(6, S16, "acceleration_x_g", per=1000, absent=_NO_S16),
    Field(8, S16, "acceleration_y_g", per=1000, absent=_NO_S16),
    Field(10, S16, "acceleration_z_g", per=1000, absent=_NO_S16),
    Field(12, U16, "battery_v", per=1000),
)

DF5 = (
    *_CLIMATE,
    Field(7, S16, "acceleration_x_g", per=1000, absent=_NO_S16),
    Field(9, S16, "acceleration_y_g", per=1000, absent=_NO_S16),
    Field(11, S16, "acceleration_z_g", per=1000, absent=_NO_S16),
    # 13 and 14: power info, 11 bits of battery and 5 of transmit power
    Field(15, U8, "movement_counter", absent=_NO_U8),
    Field(16, U16, "measurement_sequence_number", absent=_NO_U16),
    # 18 to 23: the address
)

C5 = (
    *_CLIMATE,
    # 7 and 8: power info
    Field(9, U8, "movement_counter", absent=_NO_U8),
    Field(10, U16, "measurement_sequence_number", absent=_NO_U16),
    # 12 to 17: the address
)

DF6 = (
    *_CLIMATE,
    Field(7, U16, "pm25_ug_m3", per=10, absent=_NO_U16),
    Field(9, U16, "carbon_dioxide_ppm", absent=_NO_U16),
    # 11 and 12: VOC and NOx, each with its lowest bit in the flags; 13: light, a logarithm; 14: reserved
    Field(15, U8, "measurement_sequence_number"),
    # 16: flags; 17 to 19: the low half of the address
)

E1 = (
    *_CLIMATE,
    Field(7, U16, "pm1_ug_m3", per=10, absent=_NO_U16),
    Field(9, U16, "pm25_ug_m3", per=10, absent=_NO_U16),
    Field(11, U16, "pm4_ug_m3", per=10, absent=_NO_U16),
    Field(13, U16, "pm10_ug_m3", per=10, absent=_NO_U16),
    Field(15, U16, "carbon_dioxide_ppm", absent=_NO_U16),
    # 17 and 18: VOC and NOx
    Field(19, U24, "illuminance_lx", per=100, absent=_NO_U24),
    # 22 to 24: reserved
    Field(25, U24, "measurement_sequence_number", absent=_NO_U24),
    # 28: flags; 29 to 33: reserved; 34 to 39: the address
)

URL = (
    Field(1, U8, "humidity_percent", per=2),
    # 2 and 3: the temperature, as in DF3
    Field(4, U16, "pressure_hpa", per=100, plus=50_000),
)

LIGHT_STEP = log(65_536) / 254
"""DF6 writes light as round(ln(lux + 1) / step); 255 is "not available"."""

CALIBRATING, VOC_BIT, NOX_BIT = 0x01, 0x40, 0x80
_NO_9_BITS = 0x1FF
_NO_BATTERY, _NO_TX_POWER = 0x7FF, 0x1F


def read(advert: Advert) -> Said | None:
    """The readings; None for a data format that is not known (the logs that a connected tag gives, among them)."""
    data = advert.manufacturer_data.get(COMPANY)
    if data is None:
        return None
    if not data:
        raise damaged("RuuviTag", 1, data)
    known = FORMATS.get(data[0])
    if known is None:
        return None
    name, size, reader = known
    if len(data) < size:
        raise damaged(name, size, data)
    return reader(name, data, advert.address)


def from_url(data: bytes, values: Values) -> Said:
    """Formats 2 and 4, from behind `ruu.vi/#`; `values` is what the URL's frame said."""
    name = f"RuuviTag DF{data[0]}" if data[:1] in (b"\x02", b"\x04") else "RuuviTag URL"
    if len(data) < 6 or name == "RuuviTag URL":
        raise RefusedError(name, "The advert is damaged: its URL holds no readings. Wait for the next one.")
    return Said(format=name, values=values | fields_of(data, URL) | _temperature(data))


def _df3(name: str, data: bytes, _: str | None) -> Said:
    return Said(format=name, values=_temperature(data) | fields_of(data, DF3) | _total_of(data, 6))


def _df5(name: str, data: bytes, _: str | None) -> Said:
    values = fields_of(data, DF5) | _total_of(data, 7) | _power(data, 13)
    return Said(format=name, id=address_of(data[18:24]), values=values)


def _c5(name: str, data: bytes, _: str | None) -> Said:
    return Said(format=name, id=address_of(data[12:18]), values=fields_of(data, C5) | _power(data, 7))


def _df6(name: str, data: bytes, address: str | None) -> Said:
    values = fields_of(data, DF6) | _indices(data, 11, data[16])
    if data[13] != _NO_U8:
        values["illuminance_lx"] = round(exp(data[13] * LIGHT_STEP) - 1, 2)
    return Said(format=name, id=_half_address(data[17:20], address), values=values | _score(values))


def _e1(name: str, data: bytes, _: str | None) -> Said:
    values = fields_of(data, E1) | _indices(data, 17, data[28])
    return Said(format=name, id=address_of(data[34:40]), values=values | _score(values))


def _temperature(data: bytes) -> Values:
    """A byte of sign and whole degrees, a byte of hundredths: more than 99 of them are a faulty reading."""
    if data[3] > 99:
        return {}
    hundredths = (data[2] & 0x7F) * 100 + data[3]
    return {"temperature_c": (-hundredths if data[2] & 0x80 else hundredths) / 100}


def _total_of(data: bytes, at: int) -> Values:
    """How strong the acceleration is whatever its direction: 1 g at rest. The tag does not say it; it is reckoned."""
    axes = [int.from_bytes(data[place : place + 2], signed=True) for place in (at, at + 2, at + 4)]
    return {} if _NO_S16 in axes else {"acceleration_total_g": round(hypot(*axes) / 1000, 4)}


def _power(data: bytes, at: int) -> Values:
    info = int.from_bytes(data[at : at + 2])
    battery, tx_power = info >> 5, info & 0x1F
    values: Values = {}
    if battery != _NO_BATTERY:
        values["battery_v"] = (battery + 1600) / 1000
    if tx_power != _NO_TX_POWER:
        values["tx_power_dbm"] = tx_power * 2 - 40
    return values


def _indices(data: bytes, at: int, flags: int) -> Values:
    """Sensirion's indices of volatile compounds and nitrogen oxides, nine bits each, and whether they still settle."""
    voc = data[at] << 1 | bool(flags & VOC_BIT)
    nox = data[at + 1] << 1 | bool(flags & NOX_BIT)
    values: Values = {"calibration_in_progress": bool(flags & CALIBRATING)}
    if voc != _NO_9_BITS:
        values["voc_index"] = voc
    if nox != _NO_9_BITS:
        values["nox_index"] = nox
    return values


def _score(values: Values) -> Values:
    """Ruuvi's score of indoor air, 0 to 100: how far PM2.5 (0 to 60) and CO2 (420 to 2,300) are from clean air.

    https://docs.ruuvi.com/ruuvi-air-firmware/ruuvi-indoor-air-quality-score-iaqs
    """
    pm25, co2 = values.get("pm25_ug_m3"), values.get("carbon_dioxide_ppm")
    if not isinstance(pm25, float) or not isinstance(co2, int):
        return {}
    dust = min(max(pm25, 0.0), 60.0) / 60
    breath = (min(max(co2, 420), 2300) - 420) / 1880
    return {"iaqs": round(max(0.0, 100 - hypot(dust, breath) * 100))}


def _half_address(half: bytes, address: str | None) -> str | None:
    """DF6 has room for half an address: the whole one, where the advert's own ends so."""
    if half == b"\xff\xff\xff":
        return None
    written = half.hex(":").upper()
    return address if address and address.endswith(written) else written


FORMATS: dict[int, tuple[str, int, Callable[[str, bytes, str | None], Said]]] = {
    0x03: ("RuuviTag DF3", 14, _df3),
    0x05: ("RuuviTag DF5", 24, _df5),
    0x06: ("RuuviTag DF6", 20, _df6),
    0xC5: ("RuuviTag C5", 18, _c5),
    0xE1: ("RuuviTag E1", 40, _e1),
}
"""Name, least size, reader by the first byte. What follows (some receivers append an RSSI) is not read."""
