"""What every telemetry store promises, shown on DuckDB and on a real InfluxDB."""

import itertools
import random
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.store.telemetry import Telemetry
from server.store.telemetry.schema import SCHEMA
from tests.server.store.telemetry.conftest import Opened
from tests.support.positions import NOON, a_position, positions
from tests.support.telemetry import VEHICLE, a_batch, a_part, at_seconds, in_order, positions_of
from wire.messages import Position

DAY = timedelta(days=1)
TODAY = NOON.date()
EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
names = (f"vehicle-{number}" for number in itertools.count())


def whole(store: Telemetry, vehicle: str = VEHICLE) -> list[Position]:
    """Everything that the store has of a vehicle."""
    return positions_of(store.track(vehicle, *EVER))


def seconds(table: pa.Table) -> list[float]:
    """The times of a table in seconds after noon."""
    return [(at - NOON).total_seconds() for at in table["at"].to_pylist()]


def test_a_track_has_every_position_in_the_order_of_time(store: Telemetry) -> None:
    """The map draws what it gets, in the order it gets it."""
    written = [a_position(second, speed_mps=second / 10) for second in range(100)]
    random.Random(1).shuffle(written)
    store.write(a_batch(*written))
    assert whole(store) == sorted(written, key=lambda one: one.at)


def test_a_range_has_its_start_and_not_its_end(store: Telemetry) -> None:
    """Two days side by side must neither share a position nor lose one."""
    store.write(at_seconds(0, 1, 2, 3))
    assert seconds(store.track(VEHICLE, NOON + timedelta(seconds=1), NOON + timedelta(seconds=3))) == [1, 2]
    assert seconds(store.track(VEHICLE, NOON + timedelta(microseconds=1), NOON + timedelta(seconds=1.0005))) == [1]


def test_an_exact_repeat_is_the_same_position(opened: Opened) -> None:
    """A gateway that heard no acknowledgement sends its batch again."""
    batch = at_seconds(*range(10))
    opened.store.write(batch)
    opened.store.write(batch)
    opened.store.write(batch.slice(3, 4))
    assert seconds(opened.store.track(VEHICLE, *EVER)) == list(range(10))
    assert len(whole(opened.again())) == 10


def test_different_fixes_of_one_instant_are_both_kept_in_the_order_of_content(store: Telemetry) -> None:
    """Real data has such instants; a key of (vehicle, at) would drop one, depending on arrival."""
    twins = [
        a_position(0, lon=25.0),
        a_position(0, lon=24.0),
        a_position(0, lon=24.0, alt_m=1),
        a_position(0, lon=24.0),
    ]
    store.write(a_batch(twins[0]))
    store.write(a_batch(*twins[1:]))
    store.write(a_batch(*reversed(twins)))
    assert whole(store) == [twins[1], twins[2], twins[0]]


instants = st.builds(
    lambda day, ms: NOON + day * DAY + timedelta(milliseconds=ms), st.integers(-1, 1), st.integers(0, 3)
)
crowded = st.builds(lambda one, at: msgspec.structs.replace(one, at=at), positions, instants)
"""Any positions, at so few instants that many share one."""


@given(
    written=st.lists(
        crowded | crowded.map(lambda one: Position(at=one.at, lon=one.lon, lat=0.0)), min_size=1, max_size=12
    ),
    order=st.randoms(use_true_random=False),
    seals=st.sets(st.integers(0, 5)),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_split_repeat_and_order_of_the_same_rows_gives_the_same_track(
    store: Telemetry, written: list[Position], order: random.Random, seals: set[int]
) -> None:
    """P2: arrival does not matter, and sealing days in between does not either."""
    vehicle = next(names)
    rows = written + order.choices(written, k=len(written) // 2)
    order.shuffle(rows)
    cuts = sorted(order.choices(range(len(rows) + 1), k=5))
    for number, (start, end) in enumerate(itertools.pairwise([0, *cuts, len(rows)])):
        store.write(a_batch(*rows[start:end], vehicle=vehicle))
        if number in seals:
            store.seal(order.choice([TODAY, TODAY + 2 * DAY]))
    assert whole(store, vehicle) == in_order(written)
    assert store.days(vehicle) == sorted({one.at.date() for one in written})
    assert positions_of(store.latest(vehicle)) == in_order(written)[-1:]
    assert store.delete(vehicle) == len(set(written))
    assert whole(store, vehicle) == []


def test_flags_come_back_as_they_were(store: Telemetry) -> None:
    """A doubt about a fix is data too."""
    doubted = [a_position(0, flags=("jump",)), a_position(1), a_position(2, flags=("jump", "frozen"))]
    store.write(a_batch(*doubted))
    assert whole(store) == doubted


def test_what_the_receiver_did_not_say_stays_unsaid(store: Telemetry) -> None:
    """A missing speed must not become zero."""
    said = a_position(0, alt_m=0, speed_mps=0, course_deg=0, accuracy_m=0, satellites=0, hdop=0, mode="2d")
    store.write(a_batch(a_position(0), said, a_position(1)))
    assert whole(store) == in_order([a_position(0), said, a_position(1)])


@pytest.mark.parametrize("year", [1, 1677, 1969, 1970, 2199, 2200, 2262, 9999])
def test_a_receiver_that_is_confused_about_the_year_is_recorded_as_it_says(store: Telemetry, year: int) -> None:
    """Fixes are never discarded, and one nonsense date must not hold up the batch that it is in."""
    odd = [Position(at=datetime(year, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), lon=lon, lat=0.0) for lon in (1.0, 2.0)]
    store.write(a_batch(a_position(0), *odd, *odd))
    store.write(a_batch(odd[1]))
    assert whole(store) == in_order([a_position(0), *odd])
    assert store.days(VEHICLE) == sorted([odd[0].at.date(), TODAY])
    assert positions_of(store.track(VEHICLE, odd[0].at, odd[0].at + timedelta(microseconds=500))) == odd
    assert store.retain(NOON) == (2 if year < 2026 else 0)
    assert store.delete(VEHICLE) == (1 if year < 2026 else 3)
    assert whole(store) == []


def test_downsampling_takes_the_last_position_of_each_bucket(store: Telemetry) -> None:
    """A month on a chart needs no second-by-second data, and buckets must not depend on where the range starts."""
    twin = a_position(59, lon=25.0)
    store.write(at_seconds(0, 10, 59, 60, 200))
    store.write(a_batch(twin))
    found = store.downsampled(VEHICLE, NOON, NOON + DAY, 60)
    assert seconds(found) == [59, 60, 200]
    assert positions_of(found)[0] == twin
    assert seconds(store.downsampled(VEHICLE, NOON + timedelta(seconds=5), NOON + timedelta(seconds=60), 60)) == [59]


def test_the_latest_is_the_last_of_the_track_whether_sealed_or_not(store: Telemetry) -> None:
    """An odometer that is counted again starts from the neighbour before the change."""
    yesterday, today = a_position(-86_400), a_position(0)
    store.write(a_batch(yesterday, a_position(-86_401), vehicle=VEHICLE))
    store.seal(TODAY)
    assert positions_of(store.latest(VEHICLE)) == [yesterday]
    store.write(a_batch(today, a_position(0, lon=24.0)))
    assert positions_of(store.latest(VEHICLE)) == [today]
    assert positions_of(store.latest(VEHICLE, before=NOON)) == [yesterday]
    assert positions_of(store.latest(VEHICLE, before=yesterday.at)) == [a_position(-86_401)]
    assert store.latest(VEHICLE, before=NOON - 9 * DAY).num_rows == 0
    assert store.latest("nobody").schema == SCHEMA


def test_the_first_after_is_the_neighbour_behind_an_instant(store: Telemetry) -> None:
    """The other neighbour of a change that came late."""
    store.write(at_seconds(-86_400, -86_399, -3600))
    store.seal(TODAY)
    store.write(at_seconds(0, 7, -3600))
    assert seconds(store.first_after(VEHICLE, NOON - DAY)) == [-86_399]
    assert seconds(store.first_after(VEHICLE, NOON - timedelta(hours=2))) == [-3600]
    assert seconds(store.first_after(VEHICLE, NOON)) == [7]
    assert seconds(store.first_after(VEHICLE, NOON - timedelta(microseconds=1))) == [0]
    assert store.first_after(VEHICLE, NOON + timedelta(seconds=7)).num_rows == 0


def test_the_days_of_a_vehicle_are_its_own(store: Telemetry) -> None:
    """A calendar of journeys shows the days that there are."""
    store.write(at_seconds(-86_400, 0))
    store.write(at_seconds(43_200, vehicle="van-2"))
    store.seal(TODAY)
    assert store.days(VEHICLE) == [TODAY - DAY, TODAY]
    assert store.days("van-2") == [TODAY + DAY]
    assert store.days("van-3") == []


def test_vehicles_do_not_mix(store: Telemetry) -> None:
    """Somebody else's journey on my map is the worst that a tracker can show."""
    fleet = [f"van-{number}" for number in (1, 10, 11, 2)]
    for vehicle in fleet:
        store.write(a_batch(a_position(0, alt_m=float(len(vehicle))), a_position(1), vehicle=vehicle))
    store.seal(TODAY + DAY)
    for vehicle in fleet:
        found = store.track(vehicle, *EVER)
        assert found["vehicle"].unique().to_pylist() == [vehicle]
        assert found.num_rows == 2


def test_data_that_comes_late_for_a_sealed_day_is_taken(opened: Opened) -> None:
    """A gateway that was offline for a week brings days that were sealed long ago."""
    store = opened.store
    store.write(at_seconds(0, 2, 4))
    store.seal(TODAY + DAY)
    store.write(at_seconds(1, 2, 3))
    assert seconds(store.track(VEHICLE, *EVER)) == [0, 1, 2, 3, 4]
    store.seal(TODAY + DAY)
    assert seconds(store.track(VEHICLE, *EVER)) == [0, 1, 2, 3, 4]
    assert len(whole(opened.again())) == 5


def test_retention_deletes_what_is_older_and_counts_it(opened: Opened) -> None:
    """The law wants old tracks gone; the instant itself stays."""
    store = opened.store
    store.write(at_seconds(-200_000, -86_400, -2, -1, 0, 1))
    store.write(at_seconds(-2, vehicle="van-2"))
    store.seal(TODAY)
    store.write(at_seconds(-86_400, -5))
    assert store.retain(NOON) in (6, 7)  # InfluxDB may count a repeat twice
    assert store.retain(NOON) == 0
    assert seconds(store.track(VEHICLE, *EVER)) == [0, 1]
    assert len(whole(opened.again())) == 2
    assert whole(opened.store, "van-2") == []
    opened.store.write(at_seconds(-5))
    assert seconds(opened.store.track(VEHICLE, *EVER)) == [-5, 0, 1]


def test_a_persons_request_deletes_one_vehicle_and_no_other(opened: Opened) -> None:
    """Personal data goes on request, wherever it lies, and stays away."""
    store = opened.store
    for vehicle in (VEHICLE, "van-2"):
        store.write(at_seconds(-86_400, 0, vehicle=vehicle))
    store.seal(TODAY)
    store.write(at_seconds(-86_400, 5))
    assert store.delete(VEHICLE) == 3
    assert store.delete(VEHICLE) == 0
    assert (whole(store), len(whole(store, "van-2"))) == ([], 2)
    assert (store.days(VEHICLE), whole(opened.again())) == ([], [])
    opened.store.write(at_seconds(9))
    assert seconds(opened.store.track(VEHICLE, *EVER)) == [9]


def test_what_is_no_batch_of_positions_is_refused(store: Telemetry) -> None:
    """A mistake of ours must be loud, and must not be mistaken for a store that is away."""
    good = at_seconds(0)
    with pytest.raises(ValueError, match="columns"):
        store.write(good.drop_columns(["flags"]))
    with pytest.raises(ValueError, match="without lon_e7"):
        store.write(good.set_column(2, SCHEMA.field("lon_e7"), pa.nulls(1, pa.int32())))
    with pytest.raises(ValueError, match="not a vehicle id"):
        store.write(at_seconds(0, vehicle="van 1,x=y"))
    with pytest.raises(ValueError, match="not flags"):
        store.write(good.set_column(12, SCHEMA.field("flags"), pa.array(['jump",lon_e7=1i'])))
    with pytest.raises(ValueError, match="without a zone"):
        store.track(VEHICLE, datetime(2026, 1, 1), NOON)
    assert whole(store) == []


def test_nothing_is_a_batch_too(store: Telemetry) -> None:
    """Messages with sightings only have no positions."""
    store.write(a_batch())
    store.check()
    assert store.track(VEHICLE, *EVER).schema == SCHEMA
    assert store.downsampled(VEHICLE, *EVER, 60).num_rows == 0
    assert (store.retain(NOON), store.delete(VEHICLE), store.days(VEHICLE)) == (0, 0, [])


def test_readers_see_everything_once_while_a_writer_writes_and_days_are_sealed(store: Telemetry) -> None:
    """The API answers from other threads than the ingest's; what moves into a sealed day is never missed or doubled."""
    done = threading.Event()
    wrong: list[str] = []

    def read() -> None:
        most = 0
        while not done.is_set():
            found = seconds(store.track(VEHICLE, *EVER))
            if found != list(range(len(found))) or len(found) < most:
                wrong.append(f"{most} positions, and then {found[:5]}... {len(found)}")
            most = max(most, len(found))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for start in range(0, 400, 10):
            store.write(at_seconds(*range(start, start + 10)))
            if start % 50 == 0:
                store.seal(TODAY + DAY)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert len(whole(store)) == 400


def test_a_batch_gathers_many_gateways(store: Telemetry) -> None:
    """One write for a hundred messages is what makes the ingest fast."""
    from server.store.telemetry import batch_of

    parts = [a_part(f"van-{number}", [a_position(number, flags=("jump",)), a_position(0)]) for number in range(1, 4)]
    store.write(batch_of([*parts, a_part("van-1", [a_position(9, hdop=1.5)])]))
    assert whole(store, "van-1") == [a_position(0), a_position(1, flags=("jump",)), a_position(9, hdop=1.5)]
    assert seconds(store.track("van-3", *EVER)) == [0, 3]
