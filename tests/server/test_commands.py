"""The command line: what is printed, and how it says that it cannot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.drives import drive_on, times
from tests.support.peers import Peer
from tests.support.ports import free_port
from tests.support.real import ROOT
from tests.support.servers import Server, a_server


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "server.toml"
    path.write_text('data_dir = "data"\n[http]\nlisten = "127.0.0.1:8999"\n')
    return path


def milepost(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "milepost.main", *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, check=False)


def test_keys_are_made_listed_and_removed_without_a_server(config: Path) -> None:
    """The first key is needed before anything else runs."""
    made = milepost("key", "create", "--name", "n", "--role", "viewer", "--config", config)
    assert made.returncode == 0
    assert made.stdout.startswith("mp_")
    assert made.stdout.count("\n") == 1
    assert milepost("key", "create", "--name", "n", "--config", config).returncode == 1
    listed = [json.loads(line) for line in milepost("key", "list", "--config", config).stdout.splitlines()]
    assert [(key["name"], key["role"], key["expires_at"]) for key in listed] == [("n", "viewer", None)]
    assert milepost("key", "remove", "--name", "n", "--config", config).returncode == 0
    assert milepost("key", "remove", "--name", "n", "--config", config).returncode == 1


def test_a_role_that_there_is_not_is_wrong_usage(config: Path) -> None:
    """Exit status 2, and the roles that there are."""
    done = milepost("key", "create", "--name", "n", "--role", "boss", "--config", config)
    assert done.returncode == 2
    assert "dispatcher" in done.stderr


def test_a_wrong_file_ends_with_its_line_and_without_a_traceback(tmp_path: Path) -> None:
    """Exit status 1."""
    path = tmp_path / "server.toml"
    path.write_text("\n[http]\nlisten = 1\n")
    done = milepost("server", "--config", path)
    assert done.returncode == 1
    assert f"{path}, line 3: http.listen" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_link_for_nobody_is_refused(config: Path) -> None:
    """Before the first start there is no admin."""
    done = milepost("user", "link", "--config", config)
    assert done.returncode == 1
    assert "no user 'admin'" in done.stderr


def test_a_second_server_says_what_is_taken(tmp_path: Path) -> None:
    """The commonest mistake: it runs already."""
    with a_server(tmp_path) as first:
        for taken in ("http", "broker", "folder"):
            second = tmp_path / taken
            second.mkdir()
            said = why_not(second, first, taken)
            assert "The server could not start" in said
            assert "Traceback" not in said
            assert ("another process" if taken == "folder" else f"[{taken}] listen") in said.lower()


def why_not(folder: Path, first: Server, taken: str) -> str:
    """What a second server says that has one thing in common with the first."""
    ports = {"http": first.http, "broker": first.mqtt}
    free = {name: {"listen": f"127.0.0.1:{port if name == taken else free_port()}"} for name, port in ports.items()}
    second = Server(folder, **free)
    if taken == "folder":
        second.config.write_text(second.config.read_text().replace("server-data", str(first.data)))
    second.run()
    assert second.wait() == 1
    return second.log.read_text()


def test_gateways_are_asked_to_send_again_on_request(tmp_path: Path) -> None:
    """A day of telemetry was damaged and moved away; the fleet still has it."""
    with a_server(tmp_path) as server, Peer(server.mqtt, "van-1") as peer:
        drive_on(peer, 50)
        peer.all_acked()
        done = milepost("server", "resend", "--config", server.config)
        assert (done.returncode, done.stderr[:2]) == (0, "1 ")
        peer.ask()
        drive_on(peer, 5)
        peer.all_acked()
        assert server.times("van-1") == times(peer.rows)
        assert server.get("gateways/van-1/gaps")["items"] == []
