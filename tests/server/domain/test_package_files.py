"""Files of packages: spreadsheets write them in many ways, and one bad line stops no other."""

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.package_files import BINDING_COLUMNS, PACKAGE_COLUMNS, FileError, read_table

CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\x1c\x1d\x1e\x85\u2028\u2029"), max_size=12)
COLUMNS = ("id", "order_id", "name", "vehicle")


def read(data: bytes | str) -> list[tuple[int, dict[str, str], str]]:
    table = read_table(data.encode() if isinstance(data, str) else data, PACKAGE_COLUMNS, ["id"])
    return [tuple(line) for line in table.lines]


@given(
    st.lists(st.tuples(CELL, CELL, CELL, CELL), max_size=8),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_spreadsheet_writes_is_read(
    rows: list[tuple[str, ...]], separator: str, encoding: str, end: str
) -> None:
    """Every cell as it was, in any of their dialects; empty lines are no lines."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, lineterminator=end)
    writer.writerows([COLUMNS, *rows])
    found = read(file.getvalue().encode(encoding))
    wanted = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    assert [list(cells.values()) for _, cells, why in found if not why] == wanted


@given(st.binary(max_size=300))
def test_no_file_breaks_it(data: bytes) -> None:
    """People choose the wrong file."""
    for file in (b"id,name\n" + data, data):
        with contextlib.suppress(FileError):
            assert all(line.number > 1 for line in read_table(file, PACKAGE_COLUMNS, ["id"]).lines)


def test_lines_have_their_numbers() -> None:
    """They are looked for in an editor; a cell may hold a line break."""
    found = read('id,name\nA1,"two\nlines"\n\nA2,x,y\nA3\n')
    assert [line[0] for line in found] == [2, 5, 6]
    assert found[1][2] == "The line has 3 cells, and the first line names 2 columns."
    assert found[2] == (6, {"id": "A3"}, "")


def test_columns_are_found_by_their_names() -> None:
    """In any order; those that nobody knows are said."""
    table = read_table(b"Weight;VEHICLE ID;Parcel\n3;van-7;A1\n", PACKAGE_COLUMNS, ["id"])
    assert (table.columns, table.ignored) == ({"vehicle_id", "id"}, ["Weight"])
    assert [line.cells for line in table.lines] == [{"vehicle_id": "van-7", "id": "A1"}]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"A1,van-7\n", "no column `id`"),
        (b"id,package\n", "Two columns are the id"),
        ("id,name\nA1,K\u00e4\n".encode("cp1252"), "CSV UTF-8"),
        (b"PK\x03\x04\xff\xff", "CSV UTF-8"),
    ],
)
def test_a_wrong_file_says_what_to_do(data: bytes, says: str) -> None:
    """Before anything of it is taken."""
    with pytest.raises(FileError, match=says):
        read_table(data, PACKAGE_COLUMNS, ["id"])


def test_bindings_need_both_columns() -> None:
    """A file of packages is none of bindings."""
    with pytest.raises(FileError, match="no column `tag`"):
        read_table(b"package\nA1\n", BINDING_COLUMNS, ["package_id", "tag_id"])
