"""Spans out of standing facts, on each database."""

import pytest
from sqlalchemy import update

from server.domain.periods import newest
from server.reports.sites import Place, sites_at
from server.store import report_schedules, reports, teams
from server.store.reports import Ends, Within
from server.store.schema import facts
from tests.support import standing
from tests.support.standing import MONDAY, on
from tests.support.stores import Stores

TRIP = Ends("trip_started", "trip_ended")
VISIT = Ends("fence_entered", "fence_left", "entered_at")


def ms(at: object) -> int:
    return round(at.timestamp() * 1000)  # type: ignore[attr-defined]


def monday(vehicles: frozenset[str] | None = None) -> Within:
    return Within(ms(on(0)), ms(on(1)), vehicles)


@pytest.fixture
def week(stores: Stores) -> Stores:
    """Two vans; one drives over midnight."""
    standing.write(
        stores.database,
        standing.a_trip("van-1", on(-1, "23:50"), 30),
        standing.a_trip("van-1", on(0, "23:50"), 30),
        standing.a_trip("van-1", on(1, "08:00"), 30),
        standing.a_trip("van-2", on(0, "08:00"), None),
        standing.a_visit("van-1", "depot", on(0, "10:00"), 60 * 24 * 20),
        standing.a_visit("van-1", "dock", on(0, "10:00"), 5),
    )
    return stores


def test_a_span_is_in_the_window_in_which_it_began_whole(week: Stores) -> None:
    """Its end is found after the window; what ended in the window but began before is not of it."""
    with week.database.reading() as connection:
        found = reports.spans(connection, TRIP, monday())
    assert [(span.vehicle, span.start_ms, span.end_ms) for span in found] == [
        ("van-2", ms(on(0, "08:00")), None),
        ("van-1", ms(on(0, "23:50")), ms(on(1, "00:20"))),
    ]


def test_two_visits_that_began_at_once_have_their_own_ends(week: Stores) -> None:
    """One ended within the window, the other three weeks later."""
    with week.database.reading() as connection:
        found = reports.spans(connection, VISIT, monday())
    assert {span.fence: (span.end_ms or 0) - span.start_ms for span in found} == {
        "depot": 20 * 86_400_000,
        "dock": 300_000,
    }


def test_withdrawn_facts_and_other_vehicles_do_not_count(week: Stores) -> None:
    """Late data showed that it was not so; a team does not see it."""
    with week.database.writing() as connection:
        assert len(reports.spans(connection, TRIP, monday(frozenset({"van-2"})))) == 1
        assert reports.spans(connection, TRIP, monday(frozenset())) == []
        connection.execute(update(facts).where(facts.c.vehicle_id == "van-1").values(withdrawn_at=MONDAY))
        assert [span.vehicle for span in reports.spans(connection, TRIP, monday())] == ["van-2"]
        assert reports.count_facts(connection, "trip_started", monday()) == 1


def test_a_vehicle_in_two_teams_has_both_their_names(week: Stores) -> None:
    """So that a report by team counts it once."""
    with week.database.writing() as connection:
        north = teams.add_team(connection, name="North", members=[], vehicles=["van-1", "van-2"], now=MONDAY)
        teams.add_team(connection, name="Lorries", members=[], vehicles=["van-1"], now=MONDAY)
        assert reports.team_names(connection, None) == {"van-1": "Lorries, North", "van-2": "North"}
        assert reports.team_names(connection, [north]) == {"van-1": "North", "van-2": "North"}


def test_a_place_is_at_the_site_that_there_was_then(week: Stores) -> None:
    """A depot that was opened on Monday is not where a van was on Friday; its newest name is what it is called."""
    standing.write_fences(week.database, sites=["depot"], depot="Depot", meadow="A meadow")
    places = [Place("van-1", ms(on(day)), 24.95, 60.18) for day in (-3, 2)] + [Place("van-1", ms(on(3)), 25.0, 60.18)]
    with week.database.reading() as connection:
        assert sites_at(connection, places) == {("van-1", ms(on(2))): "depot"}
        assert sites_at(connection, []) == {}


def test_a_period_is_opened_once_and_tried_by_one(week: Stores) -> None:
    """However many processes look at once."""
    values = {"kind": "trips", "format": "csv", "filters": {}, "every": "day", "on_day": 1, "at": "07:00"}
    values |= {"time_zone": "UTC", "recipients": [], "enabled": True, "owner": "aino", "owner_is_key": False}
    with week.database.writing() as connection:
        schedule = report_schedules.add(connection, {"name": "A", **values, "since": MONDAY, "changed_at": MONDAY})
        row = report_schedules.one(connection, schedule)
        assert row is not None
        period = newest(report_schedules.timing(row), on(2))
        for _ in range(2):
            report_schedules.open_sendings(connection, schedule, [period])
        assert report_schedules.waiting(connection, on(2)) == [(schedule, period.key)]
        assert report_schedules.try_it(connection, schedule, period.key, on(2), on(2, "00:10")) is not None
        assert report_schedules.try_it(connection, schedule, period.key, on(2), on(2, "00:10")) is None
        report_schedules.ended(connection, schedule, period.key, state="sent")
        assert report_schedules.waiting(connection, on(9)) == []
        report_schedules.remove(connection, schedule)
        assert report_schedules.last_sendings(connection, [schedule]) == {}
