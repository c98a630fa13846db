"""Whatever a channel does to the messages, the facts are those of the journey in order, each once."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.record import keep, take
from tests.support.positions import a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived
from tests.support.telemetry import in_order
from wire.messages import Position

_numbers = itertools.count(1)

# Around midnight, so that segments end on another day than they begin; a gap of half a day; many equal instants.
_seconds = st.integers(0, 30).map(lambda step: 43_200 - 450 + step * 30.0) | st.sampled_from([0.0, 86_400.0, 130_000.0])
_positions = st.builds(
    a_position,
    _seconds,
    lon=st.integers(0, 60).map(lambda step: round(24.9 + step * 2e-4, 7)) | st.just(0.0),
    lat=st.sampled_from([60.17, 60.1701, 0.0]),
    speed_mps=st.sampled_from([None, 0.0, 3.0, 12.0]),
    alt_m=st.sampled_from([None, 12.0]),
    flags=st.sampled_from([(), (), (), ("jump",)]),
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    made = Stores(tmp_path_factory.mktemp("stores"))
    yield made
    made.close()


def _send(stores: Stores, draw: st.DrawFn, van: str, streams: dict[str, list[Position]]) -> None:
    """Messages in any order, split, repeated, some never committed; then what is missing, by the rule."""
    last = dict.fromkeys(streams, 0)
    offsets = st.sampled_from([0, 0, 0, -1, -3, 2])
    step = st.tuples(
        st.sampled_from(sorted(streams)), offsets, st.integers(1, 8), st.sampled_from([False, False, True])
    )
    for stream, offset, length, dies in draw(st.lists(step, max_size=14)):
        first = max(0, last[stream] + offset)
        rows = streams[stream][first : first + length]
        if rows:
            message = arrived(a_run_of(rows, stream=stream, seq_from=first + 1), van)
            if dies:  # after the telemetry was written, before the commit
                keep(take([message], stores.database, accept_unclaimed=True, now=NOW), stores.telemetry)
            else:
                [answer] = stores.record(message).answers
                last[stream] = answer.ack.last
    for stream, rows in streams.items():
        probe = a_run_of([], stream=stream, seq_from=0, prev=0)
        [answer] = stores.record(arrived(probe, van)).answers
        while answer.ack.last < len(rows):
            step = draw(st.integers(1, 9))
            run = a_run_of(rows[answer.ack.last :][:step], stream=stream, seq_from=answer.ack.last + 1)
            [answer] = stores.record(arrived(run, van)).answers


@st.composite
def _outboxes(draw: st.DrawFn) -> list[Position]:
    """Rows nearly in the order of time, as outboxes are, with a few out of it."""
    rows = sorted(draw(st.lists(_positions, min_size=1, max_size=24)), key=lambda one: one.at)
    places = st.integers(0, len(rows) - 1)
    for one, other in draw(st.lists(st.tuples(places, places), max_size=3)):
        rows[one], rows[other] = rows[other], rows[one]
    return rows


@given(_outboxes(), st.integers(0, 24), st.data())
def test_any_order_gives_the_facts_of_the_order(
    stores: Stores, rows: list[Position], cut: int, data: st.DataObject
) -> None:
    """P2: shuffled, delayed, repeated, half written: the series, the newest position and the odometer are the same."""
    number = next(_numbers)
    messy, tidy = f"messy-{number}", f"tidy-{number}"
    streams = {name: part for name, part in (("old", rows[:cut]), ("new", rows[cut:])) if part}
    data.draw(st.composite(lambda draw: _send(stores, draw, messy, streams))())
    stores.record(arrived(a_run_of(in_order(rows)), tidy))

    assert stores.track(messy) == in_order(rows)
    assert stores.newest(messy) == stores.newest(tidy)
    assert stores.driven_mm(messy) == stores.driven_mm(tidy)
