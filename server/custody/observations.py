"""What the custody filter sees of a stretch of time, out of the telemetry: windows of fixes, sightings, scanners."""

from collections.abc import Collection
from typing import Any

import pyarrow as pa

from server.domain.custody import WINDOW_MS, Fix, Health, Heard, Window
from server.store.telemetry import Telemetry
from server.store.telemetry.heard import SCANS, SIGHTINGS
from wire.messages import instant

UNSAID_DBM = -90.0
"""The level of a sighting that says none: a box without it hears, but not how loud."""


def windows(telemetry: Telemetry, vehicles: Collection[str], after_ms: int, to_ms: int) -> list[Window]:
    """The windows with after < end <= to, of these vehicles and of those that heard anything."""
    start, end = instant(after_ms + 1), instant(to_ms + 1)
    heard = _heard(telemetry.heard(SIGHTINGS, start, end))
    scans = _scans(telemetry.heard(SCANS, start, end))
    fleet = {scanner for kind, scanner, *_ in (*heard, *scans) if kind == "vehicle"} | {*vehicles}
    count = (to_ms - after_ms) // WINDOW_MS
    fixes: list[list[Fix]] = [[] for _ in range(count)]
    sightings: list[list[Heard]] = [[] for _ in range(count)]
    health: list[list[Health]] = [[] for _ in range(count)]

    def place(at_ms: int) -> int:
        return (at_ms - after_ms - 1) // WINDOW_MS

    for vehicle in sorted(fleet):
        for fix in _fixes(vehicle, telemetry.track(vehicle, start, end)):
            fixes[place(fix.at_ms)].append(fix)
    for _, scanner, at_ms, one in heard:
        sightings[place(at_ms)].append(_sighting(scanner, at_ms, one))
    for _, scanner, at_ms, one in scans:
        said = Health(to_ms=at_ms, from_ms=at_ms - one["window_ms"], scanner=scanner, healthy=one["healthy"])
        health[place(at_ms)].append(said)
    return [
        Window(
            from_ms=after_ms + number * WINDOW_MS,
            to_ms=after_ms + (number + 1) * WINDOW_MS,
            fixes=tuple(fixes[number]),
            sightings=tuple(sightings[number]),
            scanners=tuple(health[number]),
        )
        for number in range(count)
    ]


def _heard(table: pa.Table) -> list[tuple[str, str, int, dict[str, Any]]]:
    names = ["tag", "window_ms", "count", "rssi_max_cdbm", "rssi_mean_cdbm"]
    return _rows(table, names)


def _scans(table: pa.Table) -> list[tuple[str, str, int, dict[str, Any]]]:
    return _rows(table, ["window_ms", "healthy"])


def _rows(table: pa.Table, names: list[str]) -> list[tuple[str, str, int, dict[str, Any]]]:
    """Kind and id of the scanner, time, and the rest of each row."""
    found = []
    times = table["at"].cast(pa.int64()).to_pylist()
    for scanner, at_ms, one in zip(table["scanner"].to_pylist(), times, table.select(names).to_pylist(), strict=True):
        kind, _, id_ = scanner.partition(":")
        found.append((kind, id_, at_ms, one))
    return found


def _sighting(scanner: str, at_ms: int, one: dict[str, Any]) -> Heard:
    """A sighting; of one that says one level, that is both."""
    most, mean = one["rssi_max_cdbm"], one["rssi_mean_cdbm"]
    most, mean = (mean if most is None else most), (most if mean is None else mean)
    return Heard(
        to_ms=at_ms,
        from_ms=at_ms - one["window_ms"],
        scanner=scanner,
        tag=one["tag"],
        count=one["count"],
        rssi_max_dbm=UNSAID_DBM if most is None else most / 100,
        rssi_mean_dbm=UNSAID_DBM if mean is None else mean / 100,
    )


def _fixes(vehicle: str, track: pa.Table) -> list[Fix]:
    """The positions of a track that its gateway did not flag."""
    believed = track.filter(track["flags"].is_null())
    rows = zip(
        believed["at"].cast(pa.int64()).to_pylist(),
        *(believed[name].to_pylist() for name in ("lon_e7", "lat_e7", "speed_cmps", "accuracy_dm")),
        strict=True,
    )
    return [
        Fix(
            at_ms=at_ms,
            vehicle=vehicle,
            lon=lon / 1e7,
            lat=lat / 1e7,
            speed_mps=-1.0 if speed is None else speed / 100,
            accuracy_m=-1.0 if accuracy is None else accuracy / 10,
        )
        for at_ms, lon, lat, speed, accuracy in rows
    ]
