"""Any table of a report, for formats that have to write it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from server.reports.rows import totals
from server.reports.table import Column, Table

START = datetime(2026, 11, 16, tzinfo=UTC)
letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.text(letters, min_size=1, max_size=30).filter(lambda text: not text.startswith("'")),
    "time": st.integers(0, 7 * 86_400 - 1).map(lambda second: START + timedelta(seconds=second)),
    "day": st.integers(0, 6).map(lambda day: date(2026, 11, 16) + timedelta(days=day)),
    "duration": st.integers(0, 400 * 86_400),
    "distance": st.integers(0, 10**8).map(lambda whole: whole / 100),
    "speed": st.integers(-500, 3000).map(lambda whole: whole / 10),
    "count": st.integers(0, 10**7),
    "degrees": st.integers(-180_000_000, 180_000_000).map(lambda whole: whole / 10**6),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A table of a few rows with a column of every kind; any cell may be empty."""
    columns = tuple(
        Column(key=f"{kind}_{place}", name=kind, kind=kind, total="sum" if kind in ("duration", "distance") else "")
        for place, kind in enumerate(CELLS)
    )
    cells = st.tuples(*(st.none() | strategy for strategy in CELLS.values()))
    rows = draw(st.lists(cells, max_size=5))
    zone = draw(st.sampled_from(["UTC", "Europe/Helsinki", "America/St_Johns"]))
    return Table(
        kind="trips",
        name="Trips",
        nouns=("trip", "trips"),
        title=draw(CELLS["text"]),
        window="from 16 to 22 November 2026",
        start=START,
        end=START + timedelta(days=7),
        zone=zone,
        group="",
        columns=columns,
        rows=rows,
        totals=totals(columns, rows),
    )
