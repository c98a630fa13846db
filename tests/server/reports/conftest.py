"""A week of two vans, told once, and reports of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.reports.build import build
from server.reports.question import asked
from server.reports.table import Table
from server.store.database import Database
from tests.support import standing
from tests.support.standing import on

Ask = Callable[..., Table]
NAMES = {"van-1": "Van 1", "van-2": 'Väinö "=2+5" O\'Neill, <b>', "van-10": "Van 10"}
"""One of them tries the formats: quotes, commas, a formula in the middle, markup, letters beyond ASCII."""
WEEK = {"start": "2026-11-16", "end": "2026-11-23"}
NOW = on(20)


def a_week() -> list[list[standing.Row]]:
    """Trips over midnight, halts at a site and elsewhere, visits, a crossing, an idling, two speedings."""
    return [
        standing.a_trip("van-1", on(0, "06:30"), 30.5, metres=12_345.678, idling_s=61.4, top_mps=22.2),
        standing.a_trip("van-1", on(0, "23:50"), 40, metres=30_004.9, top_mps=25.0),
        standing.a_trip("van-2", on(2, "12:00:00.600"), 61.01, metres=999.4, top_mps=0.0),
        standing.a_trip("van-10", on(6, "20:00"), None),
        standing.a_halt("van-1", on(0, "07:00"), 90, halt="site", fence="depot"),
        standing.a_halt("van-2", on(2, "13:00"), 2.5),
        standing.a_halt("van-2", on(3, "13:00"), None),
        standing.a_visit("van-1", "depot", on(0, "06:55"), 100),
        standing.a_visit("van-1", "dock", on(0, "06:55"), 5),
        standing.a_crossing("van-2", "depot", on(2, "12:30"), 4),
        standing.an_idling("van-1", on(0, "07:10"), 12.5),
        standing.a_speeding("van-1", on(0, "06:40"), 42),
        standing.a_speeding("van-2", on(2, "12:20"), 9, fence="dock", limit_mps=30 / 3.6, top_mps=41.0 / 3.6),
    ]


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The week in a database."""
    database = Database("", Path(tmp_path_factory.mktemp("reports")))
    standing.write(database, *a_week(), names=NAMES)
    standing.write_fences(database, sites=["depot"], depot="Ruoholahti depot", dock="Dock 2")
    standing.write_alerts(
        database,
        standing.an_alert(1, "van-1", on(0, "08:00"), 12.5, severity="critical", answered_s=95),
        standing.an_alert(2, "van-2", on(2, "14:00"), None),
        standing.an_alert(3, "van-2", on(3, "14:00"), 5, fence_id=None, withdrawn=True),
        standing.an_alert(4, None, on(3, "15:00"), None, count=2),
    )
    standing.write_totals(database, "van-1", on(0).date(), metres=42_900.5, engine_s=5400.4)
    yield database
    database.close()


@pytest.fixture(scope="session")
def ask(told: Database) -> Ask:
    """Ask for a report of the week: `ask("trips", group="day")`."""

    def answer(kind: str, **words: Any) -> Table:
        with told.reading() as connection:
            return build(connection, asked(kind, **(WEEK | words), now=NOW), now=NOW)

    return answer


def column(table: Table, key: str) -> list[Any]:
    """The cells of a column."""
    place = [column.key for column in table.columns].index(key)
    return [row[place] for row in table.rows]


def total(table: Table, key: str) -> Any:
    """What stands under a column."""
    return table.totals[[column.key for column in table.columns].index(key)]


__all__ = ["NAMES", "NOW", "WEEK", "Ask", "column", "timedelta", "total"]
