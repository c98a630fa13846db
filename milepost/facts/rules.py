"""Rules out of a TOML file: every setting of server.domain.engine.rules, and those of single vehicles.

Speed limits are km/h in the file, as on the signs. Every mistake has its line.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from configs.toml_file import UnreadableError, lines_of, read
from server.domain.engine.rules import DEFAULT, Rules


class RulesError(ValueError):
    """The file cannot be used; the text says where and what to write."""


class RuleBook(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of all vehicles, and of those that have their own."""

    default: Rules = DEFAULT
    vehicles: dict[str, Rules] = {}

    def of(self, vehicle: str) -> Rules:
        """The rules of a vehicle."""
        return self.vehicles.get(vehicle, self.default)


def read_rules(path: Path) -> RuleBook:
    """The rules in a file; raises RulesError."""
    try:
        text, values = read(path)
    except UnreadableError as error:
        where = f", line {error.line}" if error.line else ""
        raise RulesError(f"{path}{where}: {error.says}") from None
    lines = {".".join(key): line for key, line in lines_of(text).items()}
    own = values.pop("vehicles", {})
    if not isinstance(own, dict) or not all(isinstance(one, dict) for one in own.values()):
        raise RulesError(f"{path}, line {lines.get('vehicles', 1)}: write a table for each: [vehicles.van-1]")
    try:
        default = _rules(values, "")
        vehicles = {vehicle: _rules({**values, **said}, f"vehicles.{vehicle}.") for vehicle, said in own.items()}
    except _WrongError as error:
        line = lines.get(error.key) or lines.get(error.key.rpartition(".")[2], 1)
        raise RulesError(f"{path}, line {line}: {error.key}: {error.says}") from None
    return RuleBook(default=default, vehicles=vehicles)


class _WrongError(ValueError):
    def __init__(self, key: str, says: str) -> None:
        self.key, self.says = key, says


def _rules(values: Mapping[str, Any], under: str) -> Rules:
    said = dict(values)
    if "speed_limit_kmh" in said:
        limit = said.pop("speed_limit_kmh")
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise _WrongError(f"{under}speed_limit_kmh", "write a number, in km/h")
        said["speed_limit_mps"] = limit / 3.6
    names = [name for name in Rules.__struct_fields__ if name != "speed_limit_mps"]
    for name, value in said.items():
        if name not in Rules.__struct_fields__:
            there = ", ".join([*names, "speed_limit_kmh"])
            raise _WrongError(f"{under}{name}", f"there is no such rule; there are {there}")
        if isinstance(value, int | float) and not value > 0:
            raise _WrongError(f"{under}{name}", "write a number above 0")
    try:
        return msgspec.convert(said, Rules)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        key = place.strip(".`").partition("[")[0]
        raise _WrongError(f"{under}{key}", text) from None
