"""Rows of the outbox as SQL and as bytes. Plain functions that take a connection; no transactions, no rules.

`at_ms` and `put_ms` (when it was put, by the vehicle's clock) are milliseconds since 1970 UTC. `boot` and `mono_ms`
(boot id, milliseconds since that boot) are only there while nobody vouches for the clock that `at` came from.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from wire.encode import as_dict
from wire.frames import MAX_MESSAGE_BYTES
from wire.messages import KNOWN, instant, milliseconds, rfc3339

OVERHEAD_BYTES = 24
"""What a row takes beside its body: its header, its numbers and its share of the page's slack (measured: 14 to 20)."""

RUN_BYTES = MAX_MESSAGE_BYTES // 2
"""What the rows of one message hold at most, before they are encoded."""

INSERT = "INSERT INTO rows (kind, at_ms, put_ms, boot, mono_ms, body) VALUES (?, ?, ?, ?, ?, ?)"

_encode = msgspec.msgpack.Encoder().encode
_decode_known = msgspec.msgpack.Decoder(KNOWN).decode
_decode_any = msgspec.msgpack.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A record on its way into the outbox. `mono_ms` (since boot) comes with a record whose clock is unknown."""

    record: KNOWN
    boot: str | None = None
    mono_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HistoryRow:
    """A row as `milepost gateway outbox` prints it."""

    seq: int
    kind: str
    fields: dict[str, Any]
    acked: bool


class Waited(NamedTuple):
    """How many rows of a kind there are on one side of `acked`, and how many bytes they take."""

    rows: int = 0
    bytes: int = 0


def kind_of(record: KNOWN) -> str:
    """`position`, `sighting`, `sensor`, `event`."""
    return str(record.__struct_config__.tag)


def insert(connection: sqlite3.Connection, entries: Sequence[Entry], put_ms: int) -> tuple[int, dict[str, Waited]]:
    """Put rows; the newest number, and what was added by kind."""
    added: dict[str, Waited] = {}
    newest = 0
    for entry in entries:
        kind, body = kind_of(entry.record), _encode(entry.record)
        cursor = connection.execute(
            INSERT,
            (kind, milliseconds(entry.record.at), put_ms, entry.boot, entry.mono_ms, body),
        )
        newest = int(cursor.lastrowid or 0)
        before = added.get(kind, Waited())
        added[kind] = Waited(before.rows + 1, before.bytes + len(body) + OVERHEAD_BYTES)
    return newest, added


def after(connection: sqlite3.Connection, seq: int, limit: int) -> list[tuple[int, KNOWN | dict[str, Any]]]:
    """The next rows after a number, as many as fit a message; one that this version does not know comes as it is."""
    found: list[tuple[int, KNOWN | dict[str, Any]]] = []
    size = 0
    for number, body in connection.execute(
        "SELECT seq, body FROM rows WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
    ):
        size += len(body)
        if found and size > RUN_BYTES:
            break
        found.append((number, record_of(body)))
    return found


def before(connection: sqlite3.Connection, seq: int) -> int:
    """The number of the row before one; 0 when the outbox holds none."""
    return int(connection.execute("SELECT max(seq) FROM rows WHERE seq < ?", (seq,)).fetchone()[0] or 0)


def record_of(body: bytes) -> KNOWN | dict[str, Any]:
    """The record in a body; raises msgspec.DecodeError when it is none."""
    try:
        known: KNOWN = _decode_known(body)
    except msgspec.ValidationError:
        raw = _decode_any(body)
        return {key: rfc3339(value) if isinstance(value, datetime) else value for key, value in raw.items()}
    return known


def restamped(body: bytes, at_ms: int, clock: str) -> bytes:
    """The same record at another time, by a better clock."""
    raw = _decode_any(body)
    return _encode({**raw, "at": instant(at_ms), "clock": clock})


def totals(connection: sqlite3.Connection, low: int, high: int) -> dict[str, Waited]:
    """Rows and bytes by kind, of the numbers beyond `low` up to `high`."""
    found = connection.execute(
        "SELECT kind, count(*), sum(length(body)) FROM rows WHERE seq > ? AND seq <= ? GROUP BY kind", (low, high)
    )
    return {kind: Waited(count, size + count * OVERHEAD_BYTES) for kind, count, size in found}


def delete(connection: sqlite3.Connection, doomed: Sequence[tuple[int, str, int]]) -> dict[str, Waited]:
    """Delete rows given by number, kind and size of the body; how many of each kind, and their bytes."""
    connection.executemany("DELETE FROM rows WHERE seq = ?", [(seq,) for seq, _, _ in doomed])
    gone: dict[str, Waited] = {}
    for _, kind, size in doomed:
        held = gone.get(kind, Waited())
        gone[kind] = Waited(held.rows + 1, held.bytes + size + OVERHEAD_BYTES)
    return gone


def with_more(held: Mapping[str, Waited], more: Mapping[str, Waited]) -> dict[str, Waited]:
    """Both together, by kind."""
    return {
        kind: Waited(*map(sum, zip(held.get(kind, Waited()), more.get(kind, Waited()), strict=True)))
        for kind in {**held, **more}
    }


def without(held: Mapping[str, Waited], gone: Mapping[str, Waited]) -> dict[str, Waited]:
    """What is left, by kind."""
    return with_more(held, {kind: Waited(-lost.rows, -lost.bytes) for kind, lost in gone.items()})


def read_rows(path: Path) -> Iterator[HistoryRow]:
    """Every row of an outbox, history included, in order. The gateway that owns it may be running."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        acked = int(meta.get("acked", 0))
        for seq, kind, body in connection.execute("SELECT seq, kind, body FROM rows ORDER BY seq"):
            yield HistoryRow(seq=seq, kind=kind, fields=as_dict(record_of(body)), acked=seq <= acked)
