"""Newest positions and odometers: whatever a channel does, they are those of the journey in order."""

import itertools
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.record import keep, take
from tests.support.positions import NOON, a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived
from tests.support.telemetry import a_batch, in_order
from wire.messages import Position, milliseconds

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    made = Stores(tmp_path_factory.mktemp("stores"))
    yield made
    made.close()


def a_journey(random: Random) -> list[Position]:
    """Rows of an outbox: nearly in the order of time, around midnight, with equal instants, doubts and long gaps."""
    rows = [_a_fix(random) for _ in range(random.randint(1, 40))]
    rows.sort(key=lambda one: one.at)
    for _ in range(random.randint(0, 4)):
        one, other = random.randrange(len(rows)), random.randrange(len(rows))
        rows[one], rows[other] = rows[other], rows[one]
    return rows


def _a_fix(random: Random) -> Position:
    second = 43_200 + random.choice((random.randint(-12, 12) * 20.0, random.uniform(-300, 300) // 1, 50_000.0))
    lon, lat = round(24.9 + random.randint(0, 60) * 2e-4, 7), random.choice((60.17, 60.171))
    if random.random() < 0.1:
        lon, lat = random.choice(((0.0, 0.0), (24.9, 0.0)))
    return a_position(
        second,
        lon=lon,
        lat=lat,
        speed_mps=random.choice((None, 12.0, 0.0)),
        alt_m=random.choice((None, 12.0)),
        flags=("jump",) if random.random() < 0.1 else (),
    )


def send(stores: Stores, random: Random, van: str, streams: dict[str, list[Position]]) -> None:
    """Messages split, repeated, out of order, some written but never committed; then what is missing, by the rule."""
    last = dict.fromkeys(streams, 0)
    for _ in range(random.randint(0, 14)):
        stream = random.choice(sorted(streams))
        first = max(0, last[stream] + random.choice((0, 0, 0, -1, -3, 2)))
        if rows := streams[stream][first : first + random.randint(1, 12)]:
            message = arrived(a_run_of(rows, stream=stream, seq_from=first + 1), van)
            if random.random() < 0.3:  # it dies after the telemetry was written, before the commit
                keep(take([message], stores.database, accept_unclaimed=True, now=NOW), stores.telemetry)
            else:
                last |= {answer.ack.stream: answer.ack.last for answer in stores.record(message).answers}
    while any(last[stream] < len(rows) for stream, rows in streams.items()):
        group = [
            arrived(
                a_run_of(rows[last[stream] :][: random.randint(1, 9)], stream=stream, seq_from=last[stream] + 1), van
            )
            for stream, rows in streams.items()
            if last[stream] < len(rows)
        ]
        last |= {answer.ack.stream: answer.ack.last for answer in stores.record(*group).answers}


@given(st.integers(0, 2**32))
def test_any_order_gives_the_facts_of_the_order(shared: Stores, seed: int) -> None:
    """P2: shuffled, delayed, repeated, half written: the series, the newest position and the odometer are the same."""
    stores, random, number = shared, Random(seed), next(_numbers)
    messy, tidy = f"messy-{number}", f"tidy-{number}"
    rows = a_journey(random)
    cut = random.randint(0, len(rows))
    streams = {name: part for name, part in (("old", rows[:cut]), ("new", rows[cut:])) if part}
    send(stores, random, messy, streams)
    stores.record(arrived(a_run_of(in_order(rows)), tidy))

    stores.recount()

    assert stores.track(messy) == in_order(rows)
    assert stores.newest(messy) == stores.newest(tidy)
    assert stores.driven_mm(messy) == stores.driven_mm(tidy)
    assert whats_said(stores, messy) == whats_said(stores, tidy)


def whats_said(stores: Stores, vehicle: str) -> list[str]:
    """The facts of a vehicle, without whose they are."""
    return sorted(f"{one.at_ms} {one.kind} {one.decided_ms} {one.fence} {one.body}" for one in stores.facts(vehicle))


def drives(*seconds: float, **said: object) -> list[Position]:
    """A van that drives east, 11 m a second; what a second says depends on nothing else."""
    return [a_position(s, lon=round(24.9 + s * 2e-4, 7), speed_mps=11.0, **said) for s in seconds]


def in_one_go(stores: Stores, rows: list[Position]) -> tuple[object, object]:
    """What the facts are when the rows come in order."""
    stores.record(arrived(a_run_of(in_order(rows)), "tidy"))
    return stores.newest("tidy"), stores.driven_mm("tidy")


def test_the_odometer_is_what_the_van_drove(stores: Stores) -> None:
    """Ten seconds at 11.1 m a second, on WGS 84: a person can check it."""
    stores.record(arrived(a_run_of(drives(*range(11)))))
    assert stores.driven_mm("van-1") == {NOON.date(): pytest.approx(111_030, abs=10)}


def test_a_day_ends_at_midnight_utc(stores: Stores) -> None:
    """A segment counts for the day on which it ends."""
    stores.record(arrived(a_run_of(drives(43_190, 43_210))))
    [(day, mm)] = stores.driven_mm("van-1").items()
    assert (day - NOON.date()).days == 1
    assert mm > 200_000


def test_what_was_written_but_not_committed_is_not_counted_twice(stores: Stores) -> None:
    """It comes again, in other pieces: the first piece must not count what the telemetry already has of the second."""
    before, again = drives(0, 10, 20), [*drives(5), *drives(30, 40, 50)]
    stores.record(arrived(a_run_of(before)))
    lost = arrived(a_run_of(again, seq_from=4))
    keep(take([lost], stores.database, accept_unclaimed=True, now=NOW), stores.telemetry)
    stores.record(arrived(a_run_of(again[:1], seq_from=4)))
    stores.record(arrived(a_run_of(again[1:], seq_from=5)))
    assert (stores.newest("van-1"), stores.driven_mm("van-1")) == in_one_go(stores, before + again)


def test_rows_that_an_older_database_does_not_know_of_are_counted(stores: Stores) -> None:
    """A restored database, a telemetry that is newer, and a gateway that no longer has the rows between."""
    rows = drives(0, 10, 20, 30, 40)
    stores.telemetry.write(a_batch(*rows[1:4]))
    stores.record(arrived(a_run_of(rows[:1])))
    stores.record(arrived(a_run_of(rows[4:], seq_from=5, prev=0)))
    assert stores.driven_mm("van-1") == in_one_go(stores, rows)[1]


def test_a_new_database_counts_all_that_the_telemetry_has(stores: Stores) -> None:
    """Several days that no gateway has any more."""
    rows = drives(0, 10, 86_400, 86_410, 2 * 86_400)
    stores.telemetry.write(a_batch(*rows[:4]))
    stores.record(arrived(a_run_of(rows[4:], seq_from=5, prev=0)))
    stores.recount()
    assert stores.driven_mm("van-1") == in_one_go(stores, rows)[1]


def test_a_fix_from_the_future_is_stored_but_is_nobody_s_newest(stores: Stores) -> None:
    """It would be the newest for years."""
    stores.record(arrived(a_run_of([*drives(0, 10), a_position(400 * 86_400)])))
    newest = stores.newest("van-1")
    assert newest is not None
    assert newest[0] == milliseconds(NOON) + 10_000
    assert len(stores.track("van-1")) == 3
    assert sum(stores.driven_mm("van-1").values()) < 200_000


def test_a_fix_from_the_future_counts_once_it_is_overtaken(stores: Stores) -> None:
    """A clock that was ahead of its time: in the end the odometer is that of the stored series."""
    rows = [*drives(0, 10), *drives(700), *drives(20, 720, 730)]
    stores.record(arrived(a_run_of(rows[:4]), received_at=NOON))
    assert stores.newest("van-1")[0] == milliseconds(NOON) + 20_000  # type: ignore[index]
    stores.record(arrived(a_run_of(rows[4:], seq_from=5)))
    assert (stores.newest("van-1"), stores.driven_mm("van-1")) == in_one_go(stores, rows)


def test_a_receiver_on_null_island_moves_nothing(stores: Stores) -> None:
    """Doubtful fixes are stored, and are nobody's newest position."""
    stores.record(arrived(a_run_of([*drives(0, 10), a_position(20, lon=0, lat=0), a_position(30, flags=("jump",))])))
    assert stores.newest("van-1")[0] == milliseconds(NOON) + 10_000  # type: ignore[index]
    assert len(stores.track("van-1")) == 4
