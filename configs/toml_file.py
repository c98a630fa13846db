"""A settings file in TOML, read so that every mistake has its line, which the standard library's reader does not say.

Judges no value. Lines are good enough to point a person at one: keys of tables, dotted keys and keys of inline tables
are found; a text between triple quotes that looks like a key is not told apart from one.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Key = tuple[str, ...]


class UnreadableError(ValueError):
    """The file is no TOML, or cannot be read; `line` is None when that concerns all of it."""

    def __init__(self, says: str, line: int | None = None) -> None:
        """`says` is what a person reads after the file's name and the line."""
        self.says, self.line = says, line
        super().__init__(says)


_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_NAME = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_TABLE = re.compile(rf"\s*\[\[?\s*({_NAME})\s*\]")
_PAIR = re.compile(rf"\s*({_NAME})\s*=")


def read(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and the values in it; raises UnreadableError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")  # editors of Windows begin with a mark
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UnreadableError("is not UTF-8 text: save it as UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        at = re.match(r"line (\d+)", where)
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        raise UnreadableError(f"is no TOML: {what[:1].lower()}{what[1:]}", line) from None


def lines_of(text: str) -> dict[Key, int]:
    """The line, counted from 1, of each table and key, by its full name."""
    found: dict[Key, int] = {}
    table: Key = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _parts(header[1])
            found.setdefault(table, number)
        elif pair := _PAIR.match(line):
            parts = _parts(pair[1])
            for length in range(1, len(parts) + 1):
                found.setdefault(table + parts[:length], number)
    return found


def line_of(lines: Mapping[Key, int], key: Key) -> int:
    """The line of a key, or of the nearest table around it; 1 when neither is there."""
    while key:
        if key in lines:
            return lines[key]
        key = key[:-1]
    return 1


def flat(values: Mapping[str, Any], depth: int = 1) -> dict[Key, Any]:
    """The keys of the tables and of the tables in them, down to `depth` levels, by their full names."""
    found: dict[Key, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict) and depth:
            found |= {(name, *rest): inner for rest, inner in flat(value, depth - 1).items()}
            found.setdefault((name,), {})
        else:
            found[(name,)] = value
    return found


def _parts(name: str) -> Key:
    return tuple(part.strip("\"'") for part in re.findall(_PART, name))
