"""What bluetoothd says on D-Bus about an advert that it heard. Rules of BlueZ 5.66 to 5.88, without any I/O.

From `src/adapter.c` (`btd_adapter_device_found`, `is_filter_match`) and `src/device.c` (`device_set_rssi_with_delta`,
`device_set_manufacturer_data`): an RSSI that moved by less than 8 dB is not told, unless a discovery filter lifts that;
data that is known is not told again, and other companies' data is kept beside it, unless a client asked for duplicates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RSSI_DELTA_DB = 8
"""RSSI_THRESHOLD of src/device.c."""
PROXIMITY = frozenset({"RSSI", "Pathloss"})

Filter = Mapping[str, Any]
Properties = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """One advert, the scan response included, as a controller hands it up. UUIDs are 128 bits long, in lower case."""

    address: str
    rssi: int
    name: str | None = None
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)
    service_data: Mapping[str, bytes] = field(default_factory=dict)
    service_uuids: Sequence[str] = ()
    tx_power: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listening:
    """What the filters of all clients that scan amount to."""

    duplicates: bool
    delta_db: int
    at_least_dbm: int | None


def listening(filters: Sequence[Filter], *, proximity_only: bool) -> Listening | None:
    """The filters together; None when nobody scans. `proximity_only`: as BlueZ decides since commit e004414a1."""
    if not filters:
        return None
    lifted = any(PROXIMITY & each.keys() if proximity_only else each for each in filters)
    floors = [each.get("RSSI") for each in filters]
    return Listening(
        duplicates=any(each.get("DuplicateData", False) for each in filters),
        delta_db=0 if lifted else RSSI_DELTA_DB,
        at_least_dbm=None if None in floors else min(floor for floor in floors if floor is not None),
    )


def first_told(heard: Heard, adapter_path: str) -> Properties:
    """The properties of a device that was not known before."""
    told: Properties = {
        "Address": heard.address,
        "AddressType": "random",
        "Alias": heard.name or heard.address.replace(":", "-"),
        "Adapter": adapter_path,
        "Paired": False,
        "Connected": False,
        "ServicesResolved": False,
        "UUIDs": list(heard.service_uuids),
        "RSSI": heard.rssi,
    }
    if heard.name is not None:
        told["Name"] = heard.name
    if heard.tx_power is not None:
        told["TxPower"] = heard.tx_power
    if heard.manufacturer_data:
        told["ManufacturerData"] = dict(heard.manufacturer_data)
    if heard.service_data:
        told["ServiceData"] = dict(heard.service_data)
    return told


def then_told(known: Properties, heard: Heard, how: Listening) -> Properties:
    """What changes of a known device, in the order of BlueZ; empty when nobody is told anything."""
    told: Properties = {}
    rssi = known.get("RSSI")
    if rssi is None or abs(rssi - heard.rssi) >= how.delta_db:  # without a delta the same again is told as well
        told["RSSI"] = heard.rssi
    if heard.tx_power is not None and heard.tx_power != known.get("TxPower"):
        told["TxPower"] = heard.tx_power
    if heard.name is not None and heard.name != known.get("Name"):
        told["Name"] = told["Alias"] = heard.name
    if more := [uuid for uuid in heard.service_uuids if uuid not in known["UUIDs"]]:
        told["UUIDs"] = [*known["UUIDs"], *more]
    for name, data in (("ManufacturerData", heard.manufacturer_data), ("ServiceData", heard.service_data)):
        before = known.get(name, {})
        if how.duplicates and data:
            told[name] = dict(data)
        elif any(before.get(key) != value for key, value in data.items()):
            told[name] = {**before, **data}
    return told
