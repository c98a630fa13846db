"""Fences from GeoJSON (RFC 7946) and back: a Feature is a fence, its `id` is the fence's. Pure.

A file with mistakes is refused whole, and the error says all of them, each with its Feature and what to write.
"""

from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

import msgspec

from server.domain.fences.fence import Fence
from server.domain.fences.hours import HoursError
from server.domain.fences.properties import PropertyError, read_properties, read_text, write_properties
from server.domain.fences.shapes import KINDS, ShapeError, read_geometry, write_geometry

MOST_FENCES: Final = 200_000
MOST_SAID: Final = 20
"""Mistakes that an error tells."""


class FencesError(ValueError):
    """The document is not fences; `problems` has a sentence for each mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - MOST_SAID
        super().__init__("\n".join([*problems[:MOST_SAID], *([f"... and {more:,} more"] if more > 0 else [])]))


def decode_fences(text: bytes | str) -> list[Fence]:
    """The fences of a GeoJSON text."""
    data = text.encode() if isinstance(text, str) else text
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FencesError([f"this is not JSON ({error}); write a GeoJSON FeatureCollection"]) from error
    return read_fences(document)


def read_fences(document: object) -> list[Fence]:
    """The fences of a GeoJSON document: a FeatureCollection or one Feature."""
    fences, problems = [], []
    for number, feature in enumerate(_features(document)):
        try:
            fences.append(read_fence(feature))
        except (ShapeError, PropertyError, HoursError) as error:
            problems.append(f"Feature {number}{_called(feature)}: {error}")
    twice = [name for name, times in Counter(fence.id for fence in fences).items() if times > 1]
    problems += [f"The id {name!r} is there more than once; give each fence its own" for name in twice]
    if problems:
        raise FencesError(problems)
    return fences


def read_fence(feature: object) -> Fence:
    """One fence from its Feature."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ShapeError('this is not a Feature; write {"type": "Feature", "id": ..., "geometry": ...}')
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        raise PropertyError('its properties are not an object; write {"name": ...}')
    name = _id(feature)
    if name is None:
        raise PropertyError('it has no id; write "id" beside "type", and keep it: visits are told by it')
    geometry = read_geometry(feature.get("geometry"))
    kind = KINDS[geometry.type]
    said = {"name": name} | read_properties(properties, kind)
    return Fence(id=name, kind=kind, geometry=geometry, **said)


def write_fences(fences: Sequence[Fence]) -> dict[str, Any]:
    """A FeatureCollection of them."""
    return {"type": "FeatureCollection", "features": [write_fence(fence) for fence in fences]}


def write_fence(fence: Fence) -> dict[str, Any]:
    """The Feature of a fence."""
    return {
        "type": "Feature",
        "id": fence.id,
        "geometry": write_geometry(fence.geometry),
        "properties": write_properties(fence),
    }


def _features(document: object) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else None
    if not isinstance(document, dict) or kind not in ("FeatureCollection", "Feature"):
        raise FencesError(
            ["this is not GeoJSON with fences; write a FeatureCollection, each fence a Feature with an id"]
        )
    crs = str(document.get("crs") or "CRS84")
    if not any(name in crs for name in ("CRS84", "4326")):
        raise FencesError(["its crs is not WGS 84; convert it to longitude and latitude (EPSG:4326)"])
    features = [document] if kind == "Feature" else document.get("features")
    if not isinstance(features, list):
        raise FencesError(['this FeatureCollection has no list "features"; write one, each fence a Feature'])
    if len(features) > MOST_FENCES:
        raise FencesError([f"there are more than {MOST_FENCES:,} fences; leave some out"])
    return features


def _id(feature: dict[str, Any]) -> str | None:
    """The Feature's own id, or that in its properties; a number becomes text."""
    properties = feature.get("properties")
    value = feature.get("id")
    if value is None and isinstance(properties, dict):
        value = properties.get("id")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return f"{value:.0f}" if value == int(value) else repr(value)
    return read_text("id", value)


def _called(feature: object) -> str:
    try:
        name = _id(feature) if isinstance(feature, dict) else None
    except PropertyError:
        return ""
    return f" (id {name!r})" if name is not None else ""
