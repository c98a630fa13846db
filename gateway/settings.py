"""The gateway's settings: one TOML file, every key with its range and default. Reads files, changes nothing.

Every mistake is found in one go, with its line and with what to write instead. A relative path is relative to the
configuration file. Secrets are never in the file itself, it names the files that hold them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints

from configs.toml_file import Key, UnreadableError, flat, line_of, lines_of, read
from gateway.settings_checks import (
    ADAPTERS,
    BAUD,
    BROKER_URL,
    FILE,
    FILE_OR_NONE,
    FOLDER,
    ID,
    KEYS_FILE,
    LISTEN,
    PIPE_OR_NONE,
    PORT,
    TEXT,
    WINDOW,
    YES_OR_NO,
    Check,
    Mistake,
    UnfitError,
    check_together,
    number,
    one_of,
    whole,
)


class SettingsError(ValueError):
    """The file cannot be used; `mistakes` says why, in the order of its lines."""

    def __init__(self, path: Path, mistakes: list[Mistake]) -> None:
        """`path` is the file as it was named."""
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line or 0, mistake.key))
        super().__init__("\n".join(_said(path, mistake) for mistake in self.mistakes))


def _said(path: Path, mistake: Mistake) -> str:
    where = f"{path}, line {mistake.line}" if mistake.line else str(path)
    return ": ".join(part for part in (where, mistake.key, mistake.says) if part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Broker:
    """Where the gateway sends to."""

    url: Annotated[str, BROKER_URL]
    user: Annotated[str, TEXT] = ""
    password_file: Annotated[Path | None, FILE_OR_NONE] = None
    ca_file: Annotated[Path | None, FILE_OR_NONE] = None
    cert_file: Annotated[Path | None, FILE_OR_NONE] = None
    key_file: Annotated[Path | None, FILE_OR_NONE] = None
    keepalive_s: Annotated[int, whole(5, 600)] = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Gnss:
    """The receiver's port. `baud` 0 means that it is found out."""

    port: Annotated[str, PORT] = "auto"
    baud: Annotated[int, BAUD] = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """A recording in the receiver's place."""

    file: Annotated[Path, FILE]
    speed: Annotated[float, number(0, 100_000)] = 1.0
    shift_to_now: Annotated[bool, YES_OR_NO] = False
    vehicle: Annotated[str, TEXT] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ble:
    """Tags. `adapters` None: all that there are."""

    adapters: Annotated[tuple[str, ...] | None, ADAPTERS] = None
    window_s: Annotated[int, WINDOW] = 10
    without_manifest: Annotated[str, one_of("send", "count")] = "send"
    keys_file: Annotated[Path | None, KEYS_FILE] = None
    replay: Annotated[Path | None, PIPE_OR_NONE] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """Which fixes are kept."""

    tolerance_m: Annotated[float, number(0, 1000)] = 5.0
    heartbeat_s: Annotated[float, number(1, 3600)] = 60.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """The hint for the map."""

    every_s: Annotated[float, number(0, 3600)] = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbox:
    """What waits on disk."""

    commit_every_s: Annotated[float, number(0.05, 60)] = 1.0
    history_h: Annotated[float, number(0, 10_000)] = 72.0
    max_mb: Annotated[float, number(1, 1_000_000)] = 256.0
    positions_percent: Annotated[float, number(1, 100)] = 70.0
    sightings_percent: Annotated[float, number(1, 100)] = 40.0
    sensors_percent: Annotated[float, number(1, 100)] = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Uplink:
    """How rows are gathered into messages."""

    linger_s: Annotated[float, number(0, 600)] = 5.0
    batch_rows: Annotated[int, whole(1, 1000)] = 240


@dataclass(frozen=True, kw_only=True, slots=True)
class Http:
    """The page on loopback."""

    listen: Annotated[str, LISTEN] = "127.0.0.1:8470"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that a gateway has to be told. With `replay` there is no `gnss`, and the other way round."""

    id: Annotated[str, ID]
    data_dir: Annotated[Path, FOLDER]
    broker: Broker
    gnss: Gnss | None
    replay: Replay | None
    ble: Ble
    sampling: Sampling
    live: Live
    outbox: Outbox
    uplink: Uplink
    http: Http


TABLES: dict[str, type] = {
    "broker": Broker,
    "gnss": Gnss,
    "replay": Replay,
    "ble": Ble,
    "sampling": Sampling,
    "live": Live,
    "outbox": Outbox,
    "uplink": Uplink,
    "http": Http,
}


class Known(NamedTuple):
    """A key that there is: its check, and its default (None is one as well) where it has one."""

    check: Check
    required: bool
    default: Any


Wrong = Callable[[Key, str], None]


def known_keys() -> dict[Key, Known]:
    """Every key, by its full name."""
    return _keys_of(Settings, ()) | {
        key: known for table, kind in TABLES.items() for key, known in _keys_of(kind, (table,)).items()
    }


def load(path: Path) -> Settings:
    """The settings in a file; raises SettingsError with every mistake in it."""
    try:
        text, values = read(path)
    except UnreadableError as error:
        raise SettingsError(path, [Mistake(error.line, "", error.says)]) from None
    lines, mistakes = lines_of(text), []

    def wrong(key: Key, says: str) -> None:
        mistakes.append(Mistake(line_of(lines, key), ".".join(key), says))

    given = flat(values)
    checked = _checked(given, path.absolute().parent, wrong)
    check_together(checked, given, wrong)
    if mistakes:
        raise SettingsError(path, mistakes)
    return _built(checked, replaying=("replay",) in given)


def _keys_of(kind: type, table: Key) -> dict[Key, Known]:
    hints = get_type_hints(kind, include_extras=True)
    found: dict[Key, Known] = {}
    for each in fields(kind):
        for check in getattr(hints[each.name], "__metadata__", ()):
            required = each.default is each.default_factory  # both are MISSING when there is none
            found[(*table, each.name)] = Known(check, required, each.default)
    return found


def _checked(given: Mapping[Key, Any], folder: Path, wrong: Wrong) -> dict[Key, Any]:
    """The values that pass their own checks; `wrong` is told of the others, and of keys that there are not."""
    known = known_keys()
    for key, value in given.items():
        if len(key) == 1 and key[0] in TABLES:
            if value != {}:
                wrong(key, f"has to be a table: write [{key[0]}] and its keys below")
        elif key not in known:
            wrong(key, _unknown(key))
    checked: dict[Key, Any] = {}
    for key, (check, required, _) in known.items():
        if key in given:
            try:
                checked[key] = check.read(given[key], folder)
            except UnfitError as error:
                wrong(key, str(error))
        elif required and (key[0] != "replay" or ("replay",) in given):
            wrong(key, f"is missing: {check.expected}")
    return checked


def _unknown(key: Key) -> str:
    if len(key) == 1:
        names = [name[0] for name in known_keys() if len(name) == 1] + [f"[{table}]" for table in TABLES]
        return f"is no setting; there are {', '.join(names)}"
    beside = sorted(name[1] for name in known_keys() if name[:-1] == key[:-1])
    return f"is no setting; [{key[0]}] has {', '.join(beside)}" if beside else f"tables are {', '.join(TABLES)}"


def _built(checked: Mapping[Key, Any], *, replaying: bool) -> Settings:
    def table(name: str) -> Any:
        if name == ("gnss" if replaying else "replay"):
            return None
        return TABLES[name](**{key[1]: value for key, value in checked.items() if key[:-1] == (name,)})

    top = {key[0]: value for key, value in checked.items() if len(key) == 1}
    return Settings(**top, **{name: table(name) for name in TABLES})
