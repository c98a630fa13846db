"""A track as GeoJSON, CSV (that `milepost facts` and spreadsheets read) and GPX 1.1."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa

from server.domain.facts import Fact
from wire.columns import MISSING
from wire.messages import CLOCKS, MODES, rfc3339

CSV_HEADER = "at,lon,lat,speed_mps,course_deg,accuracy_m,alt_m,satellites,hdop,mode,clock,flags"


def as_geojson(table: pa.Table, vehicle: str, start: datetime, end: datetime) -> dict[str, Any]:
    """One Feature: a line, with the times and what else was said beside it, in the same order."""
    lons, lats = _scaled(table, "lon_e7", 1e7), _scaled(table, "lat_e7", 1e7)
    shape = "LineString" if len(lons) > 1 else "MultiPoint"
    return {
        "type": "Feature",
        "geometry": {"type": shape, "coordinates": list(zip(lons, lats, strict=True))} if lons else None,
        "properties": {
            "vehicle": vehicle,
            "from": rfc3339(start),
            "to": rfc3339(end),
            "count": len(lons),
            "coordinateProperties": {
                "times": _times(table),
                "speed_mps": _scaled(table, "speed_cmps", 100),
                "course_deg": _scaled(table, "course_cdeg", 100),
                "accuracy_m": _scaled(table, "accuracy_dm", 10),
                "alt_m": _scaled(table, "alt_dm", 10),
                "flags": table["flags"].to_pylist(),
            },
        },
    }


def with_flags(table: pa.Table, doubted: Iterable[Fact]) -> pa.Table:
    """The track with what the rules say against some of its positions, beside what the vehicle itself said."""
    why = {
        (one.at_ms, round(one.body["lon"] * 1e7), round(one.body["lat"] * 1e7)): one.body["reason"] for one in doubted
    }
    at_ms = table["at"].cast(pa.int64()).to_pylist()
    places = zip(at_ms, table["lon_e7"].to_pylist(), table["lat_e7"].to_pylist(), strict=True)
    said = zip(table["flags"].to_pylist(), (why.get(place) for place in places), strict=True)
    flags = [",".join(dict.fromkeys([*(flags.split(",") if flags else []), *([more] if more else [])])) or None
             for flags, more in said]  # fmt: skip
    return table.set_column(table.column_names.index("flags"), "flags", pa.array(flags, pa.string()))


def as_csv(table: pa.Table) -> bytes:
    """A header and a row for each position; what was not said is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_HEADER.split(","))
    columns = (
        _times(table),
        _scaled(table, "lon_e7", 1e7),
        _scaled(table, "lat_e7", 1e7),
        _scaled(table, "speed_cmps", 100),
        _scaled(table, "course_cdeg", 100),
        _scaled(table, "accuracy_dm", 10),
        _scaled(table, "alt_dm", 10),
        table["satellites"].to_pylist(),
        _scaled(table, "hdop_c", 100),
        [None if mode is None else MODES[mode] for mode in table["mode"].to_pylist()],
        [CLOCKS[clock] for clock in table["clock"].to_pylist()],
        table["flags"].to_pylist(),
    )
    writer.writerows(zip(*columns, strict=True))
    return out.getvalue().encode()


def as_gpx(table: pa.Table, name: str) -> bytes:
    """GPX 1.1 (Topografix): one track of one segment, with height where it is known."""
    points = []
    heights = _scaled(table, "alt_dm", 10)
    rows = zip(_times(table), _scaled(table, "lon_e7", 1e7), _scaled(table, "lat_e7", 1e7), heights, strict=True)
    for at, lon, lat, alt in rows:
        height = "" if alt is None else f"<ele>{alt}</ele>"
        points.append(f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}">{height}<time>{at}</time></trkpt>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Milepost" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><name>{escape(name)}</name><trkseg>\n" + "\n".join(points) + "\n</trkseg></trk></gpx>\n"
    ).encode()


def _times(table: pa.Table) -> list[str]:
    at = table["at"].cast(pa.int64()).to_numpy().astype("datetime64[ms]")
    return [f"{text}Z" for text in np.datetime_as_string(at, unit="ms").tolist()]


def _scaled(table: pa.Table, name: str, scale: float) -> list[Any]:
    column = table[name]
    if not column.null_count:
        return list((column.to_numpy() / scale).tolist())
    values = column.cast(pa.int64()).fill_null(MISSING).to_numpy()
    return [None if value == MISSING else value / scale for value in values.tolist()]
