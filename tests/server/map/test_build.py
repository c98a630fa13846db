"""Map folders from real and made-up extracts, with the real programs."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from server.map import stamps
from server.map.build import build
from server.map.problems import MapError, UsageError
from server.map.routing import configuration
from tests.support.extracts import helsinki, write_extract
from tests.support.real import data
from tests.support.waiting import until

CROSSROADS = [
    ({"highway": "residential", "name": "Katu"}, [(24.90, 60.10), (24.91, 60.10), (24.92, 60.10)]),
    ({"highway": "primary", "name": "Tie"}, [(24.91, 60.09), (24.91, 60.10), (24.91, 60.11)]),
]


@pytest.fixture(scope="module")
def helsinki_map(tmp_path_factory):
    folder = tmp_path_factory.mktemp("map") / "helsinki"
    build(helsinki(), folder)
    return folder


def tiles(folder, zoom):
    from pmtiles.reader import MmapSource, all_tiles

    with (folder / "basemap.pmtiles").open("rb") as file:
        return [gzip.decompress(tile) for (z, _, _), tile in all_tiles(MmapSource(file)) if z == zoom]


def metadata(folder):
    from pmtiles.reader import MmapSource, Reader

    with (folder / "basemap.pmtiles").open("rb") as file:
        return Reader(MmapSource(file)).metadata()


def a_route(folder, start, end):
    from valhalla import Actor

    actor = Actor(configuration(folder / "routing"))
    places = [{"lon": lon, "lat": lat} for lon, lat in (start, end)]
    return actor.route({"locations": places, "costing": "auto"})["trip"]["summary"]["length"]


def written(folder):
    return {
        path.relative_to(folder): path.stat().st_mtime_ns
        for path in folder.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_the_streets_of_helsinki_are_on_the_map_with_their_finnish_names(helsinki_map):
    """An installer finds the street that is on the sign, at the zoom where streets have names."""
    near = b"".join(tiles(helsinki_map, 15))
    for name in ("Mannerheimintie", "Pohjoisesplanadi", "Töölönlahti"):
        assert name.encode() in near


def test_the_base_map_has_the_layers_that_the_style_draws(helsinki_map):
    """A missing layer is an empty map, and nobody says why."""
    said = metadata(helsinki_map)
    layers = {layer["id"] for layer in said["vector_layers"]}
    assert layers == {"earth", "landuse", "water", "roads", "buildings", "places"}
    assert "© OpenStreetMap contributors" in said["attribution"]


def test_the_summary_says_what_was_built_from_what(helsinki_map):
    """Pages show the credit (the licence asks for it) and go to the center; support asks for versions."""
    summary = json.loads((helsinki_map / "map.json").read_text(encoding="utf-8"))
    west, south, east, north = summary["bounds"]
    assert west < summary["center"][0] < east
    assert south < summary["center"][1] < north
    assert summary["credit"] == "© OpenStreetMap contributors"
    assert summary["source"] == {"file": helsinki().name, "sha256": stamps.sha256(helsinki())}
    assert set(summary["built_with"]) == {"milepost", "osmium", "tippecanoe", "valhalla"}


def test_helsinki_has_its_harbour_and_stays_dry(helsinki_map, tmp_path):
    """Its extract has the coast as lines only, without their outer nodes."""
    from server.map import extract

    found = extract.read(helsinki(), tmp_path)
    sea = [json.loads(line) for line in (tmp_path / "water.geojsonl").read_text(encoding="utf-8").splitlines()]
    oceans = [feature for feature in sea if feature["properties"]["kind"] == "ocean"]
    assert found.notes == []
    assert oceans
    import shapely

    water = shapely.union_all([shapely.geometry.shape(feature["geometry"]) for feature in oceans])
    assert 0.01 < water.area / shapely.box(*found.bounds).area < 0.2
    assert water.contains(shapely.Point(24.9467, 60.1767))  # Kaisaniemenlahti, a bay
    assert not water.contains(shapely.Point(24.9410, 60.1719))  # the railway station


def test_a_map_folder_works_where_it_is_carried_to(helsinki_map, tmp_path):
    """Maps are built on one machine and used on another: no path of the first may matter."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(helsinki_map, moved)
    assert a_route(moved, (24.938, 60.166), (24.950, 60.176)) == pytest.approx(1.9, abs=0.5)
    assert str(helsinki_map).encode() not in (moved / "routing" / "valhalla.json").read_bytes()


def test_a_finished_build_is_left_alone(helsinki_map):
    """`milepost demo` asks for its map at every start."""
    before, said = written(helsinki_map), []
    build(helsinki(), helsinki_map, said=lambda step, note: said.append((step, note)))
    assert written(helsinki_map) == before
    assert ("basemap", "kept") in said
    assert ("routing", "kept") in said


def test_another_extract_of_the_same_name_is_built_anew(tmp_path):
    """Fresh data from the same address every week."""
    source = write_extract(tmp_path / "town.osm.pbf", CROSSROADS)
    assert build(source, tmp_path / "map", threads=1)["features"]["roads"] == 2
    write_extract(source, [*CROSSROADS, ({"highway": "service"}, [(24.92, 60.10), (24.92, 60.11)])])
    assert build(source, tmp_path / "map", threads=1)["features"]["roads"] == 3


def test_water_of_another_source_is_drawn(tmp_path):
    """Porto's extract has roads only: its river and its sea come from a file."""
    water = data("basemap/porto_water.geojson")
    source = write_extract(tmp_path / "porto.osm.pbf", [({"highway": "residential"}, [(-8.61, 41.14), (-8.60, 41.15)])])
    summary = build(source, tmp_path / "map", water=water, threads=1)
    drawn = json.loads(water.read_text(encoding="utf-8"))["features"]
    names = [feature for feature in drawn if "name" in feature["properties"]]
    assert summary["features"]["water"] == len(drawn) + len(names)


@pytest.mark.parametrize("moment", ["work-*/roads.geojsonl", "basemap.stamp", "work-*/routing/tiles"])
def test_a_build_that_was_killed_goes_on(tmp_path, moment):
    """A laptop lid, an out-of-memory killer: start the same command again, and it ends well."""
    out = tmp_path / "map"
    command = [
        sys.executable,
        "-c",
        "from server.map.commands import app; app()",
        "build",
        str(helsinki()),
        "--out",
        str(out),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: any((out / ".build").glob(moment)) or process.poll() is not None, 30, moment)
        process.send_signal(signal.SIGKILL)
    drawn = (out / ".build" / "basemap.stamp").exists() and (out / "basemap.pmtiles").stat().st_mtime_ns
    build(helsinki(), out)
    assert b"Mannerheimintie" in b"".join(tiles(out, 15))
    assert a_route(out, (24.938, 60.166), (24.950, 60.176)) > 1
    assert not list((out / ".build").glob("work-*"))
    assert not drawn or (out / "basemap.pmtiles").stat().st_mtime_ns == drawn


def test_two_builds_do_not_write_into_one_folder(tmp_path):
    """Somebody is impatient and starts it twice."""
    source = write_extract(tmp_path / "town.osm.pbf", CROSSROADS)
    (tmp_path / "map" / ".build").mkdir(parents=True)
    with stamps.Stamps(tmp_path / "map" / ".build").held(), pytest.raises(MapError, match="Another build is at work"):
        build(source, tmp_path / "map", patience_s=0)


def test_a_build_that_ends_soon_is_waited_for(tmp_path):
    """Two demos begin at once: the second finds the map when the first has made it."""
    source = write_extract(tmp_path / "town.osm.pbf", CROSSROADS)
    (tmp_path / "map" / ".build").mkdir(parents=True)
    with stamps.Stamps(tmp_path / "map" / ".build").held():
        second = threading.Thread(target=build, args=(source, tmp_path / "map"))
        second.start()
        second.join(0.2)
        assert second.is_alive()
    second.join(60)
    assert (tmp_path / "map" / "map.json").exists()


def test_what_is_not_an_extract_is_refused_in_words(tmp_path):
    """A download that was an error page."""
    page = tmp_path / "finland.osm.pbf"
    page.write_text("<html>404</html>")
    with pytest.raises(MapError, match="not an OpenStreetMap extract"):
        build(page, tmp_path / "map")
    with pytest.raises(UsageError, match="not a file"):
        build(tmp_path / "nowhere.osm.pbf", tmp_path / "map")


def test_a_damaged_extract_is_refused_in_words(tmp_path):
    """A download that broke off."""
    half = tmp_path / "half.osm.pbf"
    whole = helsinki().read_bytes()
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MapError, match="fetch it again"):
        build(half, tmp_path / "map")


def test_an_empty_extract_is_refused_in_words(tmp_path):
    """A filter that was too strict; and one that kept houses only."""
    with pytest.raises(MapError, match="no roads, buildings or places"):
        build(write_extract(tmp_path / "empty.osm.pbf", []), tmp_path / "map")
    house = ({"building": "yes"}, [(24.90, 60.10), (24.91, 60.10), (24.91, 60.11), (24.90, 60.10)])
    with pytest.raises(MapError, match="nothing to route on"):
        build(write_extract(tmp_path / "houses.osm.pbf", [house]), tmp_path / "map")


def test_too_little_room_is_told_before_the_work(tmp_path, monkeypatch):
    """A full disk after an hour is a lost hour."""
    from server.map import build as module

    monkeypatch.setattr(module, "SPACE_LEAST", 10**18)
    with pytest.raises(MapError, match="Make room"):
        build(helsinki(), tmp_path / "map")


def test_the_command_prints_json_and_its_faults_have_a_status(tmp_path):
    """Scripts read stdout and the status; people read stderr."""
    source = write_extract(tmp_path / "town.osm.pbf", CROSSROADS)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from server.map.commands import app; app()", "build", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    good = run(str(source))
    assert good.returncode == 0, good.stderr
    assert Path(tmp_path / json.loads(good.stdout)["folder"] / "map.json").is_file()
    assert run("nowhere.osm.pbf").returncode == 2
    source.write_text("no")
    bad = run(str(source))
    assert (bad.returncode, bad.stdout) == (1, "")
    assert "not an OpenStreetMap extract" in bad.stderr
