"""The settings file: every mistake names file, line and key, and the documented file is what there is."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from server.settings import Settings, SettingsError, address, load, url_of
from tests.support.real import ROOT

DOCUMENTED = ROOT / "configs" / "server.toml"


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "server.toml"
    path.write_text(text)
    return load(path)


def test_the_documented_file_holds_every_setting_with_its_default() -> None:
    """Whoever reads it knows all that can be set; whoever copies it changes nothing."""
    said = tomllib.loads(DOCUMENTED.read_text())
    assert said == msgspec.to_builtins(Settings())


def test_every_setting_is_explained_in_a_line() -> None:
    """A name alone helps nobody."""
    for line in DOCUMENTED.read_text().splitlines():
        if re.match(r"\w+ = ", line):
            assert "#" in line, line


def test_without_a_file_there_are_defaults() -> None:
    """`milepost server`, and it runs."""
    assert load(None) == Settings()


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    """A service is started from /."""
    (tmp_path / "password").write_text("x")
    (tmp_path / "token").write_text("t")
    text = 'data_dir = "d"\n[broker]\npassword_file = "password"\n[map]\ndir = "/maps"\n'
    text += '[telemetry]\nurl = "influxdb://host/org/bucket?token_file=token"\n'
    said = loaded(tmp_path, text)
    assert (said.data_dir, said.map.dir) == (str(tmp_path / "d"), "/maps")
    assert said.broker.password_file == str(tmp_path / "password")
    assert said.telemetry.url.endswith(f"?token_file={tmp_path / 'token'}")


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("data_dirr = 'x'", 1, "data_dirr", "there are data_dir, accept_unclaimed, sensors"),
        ("# a\n[http]\nlisten = 8460", 3, "http.listen", "a text in quotes"),
        ("[http]\n\nlisten = 'here'", 3, "http.listen", "host:port"),
        ("[http]\nlisten = '127.0.0.1:99999'", 2, "http.listen", "host:port"),
        ("[http]\npublic_url = 'fleet.example'", 2, "http.public_url", "https://host"),
        ("[oidc]\nissuer = 'http://id.example'\nclient_id = 'm'", 2, "oidc.issuer", "write https://"),
        ("[oidc]\nissuer = 'https://id.example'", 1, "oidc.client_id", "knows this server by"),
        ("[http]\nproxy = '*'", 2, "http.proxy", "the proxy's own address"),
        ("[oidc]\nscopes = 'email'", 2, "oidc.scopes", "openid has to be"),
        ("[oidc]\ndefault_role = 'boss'", 2, "oidc.default_role", "there are admin, dispatcher"),
        ("[oidc]\n[oidc.role_map]\nx = 'boss'", 2, "oidc.role_map", "no role 'boss'"),
        ("[oidc]\nclient_secret_file = 'gone'", 2, "oidc.client_secret_file", "no file"),
        ("[broker]\nlisten = ':'", 2, "broker.listen", "host:port"),
        ("[broker]\nurl = 'tcp://x'", 2, "broker.url", "mqtt://host"),
        ("[broker]\nurl = 'mqtt://'", 2, "broker.url", "mqtt://host"),
        ("[broker]\nurl = 'mqtt://host:port'", 2, "broker.url", "its port"),
        ("[broker]\nurl = 'mqtt://me:geheim@host'", 2, "broker.url", "password_file"),
        ("[broker]\nuser = 'a'\npassword_file = 'none'", 3, "broker.password_file", "there is no file"),
        ("[broker]\nca_file = 'none'", 2, "broker.ca_file", "there is no file"),
        ("[broker]\nport = 1", 2, "broker.port", "there are url, listen, user"),
        ("[telemetry]\nurl = 'http://x'", 2, "telemetry.url", "influxdb://"),
        ("[telemetry]\nurl = 'influxdb://host'", 2, "telemetry.url", "ORG/BUCKET"),
        ("[telemetry]\nkeep_days = -1", 2, "telemetry.keep_days", "0 for ever"),
        ("[database]\nurl = 'mysql://x'", 2, "database.url", "postgresql://host"),
        ("accept_unclaimed = 'yes'", 1, "accept_unclaimed", "true or false"),
        ("[map]\ndir = 1", 2, "map.dir", "a text in quotes"),
        ("[maps]\ndir = 'x'", 1, "maps", "there are data_dir"),
        ("http = 1", 1, "http", "a table"),
        ("[http]\nlisten = 'a:1\n", 2, "", "line 2"),
        ("data_dir =", 1, "", "line 1"),
        ("a = 1\na = 2", 2, "", "overwrite"),
    ],
)
def test_a_mistake_is_told_by_file_line_and_key(tmp_path: Path, text: str, line: int, key: str, words: str) -> None:
    """Who edits a file on a server at night finds the place."""
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, text)
    said = str(error.value)
    assert str(tmp_path / "server.toml") in said
    assert f"line {line}" in said
    assert key in said
    assert words in said
    assert "geheim" not in said


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """Latin-1 from an old editor."""
    path = tmp_path / "server.toml"
    path.write_bytes(b"# ok\ndata_dir = '\xe9'\n")
    with pytest.raises(SettingsError, match="line 2: is not UTF-8"):
        load(path)


def test_all_wrong_values_are_told_at_once(tmp_path: Path) -> None:
    """One restart, not three."""
    with pytest.raises(SettingsError) as error:
        loaded(tmp_path, "[http]\nlisten = 'x'\n[broker]\nurl = 'tcp://x'\n[database]\nurl = 'mysql://x'\n")
    assert [line.split(": ")[1] for line in str(error.value).splitlines()] == [
        "http.listen",
        "broker.url",
        "database.url",
    ]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With its name."""
    with pytest.raises(SettingsError, match=r"server\.toml: cannot be read"):
        load(tmp_path / "server.toml")


@pytest.mark.parametrize(
    ("listen", "where", "url"),
    [
        ("127.0.0.1:8460", ("127.0.0.1", 8460), "http://127.0.0.1:8460"),
        ("[::1]:80", ("::1", 80), "http://[::1]:80"),
        ("0.0.0.0:80", ("0.0.0.0", 80), "http://127.0.0.1:80"),
        (":80", ("127.0.0.1", 80), "http://127.0.0.1:80"),
    ],
)
def test_addresses_are_host_and_port(listen: str, where: tuple[str, int], url: str) -> None:
    """IPv6 in brackets, and every address is reached on loopback."""
    assert address(listen) == where
    assert url_of("http", listen) == url
