"""What can be set of the rules, for one vehicle: each with its default and its unit."""

import msgspec


class Range(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sensor should say. Beyond it for `dwell_s` is a fact."""

    quantity: str
    low: float | None = None
    high: float | None = None
    dwell_s: float = 0.0


BATTERY = Range(quantity="battery_percent", low=20.0)


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings of the engine."""

    halt_after_s: float = 120.0
    """Standing for so long is a halt."""
    trip_end_s: float = 300.0
    """Standing for so long ends the trip, where the halt began."""
    silence_s: float = 1800.0
    """Without a fix for so long a trip is over, where it was last seen."""
    idle_after_s: float = 180.0
    """Standing for so long with the engine on is idling."""
    speed_limit_mps: float | None = None
    speed_limits: tuple[tuple[int, float | None], ...] = ()
    """Limits that came later: from which millisecond on, and what; in order. What was driven before keeps its own."""
    speed_over_mps: float = 1.4
    """So much above the limit (5 km/h) is speeding: less is what receivers and speedometers differ by."""
    brake_mps2: float = 4.0
    accelerate_mps2: float = 3.5
    corner_mps2: float = 4.5
    ranges: tuple[Range, ...] = (BATTERY,)
    """Of every sensor that says such a quantity."""
    tags: dict[str, tuple[tuple[int, tuple[Range, ...]], ...]] = {}
    """Of single sensors: from which millisecond on, and which; in order. They go before those of every sensor."""


DEFAULT = Rules()


def limit_at(rules: Rules, at_ms: int) -> float | None:
    """The vehicle's own limit at an instant, m/s."""
    limit = rules.speed_limit_mps
    for from_ms, mps in rules.speed_limits:
        if from_ms <= at_ms:
            limit = mps
    return limit


def range_of(rules: Rules, sensor: str, quantity: str, at_ms: int) -> Range | None:
    """What a sensor should say of a quantity at an instant; its own range goes before that of every sensor."""
    own: tuple[Range, ...] = ()
    for from_ms, ranges in rules.tags.get(sensor, ()):
        if from_ms <= at_ms:
            own = ranges
    return next((one for one in (*own, *rules.ranges) if one.quantity == quantity), None)
