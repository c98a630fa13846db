"""Reads an OpenStreetMap extract (.osm.pbf) into GeoJSON lines, one file a layer, for tippecanoe.

What becomes what is decided by `tags`; this module has the geometry. Extracts are cut in different ways: ways may have
lost the nodes outside. A line is then drawn in the pieces that are left, a small surface is closed along the cut.
Needs about 16 bytes of memory a node of the extract. Coordinates are (lon, lat), WGS 84.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

import osmium
import shapely

from server.map import tags
from server.map.coastline import Bounds, Coast, sea
from server.map.problems import MapError

Point = tuple[float, float]
Said = Callable[[int], None]
"""Told now and then how many objects were read."""

_EVERY = 2_000


class Extract(NamedTuple):
    """What was read."""

    bounds: Bounds
    features: dict[str, int]
    notes: list[str]


def read(source: Path, folder: Path, *, water: Path | None = None, said: Said = lambda _: None) -> Extract:
    """Write `folder`/LAYER.geojsonl for every layer; `water` adds polygons of a GeoJSON file to the water layer.

    Raises MapError when the file is no .osm.pbf, is damaged, or holds nothing to draw.
    """
    checked_pbf(source)
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {
            layer: stack.enter_context((folder / f"{layer}.geojsonl").open("w", encoding="utf-8"))
            for layer in tags.LAYERS
        }
        reader = _Reader(files, said)
        try:
            header = osmium.io.Reader(str(source)).header().box()
            reader.apply_file(str(source), locations=True)
        except (RuntimeError, osmium.InvalidLocationError) as error:
            raise MapError(f"{source} cannot be read: {error}. It may be damaged; fetch it again.") from error
        if not any(reader.counts.values()):
            raise MapError(f"{source} holds no roads, buildings or places. Take an extract of an inhabited area.")
        bounds = _box(header) or reader.extent.bounds
        reader.emit("earth", {"kind": "earth"}, 0, shapely.geometry.mapping(shapely.box(*bounds)))
        problem = reader.add_sea(bounds)
        if water is not None:
            reader.add_water(water)
    return Extract(bounds, reader.counts, [problem] if problem else [])


def checked_pbf(source: Path) -> None:
    """Raises MapError unless the file begins as every .osm.pbf does (a BlobHeader of type OSMHeader)."""
    with source.open("rb") as file:
        start = file.read(64)
    if b"OSMHeader" not in start:
        raise MapError(
            f"{source} is not an OpenStreetMap extract in PBF form. "
            "Such files end in .osm.pbf; Geofabrik and BBBike offer them for every region."
        )


def runs(points: Iterable[Point | None]) -> Iterator[list[Point]]:
    """The stretches of a way whose nodes are in the extract."""
    run: list[Point] = []
    for point in points:
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


class _Extent:
    """The smallest box around everything drawn, for extracts whose header has none."""

    def __init__(self) -> None:
        self.bounds: Bounds = (180.0, 90.0, -180.0, -90.0)

    def add(self, points: list[Point]) -> None:
        west, south, east, north = self.bounds
        xs, ys = [x for x, _ in points], [y for _, y in points]
        self.bounds = min(west, *xs), min(south, *ys), max(east, *xs), max(north, *ys)


class _Reader(osmium.SimpleHandler):
    """One pass over the extract; osmium calls `node`, `way` and `area`."""

    def __init__(self, files: dict[str, IO[str]], said: Said) -> None:
        super().__init__()
        self.counts = dict.fromkeys(files, 0)
        self.extent = _Extent()
        self._files = files
        self._said = said
        self._seen = 0
        self._coast: list[Coast] = []
        self._geojson = osmium.geom.GeoJSONFactory()

    def node(self, node: Any) -> None:
        """A place or a bay that is a node."""
        if node.tags and (drawn := tags.place(node.tags)):
            self._draw(drawn, {"type": "Point", "coordinates": [node.location.lon, node.location.lat]})

    def way(self, way: Any) -> None:
        """A line; the coast; and surfaces that the cut has broken, which never arrive at `area`."""
        self._count()
        if not way.tags:
            return
        drawn, coast = tags.line(way.tags), way.tags.get("natural") == "coastline"
        surface = tags.area(way.tags) if way.is_closed() else None
        if not (drawn or coast or surface):
            return
        points = [(node.lon, node.lat) if node.location.valid() else None for node in way.nodes]
        stretches = [run for run in runs(points) if len(run) > 1]
        if drawn:
            for run in stretches:
                self.extent.add(run)
                self._draw(drawn, {"type": "LineString", "coordinates": run})
        if coast:
            self._coast += [Coast(run, (run[0] != points[0], run[-1] != points[-1])) for run in stretches]
        if surface and None in points:
            self._mend(surface, tags.label(way.tags), [point for point in points if point is not None])

    def area(self, area: Any) -> None:
        """A surface: a closed way, or a multipolygon whose parts are all there."""
        self._count()
        drawn, name = tags.area(area.tags), tags.label(area.tags)
        if drawn is None and name is None:
            return
        try:
            geometry = self._geojson.create_multipolygon(area)
        except (RuntimeError, osmium.InvalidLocationError):
            return  # crossing or open rings: mappers' mistakes, which other surfaces do not suffer from
        shape = json.loads(geometry)
        for polygon in shape["coordinates"]:
            self.extent.add(polygon[0])
        if drawn:
            self._draw(drawn, shape)
        if name:
            self._name(name, shapely.geometry.shape(shape))

    def emit(self, layer: str, properties: dict[str, Any], min_zoom: int, geometry: dict[str, Any]) -> None:
        """Write one feature."""
        feature = {
            "type": "Feature",
            "tippecanoe": {"minzoom": min_zoom},
            "properties": properties,
            "geometry": geometry,
        }
        self._files[layer].write(json.dumps(feature, ensure_ascii=False) + "\n")
        self.counts[layer] += 1

    def add_sea(self, bounds: Bounds) -> str | None:
        """Water to the right of the coast; the answer says why there is none although there is a coast."""
        found = sea(self._coast, bounds)
        for polygon in found.polygons:
            self.emit("water", {"kind": "ocean"}, 0, shapely.geometry.mapping(polygon))
        return found.problem

    def add_water(self, path: Path) -> None:
        """The polygons of a GeoJSON file, with their `kind` and `name`."""
        try:
            for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
                properties = feature.get("properties") or {}
                kind: dict[str, Any] = {"kind": str(properties.get("kind") or "water")}
                self.emit("water", kind, 0, feature["geometry"])
                if isinstance(properties.get("name"), str):
                    named = tags.Drawn("water", kind | {"name": properties["name"]}, 11)
                    self._name(named, shapely.geometry.shape(feature["geometry"]))
        except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
            raise MapError(f"{path} is not a GeoJSON FeatureCollection of water polygons: {error!r}.") from error

    def _draw(self, drawn: tags.Drawn, geometry: dict[str, Any]) -> None:
        self.emit(drawn.layer, drawn.properties, drawn.min_zoom, geometry)

    def _mend(self, surface: tags.Drawn, name: tags.Drawn | None, points: list[Point]) -> None:
        if len(points) < 3:
            return
        parts = shapely.get_parts(shapely.make_valid(shapely.Polygon(points)))
        surfaces = [part for part in parts if part.geom_type == "Polygon"]
        for part in surfaces:
            self._draw(surface, shapely.geometry.mapping(part))
        if name and surfaces:
            self._name(name, max(surfaces, key=lambda part: float(part.area)))

    def _name(self, name: tags.Drawn, surface: Any) -> None:
        spot = surface.representative_point()
        self._draw(name, {"type": "Point", "coordinates": [spot.x, spot.y]})

    def _count(self) -> None:
        self._seen += 1
        if self._seen % _EVERY == 0:
            self._said(self._seen)


def _box(header: Any) -> Bounds | None:
    if not header.valid():
        return None
    low, high = header.bottom_left, header.top_right
    return low.lon, low.lat, high.lon, high.lat
