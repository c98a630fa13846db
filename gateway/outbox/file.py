"""The outbox's file: making it durable, opening it, finding out that it is damaged, and setting it aside.

SQLite with a write-ahead log and `synchronous=FULL`: in power cuts that lost no row whose commit had returned, while
NORMAL lost hundreds. Nothing in here knows what a row means, but for `salvaged`, which has to.
"""

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.outbox.rows import record_of
from wire.messages import milliseconds, rfc3339

PAGE_BYTES = 4096
VERSION = 1

_SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    put_ms INTEGER NOT NULL,
    boot TEXT,
    mono_ms INTEGER,
    body BLOB NOT NULL
);
CREATE INDEX unknown_clock ON rows (boot) WHERE boot IS NOT NULL;
PRAGMA user_version = {VERSION};
"""
_TABLES = {"meta", "rows"}
SALVAGE_STEP_MOST = 4096

SavedRow = tuple[int, str, int, int, str | None, int | None, bytes]
"""A number, and the other columns of its row."""


class DamagedError(Exception):
    """The file is no outbox, or its pages contradict one another. Says what was found."""


def new_stream() -> str:
    """A random id for a new outbox, or for one whose numbers are used up."""
    return secrets.token_hex(6)


def opened(path: Path) -> sqlite3.Connection:
    """The outbox in `path`, which has to be there; raises DamagedError, or sqlite3.OperationalError for a full disk."""
    connection = connected(path)
    try:
        _check(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if is_damage(error):
            raise DamagedError(str(error)) from None
        raise
    except DamagedError:
        connection.close()
        raise
    return connection


def created(path: Path, born: datetime) -> sqlite3.Connection:
    """A new, empty outbox: made under another name and moved into place, so that there is never half of one."""
    fresh = path.with_name(path.name + ".new")
    for leftover in (fresh, *beside(fresh)):
        leftover.unlink(missing_ok=True)
    with contextlib.closing(connected(fresh)) as connection:
        connection.executescript("BEGIN;" + _SCHEMA + "COMMIT;")
        with connection:
            save_meta(connection, {"stream": new_stream(), "acked": "0", "dropped": "0", "born": rfc3339(born)})
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    synced(fresh)
    fresh.replace(path)
    synced(path.parent)
    return connected(path)


def connected(path: Path) -> sqlite3.Connection:
    """A connection with the durability that the outbox promises. Belongs to one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 500")  # 2 MB: bounds the log, and what a full disk needs
        connection.execute("PRAGMA journal_size_limit = 4194304")
    except sqlite3.DatabaseError as error:
        connection.close()
        if is_damage(error):
            raise DamagedError(str(error)) from None
        raise
    return connection


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether SQLite says that the file is broken, rather than that the disk is full or the statement wrong."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _check(connection: sqlite3.Connection) -> None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables >= _TABLES:
        raise DamagedError(f"there is no table {', '.join(sorted(_TABLES - tables))}")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise DamagedError(f"the format is {version}, expected {VERSION}")
    found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise DamagedError(str(found))
    if not {"stream", "acked", "dropped"} <= meta(connection).keys():
        raise DamagedError("its stream is not written down")


def meta(connection: sqlite3.Connection) -> dict[str, str]:
    """What the outbox knows about itself: stream, acked, dropped, born."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def save_meta(connection: sqlite3.Connection, values: dict[str, str]) -> None:
    """Write some of it down."""
    connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", list(values.items()))


def set_aside(path: Path, now: datetime) -> Path:
    """Rename a damaged outbox with its log, so that a person can look at it, and nobody writes to it again."""
    stamp = now.strftime("%Y%m%dT%H%M%S")
    aside = path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}")
    count = 1
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.stem}.damaged-{stamp}-{count}{path.suffix}")
    for old, new in zip((path, *beside(path)), (aside, *beside(aside)), strict=True):
        if old.exists():
            old.replace(new)
    synced(path.parent)
    return aside


def beside(path: Path) -> tuple[Path, Path]:
    """SQLite's log and index of the log."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def synced(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk when this returns."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def salvaged(aside: Path, template: Path, within_s: float = 60.0) -> tuple[int, Iterator[SavedRow]]:
    """How far a damaged outbox was acknowledged (0: it does not say), and the rows that can still be read.

    When its first page is lost it is given that of `template`, a new outbox, which has its tables at the same places.
    """
    deadline = time.monotonic() + within_s
    connection = _reopened(aside)
    if connection is None and _transplanted(aside, template):
        connection = _reopened(aside)
    if connection is None:
        return 0, iter(())
    acked = 0
    with contextlib.suppress(sqlite3.DatabaseError, ValueError):
        acked = int(meta(connection).get("acked", 0))
    return acked, _readable(connection, deadline)


def _reopened(aside: Path) -> sqlite3.Connection | None:
    """The damaged outbox, if SQLite can at least find its rows."""
    try:
        connection = connected(aside)
    except (sqlite3.DatabaseError, DamagedError):
        return None
    try:
        connection.execute("SELECT seq FROM rows LIMIT 0")
    except sqlite3.DatabaseError:
        connection.close()
        return None
    return connection


def _transplanted(aside: Path, template: Path) -> bool:
    """Whether there was anything behind the first page; a copy of it as it was found stays beside the file."""
    page, found = template.read_bytes()[:PAGE_BYTES], aside.read_bytes()
    if len(found) <= PAGE_BYTES or len(page) < PAGE_BYTES:
        return False
    aside.with_name(aside.name + ".first-page").write_bytes(found[:PAGE_BYTES])
    pages = (len(found) // PAGE_BYTES).to_bytes(4, "big")
    with aside.open("r+b") as damaged:
        damaged.write(page[:28] + pages + page[32:])  # file format, 1.3.7: the size of the database in pages
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
                step = min(step * 2, SALVAGE_STEP_MOST) or 1
                if step == SALVAGE_STEP_MOST:
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
        record = record_of(body)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return False
    return isinstance(record, dict) or milliseconds(record.at) == at_ms
