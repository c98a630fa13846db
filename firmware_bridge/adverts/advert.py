"""What a scanner hears of a tag at once, and what a reader makes of it. No decoding here.

Units are in the names of quantities (`temperature_c`, `battery_v`); addresses are written `AA:BB:CC:DD:EE:FF`.
"""

from collections.abc import Mapping

import msgspec

type Value = float | int | bool | str
type Values = dict[str, Value]

SHORT_UUID = "0000{:04x}-0000-1000-8000-00805f9b34fb"
"""A 16-bit UUID in full (Bluetooth Core, Vol 3, Part B, 2.5.1)."""


class Advert(msgspec.Struct, frozen=True, kw_only=True):
    """One advert, with the scan response when the adapter joined them: as bleak and BlueZ give it.

    `service_data` is by 128-bit UUID in lower case (`uuid` makes one of 16 bits). `bindkey` is the tag's key, 16 bytes
    of AES. `at_ms` is any clock that only grows, or None when it is not known.
    """

    address: str | None = None
    name: str | None = None
    rssi: float | None = None
    manufacturer_data: Mapping[int, bytes] = {}
    service_data: Mapping[str, bytes] = {}
    service_uuids: tuple[str, ...] = ()
    bindkey: bytes | None = None
    at_ms: int | None = None


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """What an advert says. `format` is None when nobody knows it; with an `error` there are no values.

    `id` is the identity that the advert carries (iBeacon, Eddystone UID, a name, an address within the payload), None
    when it carries none: then the tag is known by its address alone.
    """

    format: str | None = None
    id: str | None = None
    values: Values = msgspec.field(default_factory=dict)
    error: str | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one format found in an advert."""

    format: str
    id: str | None = None
    values: Values = msgspec.field(default_factory=dict)


class RefusedError(Exception):
    """An advert of a known format that must not be believed: damaged, sealed with another key, replayed."""

    def __init__(self, name: str, why: str) -> None:
        """`name` is the format, `why` ends with what to do."""
        super().__init__(f"{name}: {why}")
        self.format = name


def uuid(short: int) -> str:
    """The 128-bit form of a 16-bit UUID."""
    return SHORT_UUID.format(short)


def add(values: Values, name: str, value: Value) -> None:
    """Put a value in; the second of one quantity is `name_2`, the third `name_3`."""
    place, count = name, 1
    while place in values:
        count += 1
        place = f"{name}_{count}"
    values[place] = value


def address_of(mac: bytes) -> str | None:
    """Six bytes, most significant first, as an address; None for all ones, which is how makers write "none"."""
    return None if mac == b"\xff" * 6 else mac.hex(":").upper()


def damaged(name: str, need: int, data: bytes) -> RefusedError:
    """The refusal of an advert that is too short."""
    return RefusedError(
        name,
        f"The advert is damaged: it has {len(data)} bytes, and needs {need}. "
        "Wait for the next one; if they are all so, look for another maker's tag that borrows this number.",
    )
