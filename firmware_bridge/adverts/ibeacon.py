"""iBeacon: an identity (`uuid/major/minor`) and the power at one metre, in Apple's manufacturer data.

Source: Apple, "Proximity Beacon Specification", release R1 (2015), section 3. It measures nothing, with one exception:
Cypress' solar beacon sends humidity and temperature as the two bytes of minor (CYALKIT-E02 kit guide).
"""

from uuid import UUID

from firmware_bridge.adverts.advert import Advert, Said, Values, damaged
from firmware_bridge.adverts.layout import S8, U16, Field, fields_of

NAME = "iBeacon"
APPLE = 0x004C
TYPE = b"\x02\x15"
SIZE = 23

FIELDS = (
    Field(18, U16, "major"),
    Field(20, U16, "minor"),
    Field(22, S8, "tx_power_dbm"),
)

CYPRESS_SOLAR = UUID("00050001-0000-1000-8000-00805f9b0131")

NO_IDENTITY = frozenset(
    UUID(text)
    for text in (
        *(f"a495bb{colour}0-c5b1-4b44-b512-1370f02d74de" for colour in range(1, 9)),
        "1ca92e23-f087-4df7-b9a2-fd4b716a4bf6",
    )
)
"""Tilt hydrometers send a temperature and a gravity as major and minor, and one chip sends random ones: each advert
would look like a new tag. They are not iBeacons to us."""


def read(advert: Advert) -> Said | None:
    """The identity, if this is an iBeacon."""
    data = advert.manufacturer_data.get(APPLE)
    if data is None or data[:2] != TYPE:
        return None
    if len(data) < SIZE:
        raise damaged(NAME, SIZE, data)
    beacon = UUID(bytes=data[2:18])
    if beacon in NO_IDENTITY:
        return None
    said = fields_of(data, FIELDS)
    major, minor = said.pop("major"), said.pop("minor")
    if beacon == CYPRESS_SOLAR:
        said |= _cypress(data)
    return Said(format=NAME, id=f"{beacon}/{major}/{minor}", values=said)


def _cypress(data: bytes) -> Values:
    """The high bytes of the sensor's codes: 175.72 x code / 65536 - 46.85 degrees, 125 x code / 65536 - 6 per cent."""
    return {
        "temperature_c": round(175.72 * data[21] / 256 - 46.85, 4),
        "humidity_percent": round(125 * data[20] / 256 - 6, 4),
    }
