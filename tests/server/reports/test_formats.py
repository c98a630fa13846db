"""The same figures in every format, cell by cell, read back with other makers' readers."""

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from pypdf import PdfReader

from server.reports.formats.data import as_csv, as_json, guarded
from server.reports.formats.parquet import as_parquet
from server.reports.formats.pdf import STYLE, as_pdf
from server.reports.formats.xlsx import HEAD_ROW, as_xlsx
from server.reports.question import KINDS
from server.reports.table import Table
from server.reports.words import cells
from tests.server.reports import readers
from tests.server.reports.conftest import Ask, column
from tests.support.real import ROOT
from tests.support.tables import tables

READERS = (readers.from_json, readers.from_csv, readers.from_parquet, readers.from_xlsx)


def listed(table: Table) -> list[tuple[Any, ...]]:
    return list(map(tuple, table.rows))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Helsinki", "Asia/Kathmandu"])
@pytest.mark.parametrize("group", ["", "vehicle", "day"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_format_has_the_same_cells(ask: Ask, kind: str, group: str, zone: str) -> None:
    """A manager who compares the workbook with the page finds one figure."""
    table = ask(kind, group=group, zone=zone)
    assert table.rows
    for read in READERS:
        assert read(table) == listed(table), read.__name__


@given(table=tables())
def test_any_table_is_read_back_as_it_is(table: Table) -> None:
    """Whatever names people give to their vans, and whatever the figures are."""
    for read in READERS:
        assert read(table) == listed(table), read.__name__


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("group", ["", "vehicle"])
def test_paper_has_the_same_cells_as_the_workbook(ask: Ask, kind: str, group: str) -> None:
    """Its text can be copied out, row by row, and reads as the same values."""
    table = ask(kind, group=group, zone="Europe/Helsinki")
    text = readers.from_pdf(as_pdf(table))
    shown = [table.columns[place] for place in table.main]
    place = 0
    for row in [*table.rows, *([table.totals] if len(table.rows) > 1 else [])]:
        written = cells(table, row, ZoneInfo(table.zone))
        found = text.find(readers.squeezed("".join(written)), place)
        assert found >= place, written
        place = found
        read = [readers.read_cell(column, cell, table) for column, cell in zip(shown, written, strict=True)]
        assert read == [row[place] for place in table.main]
    assert readers.squeezed(table.title) in text


def test_paper_numbers_its_pages_and_says_what_words_mean(ask: Ask) -> None:
    """It is forwarded without the page that it came from."""
    pdf = PdfReader(io.BytesIO(as_pdf(ask("trips"))))
    assert f"Page {len(pdf.pages)} of {len(pdf.pages)}" in pdf.pages[-1].extract_text()
    assert any("What the figures mean" in page.extract_text() for page in pdf.pages)
    assert pdf.metadata is not None
    assert pdf.metadata.title == ask("trips").title
    assert pdf.trailer["/Root"]["/Lang"] == "en"  # a screen reader needs it, and the tags
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_the_same_report_is_the_same_paper(ask: Ask) -> None:
    """No date of printing, no random ids: two copies can be compared."""
    assert as_pdf(ask("halts")) == as_pdf(ask("halts"))


def test_markup_in_a_name_is_a_name(ask: Ask) -> None:
    """On paper as well."""
    assert readers.squeezed("O'Neill, <b>") in readers.from_pdf(as_pdf(ask("trips")))


def test_paper_has_the_colours_of_the_look() -> None:
    """It cannot read the tokens of the pages where only the program is installed."""
    tokens = (ROOT / "server/web/src/look/tokens.css").read_text()
    light = tokens.partition('[data-theme="light"] {')[2].partition("}")[0]
    said = STYLE.read_text().partition(":root {")[2].partition("}")[0]
    for each in said.split(";"):
        name, _, value = each.strip().partition(":")
        assert f"{name}:" in light
        assert value.strip() in light, each


@pytest.mark.parametrize(
    "text", ["=1+1", "+358 40", "-van", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_no_text_is_a_formula_in_a_spreadsheet(text: str) -> None:
    """A driver's name must not run a program on the dispatcher's machine (OWASP, CSV injection)."""
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Van 1", "2-1", "a=b", "", "Ä", "'quoted'"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    """A guard on everything would be a nuisance."""
    assert guarded(text) == text


def test_the_guard_is_on_texts_only(ask: Ask) -> None:
    """A negative number is a number."""
    table = ask("trips")
    row = [list(table.rows[0])]
    row[0][0], row[0][1] = "=HYPERLINK()", "-1"
    evil = msgspec.structs.replace(table, rows=[tuple(row[0])])
    [_, cells_] = csv.reader(io.StringIO(b"".join(as_csv(evil)).decode(), newline=""))
    assert cells_[:2] == ["'=HYPERLINK()", "'-1"]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(evil)))["Trips"]
    cell = sheet.cell(HEAD_ROW + 1, 1)
    assert (cell.data_type, cell.value) == ("s", "=HYPERLINK()")


def test_csv_is_that_of_the_rfc(ask: Ask) -> None:
    """RFC 4180: CRLF, quotes doubled, one header, the same number of fields in each line."""
    text = b"".join(as_csv(ask("trips"))).decode()
    lines = text.split("\r\n")
    assert lines[-1] == ""
    assert "\n" not in text.replace("\r\n", "")
    assert '"Väinö ""=2+5"" O\'Neill, <b>"' in text
    assert {len(row) for row in csv.reader(io.StringIO(text, newline=""))} == {len(ask("trips").columns)}
    assert "2026-11-16T08:30:00+02:00" in b"".join(as_csv(ask("trips", zone="Europe/Helsinki"))).decode()


def test_a_workbook_has_a_frozen_head_real_values_and_the_zone(ask: Ask) -> None:
    """It is sorted, filtered and charted; a text that looks like a number cannot be."""
    table = ask("trips", zone="Europe/Helsinki")
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(table)))["Trips"]
    heads = [cell.value for cell in sheet[HEAD_ROW]]
    assert sheet.freeze_panes == f"B{HEAD_ROW + 1}"
    assert sheet.auto_filter.ref == f"A4:O{HEAD_ROW + 4}"
    assert heads[2:6] == ["Start (Europe/Helsinki)", "End (Europe/Helsinki)", "Duration (h:min:s)", "Distance (km)"]
    first = sheet[HEAD_ROW + 1]
    assert [cell.number_format for cell in first][2:6] == [
        "yyyy-mm-dd hh:mm:ss",
        "yyyy-mm-dd hh:mm:ss",
        "[h]:mm:ss",
        "#,##0.00",
    ]
    assert first[2].is_date
    assert sheet.column_dimensions["A"].width > 20
    assert sheet["A1"].value == table.title
    assert sheet.cell(HEAD_ROW + 6, 1).value == "Total"


def test_a_workbook_takes_names_with_characters_that_xml_has_not(ask: Ask) -> None:
    """A gateway's garbage must not break the month's report."""
    table = ask("trips")
    broken = msgspec.structs.replace(table, rows=[("a\x00b\x1f", *table.rows[0][1:])])
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(broken)))["Trips"]
    assert sheet.cell(HEAD_ROW + 1, 1).value == "a b "


def test_parquet_says_units_and_zone(ask: Ask) -> None:
    """Whoever loads it in a year needs nothing else."""
    schema = pq.read_schema(io.BytesIO(as_parquet(ask("trips", zone="Europe/Helsinki"))))
    assert str(schema.field("started_at").type) == "timestamp[ms, tz=Europe/Helsinki]"
    assert schema.field("distance_km").metadata[b"unit"] == b"km"
    assert schema.field("distance_km").metadata[b"definition"]
    assert schema.metadata[b"time_zone"] == b"Europe/Helsinki"


def test_json_says_what_its_columns_mean(ask: Ask) -> None:
    """One tap away, on the page too."""
    said = as_json(ask("trips", zone="Europe/Helsinki"))
    columns = {column["key"]: column for column in said["columns"]}
    assert columns["distance_km"]["unit"] == "km"
    assert all(columns[key]["definition"] for key in ("started_at", "duration_s", "distance_km", "from_place"))
    assert said["items"][0]["started_at"] == "2026-11-16T06:30:00.000Z"
    assert (said["count"], said["from"]) == (len(column(ask("trips"), "vehicle")), "2026-11-15T22:00:00.000Z")
