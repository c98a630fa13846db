"""Every store that the contract holds for, each on the real thing."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.store.telemetry import Telemetry, open_telemetry
from tests.support.influx import Influxd

STORES = ("duckdb", "influxdb")
_bucket = itertools.count(1)


class Opened:
    """A store that can be closed and opened again."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.store: Telemetry = open_telemetry(url, folder)

    def again(self) -> Telemetry:
        """The same store after a restart of the server."""
        self.store.close()
        self.store = open_telemetry(self.url, self.folder)
        return self.store


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One InfluxDB for all tests; each has a bucket of its own in it."""
    server = Influxd(tmp_path_factory.mktemp("influxd"))
    server.start()
    yield server
    server.kill()  # in order it would take half a minute over all these buckets, which nobody reads again


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """An empty store of each kind."""
    url = ""
    if request.param == "influxdb":
        server: Influxd = request.getfixturevalue("influxd")
        url = server.telemetry_url(bucket=f"bucket{next(_bucket)}")
    opened = Opened(url, tmp_path)
    yield opened
    opened.store.close()


@pytest.fixture
def store(opened: Opened) -> Telemetry:
    """The store itself, for tests that never close it."""
    return opened.store
