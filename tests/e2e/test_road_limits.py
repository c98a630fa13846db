"""Speeding by the limits of roads, through the real line: broker, server, Valhalla, the API and the report."""

from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from tests.support.extracts import helsinki_map
from tests.support.peers import Peer
from tests.support.real import real_part
from tests.support.servers import a_server
from tests.support.waiting import until
from wire.messages import Position

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}
WEST, EAST = (24.9405, 60.1702), (24.9436, 60.1705)
"""Kaivokatu, in front of the railway station: 30 km/h."""


def a_drive() -> list[Position]:
    """Stands, drives along Kaivokatu at 30 km/h twice over by its speedometer, and stands for a quarter of an hour."""
    drive = []
    for second in range(1000):
        part = min(max(second - 60, 0), 20) / 20
        lon, lat = (round(a + part * (b - a), 7) for a, b in zip(WEST, EAST, strict=True))
        speed = 16.7 if 0 < part < 1 else 0.0
        at = NOON + timedelta(seconds=second)
        drive.append(Position(at=at, lon=lon, lat=lat, speed_mps=speed, accuracy_m=4.0))
    return drive


def test_sixty_where_thirty_is_allowed_is_told_with_its_street(tmp_path: Path) -> None:
    """Positions in; the engine's trip, Valhalla's roads, a fact with the street, a row of the report."""
    real_part("pyvalhalla", find_spec("valhalla"), "install milepost[map]")
    with a_server(tmp_path, map={"dir": str(helsinki_map())}) as server, Peer(server.mqtt, "van-1") as peer:
        peer.put(a_drive())
        peer.all_acked()

        def told() -> list[dict[str, object]]:
            return list(server.get("vehicles/van-1/facts", kinds="road_speeding", **WINDOW)["items"])

        until(told, 30, "the fact")
        [fact] = told()
        [trip] = server.get("vehicles/van-1/facts", kinds="trip_ended", **WINDOW)["items"]
        [row] = server.get("reports/speeding", **WINDOW)["items"]
    assert (fact["road"], fact["limit_mps"], fact["trip"]) == ("Kaivokatu", 8.333, trip["id"])
    assert (row["limit_kmh"], row["top_speed_kmh"]) == (30.0, 60.1)


def test_a_server_without_routing_tiles_says_once_why_it_knows_no_limits(tmp_path: Path) -> None:
    """Whoever set a map folder expects limits; everything else works."""
    (tmp_path / "empty").mkdir()
    with a_server(tmp_path, map={"dir": str(tmp_path / "empty")}) as server:
        said = server.log.read_text(encoding="utf-8")
    assert said.count("speeding by the limits of roads is off") == 1
    assert "milepost map build" in said
