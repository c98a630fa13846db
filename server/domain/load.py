"""What should be in a vehicle against what is believed to be in it: states and sentences. Pure.

A belief counts as "yes" from SURE on; below PROBABLE nobody knows. What was handed over at its own stop is expected no
more.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from math import cos, hypot, radians
from typing import Literal

import msgspec

Aboard = Literal["yes", "probably", "no", "not_known"]
State = Literal["loading", "wrong", "missing", "complete", "left", "none"]
SURE = 0.95
PROBABLE = 0.5
STRANGER = 0.9
"""What is carried past is believed to be inside for a moment: below this nobody is sent to take it out."""
SOON = timedelta(minutes=5)
"""So long before it departs what is not aboard is missing, and no longer just to be loaded."""
NAMED = 3
UNKNOWN = "unknown"
ENDS = ("missing", "left_behind")
_M_PER_DEG = 111_195.0


class Believed(msgspec.Struct, frozen=True, kw_only=True):
    """Where a package is believed to be."""

    place: str
    p: float
    alarm: str | None = None


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A package that a vehicle should carry, and whether it does; `said` is what people read on it."""

    said: str
    aboard: Aboard
    handed_over: bool
    alarm: str | None = None
    heard_at: datetime | None = None
    heard_by: str | None = None
    """In words: at Depot, by Van 2."""


def aboard(vehicle: str, believed: Believed | None) -> Aboard:
    """Whether a package is in a vehicle, as far as anybody can say."""
    if believed is None or believed.p < PROBABLE:
        return "not_known"
    if believed.place == f"vehicle:{vehicle}":
        return "yes" if believed.p >= SURE else "probably"
    return "no" if believed.place != UNKNOWN or believed.alarm in ENDS else "not_known"


def state_of(items: Sequence[Item], *, strangers: int, left: bool, departs_at: datetime | None, now: datetime) -> State:
    """What is to be done about a vehicle's load."""
    expected = [item for item in items if not item.handed_over]
    out = [item for item in expected if item.aboard in ("no", "not_known")]
    if not items and not strangers:
        return "none"
    if left:
        return "left"
    if strangers:
        return "wrong"
    if not out:
        return "complete" if all(item.aboard == "yes" for item in expected) else "loading"
    soon = departs_at is not None and now >= departs_at - SOON
    return "missing" if soon or any(item.alarm in ENDS for item in out) else "loading"


def sentence(items: Sequence[Item], strangers: Sequence[tuple[str, str | None]], zone: tzinfo) -> str:
    """47 of 48 aboard, missing A17, last heard at Depot at 06:41. `strangers`: what is said on them, their vehicle."""
    expected = [item for item in items if not item.handed_over]
    inside = sum(item.aboard in ("yes", "probably") for item in expected)
    out = [item for item in expected if item.aboard in ("no", "not_known")]
    parts = [f"{inside} of {len(expected)} aboard" if expected else "Nothing is expected"]
    if len(out) == 1:
        parts.append(f"missing {out[0].said}{_heard(out[0], zone)}")
    elif out:
        parts.append(f"missing {_listed([item.said for item in out])}")
    delivered = len(items) - len(expected)
    if delivered:
        parts.append(f"{delivered} handed over")
    if strangers:
        wrong = _listed([said + (f" of {vehicle}" if vehicle else "") for said, vehicle in strangers])
        parts.append(f"wrong here: {wrong}")
    return ", ".join(parts) + "."


def is_away(at: tuple[float, float], site: tuple[float, float, float]) -> bool:
    """Whether lon, lat is outside of a site's circle (lon, lat, radius in m)."""
    lon, lat, radius_m = site
    return hypot((at[0] - lon) * cos(radians(lat)), at[1] - lat) * _M_PER_DEG > radius_m


def place_in_words(place: str, names: Mapping[str, str]) -> str:
    """In Van 7; at Depot; at Fredrikinkatu 22. `names` by place."""
    kind, _, id_ = place.partition(":")
    name = names.get(place, id_)
    return {"vehicle": f"in {name}", "site": f"at {name}", "stop": f"at {name}"}.get(kind, "at no place that we know")


def said_of(place: str, p: float, since: datetime, names: Mapping[str, str], zone: tzinfo) -> str:
    """In Van 7 since 06:41, 99 % sure."""
    words = place_in_words(place, names)
    return f"{words[0].upper()}{words[1:]} since {since.astimezone(zone):%H:%M}, {100 * min(p, 0.999):.3g}\u00a0% sure."


def _heard(item: Item, zone: tzinfo) -> str:
    if item.heard_at is None:
        return ", never heard"
    by = f" {item.heard_by}" if item.heard_by else ""
    return f", last heard{by} at {item.heard_at.astimezone(zone):%H:%M}"


def _listed(words: Sequence[str]) -> str:
    shown = list(words[:NAMED])
    rest = len(words) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
