"""Figures of alerts in words: clock times, durations, speeds, readings. Units keep to their number (no-break space)."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from wire.messages import instant, milliseconds

NBSP = "\u00a0"
KMH = 3.6
_UNITS = {"c": "°C", "pct": "%", "v": "V", "hpa": "hPa", "lx": "lx", "kg": "kg", "bar": "bar", "dbm": "dBm"}


def clock(at_ms: int, zone: tzinfo, now_ms: int) -> str:
    """14:02; on another day than now 21 Nov, 14:02."""
    here, now = instant(at_ms).astimezone(zone), instant(now_ms).astimezone(zone)
    day = "" if here.date() == now.date() else f"{here.day} {here:%b}, "
    return f"{day}{here:%H:%M}"


def lasted(seconds: float) -> str:
    """40 s, 12 min, 5 h, 3 days: s to 90, min to 90, h to 36, as on the pages."""
    if seconds <= 90:
        return f"{seconds:.0f}{NBSP}s"
    if seconds <= 90 * 60:
        return f"{seconds / 60:.0f}{NBSP}min"
    if seconds <= 36 * 3600:
        minutes = round(seconds / 60)
        return f"{minutes // 60}{NBSP}h" + (f" {minutes % 60}{NBSP}min" if minutes % 60 else "")
    return f"{seconds / 86_400:.0f}{NBSP}days"


def kmh(speed_mps: float) -> str:
    """50 km/h."""
    return f"{speed_mps * KMH:.0f}{NBSP}km/h"


def metres(distance_m: float) -> str:
    """12 m, 0.6 km, 48 km."""
    if distance_m < 100:
        return f"{distance_m:.0f}{NBSP}m"
    kilometres = distance_m / 1000
    return f"{kilometres:.1f}{NBSP}km" if kilometres < 10 else f"{kilometres:.0f}{NBSP}km"


def reading(quantity: object, value: float) -> str:
    """9.2 °C; the unit is the end of the quantity's name."""
    unit = str(quantity).rpartition("_")[2]
    return f"{value:.4g}{NBSP}{_UNITS.get(unit, unit)}".rstrip()


def number(body: Mapping[str, Any], name: str) -> float | None:
    """A figure of a fact, if it has it."""
    value = body.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def time_of(body: Mapping[str, Any], name: str) -> int | None:
    """A time of a fact in ms since 1970, if it has it."""
    try:
        return milliseconds(datetime.fromisoformat(str(body.get(name))))
    except ValueError:
        return None
