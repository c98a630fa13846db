"""The gateway's settings: one TOML file, every key with its range and default. Reads files, changes nothing.

Every mistake is found in one go, with its line and with what to write instead. A relative path is relative to the
configuration file. Secrets are never in the file itself, it names the files that hold them.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, cast

from gateway.settings_checks import CHECKS, Mistake, TextError, check_whole
from gateway.toml_lines import Key, flat, line_of, lines_of


class SettingsError(ValueError):
    """The file cannot be used; `mistakes` says why, in the order of its lines."""

    def __init__(self, path: Path, mistakes: list[Mistake]) -> None:
        """`path` is the file as it was named."""
        self.mistakes = sorted(mistakes, key=lambda mistake: (mistake.line, mistake.key))
        super().__init__(
            "\n".join(f"{path}, line {m.line}: {m.key + ': ' if m.key else ''}{m.says}" for m in self.mistakes)
        )


def setting(check: str, default: Any = ..., **limits: Any) -> Any:
    """A key: which check of CHECKS it has to pass, within what limits. Without a default it has to be there."""
    meta = {"check": check, **limits}
    return field(metadata=meta) if default is ... else field(default=default, metadata=meta)


@dataclass(frozen=True, kw_only=True, slots=True)
class Broker:
    """Where the gateway sends to."""

    url: str = setting("broker_url")
    user: str = setting("text", "")
    password_file: Path | None = setting("file", None)
    ca_file: Path | None = setting("file", None)
    cert_file: Path | None = setting("file", None)
    key_file: Path | None = setting("file", None)
    keepalive_s: int = setting("whole", 20, low=5, high=600)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gnss:
    """The receiver's port. `baud` 0 means that it is found out."""

    port: str = setting("port", "auto")
    baud: int = setting("baud", 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """A recording in the receiver's place."""

    file: Path = setting("file")
    speed: float = setting("number", 1.0, low=0, high=100_000)
    shift_to_now: bool = setting("yes_or_no", default=False)
    vehicle: str = setting("text", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """Which fixes are kept."""

    tolerance_m: float = setting("number", 5.0, low=0, high=1000)
    heartbeat_s: float = setting("number", 60.0, low=1, high=3600)


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """The hint for the map."""

    every_s: float = setting("number", 1.0, low=0, high=3600)


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxSettings:
    """What waits on disk."""

    commit_every_s: float = setting("number", 1.0, low=0.05, high=60)
    history_h: float = setting("number", 72.0, low=0, high=10_000)
    max_mb: float = setting("number", 256.0, low=1, high=1_000_000)
    positions_percent: float = setting("number", 70.0, low=1, high=100)
    sightings_percent: float = setting("number", 40.0, low=1, high=100)
    sensors_percent: float = setting("number", 20.0, low=1, high=100)


@dataclass(frozen=True, kw_only=True, slots=True)
class Uplink:
    """How rows are gathered into messages."""

    linger_s: float = setting("number", 5.0, low=0, high=600)
    batch_rows: int = setting("whole", 240, low=1, high=1000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Http:
    """The page on loopback."""

    listen: str = setting("listen", "127.0.0.1:8470")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Everything that a gateway has to be told. With `replay` there is no `gnss`, and the other way round."""

    id: str = setting("gateway_id")
    data_dir: Path = setting("path")
    broker: Broker
    gnss: Gnss | None
    replay: Replay | None
    sampling: Sampling
    live: Live
    outbox: OutboxSettings
    uplink: Uplink
    http: Http


SECTIONS: dict[str, type] = {
    "broker": Broker,
    "gnss": Gnss,
    "replay": Replay,
    "sampling": Sampling,
    "live": Live,
    "outbox": OutboxSettings,
    "uplink": Uplink,
    "http": Http,
}
Source = Literal["gnss", "replay"]


def known_keys() -> dict[Key, Any]:
    """Every key with its field, by its full name."""
    top: dict[Key, Any] = {(f.name,): f for f in fields(Settings) if "check" in f.metadata}
    return top | {(section, f.name): f for section, kind in SECTIONS.items() for f in fields(kind)}


def load(path: Path) -> Settings:
    """The settings in a file; raises SettingsError with every mistake in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(path, [Mistake(0, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise SettingsError(path, [Mistake(0, "", f"is not UTF-8 text: {error.reason}")]) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [_syntax(error, text)]) from None
    lines = lines_of(text)
    mistakes: list[Mistake] = []

    def wrong(key: Key, says: str) -> None:
        mistakes.append(Mistake(line_of(lines, key), ".".join(key), says))

    given = flat(values)
    known = known_keys()
    for key in given:
        if key not in known and not (len(key) == 1 and key[0] in SECTIONS):
            wrong(key, _unknown(key))
    checked = _checked(given, known, path.absolute().parent, wrong)
    check_whole(checked, given, wrong)
    if mistakes:
        raise SettingsError(path, mistakes)
    return _built(checked, set(values))


def _syntax(error: tomllib.TOMLDecodeError, text: str) -> Mistake:
    says = str(error)
    what, _, where = says.partition(" (at line ")
    number = where.split(",")[0] if where else ""
    line = int(number) if number.isdecimal() else text.count("\n") + 1
    return Mistake(line, "", f"is no TOML: {what[:1].lower()}{what[1:]}")


def _unknown(key: Key) -> str:
    where = [*key[:-1], ""]
    near = sorted(name[-1] for name in known_keys() if len(name) == len(key) and name[:-1] == key[:-1])
    if len(key) == 1:
        near += [f"[{section}]" for section in SECTIONS]
    place = f"[{where[0]}] has" if where[0] else "there are"
    return f"is no setting; {place} {', '.join(near)}" if near else f"is no setting; tables are {', '.join(SECTIONS)}"


def _checked(given: dict[Key, Any], known: dict[Key, Any], folder: Path, wrong: Any) -> dict[Key, Any]:
    """The values that pass their own checks; `wrong` is told of the others."""
    checked: dict[Key, Any] = {}
    for section in SECTIONS:
        if (section,) in given and given[(section,)] != {}:
            wrong((section,), f"has to be a table: write [{section}] and its keys below")
    for key, spec in known.items():
        required = len(key) == 1 or key[0] == "broker" or (key[0] == "replay" and ("replay",) in given)
        if key not in given:
            if required and not _has_default(spec):
                wrong(key, f"is missing: {CHECKS[spec.metadata['check']].expected}")
            continue
        check = CHECKS[spec.metadata["check"]]
        try:
            checked[key] = check.read(given[key], spec.metadata, folder)
        except TextError as error:
            wrong(key, str(error))
    return checked


def _has_default(spec: Any) -> bool:
    return bool(spec.default is not spec.default_factory)  # both are MISSING when there is none


def _built(checked: dict[Key, Any], sections: set[str]) -> Settings:
    def part(section: str) -> Any:
        return SECTIONS[section](**{key[1]: value for key, value in checked.items() if key[:-1] == (section,)})

    replaying = "replay" in sections
    parts = {name: part(name) for name in SECTIONS if name not in {"gnss", "replay"}}
    top = {key[0]: value for key, value in checked.items() if len(key) == 1}
    return Settings(
        **top,
        **parts,
        gnss=None if replaying else cast("Gnss", part("gnss")),
        replay=cast("Replay", part("replay")) if replaying else None,
    )
