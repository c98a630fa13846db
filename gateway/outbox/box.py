"""The outbox: a stream of numbered rows on disk. Durable when `put` returns; a row goes only by the rules of `quota`.

Blocking and for one thread at a time; whoever is asynchronous calls it on a thread of its own. Times are aware UTC.
"""

import itertools
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from gateway.outbox import file, quota, rows
from gateway.outbox.quota import Cut, Quotas
from gateway.outbox.rows import Entry, Waited
from gateway.outbox.salvage import replaced
from gateway.settings import Outbox as OutboxSettings
from wire.messages import Clock, Run, instant, milliseconds
from wire.messages import Outbox as Totals

TIDY_ROWS = 20_000
"""Rows deleted in one transaction: it has to stay short, and its log small."""


class Outbox:
    """An open outbox. `acked` is what the server said, `newest` the highest number that was ever given."""

    def __init__(self, connection: sqlite3.Connection, path: Path, quotas: Quotas) -> None:
        """Use `Outbox.opened`."""
        self._connection = connection
        self.path = path
        self._quotas = quotas
        self.problem: str | None = None
        """What was wrong with the file that was found, and where it is now."""
        self.stream, self.acked, self.newest, self.dropped = "", 0, 0, 0
        self._acked_saved = 0
        self._waiting: dict[str, Waited] = {}
        self._history: dict[str, Waited] = {}
        self._load()

    @classmethod
    def opened(cls, path: Path, quotas: Quotas, now: datetime) -> Self:
        """The outbox in a file; a new one when there is none, or when what is there is damaged and was set aside."""
        path.parent.mkdir(parents=True, exist_ok=True)
        file.synced(path.parent)
        if not path.exists():
            return cls(file.created(path, now), path, quotas)
        try:
            return cls(file.opened(path), path, quotas)
        except file.DamagedError as damage:
            problem = replaced(path, now, str(damage))
            box = cls(file.connected(path), path, quotas)
            box.problem = problem
            return box

    def close(self) -> None:
        """Write down how far the server is, and let go of the file."""
        try:
            self.save()
        except sqlite3.OperationalError:
            pass  # a full disk: the rows are sent once more next time, and the server knows them
        finally:
            self._connection.close()

    def renew(self, now: datetime) -> None:
        """Go on in a new file because SQLite found this one damaged while it was open."""
        self._connection.close()
        self.problem = replaced(self.path, now, "found while it was open")
        self._connection = file.connected(self.path)
        self._load()

    def put(self, entries: Sequence[Entry], now: datetime) -> int:
        """Durable when this returns; raises sqlite3.OperationalError, with nothing put, when the disk is full."""
        with self._transaction():
            newest, added = rows.insert(self._connection, entries, milliseconds(now))
            if self._acked_saved != self.acked:
                self._save_acked()
        self._acked_saved = self.acked
        self.newest = max(self.newest, newest)
        self._waiting = rows.with_more(self._waiting, added)
        return self.newest

    def next_run(self, after: int, limit: int) -> Run | None:
        """The rows after a number, as they are sent; None when there are none."""
        records = rows.after(self._connection, after, limit)
        if not records:
            return None
        return Run(
            stream=self.stream,
            prev=rows.before(self._connection, records[0][0]),
            seq_from=records[0][0],
            seq_to=records[-1][0],
            records=tuple(records),
        )

    def acknowledge(self, last: int) -> None:
        """The server has every row up to here, more or fewer than it said before. Written down by the next `put`."""
        if last >= self.acked:
            moved = rows.totals(self._connection, self.acked, last)
            self._waiting = rows.without(self._waiting, moved)
            self._history = rows.with_more(self._history, moved)
            self.acked = last
        else:
            self.acked = last
            self._count()

    def save(self) -> None:
        """Write down how far the server is, unless a `put` did."""
        if self._acked_saved != self.acked:
            with self._transaction():
                self._save_acked()
            self._acked_saved = self.acked

    def begin_stream(self) -> None:
        """The numbers are used up (this disk is older than what the server has): number what waits from 1 anew.

        The history goes, because under new numbers it would be sent again.
        """
        stream = file.new_stream()
        with self._transaction():
            self._connection.execute(
                "CREATE TEMP TABLE waiting AS SELECT * FROM rows WHERE seq > ? ORDER BY seq",
                (self.acked,),
            )
            self._connection.execute("DELETE FROM rows")
            self._connection.execute("DELETE FROM sqlite_sequence WHERE name = 'rows'")
            self._connection.execute(
                "INSERT INTO rows (kind, at_ms, put_ms, boot, mono_ms, body) "
                "SELECT kind, at_ms, put_ms, boot, mono_ms, body FROM waiting ORDER BY rowid"
            )
            self._connection.execute("DROP TABLE waiting")
            file.save_meta(self._connection, {"stream": stream, "acked": "0"})
        self._load()

    def restamp(self, boot: str, offset_ms: int, clock: Clock, after: int) -> int:
        """Give rows of this boot whose clock was unknown, beyond `after`, their true time; how many there were.

        `offset_ms` is what has to be added to milliseconds since boot to get those since 1970.
        """
        found = self._connection.execute(
            "SELECT seq, mono_ms, body FROM rows WHERE boot = ? AND seq > ?", (boot, max(after, self.acked))
        ).fetchall()
        changed = [
            (offset_ms + mono_ms, rows.restamped(body, offset_ms + mono_ms, clock), seq) for seq, mono_ms, body in found
        ]
        if changed:
            with self._transaction():
                self._connection.executemany(
                    "UPDATE rows SET at_ms = ?, body = ?, boot = NULL, mono_ms = NULL WHERE seq = ?", changed
                )
            self._count()
        return len(changed)

    def first_unknown(self, boot: str) -> int | None:
        """The first waiting row of this boot whose clock is unknown."""
        found = self._connection.execute(
            "SELECT min(seq) FROM rows WHERE boot = ? AND seq > ?", (boot, self.acked)
        ).fetchone()[0]
        return None if found is None else int(found)

    def tidy(self, history_from: datetime) -> int:
        """Let history that was put before then go, and what does not fit; how many waiting rows were given up."""
        with self._transaction():
            history = rows.without(self._history, self._forget_old(history_from))
            cuts = quota.cuts(self._waiting, history, self._quotas)
            gone = {cut.kind: self._cut(cut) for cut in cuts}
            given_up = sum(lost.rows for kind, by_kind in gone.items() if kind for lost in by_kind.values())
            file.save_meta(self._connection, {"dropped": str(self.dropped + given_up), "acked": str(self.acked)})
        self._acked_saved = self.acked
        self.dropped += given_up
        self._history = rows.without(history, gone.get(None, {}))
        for kind, by_kind in gone.items():
            if kind is not None:
                self._waiting = rows.without(self._waiting, by_kind)
        return given_up

    def fits(self) -> bool:
        """Whether nothing has to go."""
        return not quota.cuts(self._waiting, self._history, self._quotas)

    def totals(self) -> Totals:
        """What waits, for the status."""
        oldest = self._connection.execute(
            "SELECT at_ms FROM rows WHERE seq > ? ORDER BY seq LIMIT 1", (self.acked,)
        ).fetchone()
        return Totals(
            waiting=sum(held.rows for held in self._waiting.values()),
            oldest_at=instant(oldest[0]) if oldest else None,
            bytes=sum(held.bytes for side in (self._waiting, self._history) for held in side.values()),
            dropped=self.dropped,
        )

    def _forget_old(self, history_from: datetime) -> dict[str, Waited]:
        """Delete the oldest history, as far as it was put before then; what that was."""
        too_young_ms = milliseconds(history_from)
        found = self._connection.execute(
            "SELECT seq, kind, length(body), put_ms FROM rows WHERE seq <= ? ORDER BY seq LIMIT ?",
            (self.acked, TIDY_ROWS),
        )
        old = itertools.takewhile(lambda row: row[3] < too_young_ms, found)
        return rows.delete(self._connection, [row[:3] for row in old])

    def _cut(self, cut: Cut) -> dict[str, Waited]:
        """Delete the oldest rows until so many bytes are free; what they were."""
        where = "seq <= :acked" if cut.kind is None else "seq > :acked AND kind = :kind"
        doomed, freed = [], 0
        for row in self._connection.execute(
            f"SELECT seq, kind, length(body) FROM rows WHERE {where} ORDER BY seq",  # noqa: S608 - one of two texts
            {"acked": self.acked, "kind": cut.kind},
        ):
            if freed >= cut.bytes:
                break
            doomed.append(row)
            freed += row[2] + rows.OVERHEAD_BYTES
        return rows.delete(self._connection, doomed)

    def _load(self) -> None:
        meta = file.meta(self._connection)
        self.stream = meta["stream"]
        self.acked = self._acked_saved = int(meta["acked"])
        self.dropped = int(meta["dropped"])
        sequence = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'rows'").fetchone()
        self.newest = max(int(sequence[0]) if sequence else 0, self.acked)
        self._count()

    def _count(self) -> None:
        self._waiting = rows.totals(self._connection, self.acked, self.newest)
        self._history = rows.totals(self._connection, 0, self.acked)

    def _save_acked(self) -> None:
        file.save_meta(self._connection, {"acked": str(self.acked)})

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def quotas(settings: OutboxSettings) -> Quotas:
    """Quotas from the settings."""
    whole = int(settings.max_mb * 1_000_000)
    percent = {
        "position": settings.positions_percent,
        "sighting": settings.sightings_percent,
        "sensor": settings.sensors_percent,
    }
    return Quotas(max_bytes=whole, of_kind={kind: int(whole * share / 100) for kind, share in percent.items()})


def history_from(now: datetime, history_h: float) -> datetime:
    """History that was put before this may go."""
    return now - timedelta(hours=history_h)
