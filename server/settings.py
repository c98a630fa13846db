"""The server's settings: one TOML file, every key with its default in configs/server.toml.

Without a file everything has a sensible default, under ./milepost-data. Relative paths are relative to the file.
Secrets come from files named in it. Every mistake names the file, its line and what to write instead.
"""

import ipaddress
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, get_type_hints
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

import msgspec

from configs.toml_file import UnreadableError, line_of, lines_of, read
from server.domain.engine.rules import Range
from server.domain.permissions import ROLES


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the pages and the API are served."""

    listen: str = "127.0.0.1:8460"
    public_url: str = ""
    """The address that people use, when it is another (behind a proxy that ends TLS)."""
    proxy: str = ""
    """The proxy that is believed when it says for whom it asks."""


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


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signing in at an OpenID provider, beside the password; an empty issuer: only by password."""

    issuer: str = ""
    client_id: str = ""
    client_secret_file: str = ""
    scopes: str = "openid profile email"
    name: str = "single sign-on"
    """What the button says: "Sign in with NAME"."""
    role_claim: str = ""
    role_map: dict[str, str] = {}
    default_role: str = ""


class Smtp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """The server that takes our e-mail; without a host there is none."""

    host: str = ""
    port: int = 587
    user: str = ""
    password_file: str = ""
    from_: str = ""
    tls: Literal["starttls", "tls", "none"] = "starttls"


class Alerts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When gateways are silent, and how alerts are told."""

    silent_after_s: int = 300
    time_zone: str = "UTC"
    private_networks: list[str] = []
    """Where webhooks may go though it is not the open internet."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set."""

    data_dir: str = "milepost-data"
    accept_unclaimed: bool = False
    sensors: list[Range] = []
    """What sensors should say, besides that batteries are above 20 %: beyond it is a fact."""
    http: Http = Http()
    broker: Broker = Broker()
    telemetry: Telemetry = Telemetry()
    database: Database = Database()
    map: Map = Map()
    oidc: Oidc = Oidc()
    smtp: Smtp = Smtp()
    alerts: Alerts = Alerts()

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
    "array": "a list of texts, in brackets",
}


def load(path: Path | None) -> Settings:
    """The settings in a file, or the defaults when there is none."""
    if path is None:
        return Settings()
    try:
        text, values = read(path)
        settings = msgspec.convert(values, Settings)
    except UnreadableError as error:
        where = f"{path}, line {error.line}" if error.line else str(path)
        raise SettingsError(f"{where}: {error.says}") from None
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
    mistakes = []
    for key, check in (
        ("http.listen", lambda: address(settings.http.listen)),
        ("http.public_url", lambda: _url(settings.http.public_url, ("https", "http"))),
        ("http.proxy", lambda: _proxies(settings.http.proxy)),
        ("broker.listen", lambda: address(settings.broker.listen)),
        ("broker.url", lambda: _without_secrets(_url(settings.broker.url, ("mqtt", "mqtts")))),
        ("broker.password_file", lambda: _file(settings.broker.password_file)),
        ("broker.ca_file", lambda: _file(settings.broker.ca_file)),
        ("telemetry.url", lambda: _influx(settings.telemetry.url)),
        ("telemetry.keep_days", lambda: _days(settings.telemetry.keep_days)),
        ("database.url", lambda: _url(settings.database.url, ("postgresql",))),
        ("oidc.issuer", lambda: _issuer(settings.oidc.issuer)),
        ("oidc.client_id", lambda: _set_with(settings.oidc.client_id, settings.oidc.issuer)),
        ("oidc.client_secret_file", lambda: _file(settings.oidc.client_secret_file)),
        ("oidc.scopes", lambda: _scopes(settings.oidc.scopes)),
        ("oidc.role_map", lambda: _roles(*settings.oidc.role_map.values())),
        ("oidc.default_role", lambda: _roles(settings.oidc.default_role)),
        ("smtp.port", lambda: _port(settings.smtp.port)),
        ("smtp.password_file", lambda: _file(settings.smtp.password_file)),
        ("smtp.from", lambda: _sender(settings.smtp)),
        ("alerts.silent_after_s", lambda: _seconds(settings.alerts.silent_after_s)),
        ("alerts.time_zone", lambda: _zone(settings.alerts.time_zone)),
        ("alerts.private_networks", lambda: _networks(settings.alerts.private_networks)),
    ):
        try:
            check()
        except ValueError as error:
            mistakes.append(_placed(path, text, key, str(error)))
    if mistakes:
        raise SettingsError("\n".join(mistakes))


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


def _proxies(listed: str) -> None:
    try:
        for each in listed.split(",") if listed else ():
            ip_network(each.strip())
    except ValueError:
        raise ValueError("write the proxy's own address, for instance 127.0.0.1; several with commas") from None


def _issuer(url: str) -> None:
    parts = _url(url, ("https", "http"))
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("write https://: what it says decides who comes in")


def _set_with(client_id: str, issuer: str) -> None:
    if issuer and not client_id:
        raise ValueError("write the name that the provider knows this server by")


def _scopes(scopes: str) -> None:
    if "openid" not in scopes.split():
        raise ValueError('openid has to be among them, for instance "openid profile email"')


def _roles(*names: str) -> None:
    for name in names:
        if name and name not in ROLES:
            raise ValueError(f"there is no role {name!r}; there are {', '.join(ROLES)}")


def _influx(url: str) -> None:
    if url:
        from server.store.telemetry.influx_address import parse  # noqa: PLC0415 - only whoever has one needs it

        parse(url)


def _days(days: int) -> None:
    if days < 0:
        raise ValueError("write a number of days, or 0 for ever")


def _port(port: int) -> None:
    if not 0 < port < 65536:
        raise ValueError("write a port, such as 587")


def _sender(smtp: Smtp) -> None:
    if smtp.host and "@" not in smtp.from_:
        raise ValueError("write the address that messages come from, for instance milepost@fleet.example")


def _seconds(seconds: int) -> None:
    if seconds < 30:
        raise ValueError("write at least 30 seconds; gateways speak about once a minute when they stand")


def _zone(name: str) -> None:
    if name not in available_timezones():
        raise ValueError(f"there is no time zone {name!r}; write for instance Europe/Helsinki")


def _networks(networks: list[str]) -> None:
    for network in networks:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            raise ValueError(f"{error}; write networks such as 10.0.0.0/8") from None


def _explained(path: Path, text: str, says: str) -> str:
    """Msgspec's message with the line of the key that it means."""
    place = re.search(r"at `\$\.?([\w.]*)`", says)
    unknown = re.search(r"unknown field `(\w+)`", says)
    key = ".".join(part for part in ((place[1] if place else ""), (unknown[1] if unknown else "")) if part)
    expected = re.search(r"Expected `(\w+)`", says)
    what = f"write {_KINDS.get(expected[1], expected[1])}" if expected else re.sub(r" - at `.*`", "", says)
    if unknown:
        section = get_type_hints(Settings).get(place[1], Settings) if place and place[1] else Settings
        what = f"there is no such setting; there are {', '.join(section.__struct_encode_fields__)}"
    return _placed(path, text, key, what)


def _placed(path: Path, text: str, key: str, what: str) -> str:
    line = line_of(lines_of(text), tuple(key.split(".")))
    return f"{path}, line {line}: {key}: {what}"


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
        "oidc": msgspec.structs.replace(settings.oidc, client_secret_file=whole(settings.oidc.client_secret_file)),
        "smtp": msgspec.structs.replace(settings.smtp, password_file=whole(settings.smtp.password_file)),
    }
    return msgspec.structs.replace(settings, **values)
