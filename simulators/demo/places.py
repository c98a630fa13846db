"""What a dispatcher of the demo's city has drawn: fences in Helsinki's centre, and one rule about them."""

from typing import Any


def _fence(name: str, geometry: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": name.lower(), "geometry": geometry, "properties": {"name": name, **said}}


def _circle(name: str, lon: float, lat: float, radius_m: float, **said: Any) -> dict[str, Any]:
    return _fence(name, {"type": "Point", "coordinates": [lon, lat]}, radius_m=radius_m, **said)


CENTRE = (24.9432, 60.1665)
"""Erottaja: the depot is beside it."""
FENCES: dict[str, Any] = {
    "type": "FeatureCollection",
    "features": [
        _circle("Rautatientori", 24.9437, 60.1712, 120),
        _circle("Kauppatori", 24.9519, 60.1676, 110, speed_limit_kmh=20),
        _fence(
            "Esplanadi",
            {"type": "LineString", "coordinates": [[24.9443, 60.1675], [24.9509, 60.1679]]},
            width_m=50,
            dwell_s=120,
        ),
    ],
}
RULE: dict[str, Any] = {
    "name": "A van on a square",
    "kinds": ["fence_entered"],
    "fences": ["kauppatori", "rautatientori"],
    "severity": "warning",
}
