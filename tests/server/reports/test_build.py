"""Which row is in which report, and that figures agree however they are asked for."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.reports.build import build
from server.reports.question import KINDS, asked
from server.reports.table import Table
from server.store.database import Database
from tests.server.reports.conftest import NAMES, NOW, Ask, column, total
from tests.support.standing import on


def test_a_trip_is_whole_on_the_day_on_which_it_began(ask: Ask) -> None:
    """It went on over midnight: nothing is cut, and the next day has nothing of it."""
    monday = ask("trips", start="2026-11-16", end="2026-11-17")
    assert column(monday, "distance_km") == [12.35, 30.0]
    assert column(monday, "ended_at")[1] == on(1, "00:30")
    assert not ask("trips", start="2026-11-17", end="2026-11-18").rows


def test_the_zone_says_which_day_it_was(ask: Ask) -> None:
    """23:50 in UTC is Tuesday in Helsinki."""
    days = column(ask("distance", group="day", zone="Europe/Helsinki"), "distance_km")
    assert days[:2] == [12.35, 30.0]
    assert column(ask("distance", group="day"), "distance_km")[:2] == [42.35, 0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("group", ["vehicle", "day", "team", "driver"])
def test_groups_come_to_what_the_list_comes_to(ask: Ask, kind: str, group: str) -> None:
    """A manager adds up whichever page lies before her."""
    listed, grouped = ask(kind), ask(kind, group=group)
    both = {column.key for column in listed.columns if column.total} & {column.key for column in grouped.columns}
    assert both
    for key in both:
        assert total(grouped, key) == total(listed, key), key
    assert grouped.title == listed.title


@pytest.mark.parametrize("kind", KINDS)
def test_windows_that_meet_hold_everything_once(ask: Ask, kind: str) -> None:
    """Two halves of the week are the week."""
    week = ask(kind).rows
    first, second = ask(kind, end="2026-11-18T12:00:00.600Z"), ask(kind, start="2026-11-18T12:00:00.600Z")
    if kind == "distance":  # its rows are days, and the cut is within one
        assert total(ask(kind), "trips") == total(first, "trips") + total(second, "trips")
    else:
        assert [*first.rows, *second.rows] == list(week)


@given(cut=st.datetimes(datetime(2026, 11, 16, 0, 0, 1), datetime(2026, 11, 22, 23)))
def test_distance_is_the_same_for_every_cut_of_the_week(told: Database, cut: datetime) -> None:
    """Nothing is recomputed on read, so no window can change a figure."""
    at = f"{cut.isoformat()}Z"

    def distance(**words: Any) -> float:
        with told.reading() as connection:
            words = {"start": "2026-11-16", "end": "2026-11-23"} | words
            found: float = total(build(connection, asked("distance", **words, now=NOW), now=NOW), "distance_km")
            return found

    assert round(distance(end=at) + distance(start=at), 2) == distance()


def test_what_goes_on_is_listed_and_has_no_duration(ask: Ask) -> None:
    """A van that is still on its way is no van that stood."""
    table = ask("trips")
    assert column(table, "ended_at")[-1] is None
    assert column(table, "distance_km")[-1] is None
    assert table.notes == ("1 trip goes on and counts with no duration yet.",)
    assert table.title.endswith("; 1 goes on and is not in it.")
    assert total(table, "duration_s") == 30 * 60 + 30 + 40 * 60 + 3660


def test_a_duration_is_the_difference_of_the_times_beside_it(ask: Ask) -> None:
    """12:00:00.6 and 61.01 min: both ends are rounded, and the row is right in itself."""
    table = ask("trips", vehicles=frozenset({"van-2"}))
    [start], [end], [duration] = (column(table, key) for key in ("started_at", "ended_at", "duration_s"))
    assert (start, end) == (on(2, "12:00:01"), on(2, "13:01:01"))
    assert (end - start).total_seconds() == duration == 3660


def test_a_speed_that_no_receiver_said_is_not_known(ask: Ask) -> None:
    """0 km/h over 999 m would be a lie."""
    assert column(ask("trips", vehicles=frozenset({"van-2"})), "top_speed_kmh") == [None]


def test_trips_say_at_which_site_they_began_and_ended(ask: Ask) -> None:
    """The depot, and not two numbers; a fence that is no site is no place to name."""
    table = ask("trips")
    assert column(table, "to_place") == ["Ruoholahti depot"] * 3 + [None]
    assert column(table, "from_place") == ["60.1699, 24.9384"] * 4


def test_halts_say_their_site_and_are_found_by_it(ask: Ask) -> None:
    """The site is known when the halt ends."""
    assert column(ask("halts", fence="depot"), "place") == ["Ruoholahti depot"]
    assert column(ask("halts", group="fence"), "fence") == ["not at a site", "Ruoholahti depot"]


def test_visits_hold_those_that_passed_through(ask: Ask) -> None:
    """Two fixes, and the fence between them."""
    table = ask("visits", fence="depot")
    assert column(table, "how") == ["stayed", "crossed"]
    assert column(table, "duration_s") == [6000, 4]
    assert table.title == "2 vehicles visited Ruoholahti depot twice from 16 to 22 November 2026."


def test_two_fences_entered_at_once_are_two_visits(ask: Ask) -> None:
    """A dock lies inside of a depot."""
    table = ask("visits", vehicles=frozenset({"van-1"}))
    assert sorted(zip(column(table, "fence"), column(table, "duration_s"), strict=True)) == [
        ("Dock 2", 300),
        ("Ruoholahti depot", 6000),
    ]


def test_alerts_are_those_that_stand_and_a_storm_is_its_members(ask: Ask) -> None:
    """What late data withdrew never was, and a row that stands for others would count them twice."""
    table = ask("alerts")
    assert column(table, "alert") == ["Van 1 left Ruoholahti depot", f"{NAMES['van-2']} left Ruoholahti depot"]
    assert (column(table, "answered_after_s"), column(table, "open_s")) == ([95, None], [750, None])
    assert table.title == "2 vehicles had 2 alerts from 16 to 22 November 2026, 1 of them critical; 1 is still open."
    by_vehicle = ask("alerts", group="vehicle")
    assert [column(by_vehicle, key) for key in ("alerts", "critical", "answered")] == [[1, 1], [1, 0], [1, 0]]


def test_speeding_says_by_how_much(ask: Ask) -> None:
    """The limit may be the fence's."""
    table = ask("speeding")
    assert column(table, "over_kmh") == [13.2, 11.0]
    assert column(table, "fence") == [None, "Dock 2"]
    assert table.title.endswith("at most 13.2 km/h over the limit (Van 1).")


def test_days_of_a_group_are_there_even_when_nothing_happened(ask: Ask) -> None:
    """An empty Sunday is an answer; a day that has not come is none."""
    assert column(ask("trips", group="day"), "trips") == [2, 0, 1, 0, 0, 0, 1]
    future = ask("trips", group="day", end="2027-01-01")
    assert column(future, "day")[-1] == date(2026, 12, 5)


def test_a_vehicle_that_was_asked_for_has_a_row(ask: Ask) -> None:
    """It did nothing, which is the answer."""
    table = ask("speeding", group="vehicle", vehicles=frozenset({"van-10"}))
    assert (column(table, "vehicle"), column(table, "speedings")) == (["Van 10"], [0])
    assert table.title == "Van 10 did not drive too fast from 16 to 22 November 2026."


def test_only_vehicles_that_the_asker_sees_count(ask: Ask) -> None:
    """Teams limit what one sees, in the total as well."""
    assert total(ask("trips", sees=frozenset({"van-2"})), "distance_km") == 1.0
    assert ask("trips", sees=frozenset({"van-2"}), vehicles=frozenset({"van-1"})).rows == []


def test_the_odometer_stands_beside_it_in_utc_only(ask: Ask) -> None:
    """Days of UTC cannot be cut into days of Helsinki without counting anew."""
    utc, helsinki = ask("distance"), ask("distance", zone="Europe/Helsinki")
    assert (column(utc, "odometer_km")[0], column(utc, "engine_s")[0]) == (42.9, 5400)
    assert set(column(helsinki, "odometer_km")) == {None}
    half = ask("distance", end="2026-11-16T12:00:00Z")
    assert column(half, "odometer_km") == [None]


def test_no_answer_is_a_sentence_too(ask: Ask) -> None:
    """An empty table says nothing."""
    empty = {"start": "2026-01-05", "end": "2026-01-06"}
    assert ask("trips", **empty).title == "No vehicle made a trip on 5 January 2026."
    assert ask("idling", vehicles=frozenset({"van-1"}), **empty).title == "Van 1 did not idle on 5 January 2026."
    assert all(ask(kind, **empty).chart is None for kind in KINDS)


def bars(table: Table) -> list[tuple[str, Any]]:
    assert table.chart is not None
    return list(table.chart.bars)


def test_bars_are_the_main_measure_and_come_to_the_total(ask: Ask) -> None:
    """The picture and the figure below it are one thing."""
    week = bars(ask("trips"))
    assert [label for label, _ in week][:2] == ["16 Nov", "17 Nov"]
    assert round(sum(value for _, value in week), 2) == total(ask("trips"), "distance_km")
    assert bars(ask("trips", group="vehicle"))[0] == ("Van 1", 42.35)
    assert len(bars(ask("trips", start="2026-09-01"))) == 12
    assert len(bars(ask("trips", start="2026-01-01"))) == 11
