"""The outbox as a file: what it keeps, what it lets go, and what it makes of a damaged disk."""

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.outbox import Entry, Outbox, Quotas, read_rows
from gateway.outbox import file as outbox_file
from tests.support.disks import a_small_disk, fill
from tests.support.outboxes import PLENTY, a_reading, a_sighting, an_entry, an_event, an_outbox, put, seqs
from tests.support.positions import NOON
from wire.messages import Position


def test_rows_are_there_after_the_file_is_opened_again(tmp_path: Path) -> None:
    """Durable means: after whatever happened to the program."""
    box = an_outbox(tmp_path)
    put(box, an_entry(1), an_event(2))
    stream = box.stream
    del box  # as kill -9 does: nobody closes anything
    again = an_outbox(tmp_path)
    assert (seqs(again), again.stream, again.newest) == ([1, 2], stream, 2)


def test_the_file_is_a_log_with_full_sync(tmp_path: Path) -> None:
    """WAL with synchronous=NORMAL lost hundreds of acknowledged rows in power cuts; FULL lost none."""
    box = an_outbox(tmp_path)
    assert box._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert box._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_run_says_which_row_is_before_it(tmp_path: Path) -> None:
    """The server accepts a run only behind what it has; 0 means that the outbox holds nothing before."""
    box = an_outbox(tmp_path)
    put(box, *(an_entry(second) for second in range(5)))
    first, then = box.next_run(0, 2), box.next_run(2, 2)
    assert first is not None
    assert then is not None
    assert (first.prev, first.seq_from, first.seq_to) == (0, 1, 2)
    assert (then.prev, then.seq_from, then.seq_to) == (2, 3, 4)
    assert box.next_run(5, 2) is None


def test_a_run_is_no_larger_than_a_message_may_be(tmp_path: Path) -> None:
    """A message that every reader refuses would block everything behind it."""
    box = an_outbox(tmp_path)
    put(
        box,
        *(
            Entry(record=an_event().record.__class__(at=NOON, event="x", detail={"text": "x" * 50_000}))
            for _ in range(9)
        ),
    )
    run = box.next_run(0, 240)
    assert run is not None
    assert len(run.records) == 2


def test_numbers_are_never_used_again_even_when_all_rows_are_gone(tmp_path: Path) -> None:
    """A number that came back would be taken for a repeat, and its row would be lost."""
    box = an_outbox(tmp_path)
    put(box, an_entry(1), an_entry(2))
    box.acknowledge(2)
    box.tidy(NOON + timedelta(days=9))
    assert seqs(box) == []
    assert put(box, an_entry(3)) == 3


def test_acknowledged_rows_stay_as_history_until_they_are_old(tmp_path: Path) -> None:
    """They are what a server restored from last night's backup lacks."""
    box = an_outbox(tmp_path)
    box.put([an_entry(1)], NOON)
    box.put([an_entry(2)], NOON + timedelta(hours=2))
    box.acknowledge(2)
    box.tidy(NOON + timedelta(hours=1))
    assert seqs(box) == [2]
    box.acknowledge(0)
    box.tidy(NOON + timedelta(hours=9))
    assert seqs(box) == [2], "what waits is not history, however old"


def test_history_ages_by_when_it_was_put_not_by_what_the_record_says(tmp_path: Path) -> None:
    """A receiver that lost count of the weeks must not cost the history."""
    box = an_outbox(tmp_path)
    box.put([an_entry(0, at=NOON - timedelta(days=7168))], NOON)
    box.acknowledge(1)
    box.tidy(NOON - timedelta(hours=72))
    assert seqs(box) == [1]


def test_how_far_the_server_is_survives(tmp_path: Path) -> None:
    """Or a day would be sent again after every stop."""
    box = an_outbox(tmp_path)
    put(box, an_entry(1), an_entry(2))
    box.acknowledge(2)
    box.close()
    assert an_outbox(tmp_path).acked == 2


def test_totals_follow_puts_acks_and_a_server_that_went_back(tmp_path: Path) -> None:
    """They are what operations see: waiting, since when, and how much was given up."""
    box = an_outbox(tmp_path)
    assert box.totals().waiting == 0
    put(box, *(an_entry(second) for second in range(10)))
    box.acknowledge(4)
    assert (box.totals().waiting, box.totals().oldest_at) == (6, NOON + timedelta(seconds=4))
    box.acknowledge(1)
    assert box.totals().waiting == 9
    before = box.totals().bytes
    box.close()
    assert an_outbox(tmp_path).totals().bytes == before


def test_a_new_stream_numbers_what_waits_from_one_in_order(tmp_path: Path) -> None:
    """The numbers of an outbox from an older image are used up."""
    box = an_outbox(tmp_path)
    put(box, *(an_entry(second) for second in range(6)))
    box.acknowledge(2)
    stream = box.stream
    box.begin_stream()
    run = box.next_run(0, 10)
    assert run is not None
    assert [(seq, (record.at - NOON).seconds) for seq, record in run.records] == [(1, 2), (2, 3), (3, 4), (4, 5)]
    assert (box.stream != stream, box.acked, box.newest, run.prev) == (True, 0, 4, 0)
    assert put(box, an_entry(9)) == 5
    del box
    assert seqs(an_outbox(tmp_path)) == [1, 2, 3, 4, 5]


def test_a_record_of_unknown_time_gets_its_time_before_it_is_sent(tmp_path: Path) -> None:
    """Before the first fix a box may believe that it is 1970; what happened then still has its place in the day."""
    box = an_outbox(tmp_path)
    put(
        box,
        Entry(record=an_event(0).record, boot="b1", mono_ms=5_000),
        Entry(record=an_entry(0).record, boot="b0", mono_ms=1),
    )
    assert box.first_unknown("b1") == 1
    assert box.restamp("b1", 1_800_000_000_000, "gnss", after=0) == 1
    event, other = (row.fields for row in read_rows(tmp_path / "outbox.sqlite"))
    assert event["at"] == "2027-01-15T08:00:05.000Z"
    assert other["at"] == "2026-11-22T12:00:00.000Z", "of another start of the machine nothing is known"
    assert box.first_unknown("b1") is None


def test_what_was_sent_already_keeps_its_time(tmp_path: Path) -> None:
    """The server may have it: outbox and server would say different things of one row."""
    box = an_outbox(tmp_path)
    put(box, Entry(record=an_event(0).record, boot="b1", mono_ms=5_000))
    assert box.restamp("b1", 1_800_000_000_000, "gnss", after=1) == 0


def sized(rows: int, **percent: float) -> Quotas:
    """Room for so many positions of the builder's, with shares in percent."""
    most = rows * 75
    return Quotas(max_bytes=most, of_kind={kind: int(most * share / 100) for kind, share in percent.items()})


def kinds(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in read_rows(folder / "outbox.sqlite"):
        found[row.kind] = found.get(row.kind, 0) + 1
    return found


def test_history_is_the_first_to_go_when_space_is_short(tmp_path: Path) -> None:
    """It is only there for a server that lost it; what waits exists nowhere else."""
    box = an_outbox(tmp_path, sized(100))
    put(box, *(an_entry(second) for second in range(120)))
    box.acknowledge(60)
    assert box.tidy(NOON) == 0
    assert seqs(box)[-60:] == list(range(61, 121))
    assert len(seqs(box)) < 120
    assert box.fits()


def test_then_the_oldest_positions_go_and_events_last_of_all(tmp_path: Path) -> None:
    """A position has neighbours that say nearly the same; a proof of delivery happens once."""
    box = an_outbox(tmp_path, sized(100))
    put(box, *(an_event(0) for _ in range(20)), *(an_entry(second) for second in range(100)), a_sighting(), a_reading())
    given_up = box.tidy(NOON)
    assert given_up > 0
    assert kinds(tmp_path) == {"event": 20, "position": 100 - given_up, "sighting": 1, "sensor": 1}
    assert seqs(box)[20] == 20 + given_up + 1, "the oldest went"
    assert box.totals().dropped == given_up
    put(box, *(an_event(1) for _ in range(300)))
    box.tidy(NOON)
    assert set(kinds(tmp_path)) == {"event"}, "only when nothing else is left do events go"
    box.close()
    assert an_outbox(tmp_path).totals().dropped > given_up, "what was given up is counted for good"


def test_no_kind_crowds_out_the_others(tmp_path: Path) -> None:
    """A depot full of tags must not cost the positions of the way there."""
    box = an_outbox(tmp_path, sized(100, sighting=30))
    put(box, *(an_entry(second) for second in range(40)), *(a_sighting(second) for second in range(500)))
    box.tidy(NOON)
    assert kinds(tmp_path)["position"] == 40
    assert kinds(tmp_path)["sighting"] < 50


@given(st.lists(st.sampled_from(["position", "event", "sighting", "ack", "tidy", "back"]), max_size=60))
def test_whatever_happens_the_counts_are_those_of_the_file(steps: list[str]) -> None:
    """Quotas and the status go by the counts; counting anew every second would wear the disk."""
    box = Outbox(_in_memory(), Path(":memory:"), sized(20, position=60))
    for place, step in enumerate(steps):
        match step:
            case "position":
                put(box, *(an_entry(place + i / 10) for i in range(5)))
            case "event":
                put(box, an_event(place))
            case "sighting":
                put(box, a_sighting(place))
            case "ack":
                box.acknowledge((box.acked + box.newest + 1) // 2)
            case "back":
                box.acknowledge(box.acked // 2)
            case "tidy":
                box.tidy(NOON)
                assert box.fits()
        counted = (box._waiting, box._history)
        box._count()
        assert [_without_zeros(side) for side in counted] == [
            _without_zeros(side) for side in (box._waiting, box._history)
        ]


def _without_zeros(side: dict) -> dict:
    return {kind: held for kind, held in side.items() if held.rows}


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(outbox_file._SCHEMA)
    outbox_file.save_meta(connection, {"stream": "s", "acked": "0", "dropped": "0"})
    return connection


def damaged_by(folder: Path, where: str) -> None:
    """Break a closed outbox of 300 rows, of which 100 are acknowledged."""
    box = an_outbox(folder)
    put(box, *(an_entry(second) for second in range(300)))
    box.acknowledge(100)
    box.close()
    path = folder / "outbox.sqlite"
    data = bytearray(path.read_bytes())
    match where:
        case "header":
            data[:100] = b"\x00" * 100
        case "first page":
            data[:4096] = b"\xff" * 4096
        case "middle":
            data[4096 * 5 : 4096 * 6] = b"\xa5" * 4096
        case "cut off":
            del data[4096 * 9 :]
        case "nothing left":
            data = bytearray(b"not a database at all")
        case "no table":
            path.unlink()
            with sqlite3.connect(path) as connection:
                connection.execute("CREATE TABLE other (x)")
            connection.close()
            return
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("where", "saved"),
    [("header", 200), ("first page", 200), ("middle", 150), ("cut off", 1), ("nothing left", 0), ("no table", 0)],
)
def test_a_damaged_file_is_set_aside_and_what_can_be_read_is_saved(tmp_path: Path, where: str, saved: int) -> None:
    """Ignition cuts damage disks; a van must not stand still for it, nor lose what is still there."""
    damaged_by(tmp_path, where)
    box = an_outbox(tmp_path)
    assert box.problem
    assert "was damaged" in box.problem
    assert len(seqs(box)) >= saved
    assert box.acked == 0
    assert list(tmp_path.glob("outbox.damaged-20261122T120000*.sqlite"))
    put(box, an_event())
    box.close()
    again = an_outbox(tmp_path)
    assert again.problem is None, "the next start has nothing to complain about"
    rows = [row.fields["at"] for row in read_rows(tmp_path / "outbox.sqlite") if row.kind == "position"]
    assert rows == sorted(set(rows)), "each row once, in order"


def test_the_damaged_file_is_kept_as_it_was_found(tmp_path: Path) -> None:
    """It is evidence, and somebody may read more of it than we can."""
    damaged_by(tmp_path, "header")
    found = (tmp_path / "outbox.sqlite").read_bytes()
    an_outbox(tmp_path).close()
    [aside] = tmp_path.glob("outbox.damaged-*.sqlite")
    assert aside.read_bytes() == found
    assert sorted(path.name for path in tmp_path.iterdir()) == [aside.name, "outbox.sqlite"], "and nothing else is left"


def test_a_power_cut_while_a_damaged_file_is_replaced_loses_nothing(tmp_path: Path) -> None:
    """The ignition is cut again during the start: the next start finishes, or begins again."""
    good, broken = tmp_path / "good", tmp_path / "broken"
    box = an_outbox(good)
    put(box, *(an_entry(second) for second in range(7)))
    box.close()
    waiting = outbox_file.waiting_to_replace(broken / "outbox.sqlite")
    broken.mkdir()
    shutil.copy(good / "outbox.sqlite", waiting)
    box = an_outbox(broken)
    assert len(seqs(box)) == 7, "cut after the damaged file was renamed: the salvaged one takes its place"
    box.close()
    shutil.copy(good / "outbox.sqlite", waiting)
    (broken / "outbox.sqlite").unlink()
    waiting.rename(broken / "aside")
    damaged_by(broken, "header")
    (broken / "aside").rename(waiting)
    assert len(seqs(an_outbox(broken))) == 200, "cut before: it is done again, and nothing is there twice"
    assert not waiting.exists()


def test_a_replacement_that_finds_no_room_changes_nothing(tmp_path: Path) -> None:
    """A damaged outbox on a full disk: it waits, as it is, until somebody makes room."""
    damaged_by(tmp_path, "header")
    found = (tmp_path / "outbox.sqlite").read_bytes()
    with a_small_disk(tmp_path / "disk", 1) as disk:
        (disk / "outbox.sqlite").write_bytes(found)
        ballast = fill(disk)
        with pytest.raises((sqlite3.OperationalError, OSError)):
            an_outbox(disk)
        assert (disk / "outbox.sqlite").read_bytes() == found
        ballast.unlink()
        box = an_outbox(disk)
        assert len(seqs(box)) == 200
        box.close()


def test_two_damaged_files_in_one_second_keep_their_names(tmp_path: Path) -> None:
    """What was set aside is evidence: it is never written over."""
    for _ in range(2):
        damaged_by(tmp_path, "nothing left")
        an_outbox(tmp_path).close()
        (tmp_path / "outbox.sqlite").unlink()
    assert len(list(tmp_path.glob("outbox.damaged-*.sqlite"))) == 2


def test_the_log_beside_a_damaged_file_goes_with_it(tmp_path: Path) -> None:
    """SQLite would play the old log into the new file."""
    box = an_outbox(tmp_path)
    put(box, *(an_entry(second) for second in range(300)))
    wal = (tmp_path / "outbox.sqlite-wal").read_bytes()
    box.close()
    (tmp_path / "outbox.sqlite").write_bytes(b"junk" * 5000)
    (tmp_path / "outbox.sqlite-wal").write_bytes(wal)
    again = an_outbox(tmp_path)
    assert len(seqs(again)) == 300, "whose rows were in the log"
    assert again.stream != box.stream


def test_a_damage_found_while_it_is_open_begins_a_new_stream(tmp_path: Path) -> None:
    """A card may die at any time of the day."""
    box = an_outbox(tmp_path)
    put(box, an_entry(1))
    stream = box.stream
    box.renew(NOON)
    assert box.stream != stream
    assert len(seqs(box)) == 1
    assert put(box, an_entry(2)) == 2


def test_a_full_disk_refuses_a_put_and_keeps_what_is_there(tmp_path: Path) -> None:
    """SQLite's own limit stands for the disk's: the failure is the same one."""
    box = an_outbox(tmp_path)
    put(box, *(an_entry(second) for second in range(50)))
    pages = box._connection.execute("PRAGMA page_count").fetchone()[0]
    box._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        put(box, *(an_entry(second) for second in range(500)))
    assert (box.newest, len(seqs(box)), box.totals().waiting) == (50, 50, 50)
    box._connection.execute("PRAGMA max_page_count = 1000000")
    assert put(box, an_entry(60)) == 51


def test_another_program_reads_rows_while_the_gateway_writes(tmp_path: Path) -> None:
    """The demo compares the outboxes' own rows with what the server answers."""
    box = an_outbox(tmp_path, PLENTY)
    put(box, an_entry(1, speed_mps=8.1), an_event(2))
    box.acknowledge(1)
    put(box, an_event(3))
    rows = list(read_rows(tmp_path / "outbox.sqlite"))
    assert [(row.seq, row.kind, row.acked) for row in rows] == [
        (1, "position", True),
        (2, "event", False),
        (3, "event", False),
    ]
    assert rows[0].fields["speed_mps"] == 8.1
    assert rows[0].fields["at"] == "2026-11-22T12:00:01.000Z"


def test_a_record_of_a_later_version_is_sent_as_it_is(tmp_path: Path) -> None:
    """A box that was set back to an older program must not choke on its own outbox."""
    box = an_outbox(tmp_path)
    put(box, an_entry(1))
    body = msgspec.msgpack.encode({"kind": "odour", "at": NOON, "strength": 3})
    box._connection.execute("INSERT INTO rows (kind, at_ms, put_ms, body) VALUES ('odour', 0, 0, ?)", (body,))
    run = box.next_run(0, 10)
    assert run is not None
    assert isinstance(run.records[0][1], Position)
    assert run.records[1][1] == {"kind": "odour", "at": "2026-11-22T12:00:00.000Z", "strength": 3}
