"""A real broker and the real server, for the pages whose commands are run."""

from collections.abc import Iterator

import pytest

from tests.support.brokers import Mosquitto
from tests.support.servers import Server


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A real mosquitto."""
    with Mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def server(broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server on that broker, asked with an admin's key."""
    with Server(tmp_path_factory.mktemp("server"), broker={"url": broker.url}) as running:
        running.api.headers["Authorization"] = f"Bearer {running.key('documents', 'admin')}"
        yield running
