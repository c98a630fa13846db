"""What tags measure: told when it changes, and now and then when it does not. Pure; times are monotonic seconds.

A tag repeats its temperature every second; the server wants a curve. So a reading is told when it differs from the told
one by more than the noise of its kind, at most once a window, and after a while in any case.
"""

from collections.abc import Mapping
from math import inf
from typing import NamedTuple

HEARTBEAT_S = 600.0
ROUNDING = 1e-9

REPEATED_WITHIN_S = 2.0
"""A tag repeats one press of its button for about so long, in many adverts."""

DEAD_BANDS = {
    "temperature_c": 0.2, "humidity_percent": 1.0, "battery_percent": 1.0, "battery_v": 0.02, "pressure_hpa": 0.5,
    "moisture_percent": 1.0, "carbon_dioxide_ppm": 25.0,
}  # fmt: skip
"""By quantity: changes up to here are noise (the makers' data sheets say as much, or more)."""
DEAD_BANDS_BY_UNIT = {
    "_g": inf, "_mps2": inf, "_dps": inf, "_deg": inf, "_ut": inf, "_lx": 20.0, "_ug_m3": 5.0, "_dbm": 4.0, "_c": 0.2,
    "_v": 0.02, "_percent": 1.0,
}  # fmt: skip
"""By the unit at the end, where the quantity itself is not listed. What shakes with the van is told now and then."""
BOOKKEEPING = frozenset({
    "packet_id", "tx_power_dbm", "uptime_s", "advertising_count", "measurement_sequence_number", "timestamp_s",
    "settings_revision", "device_type_id", "calibration_in_progress",
})  # fmt: skip
"""What changes with every advert, or never: of no use to anybody behind the gateway."""
HAPPENINGS = ("button", "dimmer", "command")
"""Words of these are something that happened; other words (a version, a URL) are not told."""

Values = Mapping[str, float | int | bool | str]


class Reading(NamedTuple):
    """A quantity of a tag, and its value."""

    quantity: str
    value: float


class Readings:
    """The readings of one tag."""

    __slots__ = ("_happened", "_newest", "_told")

    def __init__(self) -> None:
        self._newest: dict[str, float] = {}
        self._told: dict[str, tuple[float, float]] = {}
        """By quantity: the value that was told last, and when."""
        self._happened: dict[str, float] = {}

    def heard(self, values: Values, now: float) -> list[str]:
        """What the tag says now; what happened (a button was pressed) comes back at once, in words."""
        happened = []
        for quantity, value in values.items():
            if isinstance(value, str):
                words = f"{quantity}: {value}"
                # A packet id has told repeats apart already.
                again = "packet_id" not in values and now - self._happened.get(words, -1e9) < REPEATED_WITHIN_S
                if quantity.startswith(HAPPENINGS) and not again:
                    happened.append(words)
                    self._happened[words] = now
            elif quantity not in BOOKKEEPING:
                self._newest[quantity] = float(value)
        return happened

    def due(self, now: float) -> list[Reading]:
        """What has to be told at the end of a window in which the tag was heard."""
        found = []
        for quantity, value in self._newest.items():
            told = self._told.get(quantity)
            if told is None or abs(value - told[0]) > dead_band(quantity) + ROUNDING or now - told[1] >= HEARTBEAT_S:
                self._told[quantity] = value, now
                found.append(Reading(quantity, value))
        return found


def dead_band(quantity: str) -> float:
    """Changes of a quantity up to this are not told; the second probe of a tag (`temperature_c_2`) is as the first."""
    name, _, place = quantity.rpartition("_")
    if name and place.isdecimal():
        quantity = name
    if quantity in DEAD_BANDS:
        return DEAD_BANDS[quantity]
    return next((band for unit, band in DEAD_BANDS_BY_UNIT.items() if quantity.endswith(unit)), 0.0)
