"""The server's settings: one TOML file, every key with its default in configs/server.toml.

Without a file everything has a sensible default, under ./milepost-data. Relative paths are relative to the file.
Secrets come from files named in it. Every mistake names the file, its line and what to write instead.
"""

import re
import tomllib
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import SplitResult, urlsplit

import msgspec


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the pages and the API are served."""

    listen: str = "127.0.0.1:8460"
    public_url: str = ""
    """The address that people use, when it is another (behind a proxy that ends TLS)."""


class Broker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The MQTT broker. An empty url starts one: mosquitto when it is found, else amqtt in this process."""

    url: str = ""
    listen: str = "127.0.0.1:1883"
    user: str = ""
    password_file: str = ""
    ca_file: str = ""
    client_id: str = "milepost-server"


class Telemetry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store of positions: empty for DuckDB in data_dir, or influxdb://..."""

    url: str = ""
    keep_days: int = 0
    """Positions older than this are deleted; 0 keeps them for ever."""


class Database(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The SQL database: empty for SQLite in data_dir, or postgresql://..."""

    url: str = ""


class Map(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base map that `milepost map build` made."""

    dir: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    data_dir: str = "milepost-data"
    accept_unclaimed: bool = False
    http: Http = Http()
    broker: Broker = Broker()
    telemetry: Telemetry = Telemetry()
    database: Database = Database()
    map: Map = Map()

    @property
    def data(self) -> Path:
        """The folder of everything that the server keeps."""
        return Path(self.data_dir)


class SettingsError(ValueError):
    """The file cannot be used; the text says where and what to write."""


_KINDS = {
    "str": "a text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "object": "a table, with its name in brackets",
}


def load(path: Path | None) -> Settings:
    """The settings in a file, or the defaults when there is none."""
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
        settings = msgspec.convert(tomllib.loads(text), Settings)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}, line {_line_at(path, error.start)}: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        said = str(error).replace("end of document", f"line {len(text.splitlines())}, the last one")
        raise SettingsError(f"{path}: {said}") from None
    except msgspec.ValidationError as error:
        raise SettingsError(_explained(path, text, str(error))) from None
    settings = _beside(settings, path.resolve().parent)
    _checked(path, text, settings)
    return settings


def address(listen: str) -> tuple[str, int]:
    """Host and port of `host:port`; ValueError when it is none."""
    host, colon, port = listen.rpartition(":")
    if not colon or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError(f"{listen!r} is not an address; write host:port, for instance 127.0.0.1:8460")
    return host.strip("[]") or "127.0.0.1", int(port)


def url_of(scheme: str, listen: str) -> str:
    """The URL of what listens there, for clients on this machine."""
    host, port = address(listen)
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - "every address" is none to connect to
    return f"{scheme}://[{here}]:{port}" if ":" in here else f"{scheme}://{here}:{port}"


def _checked(path: Path, text: str, settings: Settings) -> None:
    for key, check in (
        ("http.listen", lambda: address(settings.http.listen)),
        ("http.public_url", lambda: _url(settings.http.public_url, ("https", "http"))),
        ("broker.listen", lambda: address(settings.broker.listen)),
        ("broker.url", lambda: _without_secrets(_url(settings.broker.url, ("mqtt", "mqtts")))),
        ("broker.password_file", lambda: _file(settings.broker.password_file)),
        ("broker.ca_file", lambda: _file(settings.broker.ca_file)),
        ("telemetry.url", lambda: _influx(settings.telemetry.url)),
        ("telemetry.keep_days", lambda: _days(settings.telemetry.keep_days)),
        ("database.url", lambda: _url(settings.database.url, ("postgresql",))),
    ):
        try:
            check()
        except ValueError as error:
            raise SettingsError(f"{path}, line {_line(text, key)}: {key}: {error}") from None


def _url(url: str, schemes: tuple[str, ...]) -> SplitResult:
    """The address taken apart; empty stands for the built-in default."""
    parts = urlsplit(url)
    if url:
        expected = " or ".join(f"{scheme}://host" for scheme in schemes)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"write {expected}, or nothing for the built-in default")
        try:
            _ = parts.port
        except ValueError:
            raise ValueError(f"its port is not one; write {expected}:port") from None
    return parts


def _without_secrets(url: SplitResult) -> None:
    if url.username or url.password:
        raise ValueError("it holds a name or a password; write them as user and password_file")


def _file(path: str) -> None:
    if path and not Path(path).is_file():
        raise ValueError(f"there is no file {path}")


def _influx(url: str) -> None:
    if url:
        from server.store.telemetry.influx_address import parse  # noqa: PLC0415 - only whoever has one needs it

        parse(url)


def _days(days: int) -> None:
    if days < 0:
        raise ValueError("write a number of days, or 0 for ever")


def _explained(path: Path, text: str, says: str) -> str:
    """Msgspec's message with the line of the key that it means."""
    place = re.search(r"at `\$\.?([\w.]*)`", says)
    unknown = re.search(r"unknown field `(\w+)`", says)
    key = ".".join(part for part in ((place[1] if place else ""), (unknown[1] if unknown else "")) if part)
    expected = re.search(r"Expected `(\w+)`", says)
    what = f"write {_KINDS.get(expected[1], expected[1])}" if expected else re.sub(r" - at `.*`", "", says)
    if unknown:
        section = get_type_hints(Settings).get(place[1], Settings) if place and place[1] else Settings
        what = f"there is no such setting; there are {', '.join(section.__struct_fields__)}"
    return f"{path}, line {_line(text, key)}: {key}: {what}"


def _line(text: str, key: str) -> int:
    """The line on which a key of a table stands, or 1."""
    section, _, name = key.rpartition(".")
    here = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([\w.]+)\s*\]", line):
            here = header[1]
            if here == key:
                return number
        elif here == section and re.match(rf"\s*{re.escape(name)}\s*=", line):
            return number
    return 1


def _line_at(path: Path, place: int) -> int:
    return path.read_bytes()[:place].count(b"\n") + 1


def _beside(settings: Settings, folder: Path) -> Settings:
    """The settings with their relative paths made absolute, from the folder of the file."""

    def whole(value: str) -> str:
        return str(folder / value) if value else ""

    values: dict[str, Any] = {
        "data_dir": whole(settings.data_dir),
        "map": msgspec.structs.replace(settings.map, dir=whole(settings.map.dir)),
        "telemetry": msgspec.structs.replace(
            settings.telemetry,
            url=re.sub(r"(?<=[?&]token_file=)[^&]+", lambda file: whole(file[0]), settings.telemetry.url),
        ),
        "broker": msgspec.structs.replace(
            settings.broker,
            password_file=whole(settings.broker.password_file),
            ca_file=whole(settings.broker.ca_file),
        ),
    }
    return msgspec.structs.replace(settings, **values)
