"""Runs Valhalla's tile builder, and writes a configuration that needs no absolute path.

`configuration(folder)` makes Valhalla's settings out of a built `routing/` folder, wherever it lies now:

    actor = valhalla.Actor(configuration(map_folder / "routing"))

Access rules and driving side of single countries need Valhalla's database of borders, which a city's extract does not
hold: traffic drives on the right. Speeds are Valhalla's free-flow guesses; real traffic is about half as fast.
"""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from server.map.problems import MapError

CONFIGURATION = "valhalla.json"
TILES = "tiles"

# Sections that a reader of finished tiles needs; the others hold paths of the machine that built them.
_KEPT = ("meili", "loki", "thor", "odin", "service_limits", "additional_data")
_MAX_MATRIX_PAIRS = 1_000_000


def build(source: Path, folder: Path, *, threads: int) -> None:
    """Write `folder`/tiles and `folder`/valhalla.json from an .osm.pbf file.

    Raises MapError with Valhalla's own words when it fails, or when the extract has no roads.
    """
    import valhalla  # noqa: PLC0415  (an extra: imported when a map is built)

    (folder / TILES).mkdir(parents=True)
    settings = _defaults(folder / TILES)
    (folder / CONFIGURATION).write_text(json.dumps(_portable(settings), indent=1), encoding="utf-8")
    building = folder / "building.json"
    settings["mjolnir"] |= {"concurrency": threads, "logging": {"type": "std_err"}}
    building.write_text(json.dumps(settings), encoding="utf-8")
    name = "valhalla_build_tiles.exe" if sys.platform == "win32" else "valhalla_build_tiles"
    program = Path(valhalla.PYVALHALLA_DIR) / "bin" / name
    done = subprocess.run(  # its scratch files (nodes, ways, edges) go to the tile folder
        [str(program), "-c", str(building), str(source)], capture_output=True, text=True, check=False, cwd=folder
    )
    building.unlink()
    if done.returncode:
        raise MapError(f"Valhalla could not build the routing tiles: {_last_words(done.stdout + done.stderr)}")
    if not any((folder / TILES).rglob("*.gph")):
        raise MapError(f"{source} holds no roads, so there is nothing to route on. Take an extract with highways.")
    for scratch in (folder / TILES).glob("*.bin"):
        scratch.unlink()


def configuration(folder: Path) -> dict[str, Any]:
    """Valhalla's settings for a built `routing/` folder, with its path as it is now, and silenced."""
    settings: dict[str, Any] = json.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))
    settings["mjolnir"]["tile_dir"] = str((folder / settings["mjolnir"]["tile_dir"]).resolve())
    return settings


def versions() -> dict[str, str]:
    """Which program writes the routing tiles."""
    return {"valhalla": version("pyvalhalla")}


def _defaults(tiles: Path) -> dict[str, Any]:
    from valhalla.config import get_config  # noqa: PLC0415

    settings: dict[str, Any] = json.loads(json.dumps(get_config(tile_extract="", tile_dir=tiles)))
    for absent in ("admin", "timezone", "landmarks", "traffic_extract", "transit_dir", "transit_feeds_dir"):
        settings["mjolnir"].pop(absent, None)
    settings["mjolnir"]["data_processing"]["use_admin_db"] = False
    limits = settings["service_limits"]
    for costing in ("auto", "truck", "bicycle", "pedestrian"):
        limits[costing]["max_matrix_location_pairs"] = _MAX_MATRIX_PAIRS
    return settings


def _portable(settings: dict[str, Any]) -> dict[str, Any]:
    # `logging.type = ""` at the top silences Valhalla; the ones inside sections do not.
    kept = {"logging": {"type": ""}, "mjolnir": {"tile_dir": TILES, "tile_extract": ""}}
    return kept | {section: settings[section] for section in _KEPT if section in settings}


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-3:]) or "it said nothing"
