"""The way into the outbox: groups, full disks, a damage in the middle of the day, and how much is held meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.clock import Clock
from gateway.intake import Intake
from gateway.outbox import Entry
from gateway.settings import Outbox as Settings
from tests.support.outboxes import an_entry, an_event, an_outbox, seqs
from wire.messages import Event, Position


@asynccontextmanager
async def an_intake(
    folder: Path, *, running: bool = True, most_held: int = 1000, commit_every_s: float = 0.05
) -> AsyncIterator[Intake]:
    """An intake on an outbox of its own, that runs until the end of the `async with`."""
    settings = Settings(commit_every_s=commit_every_s)
    intake = Intake(an_outbox(folder), settings, Clock(), most_held=most_held)
    async with asyncio.TaskGroup() as group:
        if running:
            group.create_task(intake.run())
        yield intake
        intake.end()
    await intake.close()


async def happens(intake: Intake, rows: int) -> None:
    """Wait until so many rows are on disk."""
    done = asyncio.Event()
    intake.committed.append(lambda _: done.set() if intake.put_total >= rows else None)
    if intake.put_total < rows:
        await asyncio.wait_for(done.wait(), 10)


def limited(intake: Intake, pages: int) -> None:
    """Give SQLite as many pages as this: its own limit is answered as a full disk is."""
    intake.outbox._connection.execute(f"PRAGMA max_page_count = {pages}")


async def test_records_are_committed_in_groups_and_urgent_ones_at_once(tmp_path: Path) -> None:
    """One commit a second instead of sixty spares the card; an event must not wait for that second."""
    async with an_intake(tmp_path, commit_every_s=30) as intake:
        groups: list[bool] = []
        intake.committed.append(groups.append)
        for second in range(5):
            intake.accept(an_entry(second))
        assert (groups, intake.held) == ([], 5)
        intake.accept(an_event(6), urgent=True)
        await happens(intake, 6)
        assert groups == [True]
    assert len(seqs(an_outbox(tmp_path))) == 6


async def test_what_is_held_is_written_at_the_end(tmp_path: Path) -> None:
    """A stop in the middle of the second loses nothing of it."""
    async with an_intake(tmp_path, commit_every_s=30) as intake:
        intake.accept(an_entry(1))
    assert seqs(an_outbox(tmp_path)) == [1]


async def test_while_the_disk_is_full_memory_is_bounded_and_events_are_kept(tmp_path: Path) -> None:
    """A van with a full card drives on all day; the oldest positions are what it can best do without."""
    async with an_intake(tmp_path, running=False, most_held=100) as intake:
        intake.accept(an_entry(0))
        assert await intake.commit()
        await intake.on_disk(limited, intake, 1)
        intake.accept(an_event(0))
        for second in range(1, 300):
            intake.accept(an_entry(second))
        assert not await intake.commit()
        assert intake.problem == "the disk of data_dir is full: free some space on it"
        assert (intake.held, intake.lost_in_memory) == (100, 200)
        await intake.on_disk(limited, intake, 1_000_000)
        assert await intake.commit()
        assert (intake.problem, intake.held) == (None, 0)
    run = an_outbox(tmp_path).next_run(1, 1000)
    assert run is not None
    kept = [record for _, record in run.records]
    assert isinstance(kept[0], Event)
    positions = [record.at.minute * 60 + record.at.second for record in kept[1:] if isinstance(record, Position)]
    assert positions == list(range(201, 300)), "the newest, in order"


async def test_a_damage_in_the_middle_of_the_day_costs_no_record(tmp_path: Path) -> None:
    """The card dies while the van drives: what is held goes into the new outbox."""
    async with an_intake(tmp_path) as intake:
        for second in range(300):
            intake.accept(an_entry(second))
        await happens(intake, 300)
        stream = intake.outbox.stream
        await intake.on_disk(_overwritten, intake)
        intake.accept(an_event(1), urgent=True)
        await happens(intake, 301)
        assert intake.outbox.stream != stream
        assert intake.outbox.problem is not None
        assert intake.outbox.totals().waiting > 150


def _overwritten(intake: Intake) -> None:
    """Break the last pages, as a dying card does; SQLite finds out when it reads them again."""
    intake.outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path = intake.outbox.path
    data = bytearray(path.read_bytes())
    data[-4096 * 2 :] = b"\xa5" * 4096 * 2
    path.write_bytes(data)
    intake.outbox._connection.execute("PRAGMA shrink_memory")


async def test_records_of_unknown_time_get_it_on_disk_and_in_memory(tmp_path: Path) -> None:
    """Whatever has not been sent yet, wherever it waits."""
    async with an_intake(tmp_path, commit_every_s=30) as intake:
        for mono_ms in (1000, 2000):
            entry = Entry(record=an_event(0).record, boot=intake.boot, mono_ms=mono_ms)
            intake.accept(entry, urgent=mono_ms == 1000)
            if mono_ms == 1000:
                await happens(intake, 1)
        assert intake.held == 1
        await intake.restamp(1_800_000_000_000, "gnss", after=0)
    run = an_outbox(tmp_path).next_run(0, 10)
    assert run is not None
    assert [(record.at.second, record.clock) for _, record in run.records if isinstance(record, Event)] == [
        (1, "gnss"),
        (2, "gnss"),
    ]
