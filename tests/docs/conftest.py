"""A real broker and the real server, for the pages whose commands are run."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.support.brokers import Mosquitto
from tests.support.ports import free_port
from tests.support.real import ROOT
from tests.support.waiting import until

MILEPOST = [sys.executable, "-m", "milepost.main"]


class Server(NamedTuple):
    """A running server: how to ask it, and how to get in."""

    url: str
    config: Path
    key: str
    password: str
    client: httpx.Client


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A real mosquitto."""
    with Mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="session")
def server(broker: Mosquitto, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server on that broker, with an admin's key."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    config, log, url = folder / "server.toml", folder / "log", f"http://127.0.0.1:{port}"
    config.write_text(
        f'data_dir = "data"\naccept_unclaimed = true\n[http]\nlisten = "127.0.0.1:{port}"\n[broker]\nurl = "{broker.url}"\n'
    )
    with log.open("wb") as out, httpx.Client(base_url=url, timeout=20) as client:
        process = subprocess.Popen([*MILEPOST, "server", "--config", str(config)], stderr=out, cwd=ROOT)
        try:
            until(lambda: process.poll() is not None or ready(client), 60, "the server's readiness")
            assert process.poll() is None, log.read_text()
            password = re.search(r"one-time password\s+(\S+)", log.read_text())
            assert password
            words = ["key", "create", "--config", str(config), "--name", "documents", "--role", "admin"]
            done = subprocess.run([*MILEPOST, *words], capture_output=True, text=True, check=True, cwd=ROOT)
            key = done.stdout.strip()
            client.headers["Authorization"] = f"Bearer {key}"
            yield Server(url, config, key, password[1], client)
        finally:
            process.terminate()
            process.wait(20)


def ready(client: httpx.Client) -> bool:
    """Whether everything that the server needs is there."""
    try:
        return client.get("/api/v1/ready").is_success
    except httpx.TransportError:
        return False
