"""What each kind of setting may be, and what to write instead. Looks whether named files are there, nothing else."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gateway.toml_lines import Key
from wire.messages import GATEWAY_ID

Limits = Mapping[str, Any]

MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
"""The ports of the schemes, registered with IANA."""


class Mistake(NamedTuple):
    """Line (0: the file as a whole), full name of the key, and what is wrong with it."""

    line: int
    key: str
    says: str


class TextError(ValueError):
    """A value is not what its key needs."""


@dataclass(frozen=True, slots=True)
class Check:
    """How a value is read, and what to write in its place."""

    expected: str
    read: Callable[[Any, Limits, Path], Any]


def broker_address(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is wanted; raises TextError when the URL is none of ours."""
    expected = 'write "mqtt://HOST:PORT" or "mqtts://HOST:PORT" (TLS)'
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TextError(f"{url!r} has no valid port; {expected}") from None
    if parts.scheme not in MQTT_PORTS or not parts.hostname:
        raise TextError(f"{url!r} is no broker's address; {expected}")
    if parts.username or parts.password:
        raise TextError("holds a name or a password; write them as user and password_file")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or port == 0:
        raise TextError(f"{url!r} says more than host and port; {expected}")
    return parts.hostname, port or MQTT_PORTS[parts.scheme], parts.scheme == "mqtts"


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8470"; raises TextError."""
    expected = 'write "127.0.0.1:PORT", or "" for no page'
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise TextError(f"{text!r} is no address; {expected}")
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise TextError(f"{host} can be reached from outside, and the page has no login; {expected}")
    return host, int(port)


def _text(value: Any, _: Limits, __: Path) -> str:
    if not isinstance(value, str):
        raise TextError(f"{_shown(value)} is no text; write it in quotes")
    return value


def _number(value: Any, limits: Limits, _: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TextError(f"{_shown(value)} is no number; {_between(limits)}")
    if not limits["low"] <= value <= limits["high"]:
        raise TextError(f"{value} is out of range; {_between(limits)}")
    return float(value)


def _whole(value: Any, limits: Limits, folder: Path) -> int:
    number = _number(value, limits, folder)
    if number != int(number):
        raise TextError(f"{value} is no whole number; {_between(limits)}")
    return int(number)


def _yes_or_no(value: Any, _: Limits, __: Path) -> bool:
    if not isinstance(value, bool):
        raise TextError(f"{_shown(value)} is neither; write true or false")
    return value


def _gateway_id(value: Any, limits: Limits, folder: Path) -> str:
    text = _text(value, limits, folder)
    if not GATEWAY_ID.fullmatch(text):
        raise TextError(f"{text!r} is no id; {CHECKS['gateway_id'].expected}")
    return text


def _path(value: Any, limits: Limits, folder: Path) -> Path:
    text = _text(value, limits, folder)
    if not text:
        raise TextError("is empty; write the path of a folder")
    return folder / Path(text).expanduser()


def _file(value: Any, limits: Limits, folder: Path) -> Path | None:
    text = _text(value, limits, folder)
    if not text:
        return None
    path = folder / Path(text).expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise TextError(f"{path} cannot be read: {error.strerror}; write the path of a file") from None


def _port(value: Any, limits: Limits, folder: Path) -> str:
    text = _text(value, limits, folder)
    if not text:
        raise TextError(f"is empty; {CHECKS['port'].expected}")
    return text if text == "auto" else str(folder / Path(text))


def _baud(value: Any, _: Limits, __: Path) -> int:
    if value == "auto":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 300 <= value <= 4_000_000:
        raise TextError(f"{_shown(value)} is no baud rate; {CHECKS['baud'].expected}")
    return value


def _broker_url(value: Any, limits: Limits, folder: Path) -> str:
    text = _text(value, limits, folder)
    broker_address(text)
    return text


def _listen(value: Any, limits: Limits, folder: Path) -> str:
    text = _text(value, limits, folder)
    if text:
        listen_address(text)
    return text


def _between(limits: Limits) -> str:
    return f"write a number from {limits['low']:g} to {limits['high']:g}"


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


CHECKS: dict[str, Check] = {
    "gateway_id": Check(
        "write 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit", _gateway_id
    ),
    "path": Check("write the path of a folder that the gateway may write to", _path),
    "file": Check("write the path of a file", _file),
    "text": Check("write a text in quotes", _text),
    "number": Check("write a number", _number),
    "whole": Check("write a whole number", _whole),
    "yes_or_no": Check("write true or false", _yes_or_no),
    "port": Check('write "auto" or a path such as "/dev/ttyACM0"', _port),
    "baud": Check('write "auto" or a number such as 9600', _baud),
    "broker_url": Check('write "mqtt://HOST:PORT" or "mqtts://HOST:PORT"', _broker_url),
    "listen": Check('write "127.0.0.1:PORT", or "" for no page', _listen),
}


def check_whole(checked: Mapping[Key, Any], given: Mapping[Key, Any], wrong: Callable[[Key, str], None]) -> None:
    """What can only be judged over several keys."""
    if ("gnss",) in given and ("replay",) in given:
        wrong(("replay",), "stands beside [gnss]: a gateway has one source, remove one of the two tables")
    url = checked.get(("broker", "url"), "")
    for name in ("ca_file", "cert_file", "key_file"):
        if checked.get(("broker", name)) and url.startswith("mqtt://"):
            wrong(("broker", name), 'means nothing without TLS: write url = "mqtts://..."')
    for name, other in (("cert_file", "key_file"), ("key_file", "cert_file"), ("password_file", "user")):
        if checked.get(("broker", name)) and not given.get(("broker", other)):
            wrong(("broker", name), f"needs {other} beside it")
