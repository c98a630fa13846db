"""Files of packages and of bindings: CSV as spreadsheets and other programs write it. Pure.

Separated by commas, semicolons or tabs; the first line names the columns, in any order, in upper or lower case. A line
that cannot be read is said by its number, and stops no other.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

PACKAGE_COLUMNS: Mapping[str, str] = {
    "id": "id",
    "package": "id",
    "package_id": "id",
    "parcel": "id",
    "order_id": "order_id",
    "order": "order_id",
    "reference": "reference",
    "name": "name",
    "vehicle": "vehicle_id",
    "vehicle_id": "vehicle_id",
    "site": "site_id",
    "site_id": "site_id",
    "route": "route_id",
    "route_id": "route_id",
    "stop": "stop_id",
    "stop_id": "stop_id",
    "tag": "tag_id",
    "tag_id": "tag_id",
}
BINDING_COLUMNS: Mapping[str, str] = {
    "package": "package_id",
    "package_id": "package_id",
    "parcel": "package_id",
    "tag": "tag_id",
    "tag_id": "tag_id",
}
_SEPARATORS = ",;\t"
_MOST_COLUMNS = 200


class FileError(ValueError):
    """The file as a whole cannot be read. Says what to do."""


class Line(NamedTuple):
    """A line of the file: its number, and its cells by our names, or why it cannot be read."""

    number: int
    cells: dict[str, str]
    why: str = ""


class Table(NamedTuple):
    """A file that can be read."""

    columns: frozenset[str]
    """Of ours, those that are there."""
    ignored: list[str]
    lines: Iterator[Line]


def read_table(data: bytes, names: Mapping[str, str], needed: Iterable[str]) -> Table:
    """The lines of a file. Raises FileError when it is no such file."""
    text = _text(data)
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise FileError(f"The first line cannot be read: {error}.") from None
    if len(header) > _MOST_COLUMNS:
        raise FileError(f"The first line has more than {_MOST_COLUMNS} columns.")
    known = [names.get(cell.strip().lower().replace(" ", "_")) for cell in header]
    missing = [name for name in needed if name not in known]
    if missing:
        wanted = next(said for said, name in names.items() if name == missing[0])
        raise FileError(f"The first line has to name the columns, and there is no column `{wanted}`.")
    doubled = sorted({name for name in known if name and known.count(name) > 1})
    if doubled:
        raise FileError(f"Two columns are the {doubled[0]}. Take one of them out.")
    ignored = [cell.strip()[:80] for cell, name in zip(header, known, strict=True) if name is None and cell.strip()]
    return Table(frozenset(name for name in known if name), ignored, _lines(reader, known))


def _lines(reader: Any, known: list[str | None]) -> Iterator[Line]:
    """Each line that holds anything; the number is that of its first row in the file."""
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield Line(number, {}, f"The line cannot be read: {error}.")
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        extra = [cell for cell in cells[len(known) :] if cell.strip()]
        if extra:
            yield Line(number, {}, f"The line has {len(cells)} cells, and the first line names {len(known)} columns.")
            continue
        pairs = zip(known, cells, strict=False)
        yield Line(number, {name: cell.strip() for name, cell in pairs if name is not None})


def _text(data: bytes) -> str:
    """UTF-8, or the UTF-16 of spreadsheets that say so."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise FileError("The file is not UTF-8. Save it as CSV UTF-8.") from None
    if not text.strip():
        raise FileError("The file is empty.")
    return text
