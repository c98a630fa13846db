"""configs/server.toml is the whole list of the server's settings, with their defaults."""

import tomllib

import msgspec

from server.settings import Settings, load
from tests.support.real import ROOT

DOCUMENTED = ROOT / "configs" / "server.toml"


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    """A setting that nobody can find is none; a documented one that does nothing is worse."""
    defaults = msgspec.to_builtins(Settings())
    documented = tomllib.loads(DOCUMENTED.read_text())
    assert {table: set(keys) if isinstance(keys, dict) else ... for table, keys in documented.items()} == {
        table: set(keys) if isinstance(keys, dict) else ... for table, keys in defaults.items()
    }
    assert documented == defaults


def test_every_setting_has_a_line_that_says_what_it_is_for() -> None:
    """Its name alone is for those who know already."""
    for line in DOCUMENTED.read_text().splitlines():
        if " = " in line and not line.startswith("#"):
            assert len(line.partition("#")[2]) > 10, line


def test_the_documented_file_is_taken_as_it_is() -> None:
    """Most people start by copying it."""
    assert load(DOCUMENTED).http == Settings().http
