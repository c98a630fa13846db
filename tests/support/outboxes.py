"""Builders for outboxes and what goes into them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.outbox import Entry, Outbox, Quotas
from tests.support.positions import NOON, a_position
from wire.messages import Event, Sensor, Sighting

PLENTY = Quotas(max_bytes=10**9, of_kind={})


def an_entry(second: float = 0, **said: Any) -> Entry:
    """A position so many seconds after noon."""
    return Entry(record=a_position(second, **said))


def a_sighting(second: float = 0) -> Entry:
    return Entry(record=Sighting(at=NOON + timedelta(seconds=second), tag="aa:bb", window_s=5, count=2))


def a_reading(second: float = 0) -> Entry:
    return Entry(record=Sensor(at=NOON + timedelta(seconds=second), sensor="door", quantity="open", value=1))


def an_event(second: float = 0) -> Entry:
    return Entry(record=Event(at=NOON + timedelta(seconds=second), event="tamper"))


def an_outbox(folder: Path, quotas: Quotas = PLENTY) -> Outbox:
    """The outbox in a folder, opened."""
    return Outbox.opened(folder / "outbox.sqlite", quotas, NOON)


def put(box: Outbox, *entries: Entry) -> int:
    """Put them, all in one commit."""
    return box.put(entries, NOON)


def seqs(box: Outbox, after: int = 0) -> list[int]:
    """The numbers of every row after one."""
    run = box.next_run(after, 100_000)
    return [seq for seq, _ in run.records] if run else []
