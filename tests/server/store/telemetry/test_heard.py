"""What every telemetry store promises of sightings, scanners' windows and tags' sensors: DuckDB and a real InfluxDB."""

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.store.telemetry import Telemetry
from server.store.telemetry.heard import EVERY, READINGS, SCANS, SIGHTINGS, Heard, row_of
from tests.server.store.telemetry.conftest import Opened
from tests.support.hearing import VAN, a_reading, a_scan, a_sighting, heard_table
from tests.support.positions import NOON
from tests.support.telemetry import at_seconds

DAY = timedelta(days=1)
TODAY = NOON.date()
EVER = (datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def seconds(table: pa.Table) -> list[float]:
    return [(at - NOON).total_seconds() for at in table["at"].to_pylist()]


def whole(store: Telemetry, series: Heard = SIGHTINGS, **where: Any) -> list[dict[str, Any]]:
    table = store.heard(series, *EVER, **where)
    assert table.schema.equals(series.schema)
    return list(table.to_pylist())


def test_what_was_heard_comes_back_as_it_was(store: Telemetry) -> None:
    """What nobody said stays unsaid: an expected count that is missing is not zero."""
    store.write_heard(SIGHTINGS, heard_table(SIGHTINGS, a_sighting(20, expected=10.5, gap_s=1.234), a_sighting(10)))
    store.write_heard(SCANS, heard_table(SCANS, a_scan(), a_scan(20, healthy=False, problem='no "adapter"\n')))
    store.write_heard(READINGS, heard_table(READINGS, a_reading(value=-0.1)))
    first, second = whole(store)
    assert (first["expected_c"], first["gap_ms"], second["expected_c"], second["gap_ms"]) == (None, None, 1050, 1234)
    assert (first["rssi_max_cdbm"], first["rssi_mean_cdbm"], first["count"]) == (-6150, -6825, 7)
    assert [(one["healthy"], one["problem"]) for one in whole(store, SCANS)] == [(True, None), (False, "no  adapter")]
    [reading] = whole(store, READINGS)
    assert (reading["tag"], reading["quantity"], reading["value"]) == ("t1", "temperature_c", -0.1)


def test_a_range_has_its_start_and_not_its_end(store: Telemetry) -> None:
    """An observation belongs to one window of the filter, never to two."""
    store.write_heard(SIGHTINGS, heard_table(SIGHTINGS, *(a_sighting(second) for second in (0, 10, 20, 30))))
    found = store.heard(SIGHTINGS, NOON + timedelta(seconds=10), NOON + timedelta(seconds=30))
    assert seconds(found) == [10, 20]


tags = st.sampled_from(["t1", "t2", "E2C56DB5-DFFB-48D2-B060-D0F5A71096E0/1/2", "https://x.example/?a=b,c"])
sightings = st.builds(a_sighting, st.sampled_from([0, 10, 86_400]), tags, count=st.integers(1, 3))


@given(
    written=st.lists(sightings, min_size=1, max_size=12), order=st.randoms(use_true_random=False), seal=st.booleans()
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_order_and_repeat_gives_the_same_rows(
    store: Telemetry, written: list[Any], order: random.Random, seal: bool
) -> None:
    """P2, and P1: a group that is written again after a failure changes no answer."""
    store.delete("van-1")
    rows = written + order.choices(written, k=3)
    order.shuffle(rows)
    for cut in (rows[:4], rows[4:], rows[:2]):
        store.write_heard(SIGHTINGS, heard_table(SIGHTINGS, *cut))
        if seal:
            store.seal(TODAY + 3 * DAY)
    found = [(one["at"], one["tag"], one["count"]) for one in whole(store)]
    assert sorted(found) == sorted({(one.at, one.tag, one.count) for one in written})
    assert [one[0] for one in found] == sorted(one[0] for one in found)


def test_who_asks_for_some_tags_or_scanners_gets_those(store: Telemetry) -> None:
    """A package's page asks for one tag; the filter for a dock and the vans at it."""
    for scanner in (VAN, "site:depot"):
        store.write_heard(
            SIGHTINGS, heard_table(SIGHTINGS, a_sighting(tag="a=1,b"), a_sighting(tag="b"), scanner=scanner)
        )
    assert {(one["scanner"], one["tag"]) for one in whole(store, tag=["a=1,b"])} == {
        (VAN, "a=1,b"),
        ("site:depot", "a=1,b"),
    }
    assert len(whole(store, tag=["b", *(f"x{number}" for number in range(99))], scanner=["site:depot"])) == 1
    assert whole(store, tag=[]) == []
    assert whole(store, SCANS) == []


def test_days_are_sealed_and_late_rows_join_them(opened: Opened) -> None:
    """A van that was offline for a week brings what it heard then."""
    store = opened.store
    store.write_heard(SIGHTINGS, heard_table(SIGHTINGS, a_sighting(10), a_sighting(86_410)))
    store.seal(TODAY + 5 * DAY)
    store.write_heard(SIGHTINGS, heard_table(SIGHTINGS, a_sighting(20), a_sighting(10)))
    assert seconds(store.heard(SIGHTINGS, *EVER)) == [10, 20, 86_410]
    store.seal(TODAY + 5 * DAY)
    assert seconds(opened.again().heard(SIGHTINGS, *EVER)) == [10, 20, 86_410]


def test_retention_and_a_persons_request_take_what_was_heard_along(opened: Opened) -> None:
    """Who was where is personal, whichever series says it."""
    store = opened.store
    for series, record in ((SIGHTINGS, a_sighting), (SCANS, a_scan), (READINGS, a_reading)):
        table = [heard_table(series, record(-86_400), record(-10), record(10), scanner=one) for one in (VAN, "site:d")]
        store.write_heard(series, pa.concat_tables(table))
    store.write(at_seconds(0))
    store.seal(TODAY + DAY)
    store.retain(NOON)
    for series in EVERY:
        assert seconds(store.heard(series, *EVER)) == [10, 10]
    store.write_heard(SIGHTINGS, heard_table(SIGHTINGS, a_sighting(-5)))
    store.seal(TODAY + 3 * DAY)
    assert store.delete("van-1") == 1
    for series in EVERY:
        assert [one["scanner"] for one in whole(opened.again(), series)] == ["site:d"]


@pytest.mark.parametrize(
    "record",
    [
        a_sighting(tag="two words"),
        a_sighting(tag=""),
        a_sighting(tag='a"b'),
        a_sighting(rssi_max_dbm=math.nan),
        a_sighting(count=2**40),
        a_sighting(window_s=0),
        a_sighting(expected=1e300),
        a_reading(value=math.inf),
        a_sighting(-(2**31)),
        a_scan(window_s=-1),
        a_scan(unknown_rssi_mean_dbm=-math.inf),
    ],
    ids=str,
)
def test_what_no_store_can_hold_is_no_row(record: Any) -> None:
    """It is kept as it came, like everything that is not understood, and blocks nothing."""
    assert row_of(record, VAN, "gw-1") is None


def test_what_is_no_table_of_the_series_is_refused(store: Telemetry) -> None:
    """A mistake of ours must be loud."""
    good = heard_table(SIGHTINGS, a_sighting())
    with pytest.raises(ValueError, match="columns"):
        store.write_heard(SCANS, good)
    with pytest.raises(ValueError, match="not a tag"):
        store.write_heard(SIGHTINGS, good.set_column(2, SIGHTINGS.schema.field("tag"), pa.array(["a b"])))
    with pytest.raises(ValueError, match="without count"):
        store.write_heard(SIGHTINGS, good.set_column(5, SIGHTINGS.schema.field("count"), pa.nulls(1, pa.int32())))
    store.write_heard(SIGHTINGS, good.slice(0, 0))
    assert whole(store) == []
