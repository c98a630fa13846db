"""schemathesis asks what nobody thought of: no error of ours, and no answer that the document does not know."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.peers import deliver
from tests.support.positions import a_position
from tests.support.real import ROOT
from tests.support.servers import Server, a_server

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,ignored_auth"


LONG = pytest.param("examples,coverage,fuzzing", 60, marks=pytest.mark.long)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of its own: an admin who presses every button removes the keys of others."""
    with a_server(tmp_path) as running:
        deliver(running.mqtt, {f"van-{number:03}": [a_position(number)] for number in range(60)})
        yield running


@pytest.mark.parametrize(("phases", "examples"), [("examples,fuzzing", 5), LONG])
def test_no_request_surprises_the_server(server: Server, tmp_path: Path, phases: str, examples: int) -> None:
    """Bounded in time; the stream has no end, and signing out ends nobody's session here."""
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "run", str(ROOT / "docs" / "openapi.json"),
        "--url", str(server.api.base_url).rstrip("/"), "--checks", CHECKS, "--exclude-path", "/api/v1/stream",
        "--header", f"Authorization: Bearer {server.key('fuzz', 'admin')}", "--seed", "7", "--workers", "1",
        "--max-examples", str(examples), "--phases", phases, "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
