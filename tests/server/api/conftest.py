"""Two real servers for the tests of the API: one with a fleet that is only looked at, one where things happen."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.houses import two_vans_did_the_same
from tests.support.peers import deliver
from tests.support.positions import a_position
from tests.support.servers import Server, a_server

DROVE = [
    a_position(second, lon=round(24.9 + second * 1e-4, 7), speed_mps=5.5, course_deg=90.0, alt_m=12.5, accuracy_m=4.0)
    for second in range(120)
]
"""What van-drove did on 22 November 2026 from noon on."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with `van-drove`, and 250 vans that stand."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "tiles").mkdir()
    (folder / "tiles" / "basemap.pmtiles").write_bytes(b"PMTiles" * 400)
    (folder / "tiles" / "map.json").write_text('{"name": "Helsinki", "bounds": [24.9, 60.1, 25.0, 60.2]}')
    with a_server(folder, map={"dir": "tiles"}) as running:
        standing = {f"van-{number:03}": [a_position(number, clock="synchronised")] for number in range(250)}
        deliver(running.mqtt, {**standing, "van-drove": DROVE})
        yield running


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for tests that send messages, behind a proxy that ends TLS."""
    with a_server(tmp_path_factory.mktemp("busy"), http={"public_url": "https://fleet.example"}) as running:
        yield running


@pytest.fixture(scope="session")
def two_vans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two vans that did the same: a trip, visits, alerts."""
    with two_vans_did_the_same(tmp_path_factory.mktemp("houses")) as running:
        yield running


@pytest.fixture
def anybody(server: Server) -> Iterator[httpx.Client]:
    """A client without key and session."""
    with httpx.Client(base_url=server.api.base_url) as client:
        yield client


@pytest.fixture(scope="session")
def keys(server: Server) -> dict[str, dict[str, str]]:
    """Headers by role."""
    return {
        role: {"Authorization": f"Bearer {server.key(role, role)}"} for role in ("admin", "dispatcher", "recipient")
    }
