"""The server's end of the delivery rule on real stores: each row once, no hole in silence, nothing unknown lost."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.api.gateways import in_conflict
from server.record import Answer
from server.store import fleet, streams
from server.store.telemetry.heard import READINGS, SCANS, SIGHTINGS
from tests.support.hearing import a_reading, a_scan, a_sighting
from tests.support.positions import NOON, a_position
from tests.support.stores import NOW, Stores, a_run_of, arrived, later
from wire.decode import decode_up
from wire.messages import Ack, Run


def drives(first: int, last: int) -> list[Any]:
    """A position for each second."""
    return [a_position(second) for second in range(first, last + 1)]


def a_piece(first: int, last: int, stream: str = "a1b2", prev: int | None = None) -> Any:
    """The rows first..last of van-1, as the server gets them."""
    return arrived(a_run_of(drives(first, last), stream=stream, seq_from=first, prev=prev))


def gaps(stores: Stores) -> list[tuple[int, int | None]]:
    with stores.database.reading() as connection:
        return sorted((row["seq_from"], row["seq_to"]) for row in streams.gaps_of(connection, "van-1"))


def records(stores: Stores) -> list[dict[str, Any]]:
    with stores.database.reading() as connection:
        return fleet.records_of(connection, "van-1")


def gateway(stores: Stores) -> dict[str, Any]:
    with stores.database.reading() as connection:
        return fleet.known_gateways(connection, ["van-1"])["van-1"]


def last_of(answers: list[Answer]) -> dict[str, int]:
    return {answer.ack.stream: answer.ack.last for answer in answers}


def test_a_repeat_is_answered_and_stored_once(stores: Stores) -> None:
    """The Ack was lost, not the rows."""
    for _ in range(3):
        assert last_of(stores.record(a_piece(1, 5)).answers) == {"a1b2": 5}
    assert stores.track("van-1") == drives(1, 5)


def test_a_run_that_overlaps_brings_only_what_is_new(stores: Stores) -> None:
    """A gateway that starts again may cut its runs elsewhere."""
    stores.record(a_piece(1, 5))
    assert last_of(stores.record(a_piece(3, 8)).answers) == {"a1b2": 8}
    assert stores.track("van-1") == drives(1, 8)


def test_a_run_that_does_not_follow_is_answered_by_what_is_there(stores: Stores) -> None:
    """Go-back-N: the run before it was lost."""
    stores.record(a_piece(1, 5))
    assert last_of(stores.record(a_piece(8, 9)).answers) == {"a1b2": 5}
    assert stores.track("van-1") == drives(1, 5)


def test_runs_of_one_group_follow_one_another(stores: Stores) -> None:
    """A group is a queue's content: the second run of a gateway follows its first."""
    outcome = stores.record(a_piece(1, 2), a_piece(3, 4), a_piece(1, 2), a_piece(5, 5))
    assert last_of(outcome.answers) == {"a1b2": 5}
    assert stores.track("van-1") == drives(1, 5)


def test_a_probe_is_answered_for_a_gateway_that_never_delivered(stores: Stores) -> None:
    """A new server says 0, and so the gateway sends everything."""
    assert last_of(stores.record(arrived(Run(stream="a1b2"))).answers) == {"a1b2": 0}


def test_an_answer_speaks_as_it_was_asked(stores: Stores) -> None:
    """A person who publishes JSON by hand reads JSON."""
    said = b'{"stream":"hand","seq_from":1,"seq_to":1,"records":[{"seq":1,"kind":"position","at":"2026-11-22T10:00:00Z","lon":24.9,"lat":60.1}]}'
    [answer] = stores.record(msgspec.structs.replace(arrived(Run(stream="x")), up=decode_up(said))).answers
    assert answer == Answer(gateway="van-1", ack=Ack(stream="hand", last=1), json=True)


def test_a_hole_is_recorded_once(stores: Stores) -> None:
    """A quota overflowed: rows 4 to 9 are gone for good, and people are told."""
    stores.record(a_piece(1, 3))
    for _ in range(2):
        stores.record(a_piece(10, 12, prev=3))
    assert gaps(stores) == [(4, 9)]


def test_a_new_server_records_what_no_gateway_has_any_more(stores: Stores) -> None:
    """The outbox's history begins at row 500."""
    stores.record(a_piece(500, 501, prev=0))
    assert gaps(stores) == [(1, 499)]


def test_what_is_asked_for_again_is_not_missing(stores: Stores) -> None:
    """After a rewind a gateway sends what it still has; what it no longer has was committed before."""
    stores.record(a_piece(1, 20))
    with stores.database.writing() as connection:
        streams.rewind(connection, None)
    stores.record(a_piece(15, 25, prev=0))
    assert gaps(stores) == []
    assert stores.track("van-1") == drives(1, 25)
    stores.record(a_piece(30, 31, prev=25))
    assert gaps(stores) == [(26, 29)]


def test_two_boxes_with_one_id_are_noticed(stores: Stores) -> None:
    """Somebody copied a configuration; both deliver, and the vehicle would jump between two places."""
    for first in (1, 2, 3):
        stores.record(a_piece(first, first, "one"), now=later(first))
        stores.record(a_piece(first, first, "two"), now=later(first))
    assert in_conflict(gateway(stores), later(4))
    assert not in_conflict(gateway(stores), later(7200))


def test_two_boxes_are_noticed_within_one_group_too(stores: Stores) -> None:
    """Under load their messages arrive together."""
    stores.record(*(a_piece(first, first, stream) for first in (1, 2, 3) for stream in ("one", "two")))
    assert in_conflict(gateway(stores), NOW)


def test_one_late_message_of_an_old_stream_is_no_conflict(stores: Stores) -> None:
    """A disk was replaced, and the broker still had a message of the old one."""
    stores.record(a_piece(1, 1, "old"))
    stores.record(a_piece(1, 1, "new"))
    stores.record(a_piece(2, 2, "old"), a_piece(3, 3, "old"))
    stores.record(a_piece(2, 2, "new"))
    assert not in_conflict(gateway(stores), later(1))


def test_a_new_outbox_leaves_a_gap_of_unknown_size_until_the_old_one_speaks_again(stores: Stores) -> None:
    """A disk was replaced: whatever it still held is gone, and that is shown; a copied configuration is another case."""
    stores.record(a_piece(1, 5, "old"))
    stores.record(a_piece(1, 1, "new"))
    assert gaps(stores) == [(6, None)]
    stores.record(a_piece(2, 2, "new"))
    assert gaps(stores) == [(6, None)]
    stores.record(a_piece(6, 6, "old"))
    assert gaps(stores) == []


@pytest.mark.parametrize(
    "raw",
    [
        {"kind": "weighing", "at": "2026-11-22T10:00:00Z", "kg": 12.5},
        {"kind": "sensor", "at": "yesterday"},
        {"kind": "nul\0led", "text": "a\0b"},
        {"kind": 7, "value": float("nan"), "huge": 2**64 - 1},
        {"kind": "odd", "blob": b"\x00\xff", "map": {(1, 2): 3, None: 4}, "ext": msgspec.msgpack.Ext(5, b"x")},
        {},
    ],
    ids=["unknown kind", "misfit", "NUL", "no kind", "MessagePack only", "empty"],
)
def test_a_record_that_nobody_knows_is_kept_and_acknowledged(stores: Stores, raw: dict[str, Any]) -> None:
    """A gateway may be newer than its server: what it says waits for a server that understands."""
    records_ = ((1, a_position(1)), (2, raw), (3, a_position(3)))
    run = arrived(Run(stream="a1b2", seq_from=1, seq_to=3, records=records_))
    assert last_of(stores.record(run).answers) == {"a1b2": 3}
    [kept] = records(stores)
    assert (kept["seq"], kept["known"]) == (2, False)
    assert len(stores.track("van-1")) == 2
    assert gaps(stores) == []


def test_a_known_record_is_kept_as_it_came(stores: Stores) -> None:
    """Sensors, sightings and events are facts' raw material."""
    raw = {
        "kind": "sensor",
        "at": "2026-11-22T10:00:00.000Z",
        "sensor": "box",
        "quantity": "temperature_c",
        "value": 4.5,
    }
    stores.record(arrived(Run(stream="a1b2", seq_from=1, seq_to=1, records=((1, raw),))))
    [kept] = records(stores)
    assert (kept["kind"], kept["known"], kept["body"]) == ("sensor", True, raw)


def test_a_gateway_that_nobody_claimed_gets_no_answer(stores: Stores) -> None:
    """It keeps its rows until somebody claims it."""
    outcome = stores.record(a_piece(1, 2), accept_unclaimed=False)
    assert outcome.answers == []
    assert stores.track("van-1") == []


def test_a_gateway_of_the_demo_is_not_listened_to_after_it(stores: Stores) -> None:
    """Being known is not being claimed."""
    stores.record(a_piece(1, 2))
    assert stores.record(a_piece(3, 4), accept_unclaimed=False).answers == []
    assert stores.track("van-1") == drives(1, 2)


def test_an_older_database_gets_the_rest_again(opened: Callable[..., Stores], tmp_path: Path) -> None:
    """Last night's backup: what came since is sent again, and nothing is there twice."""
    stores = opened()
    stores.record(a_piece(1, 5))
    stores.database.close()
    shutil.copy(tmp_path / "data" / "milepost.sqlite", tmp_path / "backup")
    stores.record(a_piece(6, 9))
    stores.close()
    for left in (tmp_path / "data").glob("milepost.sqlite*"):
        left.unlink()
    shutil.copy(tmp_path / "backup", tmp_path / "data" / "milepost.sqlite")
    restored = opened()
    assert last_of(restored.record(arrived(Run(stream="a1b2"))).answers) == {"a1b2": 5}
    restored.record(a_piece(6, 12))
    assert restored.track("van-1") == drives(1, 12)
    assert gaps(restored) == []


def test_last_seen_is_written_now_and_then(stores: Stores) -> None:
    """It is for people: not every message is worth a write."""
    stores.record(a_piece(1, 1))
    stores.record(a_piece(2, 2), now=NOW + timedelta(seconds=1))
    assert gateway(stores)["last_seen_at"] == NOW
    stores.record(a_piece(3, 3), now=NOW + timedelta(seconds=6))
    assert gateway(stores)["last_seen_at"] == NOW + timedelta(seconds=6)


def test_what_was_heard_goes_to_the_telemetry_and_not_into_the_table_of_records(stores: Stores) -> None:
    """A van with fifty tags says five rows a second: the database would be nothing else."""
    said = (*(a_sighting(second) for second in (10, 20)), a_scan(10), a_reading(10), a_sighting(tag="two words"))
    run = arrived(Run(stream="a1b2", seq_from=1, seq_to=5, records=tuple(enumerate(said, start=1))))
    for _ in range(2):
        assert last_of(stores.record(run).answers) == {"a1b2": 5}
    start, end = NOON, NOON + timedelta(minutes=1)
    found = [stores.telemetry.heard(series, start, end).to_pylist() for series in (SIGHTINGS, SCANS, READINGS)]
    assert [len(rows) for rows in found] == [2, 1, 1]
    assert {(row["scanner"], row["gateway"]) for rows in found for row in rows} == {("vehicle:van-1", "van-1")}
    assert [row["kind"] for row in records(stores)] == ["sensor", "sighting"], "and what no store can hold is kept"
    assert gaps(stores) == []
