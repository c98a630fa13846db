"""What was last heard of each tag of the inventory, noted with the group that brings it. Repeats change nothing.

Nor does the order in which groups come. The newest sighting counts; of several at one time (windows are aligned, so
vans side by side hear a tag at one time) the loudest. Of a battery the newest value is kept, and the highest of each
UTC day.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, case, func, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from server.store import tags
from server.store.schema import Row, tag_batteries, tags_heard
from server.store.telemetry.heard import READINGS, SIGHTINGS, Heard

BATTERY = {"battery_percent": (0.0, 100.0), "battery_v": (0.5, 10.0)}
"""What a battery says, and what can be believed of it."""
_QUIETEST = -(2**31)
_Heard = tuple[int, int, str]


def note(connection: Connection, heard: Mapping[Heard, Sequence[tuple[Any, ...]]], *, before_ms: int) -> None:
    """Note what these rows of telemetry say of tags of the inventory; those of later than `before_ms` are wrong."""
    sightings = [dict(zip(SIGHTINGS.stored.names, row, strict=True)) for row in heard.get(SIGHTINGS, ())]
    readings = [dict(zip(READINGS.stored.names, row, strict=True)) for row in heard.get(READINGS, ())]
    every = [row for row in (*sightings, *readings) if row["at_ms"] <= before_ms]
    known = tags.known(connection, {row["tag"] for row in every}) if every else set()
    mine = [row for row in every if row["tag"] in known]
    if not mine:
        return
    batteries = [row for row in mine if _battery(row) is not None]
    _put_heard(connection, mine)
    _put_batteries(connection, batteries)
    _put_days(connection, batteries)


def _battery(row: Row) -> float | None:
    """What a row says of a battery, if that can be believed."""
    limits = BATTERY.get(row.get("quantity", ""))
    if limits is None or not (math.isfinite(row["value"]) and limits[0] <= row["value"] <= limits[1]):
        return None
    return float(row["value"])


def _put_heard(connection: Connection, rows: Iterable[Row]) -> None:
    newest: dict[str, _Heard] = {}
    for row in rows:
        rssi = row.get("rssi_max_cdbm")
        said = (row["at_ms"], _QUIETEST if rssi is None else rssi, row["scanner"][:80])
        newest[row["tag"]] = max(said, newest.get(row["tag"], said))
    insert = _insert(connection, tags_heard)
    fresh = insert.excluded
    old = tuple_(
        func.coalesce(tags_heard.c.heard_ms, -1),
        func.coalesce(tags_heard.c.heard_rssi_cdbm, _QUIETEST),
        func.coalesce(tags_heard.c.heard_by, ""),
    )
    put = insert.on_conflict_do_update(
        index_elements=["tag_id"],
        set_={name: fresh[name] for name in ("heard_ms", "heard_rssi_cdbm", "heard_by")},
        where=tuple_(fresh.heard_ms, fresh.heard_rssi_cdbm, fresh.heard_by) > old,
    )
    names = ("heard_ms", "heard_rssi_cdbm", "heard_by")
    connection.execute(put, [{"tag_id": tag, **dict(zip(names, newest[tag], strict=True))} for tag in sorted(newest)])


def _put_batteries(connection: Connection, rows: Iterable[Row]) -> None:
    """Both values of a battery are kept, each as it was said last; the time is that of the newer one."""
    newest: dict[str, dict[str, tuple[int, float]]] = {}
    for row in rows:
        said = (row["at_ms"], row["value"])
        of = newest.setdefault(row["tag"], {})
        of[row["quantity"]] = max(said, of.get(row["quantity"], said))
    if not newest:
        return
    insert = _insert(connection, tags_heard)
    fresh, old = insert.excluded, tags_heard.c
    newer = func.coalesce(old.battery_ms, -1) <= fresh.battery_ms
    put = insert.on_conflict_do_update(
        index_elements=["tag_id"],
        set_={
            "battery_ms": case((newer, fresh.battery_ms), else_=old.battery_ms),
            **{
                name: case((newer, func.coalesce(fresh[name], old[name])), else_=func.coalesce(old[name], fresh[name]))
                for name in BATTERY
            },
        },
    )
    connection.execute(
        put,
        [
            {
                "tag_id": tag,
                "battery_ms": max(at_ms for at_ms, _ in newest[tag].values()),
                **{name: newest[tag].get(name, (0, None))[1] for name in BATTERY},
            }
            for tag in sorted(newest)
        ],
    )


def _put_days(connection: Connection, rows: Iterable[Row]) -> None:
    most: dict[tuple[str, Any], dict[str, float]] = {}
    for row in rows:
        day = datetime.fromtimestamp(row["at_ms"] / 1000, UTC).date()
        of = most.setdefault((row["tag"], day), {})
        of[row["quantity"]] = max(row["value"], of.get(row["quantity"], row["value"]))
    if not most:
        return
    insert = _insert(connection, tag_batteries)
    fresh, old = insert.excluded, tag_batteries.c

    def highest(name: str) -> Any:
        return case((old[name] > fresh[name], old[name]), else_=func.coalesce(fresh[name], old[name]))

    put = insert.on_conflict_do_update(
        index_elements=["tag_id", "day"], set_={name: highest(name) for name in ("percent", "volts")}
    )
    connection.execute(
        put,
        [
            {"tag_id": tag, "day": day, "percent": said.get("battery_percent"), "volts": said.get("battery_v")}
            for (tag, day), said in sorted(most.items())
        ],
    )


def _insert(connection: Connection, table: Table) -> Any:
    return (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
