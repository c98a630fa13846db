"""Finds the road of each fix, and what may be driven there: Valhalla's map matching over a built map folder.

Only limits that OpenStreetMap has (`maxspeed`) are told; Valhalla's own guesses of speeds are not looked at. A stretch
that Valhalla cannot match (off the map, a car park that nobody mapped) has no roads. Speeds in m/s.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from server.domain.engine.fix import Fix, metres
from server.domain.road_speeding import OnRoad
from server.map.problems import MapError
from server.map.routing import CONFIGURATION, configuration

MOST_FIXES = 1_000
MOST_M = 50_000.0
"""A longer track is asked for in parts: Valhalla takes 16,000 fixes and 200 km at most."""
CONTEXT = 20
"""So many fixes before and after a part are asked for with it: the ends of what is matched are guesses at junctions."""
SEARCH_M = 40
ACCURACY_M = 8
"""Roads are looked for so near to a fix, and fixes are taken to be so good."""
_ATTRIBUTES = ["edge.speed_limit", "edge.names", "matched.edge_index", "matched.type"]


class Roads:
    """The roads of a map folder. Not for use by several threads at once."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def match(self, fixes: Sequence[Fix]) -> list[OnRoad]:
        """Each fix with its road."""
        found: list[OnRoad] = []
        for start, end in _parts(fixes):
            first = max(0, start - CONTEXT)
            found += self._matched(fixes[first : end + CONTEXT])[start - first : end - first]
        return found

    def _matched(self, fixes: Sequence[Fix]) -> list[OnRoad]:
        asked = {
            "shape": [{"lon": fix.lon, "lat": fix.lat} for fix in fixes],
            "costing": "auto",
            "shape_match": "map_snap",
            "units": "kilometers",
            "trace_options": {"search_radius": SEARCH_M, "gps_accuracy": ACCURACY_M},
            "filters": {"attributes": _ATTRIBUTES, "action": "include"},
        }
        try:
            found = self._actor.trace_attributes(asked)
        except RuntimeError:  # ValhallaError: a part that is on no road, or a single fix
            return [OnRoad(fix=fix) for fix in fixes]
        points = found.get("matched_points", ())
        if len(points) != len(fixes):
            return [OnRoad(fix=fix) for fix in fixes]
        return [_on_road(fix, point, found["edges"]) for fix, point in zip(fixes, points, strict=True)]


def open_roads(folder: str) -> Roads:
    """The roads of `[map] dir`. Raises MapError that says why there are none."""
    if not folder:
        raise MapError("[map] dir names no map folder")
    routing = Path(folder) / "routing"
    if not (routing / CONFIGURATION).is_file():
        raise MapError(
            f"{folder} holds no routing tiles; make them with: milepost map build FILE.osm.pbf --out {folder}"
        )
    if find_spec("valhalla") is None:
        raise MapError("pyvalhalla is not installed; install it with: pip install 'milepost[map]'")
    from valhalla import Actor  # noqa: PLC0415  (an extra: imported when there is a map)

    try:
        return Roads(Actor(configuration(routing)))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise MapError(f"the routing tiles in {folder} cannot be read ({error!r}); build the map again") from error


def _parts(fixes: Sequence[Fix]) -> Iterator[tuple[int, int]]:
    """The track in parts that are not too long (from, to beyond): each fix is in one of them."""
    start, far_m = 0, 0.0
    for number, (last, fix) in enumerate(pairwise(fixes), 1):
        far_m += metres(last, fix)
        if number - start >= MOST_FIXES or far_m > MOST_M:
            yield start, number
            start, far_m = number, 0.0
    if fixes:
        yield start, len(fixes)


def _on_road(fix: Fix, point: dict[str, Any], edges: list[dict[str, Any]]) -> OnRoad:
    index = point.get("edge_index")
    if point.get("type") == "unmatched" or index is None or not 0 <= index < len(edges):
        return OnRoad(fix=fix)
    limit_kmh = edges[index].get("speed_limit")  # none, 0, or "unlimited": no limit that we could hold against anyone
    limit_mps = round(limit_kmh / 3.6, 3) if isinstance(limit_kmh, int | float) and limit_kmh > 0 else None
    return OnRoad(fix=fix, limit_mps=limit_mps, road=next(iter(edges[index].get("names", ())), None))
