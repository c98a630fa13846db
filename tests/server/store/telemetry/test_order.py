"""The one order of positions, against the plainest way to say it."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.store.telemetry.order import canonical, last_of_buckets
from server.store.telemetry.schema import served, stored
from tests.support.positions import NOON, a_position
from tests.support.telemetry import a_batch, at_seconds, in_order, positions_of

nearly_equal = st.builds(
    lambda ms, **said: a_position(ms / 1000, **{name: value for name, value in said.items() if value is not None}),
    st.integers(0, 3),
    lon=st.sampled_from([24.0, 25.0]),
    alt_m=st.sampled_from([None, -1.0, 0.0]),
    mode=st.sampled_from([None, "2d", "3d"]),
    flags=st.sampled_from([None, ("jump",), ("date",)]),
)


@given(st.lists(nearly_equal, max_size=30))
def test_positions_come_once_in_the_order_of_time_and_content(positions: list[object]) -> None:
    """Both stores rely on it, and DuckDB sorts sealed days by SQL: they must agree."""
    table = served(stored(a_batch(*positions)))
    assert positions_of(canonical(table)) == in_order(positions)


@given(st.lists(nearly_equal, max_size=20))
def test_what_is_in_order_stays_as_it_is(positions: list[object]) -> None:
    """A track that is read twice is the same track."""
    once = canonical(served(stored(a_batch(*positions))))
    assert canonical(once).equals(once)


def test_the_last_of_each_bucket_is_taken_from_times_before_1970_too() -> None:
    """Buckets are counted from 1970; a receiver that says 1969 must not fold two buckets into one."""
    before = -(NOON.timestamp())
    track = served(stored(at_seconds(before - 61, before - 1, before, before + 59, before + 60)))
    found = last_of_buckets(track, 60_000)["at"].to_pylist()
    assert [(at - NOON) / timedelta(seconds=1) - before for at in found] == [-61, -1, 59, 60]
