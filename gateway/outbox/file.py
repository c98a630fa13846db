"""The outbox's file: making it durable, opening it, finding out that it is damaged, and setting it aside.

SQLite with a write-ahead log and `synchronous=FULL`: in power cuts that lost no row whose commit had returned, while
NORMAL lost hundreds. Nothing in here knows what a row means.
"""

import contextlib
import os
import secrets
import sqlite3
from datetime import datetime
from pathlib import Path

from wire.messages import rfc3339

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
    """A new, empty outbox: made under another name and moved into place, so that there is never half of one.

    One that was salvaged, when the power was cut before it could be moved, takes the place instead.
    """
    if not promoted(path):
        empty(path.with_name(path.name + ".new"), born).replace(path)
        synced(path.parent)
    return connected(path)


def waiting_to_replace(path: Path) -> Path:
    """Where a complete new outbox lies until the damaged one is out of its way."""
    return path.with_name(path.name + ".salvaged")


def promoted(path: Path) -> bool:
    """Whether a complete new outbox was waiting; it is in place now."""
    if not waiting_to_replace(path).exists():
        return False
    waiting_to_replace(path).replace(path)
    synced(path.parent)
    return True


def empty(fresh: Path, born: datetime) -> Path:
    """A file with an empty outbox in it, on the disk."""
    for leftover in (fresh, *beside(fresh)):
        leftover.unlink(missing_ok=True)
    with contextlib.closing(connected(fresh)) as connection:
        connection.executescript("BEGIN;" + _SCHEMA + "COMMIT;")
        with connection:
            save_meta(connection, {"stream": new_stream(), "acked": "0", "dropped": "0", "born": rfc3339(born)})
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    synced(fresh)
    return fresh


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
