"""What each kind of setting may be, and what to write instead. Looks whether named files are there, nothing else."""

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from configs.toml_file import Key
from wire.messages import GATEWAY_ID

MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
"""The ports of the schemes, registered with IANA."""

ADDRESS = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}")
_KEY = re.compile(r"[0-9A-Fa-f]{32}")
_DAY_S = 86_400


class Mistake(NamedTuple):
    """Line (None: the file as a whole), full name of the key, and what is wrong with it."""

    line: int | None
    key: str
    says: str


class UnfitError(ValueError):
    """A value is not what its key needs."""


@dataclass(frozen=True, slots=True)
class Check:
    """How a value is read (given the folder that paths are relative to), and what to write in its place."""

    expected: str
    read: Callable[[Any, Path], Any]


def broker_address(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is wanted; raises UnfitError when the URL is none of ours."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnfitError(f"{url!r} has no valid port; {BROKER_URL.expected}") from None
    if parts.scheme not in MQTT_PORTS or not parts.hostname:
        raise UnfitError(f"{url!r} is no broker's address; {BROKER_URL.expected}")
    if parts.username or parts.password:
        raise UnfitError("holds a name or a password; write them as user and password_file")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or port == 0:
        raise UnfitError(f"{url!r} says more than host and port; {BROKER_URL.expected}")
    return parts.hostname, port or MQTT_PORTS[parts.scheme], parts.scheme == "mqtts"


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8470"; raises UnfitError."""
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise UnfitError(f"{text!r} is no address; {LISTEN.expected}")
    try:
        loopback = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UnfitError(f"{host} can be reached from outside, and the page has no login; {LISTEN.expected}")
    return host, int(port)


def number(low: float, high: float) -> Check:
    """A number from `low` to `high`."""
    expected = f"write a number from {low:g} to {high:g}"

    def read(value: Any, _: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise UnfitError(f"{_shown(value)} is no number; {expected}")
        if not low <= value <= high:
            raise UnfitError(f"{value} is out of range; {expected}")
        return float(value)

    return Check(expected, read)


def whole(low: int, high: int) -> Check:
    """A whole number from `low` to `high`."""
    expected = f"write a whole number from {low} to {high}"

    def read(value: Any, folder: Path) -> int:
        if isinstance(value, float) and not value.is_integer():
            raise UnfitError(f"{value} is no whole number; {expected}")
        return int(number(low, high).read(value, folder))

    return Check(expected, read)


def _text(value: Any, _: Path) -> str:
    if not isinstance(value, str):
        raise UnfitError(f"{_shown(value)} is no text; {TEXT.expected}")
    return value


def _yes_or_no(value: Any, _: Path) -> bool:
    if not isinstance(value, bool):
        raise UnfitError(f"{_shown(value)} is neither; {YES_OR_NO.expected}")
    return value


def _gateway_id(value: Any, folder: Path) -> str:
    text = _text(value, folder)
    if not GATEWAY_ID.fullmatch(text):
        raise UnfitError(f"{text!r} is no id; {ID.expected}")
    return text


def _folder(value: Any, folder: Path) -> Path:
    text = _text(value, folder)
    if not text:
        raise UnfitError(f"is empty; {FOLDER.expected}")
    return folder / Path(text).expanduser()


def _file(value: Any, folder: Path) -> Path:
    path = folder / Path(_text(value, folder)).expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise UnfitError(f"{path} cannot be read: {error.strerror}; {FILE.expected}") from None


def _file_or_none(value: Any, folder: Path) -> Path | None:
    return None if value == "" else _file(value, folder)


def _pipe_or_none(value: Any, folder: Path) -> Path | None:
    """A named pipe is not opened: that would wait for whoever writes to it."""
    text = _text(value, folder)
    if not text:
        return None
    path = folder / Path(text).expanduser()
    if path.is_dir() or not os.access(path, os.R_OK):
        raise UnfitError(f"{path} cannot be read; {FILE.expected}")
    return path


def _port(value: Any, folder: Path) -> str:
    text = _text(value, folder)
    if not text:
        raise UnfitError(f"is empty; {PORT.expected}")
    return text if text == "auto" else str(folder / Path(text))


def _baud(value: Any, _: Path) -> int:
    if value == "auto":
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 300 <= value <= 4_000_000:
        raise UnfitError(f"{_shown(value)} is no baud rate; {BAUD.expected}")
    return value


def _adapters(value: Any, _: Path) -> tuple[str, ...] | None:
    """The addresses; None for all that there are."""
    if value == "auto":
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UnfitError(f"{_shown(value)} names no adapters; {ADAPTERS.expected}")
    for each in value:
        if not ADDRESS.fullmatch(each):
            raise UnfitError(f"{each!r} is no address; {ADAPTERS.expected}")
    return tuple(dict.fromkeys(each.upper() for each in value))


def _window(value: Any, folder: Path) -> int:
    seconds = whole(1, 60).read(value, folder)
    if _DAY_S % seconds:
        raise UnfitError(f"{seconds} does not divide a day; {WINDOW.expected}")
    return int(seconds)


def _keys_file(value: Any, folder: Path) -> Path | None:
    path = _file_or_none(value, folder)
    if path is not None:
        tag_keys(path)
    return path


def tag_keys(path: Path) -> dict[str, bytes]:
    """The keys of encrypted tags by their addresses; raises UnfitError, which never says a key."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnfitError(f"{path} is no text that the gateway may read; {KEYS_FILE.expected}") from None
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or not ADDRESS.fullmatch(words[0]) or not _KEY.fullmatch(words[1]):
            raise UnfitError(f"line {number} of {path} is no address and key; {KEYS_FILE.expected}")
        found[words[0].upper()] = bytes.fromhex(words[1])
    return found


def one_of(*words: str) -> Check:
    """One of a few words."""
    expected = f"write {' or '.join(repr(word).replace(chr(39), chr(34)) for word in words)}"

    def read(value: Any, _: Path) -> str:
        if value not in words:
            raise UnfitError(f"{_shown(value)} is neither; {expected}")
        return str(value)

    return Check(expected, read)


def _broker_url(value: Any, folder: Path) -> str:
    text = _text(value, folder)
    broker_address(text)
    return text


def _listen(value: Any, folder: Path) -> str:
    text = _text(value, folder)
    if text:
        listen_address(text)
    return text


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


TEXT = Check("write a text in quotes", _text)
YES_OR_NO = Check("write true or false", _yes_or_no)
ID = Check("write 1 to 64 letters, digits, dots, dashes and underscores, the first a letter or digit", _gateway_id)
FOLDER = Check("write the path of a folder that the gateway may write to", _folder)
FILE = Check("write the path of a file that the gateway may read", _file)
FILE_OR_NONE = Check(FILE.expected, _file_or_none)
PIPE_OR_NONE = Check(FILE.expected, _pipe_or_none)
PORT = Check('write "auto" or a path such as "/dev/ttyACM0"', _port)
BAUD = Check('write "auto" or a number such as 9600', _baud)
BROKER_URL = Check('write "mqtt://HOST:PORT", or "mqtts://HOST:PORT" for TLS', _broker_url)
LISTEN = Check('write "127.0.0.1:PORT", or "" for no page', _listen)

ADAPTERS = Check('write "auto", or addresses such as ["00:1A:7D:DA:71:13"], or [] for none', _adapters)
WINDOW = Check("write a number of seconds that divides a day, such as 5, 10, 20, 30 or 60", _window)
KEYS_FILE = Check("each line is an address and 32 hexadecimal digits: A4:C1:38:56:53:84 231d39c1...", _keys_file)


def check_together(checked: Mapping[Key, Any], given: Mapping[Key, Any], wrong: Callable[[Key, str], None]) -> None:
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
