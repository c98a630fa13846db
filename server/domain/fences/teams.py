"""Fences for somebody who sees some vehicles only: which they are shown, and what their changes leave as it was. Pure.

It is about the vehicles that a fence names; a fence that names none is everybody's.
"""

from collections.abc import Collection
from typing import Any

Feature = dict[str, Any]


def shown(feature: Feature, sees: Collection[str] | None) -> Feature | None:
    """The Feature without vehicles that are not seen; None when it is for such vehicles only."""
    named = feature["properties"].get("vehicles")
    if sees is None or named is None:
        return feature
    seen = [vehicle for vehicle in named if vehicle in sees]
    return _with_vehicles(feature, seen) if seen else None


def changed(feature: Feature, before: Feature | None, sees: Collection[str] | None) -> Feature:
    """The Feature as it is kept: vehicles that are not seen stay in it as they were, and none is added."""
    if sees is None:
        return feature
    named, had = feature["properties"].get("vehicles"), before and before["properties"].get("vehicles")
    if named is None and had is None:
        return feature
    hidden = {vehicle for vehicle in had or () if vehicle not in sees}
    seen = set(sees) if named is None else {vehicle for vehicle in named if vehicle in sees}
    return _with_vehicles(feature, sorted(hidden | seen))


def _with_vehicles(feature: Feature, vehicles: list[str]) -> Feature:
    return {**feature, "properties": {**feature["properties"], "vehicles": vehicles}}
