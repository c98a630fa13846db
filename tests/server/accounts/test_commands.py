"""Accounts from the command line: what is printed, what is refused, what is written down."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import insert
from typer.main import get_command

from server.accounts import commands
from server.store import accounts, audit, keys, teams
from server.store.database import Database
from server.store.schema import vehicles
from tests.support.stores import NOW


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings of a server with a van."""
    path = tmp_path / "server.toml"
    path.write_text('data_dir = "data"\n')
    (tmp_path / "data").mkdir()
    with opened(path).writing() as connection:
        connection.execute(insert(vehicles).values(id="van-1", name="van-1", created_at=NOW))
    return path


def opened(config: Path) -> Database:
    return Database("", config.parent / "data")


class Said:
    """`milepost GROUP WORDS --config ...` in this process: its exit status and what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], config: Path) -> None:
        self._capsys = capsys
        self._config = config

    def __call__(self, group: str, *words: str) -> tuple[int, str, str]:
        app: typer.Typer = getattr(commands, group)
        code = 0
        try:
            get_command(app).main([*words, "--config", str(self._config)], standalone_mode=True)
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = self._capsys.readouterr()
        return code, out.strip(), err.strip()


@pytest.fixture
def milepost(capsys: pytest.CaptureFixture[str], config: Path) -> Said:
    return Said(capsys, config)


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_user_is_added_changed_and_removed(milepost: Said, config: Path) -> None:
    """The whole life of one; the password works."""
    code, password, _ = milepost("user", "add", "--name", "aino", "--role", "dispatcher")
    assert code == 0
    with opened(config).reading() as connection:
        person = accounts.password_fits(connection, "aino", password)
        assert (person.role, person.one_time) == ("dispatcher", True)  # type: ignore[union-attr]
    assert milepost("user", "role", "--name", "aino", "--role", "viewer")[0] == 0
    [user] = rows(milepost("user", "list")[1])
    assert (user["name"], user["role"], user["has_password"]) == ("aino", "viewer", True)
    assert "password_hash" not in user
    again = milepost("user", "add", "--name", "aino")[1]
    assert again != password
    with opened(config).reading() as connection:
        assert accounts.password_fits(connection, "aino", password) is None
        assert accounts.password_fits(connection, "aino", again).role == "viewer"  # type: ignore[union-attr]
    assert milepost("user", "remove", "--name", "aino")[0] == 0
    assert milepost("user", "remove", "--name", "aino")[0] == 1
    assert "milepost user list" in milepost("user", "role", "--name", "aino", "--role", "viewer")[2]


def test_the_last_admin_stays(milepost: Said) -> None:
    """From the command line as well."""
    milepost("user", "add", "--name", "root", "--role", "admin")
    assert "last admin" in milepost("user", "remove", "--name", "root")[2]
    assert "last admin" in milepost("user", "role", "--name", "root", "--role", "viewer")[2]
    assert milepost("user", "role", "--name", "root", "--role", "boss")[0] == 2


def test_a_team_is_made_of_people_and_vehicles(milepost: Said, config: Path) -> None:
    """What is not said stays."""
    milepost("user", "add", "--name", "aino")
    team = milepost("team", "add", "--name", "North", "--member", "aino", "--vehicle", "van-1")[1]
    with opened(config).reading() as connection:
        assert accounts.user_person(connection, "aino").sees == {"van-1"}  # type: ignore[union-attr]
    assert milepost("team", "change", "--id", team, "--name", "Far north")[0] == 0
    [said] = rows(milepost("team", "list")[1])
    assert (said["name"], said["members"], said["vehicles"]) == ("Far north", ["aino"], ["van-1"])
    assert "no vehicle 'van-9'" in milepost("team", "change", "--id", team, "--vehicle", "van-9")[2]
    assert milepost("team", "remove", "--id", team)[0] == 0
    assert milepost("team", "remove", "--id", team)[0] == 1


def test_a_key_is_narrowed(milepost: Said, config: Path) -> None:
    """To scopes and teams; a word that there is not is refused with those that there are."""
    team = milepost("team", "add", "--name", "North")[1]
    code, token, _ = milepost(
        "key", "create", "--name", "k", "--scope", "facts:read", "--scope", "alerts:write", "--team", team
    )
    assert code == 0
    with opened(config).reading() as connection:
        person = keys.key_person(connection, token, NOW)
        assert person.scopes == {"facts:read", "alerts:write"}  # type: ignore[union-attr]
        assert person.sees == frozenset()  # type: ignore[union-attr]
    [said] = rows(milepost("key", "list")[1])
    assert (said["scopes"], said["teams"]) == (["alerts:write", "facts:read"], [team])
    assert token not in str(said)
    assert "positions:read" in milepost("key", "create", "--name", "x", "--scope", "everything")[2]


def test_every_change_is_written_down(milepost: Said, config: Path) -> None:
    """By whom, without what it opens with; what was refused is not."""
    password = milepost("user", "add", "--name", "aino")[1]
    token = milepost("key", "create", "--name", "k")[1]
    milepost("key", "create", "--name", "k")
    milepost("key", "remove", "--name", "k")
    team = milepost("team", "add", "--name", "North")[1]
    milepost("team", "remove", "--id", team)
    link = milepost("user", "link", "--name", "aino")[1]
    with opened(config).reading() as connection:
        listed = audit.list_audit(connection, before=None, limit=100)
        assert teams.list_teams(connection) == []
    whats = ["link_made", "team_removed", "team_added", "key_removed", "key_added", "user_added"]
    assert [row["what"] for row in listed] == whats
    assert all(row["who"].startswith("command line") for row in listed)
    for secret in (password, token, link.partition("once=")[2]):
        assert secret not in str(listed)
