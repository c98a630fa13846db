"""What an OpenStreetMap object is on the base map: tags in, Protomaps layer, properties and smallest zoom out.

Layer and `kind` names follow the Protomaps basemap schema, version 4 (https://docs.protomaps.com/basemaps/layers), in
the part that our style draws: no shops, no other points of interest. Names are in the local language (the `name` tag).
Pure: no geometry, no files.
"""

from collections.abc import Mapping
from typing import NamedTuple

Tags = Mapping[str, str]

Value = str | int | bool


class Drawn(NamedTuple):
    """A feature to be drawn: which layer, with which properties, from which zoom."""

    layer: str
    properties: dict[str, Value]
    min_zoom: int


LAYERS = ("earth", "landuse", "water", "roads", "buildings", "places")

_ROADS = {
    "motorway": ("highway", 5),
    "trunk": ("highway", 6),
    "primary": ("major_road", 7),
    "secondary": ("major_road", 9),
    "tertiary": ("major_road", 10),
    "residential": ("minor_road", 12),
    "unclassified": ("minor_road", 12),
    "living_street": ("minor_road", 12),
    "road": ("minor_road", 12),
    "busway": ("minor_road", 13),
    "service": ("minor_road", 13),
    "raceway": ("other", 13),
    "pedestrian": ("path", 13),
    "track": ("path", 13),
    "bridleway": ("path", 14),
    "cycleway": ("path", 14),
    "footway": ("path", 14),
    "path": ("path", 14),
    "steps": ("path", 14),
}
_RAILS = {"rail": 10, "light_rail": 11, "narrow_gauge": 11, "subway": 12, "tram": 13, "monorail": 12, "funicular": 13}
_PLACES = {
    "city": ("locality", 6),
    "town": ("locality", 8),
    "village": ("locality", 10),
    "hamlet": ("locality", 12),
    "locality": ("locality", 14),
    "borough": ("neighbourhood", 10),
    "suburb": ("neighbourhood", 11),
    "quarter": ("neighbourhood", 12),
    "neighbourhood": ("neighbourhood", 13),
}
_LANDUSE = {
    "landuse": {
        "allotments": 12, "brownfield": 13, "cemetery": 11, "commercial": 12, "farmland": 10, "farmyard": 12,
        "forest": 8, "grass": 13, "industrial": 11, "meadow": 11, "military": 10, "orchard": 11, "quarry": 11,
        "railway": 13, "recreation_ground": 12, "residential": 10, "retail": 12, "village_green": 12, "vineyard": 11,
    },
    "leisure": {
        "common": 12, "dog_park": 13, "garden": 13, "golf_course": 11, "marina": 12, "nature_reserve": 8, "park": 11,
        "pitch": 13, "playground": 14, "sports_centre": 13, "stadium": 12, "track": 13,
    },
    "natural": {
        "bare_rock": 11, "beach": 11, "glacier": 8, "grassland": 11, "heath": 11, "sand": 11, "scree": 12, "scrub": 12,
        "shingle": 12, "wetland": 11, "wood": 8,
    },
    "amenity": {"college": 13, "hospital": 12, "kindergarten": 14, "parking": 14, "school": 13, "university": 12},
    "aeroway": {"aerodrome": 9, "apron": 12, "runway": 11, "taxiway": 13},
    "man_made": {"bridge": 13, "pier": 12},
    "place": {"square": 13},
}  # fmt: skip
_RIVERS = {
    "river": ("river", 9),
    "canal": ("canal", 11),
    "stream": ("stream", 13),
    "ditch": ("ditch", 15),
    "drain": ("drain", 15),
}
_BASINS = {"reservoir": "lake", "basin": "basin"}
_SEA_NAMES = ("bay", "strait")
# Lower bounds of population for Protomaps' population_rank, 1 upwards; the style sizes labels by it.
_RANKS = (200, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000)
_NOTHING = ("", "no")


def line(tags: Tags) -> Drawn | None:
    """A way as a line: a road, a railway, a river; None when it is not drawn as one.

    Below the ground only streets are drawn: the tubes, cellars and passages of a city would lie over it like a net.
    """
    if tags.get("tunnel", "") not in _NOTHING and not _is_street(tags):
        return None
    highway, railway, waterway = tags.get("highway", ""), tags.get("railway", ""), tags.get("waterway", "")
    base = highway.removesuffix("_link")
    if base in _ROADS and tags.get("area") != "yes":
        kind, zoom = _ROADS[base]
        link = highway.endswith("_link")
        properties = _named(tags, kind=kind, kind_detail=base) | _level(tags)
        if link:
            properties["is_link"] = True
        if "ref" in tags:
            properties["ref"] = tags["ref"]
        if tags.get("oneway") in ("yes", "-1"):
            properties["oneway"] = tags["oneway"]
        return Drawn("roads", properties, max(zoom, 9) if link else zoom)
    if railway in _RAILS:
        zoom = 14 if "service" in tags else _RAILS[railway]
        return Drawn("roads", _named(tags, kind="rail", kind_detail=railway) | _level(tags), zoom)
    if waterway in _RIVERS:
        kind, zoom = _RIVERS[waterway]
        return Drawn("water", _named(tags, kind=kind), zoom)
    return None


def area(tags: Tags) -> Drawn | None:
    """A closed way or multipolygon as a surface; None when it is not drawn as one.

    Water has no name here: names of water are points (`label`), as a surface cut into tiles would repeat them.
    """
    if tags.get("building", "no") not in _NOTHING:
        return Drawn("buildings", {"kind": "building"}, 14)
    if (
        tags.get("natural") == "water"
        or tags.get("waterway") in ("riverbank", "dock")
        or tags.get("landuse") in _BASINS
    ):
        return Drawn("water", {"kind": _water_kind(tags)}, 8)
    if tags.get("highway") in ("pedestrian", "footway") and tags.get("area", "yes") == "yes":
        return Drawn("landuse", {"kind": "pedestrian"}, 13)
    for key, kinds in _LANDUSE.items():
        value = tags.get(key, "")
        if value in kinds:
            kind = "pedestrian" if value == "square" else value
            return Drawn("landuse", _named(tags, kind=kind), kinds[value])
    return None


def label(tags: Tags) -> Drawn | None:
    """The name of a water surface, as a point on it; None when it has none."""
    if "name" not in tags:
        return None
    if tags.get("natural") in _SEA_NAMES:
        return Drawn("water", _named(tags, kind=tags["natural"]), 11)
    surface = area(tags)
    if surface is None or surface.layer != "water":
        return None
    return Drawn("water", _named(tags, kind=str(surface.properties["kind"])), 13)


def place(tags: Tags) -> Drawn | None:
    """A node that names a place: a town, a district; or a bay. None for other nodes."""
    if tags.get("natural") in _SEA_NAMES:
        return label(tags)
    known = _PLACES.get(tags.get("place", ""))
    if known is None or "name" not in tags:
        return None
    kind, zoom = known
    population = tags.get("population", "").replace(" ", "")
    people = int(population) if population.isascii() and population.isdigit() else 0
    properties = _named(tags, kind=kind, kind_detail=tags["place"], min_zoom=zoom)
    properties["population_rank"] = sum(people >= least for least in _RANKS)
    if people:
        properties["population"] = people
    return Drawn("places", properties, zoom)


def _is_street(tags: Tags) -> bool:
    base = tags.get("highway", "").removesuffix("_link")
    return base in _ROADS and base != "service" and _ROADS[base][0] != "path"


def _named(tags: Tags, **properties: Value) -> dict[str, Value]:
    return properties | {"name": tags["name"]} if "name" in tags else properties


def _level(tags: Tags) -> dict[str, Value]:
    level: dict[str, Value] = {}
    if tags.get("bridge", "") not in _NOTHING:
        level["is_bridge"] = True
    if tags.get("tunnel", "") not in _NOTHING:
        level["is_tunnel"] = True
    return level


def _water_kind(tags: Tags) -> str:
    if tags.get("landuse") in _BASINS:
        return _BASINS[tags["landuse"]]
    if tags.get("waterway") in ("riverbank", "dock"):
        return "river" if tags["waterway"] == "riverbank" else "dock"
    kind = tags.get("water", "water")
    return kind if kind in ("lake", "river", "canal", "reservoir", "basin", "pond", "lagoon", "fountain") else "water"
