"""Builders of standing facts: what a vehicle did, written as the engine writes it, without the engine."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from server.domain.fences.geojson import read_fence, write_fence
from server.store import fences
from server.store.database import Database, upsert
from server.store.schema import alerts, day_totals, facts, vehicles
from wire.messages import rfc3339

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
Row = dict[str, Any]


def on(day: float, clock: str = "00:00", *, zone_h: float = 0) -> datetime:
    """A time of the week that begins with MONDAY; `zone_h` are the hours that its clock is ahead of UTC."""
    hour, minute = clock.split(":")[:2]
    second = float(clock.split(":")[2]) if clock.count(":") > 1 else 0
    return MONDAY + timedelta(days=day, hours=int(hour) - zone_h, minutes=int(minute), seconds=second)


def a_fact(kind: str, vehicle: str, at: datetime, *, fence: str | None = None, **body: Any) -> Row:
    """One fact that stands."""
    said = f"{kind}|{vehicle}|{fence}|{at.isoformat()}"
    at_ms = round(at.timestamp() * 1000)
    return {
        "id": hashlib.blake2b(said.encode(), digest_size=12).hexdigest(),
        "vehicle_id": vehicle,
        "kind": kind,
        "at_ms": at_ms,
        "decided_ms": at_ms,
        "fence_id": fence,
        "body": body,
        "late_ms": None,
        "recorded_at": at,
        "revision": 1,
        "withdrawn_at": None,
    }


def a_trip(
    vehicle: str = "van-1",
    start: datetime = MONDAY,
    minutes: float | None = 30,
    *,
    metres: float = 12_345.678,
    idling_s: float = 0.0,
    top_mps: float = 14.0,
) -> list[Row]:
    """A trip; without minutes it goes on."""
    rows = [a_fact("trip_started", vehicle, start, lon=24.9384, lat=60.1699)]
    if minutes is not None:
        said = {"distance_m": metres, "max_speed_mps": top_mps, "idling_s": idling_s, "duration_s": minutes * 60}
        place = {"lon": 24.95, "lat": 60.18, "from_lon": 24.9384, "from_lat": 60.1699}
        end = start + timedelta(minutes=minutes)
        rows.append(a_fact("trip_ended", vehicle, end, started_at=rfc3339(start), **said, **place))
    return rows


def a_halt(
    vehicle: str = "van-1",
    start: datetime = MONDAY,
    minutes: float | None = 10,
    *,
    halt: str = "stop",
    fence: str | None = None,
) -> list[Row]:
    """A halt; its site is known when it ends."""
    place = {"lon": 24.95, "lat": 60.18}
    rows = [a_fact("halt_started", vehicle, start, **place)]
    if minutes is not None:
        end = start + timedelta(minutes=minutes)
        said = {"started_at": rfc3339(start), "duration_s": minutes * 60, "halt": halt}
        rows.append(a_fact("halt_ended", vehicle, end, fence=fence, **said, **place))
    return rows


def a_visit(
    vehicle: str = "van-1", fence: str = "depot", start: datetime = MONDAY, minutes: float | None = 20
) -> list[Row]:
    """A time inside of a fence."""
    place = {"lon": 24.95, "lat": 60.18}
    rows = [a_fact("fence_entered", vehicle, start, fence=fence, **place)]
    if minutes is not None:
        end = start + timedelta(minutes=minutes)
        said = {"entered_at": rfc3339(start), "duration_s": minutes * 60}
        rows.append(a_fact("fence_left", vehicle, end, fence=fence, **said, **place))
    return rows


def a_crossing(vehicle: str = "van-1", fence: str = "depot", at: datetime = MONDAY, seconds: float = 4.0) -> list[Row]:
    """A fence that was passed through between two fixes."""
    return [a_fact("fence_crossed", vehicle, at, fence=fence, lon=24.95, lat=60.18, duration_s=seconds)]


def an_idling(vehicle: str = "van-1", start: datetime = MONDAY, minutes: float | None = 5) -> list[Row]:
    """Standing with the engine on."""
    rows = [a_fact("idling_started", vehicle, start)]
    if minutes is not None:
        end = start + timedelta(minutes=minutes)
        rows.append(a_fact("idling_ended", vehicle, end, started_at=rfc3339(start), duration_s=minutes * 60))
    return rows


def a_speeding(
    vehicle: str = "van-1",
    start: datetime = MONDAY,
    seconds: float = 40,
    *,
    limit_mps: float = 50 / 3.6,
    top_mps: float = 63.2 / 3.6,
    metres: float = 640.0,
    fence: str | None = None,
) -> list[Row]:
    """A stretch over the limit."""
    end = start + timedelta(seconds=seconds)
    said = {"duration_s": seconds, "max_speed_mps": top_mps, "distance_m": metres, "limit_mps": limit_mps}
    return [
        a_fact("speeding_started", vehicle, start, fence=fence, limit_mps=limit_mps),
        a_fact("speeding_ended", vehicle, end, fence=fence, started_at=rfc3339(start), **said),
    ]


def an_alert(
    number: int,
    vehicle: str | None = "van-1",
    opened: datetime = MONDAY,
    minutes: float | None = 10,
    *,
    severity: str = "warning",
    answered_s: float | None = None,
    **more: Any,
) -> Row:
    """An alert as the fold writes it: of a fence that was left; without minutes it is open."""
    at_ms = round(opened.timestamp() * 1000)
    closed_ms = None if minutes is None else at_ms + round(60_000 * minutes)
    row = {
        "id": f"alert-{number}",
        "rule_id": "left-at-night",
        "vehicle_id": vehicle,
        "part": "depot",
        "kind": "fence_left",
        "severity": severity,
        "fence_id": "depot",
        "began_ms": at_ms,
        "opened_ms": at_ms,
        "closed_ms": closed_ms,
        "closed_by": None if closed_ms is None else "rule",
        "state": "open" if closed_ms is None else "closed",
        "acknowledged_by": None if answered_s is None else "aino",
        "acknowledged_ms": None if answered_s is None else at_ms + 2000 + round(1000 * answered_s),
        "raised_ms": at_ms + 2000,
        "late": False,
        "withdrawn": False,
        "count": 0,
        "lon": 24.95,
        "lat": 60.18,
        "facts": [],
    }
    return row | more


def write_alerts(database: Database, *rows: Row) -> None:
    """Put alerts into the table."""
    with database.writing() as connection:
        for row in rows:
            connection.execute(insert(alerts).values(row))


def write(database: Database, *groups: Iterable[Row], names: dict[str, str] | None = None) -> None:
    """Put facts into the table, with the vehicles that they are of; `names` are what those are called."""
    rows = [row for group in groups for row in group]
    ids = sorted({row["vehicle_id"] for row in rows} | (names or {}).keys())
    with database.writing() as connection:
        fleet = [
            {"id": one, "name": (names or {}).get(one, one), "created_at": MONDAY, "ahead_ms": None} for one in ids
        ]
        upsert(connection, vehicles, fleet)
        if rows:
            connection.execute(insert(facts), rows)


def write_fences(database: Database, *, sites: Iterable[str] = (), **names: str) -> None:
    """Fences by id, with their names: circles around the ends of trips and halts; some of them are sites."""
    features = [
        {
            "type": "Feature",
            "id": fence,
            "geometry": {"type": "Point", "coordinates": [24.95, 60.18]},
            "properties": {"name": name, "radius_m": 100.0, "site": fence in sites},
        }
        for fence, name in names.items()
    ]
    with database.writing() as connection:
        fences.put(
            connection,
            [write_fence(read_fence(feature)) for feature in features],
            by="tests",
            now=MONDAY - timedelta(days=1),
        )


def write_totals(database: Database, vehicle: str, day: date, *, metres: float, engine_s: float = 0) -> None:
    """What a vehicle's UTC day came to."""
    row = {"vehicle_id": vehicle, "day": day, "distance_mm": round(metres * 1000), "engine_ms": round(engine_s * 1000)}
    with database.writing() as connection:
        connection.execute(insert(day_totals).values(**row, driving_ms=0, idling_ms=0, speeding_ms=0))
