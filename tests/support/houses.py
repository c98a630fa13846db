"""A server with something of everything: for tests that ask every endpoint."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from server.domain.fences.geojson import read_fences, write_fences
from server.store import fences
from server.store.database import Database
from tests.support.peers import deliver, talking
from tests.support.people import a_program
from tests.support.positions import a_position
from tests.support.servers import Server, a_server
from tests.support.waiting import until
from wire.encode import encode_status
from wire.messages import Position, Status, rfc3339
from wire.topics import topic

OURS, THEIRS = "van-ours", "van-theirs"
TAGS = {OURS: "AA:00:00:00:00:01", THEIRS: "AA:00:00:00:00:02"}
"""On the package of each."""


def drove(end: datetime) -> list[Position]:
    """Stands, drives four kilometres through a fence, stands: until `end`."""
    speeds = [0.0] * 100 + [10.0] * 400 + [0.0] * 400
    lon, rows = 24.90, []
    for place, speed in enumerate(speeds):
        lon += speed / 55_660
        at = end - timedelta(seconds=len(speeds) - place)
        rows.append(
            a_position(0, at=at, lon=round(lon, 7), lat=60.17, speed_mps=speed, course_deg=90.0, accuracy_m=3.0)
        )
    return rows


def a_circle(name: str, lon: float) -> dict[str, Any]:
    """Where they drive through, and where they stand at the end."""
    point = {"type": "Point", "coordinates": [lon, 60.17]}
    return {"type": "Feature", "id": name, "geometry": point, "properties": {"name": name, "radius_m": 300}}


@contextmanager
def two_vans_did_the_same(folder: Path) -> Iterator[Server]:
    """Two vans that did the same an hour long: a trip, visits, alerts; each has a gateway that said something."""
    yard, dock = a_circle("yard", 24.92), a_circle("dock", 24.9719)
    rule = {"name": "At the yard", "kinds": ["fence_left"], "closes_by": [], "severity": "warning"}
    with a_server(folder) as server:
        with a_program(server, "everything", "admin") as admin:
            database = Database(server.database_url, server.data)
            with database.writing() as connection:  # in force since yesterday, which nobody can say over the API
                yesterday = datetime.now(UTC) - timedelta(days=1)
                fences.put(
                    connection,
                    write_fences(read_fences({"type": "FeatureCollection", "features": [yard, dock]}))["features"],
                    by="tests",
                    now=yesterday,
                )
            database.close()
            assert admin.post("/api/v1/alert-rules", json=rule).status_code in (200, 201)
            deliver(server.mqtt, {van: drove(datetime.now(UTC).replace(microsecond=0)) for van in (OURS, THEIRS)})
            with talking(server.mqtt) as (client, _):
                for van in (OURS, THEIRS):
                    client.publish(topic(van, "status"), encode_status(Status(online=True, version="7")), 1)
            until(lambda: THEIRS in admin.get("/api/v1/alerts?state=open").text, 20, "the alert")
            for van in (OURS, THEIRS):
                route = {"vehicle_id": van, "departs_at": rfc3339(datetime.now(UTC))}  # of today, whatever the day
                admin.put(f"/api/v1/routes/route-of-{van}", json=route).raise_for_status()
                package = {"route_id": f"route-of-{van}", "tag_id": TAGS[van]}
                admin.put(f"/api/v1/packages/package-of-{van}", json=package).raise_for_status()
        yield server
