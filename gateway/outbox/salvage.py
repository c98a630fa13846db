"""A new outbox in the place of a damaged one, with whatever can still be read of it.

Works on a copy, so that the damaged file stays as it was found. The new file is complete and on the disk before the old
one is renamed, so that a cut at any point loses neither: the next start does the rest, or does it again.
"""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.outbox import file, rows
from gateway.outbox.file import PAGE_BYTES, DamagedError
from wire.messages import milliseconds

STEP_MOST = 4096
WITHIN_S = 60.0

SavedRow = tuple[int, str, int, int, str | None, int | None, bytes]
"""A number, and the other columns of its row."""


def replaced(path: Path, now: datetime, damage: str) -> str:
    """Put a new outbox, with a new stream, in the place of a damaged one; what was done, in words.

    Raises sqlite3.OperationalError or OSError, and leaves everything as it was, when the disk has no room for it.
    """
    fresh = file.empty(path.with_name(path.name + ".new"), now)
    work = _copied(path)
    acked, saved = salvaged(work or path, fresh if work else None)
    connection = file.connected(fresh)
    count = 0
    with contextlib.closing(connection):
        connection.execute("BEGIN IMMEDIATE")
        for seq, *values in saved:
            if seq > acked:
                connection.execute(rows.INSERT, tuple(values))
                count += 1
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.synced(fresh)
    fresh.replace(file.waiting_to_replace(path))
    file.synced(path.parent)
    aside = file.set_aside(path, now)
    file.promoted(path)
    _forget(work)
    return f"the outbox was damaged ({damage}); {count} rows were saved, the old file is {aside.name}"


def salvaged(work: Path, template: Path | None) -> tuple[int, Iterator[SavedRow]]:
    """How far a damaged outbox was acknowledged (0: it does not say), and the rows that can still be read.

    When its first page is lost it is given that of `template`, a new outbox, which has its tables at the same places.
    """
    connection = _reopened(work)
    if connection is None and template is not None and _transplanted(work, template):
        connection = _reopened(work)
    if connection is None:
        return 0, iter(())
    acked = 0
    with contextlib.suppress(sqlite3.DatabaseError, ValueError):
        acked = int(file.meta(connection).get("acked", 0))
    return acked, _readable(connection, time.monotonic() + WITHIN_S)


def _copied(path: Path) -> Path | None:
    """A copy to work on, with its log; None when there is no room for one."""
    work = path.with_name(path.name + ".salvage")
    _forget(work)
    try:
        for old, new in zip((path, *file.beside(path)[:1]), (work, *file.beside(work)[:1]), strict=True):
            if old.exists():
                shutil.copyfile(old, new)
    except OSError:
        _forget(work)
        return None
    return work


def _forget(work: Path | None) -> None:
    for leftover in (work, *file.beside(work)) if work else ():
        leftover.unlink(missing_ok=True)


def _reopened(work: Path) -> sqlite3.Connection | None:
    """The damaged outbox, if SQLite can at least find its rows."""
    try:
        connection = file.connected(work)
    except (sqlite3.DatabaseError, DamagedError):
        return None
    try:
        connection.execute("SELECT seq FROM rows LIMIT 0")
    except sqlite3.DatabaseError:
        connection.close()
        return None
    return connection


def _transplanted(work: Path, template: Path) -> bool:
    """Whether there was anything behind the first page, which now is the template's."""
    size = work.stat().st_size
    page = template.read_bytes()[:PAGE_BYTES]
    if size <= PAGE_BYTES:
        return False
    with work.open("r+b") as damaged:
        # File format, 1.3.7: at 28 is the size of the database in pages.
        damaged.write(page[:28] + (size // PAGE_BYTES).to_bytes(4, "big") + page[32:])
    return True


def _readable(connection: sqlite3.Connection, deadline: float) -> Iterator[SavedRow]:
    """Row by row where pages are whole, in growing steps over what cannot be read."""
    with contextlib.closing(connection):
        last, step, end = 0, 0, _last_number(connection)
        while last <= end and time.monotonic() < deadline:
            try:
                for row in connection.execute(
                    "SELECT seq, kind, at_ms, put_ms, boot, mono_ms, body FROM rows WHERE seq > ? ORDER BY seq",
                    (last + step,),
                ):
                    last, step = row[0], 0
                    if _sound(row):
                        yield row
            except sqlite3.DatabaseError:
                step = min(step * 2, STEP_MOST) or 1
                if step == STEP_MOST:
                    last += step
            else:
                return


def _last_number(connection: sqlite3.Connection) -> int:
    for question in ("SELECT max(seq) FROM rows", "SELECT seq FROM sqlite_sequence WHERE name = 'rows'"):
        with contextlib.suppress(sqlite3.DatabaseError):
            found = connection.execute(question).fetchone()
            if found and found[0]:
                return int(found[0])
    return 0


def _sound(row: tuple[object, ...]) -> bool:
    seq, kind, at_ms, put_ms, _, _, body = row
    if not all(isinstance(number, int) for number in (seq, at_ms, put_ms)):
        return False
    if not isinstance(kind, str) or not isinstance(body, bytes):
        return False
    try:
        record = rows.record_of(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return False
    return isinstance(record, dict) or milliseconds(record.at) == at_ms
