"""Settings files are read so that every mistake has its line."""

from pathlib import Path

import pytest

from configs.toml_file import UnreadableError, line_of, lines_of, read


def test_keys_are_found_however_they_are_written() -> None:
    """Dotted, quoted, in a table, in a list of tables, in an inline table."""
    lines = lines_of('a = 1\n[b]\n"c" = 2\nd.e = 3\n[[f]]\n  g = 4\n[ h . i ]\n')
    assert lines == {
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "d"): 4,
        ("b", "d", "e"): 4,
        ("f",): 5,
        ("f", "g"): 6,
        ("h", "i"): 7,
    }


def test_a_key_that_is_missing_is_looked_for_in_its_table() -> None:
    """Where it would have to be written."""
    assert [line_of({("b",): 2}, key) for key in (("b", "c"), ("b",), ("x", "y"))] == [2, 2, 1]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_files_of_windows_are_read(tmp_path: Path, mark: str) -> None:
    """Its editor puts a mark before the text, and two characters at the end of a line."""
    (tmp_path / "x.toml").write_bytes(f"{mark}id = 1\r\n[t]\r\nx = 2\r\n".encode())
    text, values = read(tmp_path / "x.toml")
    assert values == {"id": 1, "t": {"x": 2}}
    assert lines_of(text)["t", "x"] == 3


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"a = 1\nb = \n", 2, "is no TOML: invalid value"),
        (b"a = 1\n[b", 2, "is no TOML: expected ']' at the end of a table declaration"),
        (b"a = 1\na = 2", 2, "is no TOML: cannot overwrite a value"),
        (b"a = 1\nb = '\xe9'\n", 2, "is not UTF-8 text: save it as UTF-8"),
    ],
)
def test_what_is_no_toml_has_a_line(tmp_path: Path, data: bytes, line: int, says: str) -> None:
    """Also where the reader of the standard library says only "at end of document"."""
    (tmp_path / "x.toml").write_bytes(data)
    with pytest.raises(UnreadableError) as raised:
        read(tmp_path / "x.toml")
    assert (raised.value.line, raised.value.says) == (line, says)


def test_a_file_that_is_not_there_has_no_line(tmp_path: Path) -> None:
    """All of it is missing."""
    with pytest.raises(UnreadableError) as raised:
        read(tmp_path / "x.toml")
    assert (raised.value.line, raised.value.says) == (None, "cannot be read: No such file or directory")
