"""Ids for fences that come without one: from their names, so that people can read them in a URL. Pure."""

import re
import unicodedata
from collections.abc import Collection
from typing import Any

LONGEST = 64
_ROOM = 56
"""So many characters of the name, so that a number fits behind them."""


def with_ids(document: object, taken: Collection[str]) -> object:
    """The document, in which each Feature without an id has a new one that nobody had before."""
    if not isinstance(document, dict):
        return document
    if document.get("type") == "Feature":
        return _with_id(document, {*taken})
    features = document.get("features")
    if document.get("type") != "FeatureCollection" or not isinstance(features, list):
        return document
    used = {*taken} | {str(feature["id"]) for feature in features if isinstance(feature, dict) and "id" in feature}
    return document | {"features": [_with_id(feature, used) for feature in features]}


def _with_id(feature: Any, used: set[str]) -> Any:
    if not isinstance(feature, dict):
        return feature
    properties = feature.get("properties")
    said = properties if isinstance(properties, dict) else {}
    if feature.get("id") is not None or said.get("id") is not None:
        return feature
    plain = unicodedata.normalize("NFKD", str(said.get("name") or "")).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_ROOM].strip("-") or "fence"
    found, number = word, 1
    while found in used:
        number += 1
        found = f"{word}-{number}"
    used.add(found)
    return {**feature, "id": found}
