"""From positions to a report: what the engine makes of a drive stands in the table with the same figures."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.domain.fences.geojson import read_fence, write_fence
from server.reports.build import build, leaves_of, names_of
from server.reports.formats.places import Drawing, places
from server.reports.question import asked
from server.reports.table import Table
from server.store import fences
from tests.server.reports.conftest import column
from tests.support.positions import NOON, a_position
from tests.support.stores import Stores, a_run_of, arrived
from wire.messages import Position

NOW = NOON + timedelta(hours=6)
DEPOT = {
    "type": "Feature",
    "id": "depot",
    "geometry": {"type": "Point", "coordinates": [24.9, 60.17]},
    "properties": {"name": "Ruoholahti depot", "radius_m": 150, "site": True},
}


def a_drive() -> list[Position]:
    """Ten minutes in the depot, ten minutes east at 10 m/s, half an hour there."""

    def at(second: int) -> Position:
        east = min(max(second - 600, 0), 600) * 10 / 55_500
        return a_position(
            second,
            lon=round(24.9 + east, 7),
            lat=60.17,
            speed_mps=10.0 if 600 < second <= 1200 else 0.0,
            accuracy_m=3.0,
        )

    return [at(second) for second in range(0, 3000, 5)]


@pytest.fixture(scope="module")
def drove(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = Path(tmp_path_factory.mktemp("drove"))
    stores = Stores(folder)
    with stores.database.writing() as connection:
        fences.put(connection, [write_fence(read_fence(DEPOT))], by="tests", now=NOON - timedelta(days=1))
    stores.record(arrived(a_run_of(a_drive()), received_at=NOW), now=NOW)
    yield stores
    stores.close()


def report(stores: Stores, kind: str, **words: str) -> Table:
    with stores.database.reading() as connection:
        return build(connection, asked(kind, start="2026-11-22", end="2026-11-23", **words, now=NOW), now=NOW)  # type: ignore[arg-type]


def test_a_drive_is_one_trip_with_the_distance_of_its_fact(drove: Stores) -> None:
    """6 km in ten minutes, out of the depot."""
    table = report(drove, "trips")
    assert len(table.rows) == 1
    [distance], [duration], [top] = (column(table, key) for key in ("distance_km", "duration_s", "top_speed_kmh"))
    assert distance == pytest.approx(6.0, abs=0.05)
    assert duration == pytest.approx(600, abs=15)
    assert top == 36.0
    assert column(table, "from_place") == ["Ruoholahti depot"]
    assert column(table, "to_place")[0].startswith("60.1700, 25.00")
    [fact] = [fact for fact in drove.facts("van-1") if fact.kind == "trip_ended"]
    assert column(table, "fact") == [fact.id]
    assert round(fact.body["distance_m"] / 1000, 2) == distance


def test_halts_and_visits_are_those_of_the_engine(drove: Stores) -> None:
    """The first at the depot, a site; the second goes on."""
    halts, visits = report(drove, "halts"), report(drove, "visits")
    assert column(halts, "place")[0] == "Ruoholahti depot"
    assert [value is None for value in column(halts, "ended_at")] == [False, True]
    assert column(visits, "how") == ["stayed"]
    assert column(visits, "duration_s")[0] == pytest.approx(620, abs=20)


def test_the_distance_of_the_day_is_that_of_its_trips(drove: Stores) -> None:
    """And the odometer stands beside it."""
    trips, days = report(drove, "trips"), report(drove, "distance")
    assert column(days, "distance_km") == column(trips, "distance_km")
    assert column(days, "odometer_km")[0] == pytest.approx(column(trips, "distance_km")[0], abs=0.05)


def test_its_track_is_drawn_from_its_beginning_to_its_end(drove: Stores) -> None:
    """Both ends count."""
    question = asked("trips", start="2026-11-22", end="2026-11-23", now=NOW)
    with drove.database.reading() as connection:
        leaves = leaves_of(connection, question, names_of(connection), now=NOW)
    [place] = places(Drawing(report(drove, "trips"), leaves, tracks=True, now=NOW), drove.telemetry)
    assert len(place.line) == pytest.approx(121, abs=4)
    assert place.line == sorted(place.line)


def test_data_that_comes_late_changes_the_figures_to_what_they_would_have_been(tmp_path: Path, drove: Stores) -> None:
    """The second half of the drive comes first."""
    late = Stores(tmp_path)
    with late.database.writing() as connection:
        fences.put(connection, [write_fence(read_fence(DEPOT))], by="tests", now=NOON - timedelta(days=1))
    drive = a_drive()
    for stream, part in (("second", drive[180:]), ("first", drive[:180])):
        late.record(arrived(a_run_of(part, stream=stream), received_at=NOW), now=NOW)
    for kind in ("trips", "halts", "visits", "distance"):
        assert report(late, kind).rows == report(drove, kind).rows, kind
        assert report(late, kind).title == report(drove, kind).title
    late.close()
