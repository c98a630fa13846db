"""The properties of a fence's Feature: each read with its limits, and written again. Pure.

Outside they are as people write them (km/h, text for hours), inside in SI units.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

from server.domain.fences.fence import MARGIN_M, Fence, Kind
from server.domain.fences.hours import HOLIDAY, read_hours, write_hours
from server.domain.fences.schedule import Schedule

SITES: Final = ("site", "depot", "cross-dock", "cross_dock")
LONGEST: Final = 200
"""Characters of an id or a name."""
MOST: Final = 10_000
"""Vehicles, or holidays, of one fence."""
_KMH: Final = 3.6


class PropertyError(ValueError):
    """A property that cannot be meant: says what to write."""


def read_properties(said: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """What a Fence says beside its id and place, from the properties of a Feature of that kind."""
    rest = {name: value for name, value in said.items() if value is not None}
    found: dict[str, Any] = {name: read(rest.pop(name)) for name, read in _READERS.items() if name in rest}
    found["site"] = found.get("site", rest.get("kind") in SITES)
    if rest.get("kind") == "site":
        del rest["kind"]
    if "hours" in rest:
        found["schedule"] = _schedule(rest.pop("hours"), rest.pop("holidays", []), rest.pop("time_zone", "UTC"))
    if "speed_limit_kmh" in rest:
        found["speed_limit_mps"] = _number("speed_limit_kmh", 1, 500)(rest.pop("speed_limit_kmh")) / _KMH
    if "margin_m" not in found:
        found["margin_m"] = MARGIN_M
    _check_size(found, kind)
    return found | {"other": rest}


def write_properties(fence: Fence) -> dict[str, Any]:
    """The properties of a fence's Feature; what is as by default is left out."""
    said: dict[str, Any] = {"name": fence.name}
    if fence.site:
        said["site"] = True
    elif fence.other.get("kind") in SITES:
        said["site"] = False
    said |= {name: getattr(fence, name) for name in ("radius_m", "width_m", "dwell_s")}
    said["margin_m"] = fence.margin_m if fence.margin_m != MARGIN_M else None
    if fence.schedule:
        said |= _write_schedule(fence.schedule)
    if fence.speed_limit_mps is not None:
        said["speed_limit_kmh"] = round(fence.speed_limit_mps * _KMH, 6)
    if fence.vehicles is not None:
        said["vehicles"] = sorted(fence.vehicles)
    return fence.other | {name: value for name, value in said.items() if value is not None}


def _check_size(found: dict[str, Any], kind: Kind) -> None:
    for name, of in (("radius_m", "circle"), ("width_m", "corridor")):
        if kind == of and name not in found:
            words = {"radius_m": "a Point", "width_m": "a line"}[name]
            raise PropertyError(f'{words} needs {name}; write the metres, such as "{name}": 150')
        if kind != of and name in found:
            raise PropertyError(f"{name} is for a {of}, and this is a {kind}; leave it out")


def _number(name: str, low: float, high: float) -> Callable[[object], float]:
    """A reader of numbers between two."""

    def read(value: object) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
        if not is_number or not low <= float(value) <= high:  # type: ignore[arg-type]
            raise PropertyError(f"{name} is {str(value)[:40]!r}; write a number from {low:g} to {high:g}")
        return float(value)  # type: ignore[arg-type]

    return read


def read_text(name: str, value: object) -> str:
    """One line of text that is not too long."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or not value.isprintable():
        raise PropertyError(f"{name} is {str(value)[:40]!r}; write one line of 1 to {LONGEST} characters")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise PropertyError(f"site is {str(value)[:40]!r}; write true or false")
    return value


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list | tuple) or len(value) > MOST:
        raise PropertyError(f"{name} is {str(value)[:40]!r}; write a list of at most {MOST:,} texts")
    return [read_text(name, item) for item in value]


def _vehicles(value: object) -> frozenset[str]:
    vehicles = frozenset(_texts("vehicles", value))
    if not vehicles:
        raise PropertyError("vehicles is empty; name some, or leave it out for all of them")
    return vehicles


def _schedule(hours: object, holidays: object, time_zone: object) -> Schedule:
    days = read_hours(read_text("hours", hours) if not isinstance(hours, str) else hours)
    if not isinstance(time_zone, str) or not _is_zone(time_zone):
        raise PropertyError(
            f"time_zone {str(time_zone)[:40]!r} is not known; write an IANA name, such as Europe/Helsinki"
        )
    dates = frozenset(_date(day) for day in _texts("holidays", holidays))
    return Schedule(week=days[:HOLIDAY], on_holidays=days[HOLIDAY], holidays=dates, time_zone=time_zone)  # type: ignore[arg-type]


def _write_schedule(schedule: Schedule) -> dict[str, Any]:
    return {
        "hours": write_hours((*schedule.week, schedule.on_holidays)),
        "time_zone": schedule.time_zone if schedule.time_zone != "UTC" else None,
        "holidays": sorted(day.isoformat() for day in schedule.holidays) or None,
    }


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PropertyError(f"holidays have {text[:20]!r}; write dates such as 2026-12-25") from error


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "name": lambda value: read_text("name", value),
    "site": _flag,
    "radius_m": _number("radius_m", 0.1, 2_000_000),
    "width_m": _number("width_m", 0.1, 200_000),
    "margin_m": _number("margin_m", 0, 10_000),
    "dwell_s": _number("dwell_s", 1, 30 * 86_400),
    "vehicles": _vehicles,
}
