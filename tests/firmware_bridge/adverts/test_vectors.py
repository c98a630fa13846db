"""330 adverts that other people's decoders passed their own tests with: ours says the same of those it knows.

Vectors of one `source` are one tag heard for a while, so they go through one decoder in their order.
"""

import json
from functools import cache
from itertools import groupby

import pytest

from firmware_bridge.adverts import Advert, Decoder
from tests.support.adverts import from_raw
from tests.support.real import SHARED_DATA, data

VECTORS = "ble/ble_vectors.json"

FORMATS = ("BTHome", "iBeacon", "Ruuvi DF", "Ruuvi Df", "beacontools")

LEFT_OUT = {
    "Estimote": "not asked for: Estimote's own frames",
    "ExposureNotification": "not asked for, and no tag: phones",
}
"""Parts of a format's name. The Ruuvi decoders of history (a log read over a connection) and of a bare piece of a URL are
no adverts, and are left out by FORMATS."""

OURS: dict[tuple[str, str | None], tuple[str, float]] = {
    ("temperature", "°C"): ("temperature_c", 1),
    ("humidity", "%"): ("humidity_percent", 1),
    ("battery", "%"): ("battery_percent", 1),
    ("pressure", "mbar"): ("pressure_hpa", 1),
    ("pressure", "hPa"): ("pressure_hpa", 1),
    ("voltage", "V"): ("voltage_v", 1),
    ("voltage", "mV"): ("battery_v", 1e-3),
    ("mass", "kg"): ("mass_kg", 1),
    ("mass", "lb"): ("mass_lb", 1),
    ("power", "W"): ("power_w", 1),
    ("energy", "kWh"): ("energy_kwh", 1),
    ("current", "A"): ("current_a", 1),
    ("illuminance", "lx"): ("illuminance_lx", 1),
    ("speed", "m/s"): ("speed_mps", 1),
    ("acceleration", "m/s²"): ("acceleration_mps2", 1),
    ("acceleration_x", "m/s²"): ("acceleration_x_g", 1 / 9.80665),
    ("acceleration_y", "m/s²"): ("acceleration_y_g", 1 / 9.80665),
    ("acceleration_z", "m/s²"): ("acceleration_z_g", 1 / 9.80665),
    ("acceleration_total", "m/s²"): ("acceleration_total_g", 1 / 9.80665),
    ("gyroscope", "°/s"): ("gyroscope_dps", 1),
    ("gas", "m³"): ("gas_m3", 1),
    ("volume_flow_rate", "m³/h"): ("volume_flow_rate_m3_h", 1),
    ("water", "L"): ("water_l", 1),
    ("carbon_dioxide", "ppm"): ("carbon_dioxide_ppm", 1),
    ("volatile_organic_compounds", "µg/m³"): ("volatile_organic_compounds_ug_m3", 1),
    **{(f"pm{size}", "µg/m³"): (f"pm{size}_ug_m3", 1) for size in (1, 25, 4, 10)},
}
"""Quantity and unit there, to quantity with unit here and factor. What has no unit there is called the same here."""

OURS_WITHOUT_UNITS: dict[str, tuple[str, float]] = {
    "temperature": ("temperature_c", 1),
    "cypress_temperature": ("temperature_c", 1),
    "humidity": ("humidity_percent", 1),
    "cypress_humidity": ("humidity_percent", 1),
    "pressure": ("pressure_hpa", 1),
    "acceleration": ("acceleration_total_g", 1e-3),
    "acceleration_x": ("acceleration_x_g", 1e-3),
    "acceleration_y": ("acceleration_y_g", 1e-3),
    "acceleration_z": ("acceleration_z_g", 1e-3),
    "battery": ("battery_v", 1e-3),
    "voltage": ("battery_v", 1e-3),
    "tx_power": ("tx_power_dbm", 1),
    "power": ("tx_power_dbm", 1),
    "pm_1": ("pm1_ug_m3", 1),
    "pm_2_5": ("pm25_ug_m3", 1),
    "pm_4": ("pm4_ug_m3", 1),
    "pm_10": ("pm10_ug_m3", 1),
    "co2": ("carbon_dioxide_ppm", 1),
    "voc": ("voc_index", 1),
    "nox": ("nox_index", 1),
    "luminosity": ("illuminance_lx", 1),
    "seconds_since_boot": ("uptime_s", 0.1),  # they pass on the raw tenths
}
"""The same for the decoders that write no units (ruuvitag-sensor, ibeacon-ble, beacontools)."""

NOT_MEASURED = {
    "signal_strength": "of the receiver, not of the tag",
    "rssi": "of the receiver, not of the tag",
    "distance": "a guess from the RSSI",
    "vendor": "looked up in a list of address blocks",
    "transient": "a guess from the name",
    "source": "the adapter",
    "name": "of the input",
    "data_format": "is in `format`",
    "salt": "read there in the other byte order; ours is hexadecimal",
    "mic": "as `salt`",
}

NOT_FOR_OTHERS = {"cypress_temperature", "cypress_humidity"}
"""ibeacon-ble reckons them for every iBeacon; they mean something for Cypress' own UUID alone."""

IDENTITY = {"uuid", "major", "minor", "namespace", "instance", "mac"}

TOLERANCE = {"acceleration_x_g": 6e-4, "acceleration_y_g": 6e-4, "acceleration_z_g": 6e-4, "acceleration_total_g": 6e-4}
"""They round metres per second squared to hundredths."""


@cache
def vectors() -> dict[str, list[dict]]:
    """By source, in order; only the formats that we know."""
    if not (SHARED_DATA / VECTORS).exists():
        return {}
    everything = json.loads((SHARED_DATA / VECTORS).read_text(encoding="utf-8"))
    ours = [
        vector
        for vector in everything
        if vector["format"].startswith(FORMATS) and not any(part in vector["format"] for part in LEFT_OUT)
    ]
    return {source: list(group) for source, group in groupby(ours, key=lambda vector: vector["source"])}


def advert_of(vector: dict) -> Advert:
    if "raw_adv" in vector:
        return from_raw(bytes.fromhex(vector["raw_adv"]))
    key = vector.get("bindkey")
    return Advert(
        address=vector.get("address"),
        name=vector["name"],
        manufacturer_data={int(at, 16): bytes.fromhex(text) for at, text in vector["manufacturer_data"].items()},
        service_data={at: bytes.fromhex(text) for at, text in vector["service_data"].items()},
        bindkey=bytes.fromhex(key) if key else None,
    )


def wanted(vector: dict) -> dict[str, object]:
    """What a vector expects, in our words."""
    values: dict[str, object] = {}
    for theirs, told in (vector["expected"] or {}).items():
        if (
            theirs in NOT_MEASURED
            or theirs in IDENTITY
            or (theirs in NOT_FOR_OTHERS and "ibeacon-ble" in vector["source"])
        ):
            continue
        if not isinstance(told, dict):
            name, factor = OURS_WITHOUT_UNITS.get(theirs, (theirs, 1))
            values[name] = told if isinstance(told, str | bool) else told * factor
        elif "event" in told:
            values[theirs] = told["event"]
        else:
            values |= measured(theirs, told)
    return values


def measured(theirs: str, told: dict) -> dict[str, object]:
    """`temperature_2` there is `temperature_c_2` here, `temperature_1` is `temperature_c`."""
    word, _, count = theirs.rpartition("_")
    if not count.isdecimal() or (theirs, told.get("unit")) in OURS:
        word, count = theirs, "1"
    name, factor = OURS.get((word, told.get("unit")), (word, 1))
    value = told["value"]
    place = name if count == "1" else f"{name}_{count}"
    return {place: value * factor if isinstance(value, int | float) and not isinstance(value, bool) else value}


def same(name: str, ours: object, theirs: object) -> bool:
    if isinstance(theirs, bool | str):
        return ours == theirs and type(ours) is type(theirs)
    if name == "illuminance_lx" and isinstance(theirs, int):
        return round(ours) == theirs  # ruuvitag-ble rounds
    return ours == pytest.approx(theirs, abs=TOLERANCE.get(name, 1e-4))


def test_there_are_vectors_of_every_format() -> None:
    """A file that moved, or a name that changed, must not make the tests below run over nothing."""
    data(VECTORS)
    names = {vector["format"] for group in vectors().values() for vector in group}
    assert len(names) == 20
    assert sum(len(group) for group in vectors().values()) == 95


@pytest.mark.parametrize("source", vectors())
def test_we_say_what_others_say(source: str) -> None:
    """The words and the numbers of `milepost tag decode` are those of the decoders that people know."""
    decoder = Decoder()
    for vector in vectors()[source]:
        ours = decoder.decode(advert_of(vector))
        if vector.get("bindkey") and "0000181c-0000-1000-8000-00805f9b34fb" in vector["service_data"]:
            # They show the readings of before; we say that a tag with a key was not encrypted.
            assert (ours.error is not None, ours.values) == (True, {}), vector
            continue
        theirs = wanted(vector)
        missing = {name: value for name, value in theirs.items() if not same(name, ours.values.get(name), value)}
        assert not missing, (missing, ours)
        assert theirs or not ours.values, ours
        assert_identity(vector, ours.id)


def assert_identity(vector: dict, ours: str | None) -> None:
    said = vector["expected"] or {}
    if "uuid" in said:
        assert ours == f"{said['uuid']}/{said['major']}/{said['minor']}"
    if "namespace" in said:
        assert ours == f"{said['namespace']}/{said['instance']}"
    if "mac" in said:
        assert ours is not None
        assert ours.replace(":", "").lower() == said["mac"].replace(":", "").lower()
