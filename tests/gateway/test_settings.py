"""Settings: a mistake is found before the van drives, and whoever made it reads where it is and what to write."""

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from configs.toml_file import flat, lines_of
from gateway.commands import gateway as command
from gateway.settings import TABLES, Settings, SettingsError, known_keys, load
from gateway.settings_checks import tag_keys
from tests.support.real import ROOT

DOCUMENTED = ROOT / "configs" / "gateway.toml"
LEAST = 'id = "van-1"\ndata_dir = "data"\n[broker]\nurl = "mqtt://broker"\n'


def a_file(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def mistakes(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(SettingsError) as raised:
        load(a_file(folder, text))
    return [tuple(mistake) for mistake in raised.value.mistakes]


def test_three_keys_are_enough_and_the_rest_has_defaults(tmp_path: Path) -> None:
    """An installer writes an id, a folder and a broker; everything else is found out or sensible."""
    settings = load(a_file(tmp_path, LEAST))
    assert settings.data_dir == tmp_path / "data", "relative to the file, wherever the program is started"
    assert settings.gnss is not None
    assert (settings.gnss.port, settings.gnss.baud, settings.replay) == ("auto", 0, None)


def test_every_setting_is_in_the_documented_file_and_the_other_way_round() -> None:
    """A setting that nobody can find is none; a documented one that does nothing is worse."""
    text = DOCUMENTED.read_text()
    uncommented = "\n".join(line.removeprefix("# ") if is_sample(line) else line for line in text.splitlines())
    documented = {key for key in flat(tomllib.loads(uncommented)) if not (len(key) == 1 and key[0] in TABLES)}
    assert documented == set(known_keys())
    for key, line in lines_of(uncommented).items():
        if key in documented:
            assert "# " in uncommented.splitlines()[line - 1], f"{key} has no line that says what it is for"


def is_sample(line: str) -> bool:
    return line.startswith("# [") or (line.startswith("# ") and " = " in line and line.count("#") == 2)


def test_the_documented_file_says_the_defaults() -> None:
    """Whoever copies it gets what the program would have done by itself."""
    shown, least = load(DOCUMENTED), {key: known.default for key, known in known_keys().items() if not known.required}
    for (table, *rest), default in least.items():
        if rest and table != "replay":
            assert getattr(getattr(shown, table), rest[0]) == default, (table, rest)


@pytest.mark.parametrize(
    ("more", "line", "key", "says"),
    [
        ("pasword = 3", 5, "broker.pasword", "is no setting; [broker] has"),
        ("[gps]", 5, "gps", "is no setting; there are"),
        ("[sampling]\ntolerance_m = -1", 6, "sampling.tolerance_m", "from 0 to 1000"),
        ("[sampling]\ntolerance_m = true", 6, "sampling.tolerance_m", "True is no number"),
        ('[sampling]\nheartbeat_s = "x"', 6, "sampling.heartbeat_s", "'x' is no number; write a number from 1"),
        ("sampling.tolerance_m = nan", 5, "broker.sampling", "is no setting"),
        ("[uplink]\nbatch_rows = 2.5", 6, "uplink.batch_rows", "no whole number"),
        ('[gnss]\nbaud = "fast"', 6, "gnss.baud", '"auto" or a number'),
        ("[gnss]\nport = 3", 6, "gnss.port", "is no text"),
        ('[http]\nlisten = "0.0.0.0:80"', 6, "http.listen", "has no login"),
        ('[http]\nlisten = "8080"', 6, "http.listen", "no address"),
        ('[replay]\nfile = "none.nmea"', 6, "replay.file", "cannot be read"),
        ("[replay]\nspeed = 1", 5, "replay.file", "is missing"),
        ('ca_file = "gateway.toml"', 5, "broker.ca_file", "means nothing without TLS"),
        ('password_file = "gateway.toml"', 5, "broker.password_file", "needs user"),
        ('[ble]\nadapters = "hci0"', 6, "ble.adapters", 'write "auto", or addresses'),
        ('[ble]\nadapters = ["hci0"]', 6, "ble.adapters", "'hci0' is no address"),
        ("[ble]\nwindow_s = 7", 6, "ble.window_s", "does not divide a day"),
        ('[ble]\nwithout_manifest = "maybe"', 6, "ble.without_manifest", 'write "send" or "count"'),
        ('[ble]\nkeys_file = "gateway.toml"', 6, "ble.keys_file", "is no address and key"),
        ('[ble]\nreplay = "none"', 6, "ble.replay", "cannot be read"),
        ('[gnss]\n[replay]\nfile = "gateway.toml"', 6, "replay", "one source"),
        ("http = 3", 5, "broker.http", "is no setting"),
        ("url = 3", 5, "", "is no TOML"),
        ("[broken", 5, "", "is no TOML"),
    ],
)
def test_a_mistake_names_its_line_its_key_and_what_to_write(
    tmp_path: Path, more: str, line: int, key: str, says: str
) -> None:
    """Somebody stands in a cold depot with a laptop: "invalid configuration" does not help."""
    found = mistakes(tmp_path, LEAST + more + "\n")
    assert any(at == line and of == key and says in what for at, of, what in found), found


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://broker", "no broker's address"),
        ("mqtt://", "no broker's address"),
        ("mqtt://broker:port", "no valid port"),
        ("mqtt://me:secret@broker", "user and password_file"),
        ("mqtt://broker/path", "more than host and port"),
        ("mqtt://broker:70000", "no valid port"),
    ],
)
def test_an_address_that_is_none_is_refused_and_no_secret_is_repeated(tmp_path: Path, url: str, says: str) -> None:
    """Logs are read by many; a password in an address would stand in all of them."""
    found = mistakes(tmp_path, LEAST.replace("mqtt://broker", url))
    assert any(at == 4 and says in what for at, _, what in found), found
    assert "secret" not in str(found)


def test_keys_of_tags_are_read_and_a_bad_one_is_not_repeated(tmp_path: Path) -> None:
    """The check runs on a screen that others see."""
    (tmp_path / "keys").write_text("# tag of the cold box\n\na4:c1:38:56:53:84 " + "0A" * 16 + "  # new\n")
    assert tag_keys(tmp_path / "keys") == {"A4:C1:38:56:53:84": b"\n" * 16}
    (tmp_path / "keys").write_text("A4:C1:38:56:53:84 5ec4e7\n")
    [(at, key, says)] = mistakes(tmp_path, LEAST + '[ble]\nkeys_file = "keys"\n')
    assert (at, key) == (6, "ble.keys_file")
    assert "line 1" in says
    assert "5ec4e7" not in says


def test_adapters_are_addresses_all_or_none(tmp_path: Path) -> None:
    """All by default: a box with Bluetooth should hear tags without being told to."""
    assert load(a_file(tmp_path, LEAST)).ble.adapters is None
    assert load(a_file(tmp_path, LEAST + "[ble]\nadapters = []\n")).ble.adapters == ()
    named = load(a_file(tmp_path, LEAST + '[ble]\nadapters = ["00:1a:7d:da:71:13", "00:1A:7D:DA:71:13"]\n'))
    assert named.ble.adapters == ("00:1A:7D:DA:71:13",)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """One visit to the van, not five."""
    found = mistakes(tmp_path, 'id = "a b"\n[broker]\nurl = 1\n[gnss]\nbaud = 1\n[live]\nevery_s = -2\n')
    assert [line for line, _, _ in found] == [1, 1, 3, 5, 7]


def test_a_file_that_nobody_can_read_has_no_line(tmp_path: Path) -> None:
    """`line 0` sends people looking for something."""
    with pytest.raises(SettingsError) as raised:
        load(tmp_path / "none.toml")
    assert str(raised.value) == f"{tmp_path / 'none.toml'}: cannot be read: No such file or directory"


def test_a_key_that_is_a_table_elsewhere_is_told_apart(tmp_path: Path) -> None:
    """`http = 3` at the top is a mistake of its own."""
    found = mistakes(tmp_path, 'http = "x"\n' + LEAST)
    assert found == [(1, "http", "has to be a table: write [http] and its keys below")]


def test_the_command_says_fine_or_lists_the_mistakes(tmp_path: Path) -> None:
    """`milepost gateway check` is what an installer runs before leaving."""
    good = CliRunner().invoke(command, ["check", "--config", str(a_file(tmp_path, LEAST))])
    assert (good.exit_code, "is fine" in good.stderr) == (0, True)
    bad = CliRunner().invoke(command, ["check", "--config", str(a_file(tmp_path, LEAST + "x = 1\n"))])
    assert bad.exit_code == 1
    assert "gateway.toml, line 5: broker.x" in bad.stderr
    gone = CliRunner().invoke(command, ["check", "--config", str(tmp_path / "none.toml")])
    assert (gone.exit_code, "cannot be read" in gone.stderr) == (1, True)


def test_settings_are_values() -> None:
    """What is read once holds for the whole run."""
    assert all(kind.__dataclass_params__.frozen for kind in (Settings, *TABLES.values()))
    assert {f.name for f in fields(Settings)} >= set(TABLES)
