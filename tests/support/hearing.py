"""Builders of what scanners heard: records of the wire, and tables of them for a store."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pyarrow as pa

from server.store.telemetry import heard
from server.store.telemetry.heard import Heard
from tests.support.positions import NOON
from wire.messages import Scanner, Sensor, Sighting

VAN = "vehicle:van-1"


def a_sighting(second: float = 10, tag: str = "t1", **said: Any) -> Sighting:
    """A tag heard in the ten seconds that end so many seconds after noon."""
    said = {"window_s": 10, "count": 7, "rssi_max_dbm": -61.5, "rssi_mean_dbm": -68.25, **said}
    return Sighting(at=NOON + timedelta(seconds=second), tag=tag, **said)


def a_scan(second: float = 10, **said: Any) -> Scanner:
    """A window in which the scanner was well."""
    return Scanner(at=NOON + timedelta(seconds=second), **{"window_s": 10, "healthy": True, "adverts": 99, **said})


def a_reading(second: float = 10, tag: str = "t1", value: float = 4.5, quantity: str = "temperature_c") -> Sensor:
    """What a tag's sensor said."""
    return Sensor(at=NOON + timedelta(seconds=second), sensor=tag, quantity=quantity, value=value)


def heard_table(series: Heard, *records: Any, scanner: str = VAN, gateway: str = "gw-1") -> pa.Table:
    """These records as a table for the store."""
    return heard.table_of(series, rows_of(records, scanner, gateway))


def rows_of(records: Iterable[Any], scanner: str = VAN, gateway: str = "gw-1") -> list[tuple[object, ...]]:
    """These records as rows."""
    found = [heard.row_of(record, scanner, gateway) for record in records]
    return [one[1] for one in found if one is not None]
