"""Gateways that fall silent, and those that are heard again, as facts: from when the server heard them, not from GPS.

What nobody could hear is no silence: the time before the server listened, and while its own stores were away, does not
count. A broker that is away does count, and the storm's title asks for it.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection

from server.alerting import AlertChange, react
from server.domain.alerts.silence import REMEMBERED, SELDOM_S, Pulse, heard, interval_s, silent_at_ms
from server.domain.facts import Changes, Fact, fact
from server.store import facts, silences
from server.store.database import Database
from server.store.schema import Row
from wire.messages import instant, milliseconds, rfc3339

AT_ONCE = 500
"""So many gateways at most are told in one transaction: those who commit positions wait for it."""


class Silence:
    """Remembers how often gateways speak. `beat` is called by the ticker."""

    def __init__(
        self, database: Database, *, silent_after_s: float, listens: Callable[[], bool], since: datetime
    ) -> None:
        """`listens`: whether what gateways send can be taken at all; `since`: from when on it was."""
        self._database, self._silent_after_s, self._listens = database, silent_after_s, listens
        self._since_ms = milliseconds(since)
        self._pulses: dict[str, Pulse] = {}

    def beat(self, now: datetime) -> tuple[list[Changes], list[AlertChange]]:
        """Tell who is silent now, and who is not any more."""
        now_ms = milliseconds(now)
        if not self._listens():
            self._since_ms = now_ms
            return [], []
        with self._database.reading() as connection:
            rows = silences.heard(connection)
        self._listen(rows)
        silent = [row for row in rows if row["silent_since"] is None and self._is_silent(row["id"], now_ms)]
        again = [row for row in rows if row["silent_since"] is not None and row["last_seen_at"] > row["silent_since"]]
        told: tuple[list[Changes], list[AlertChange]] = ([], [])
        for place in range(0, max(len(silent), len(again)), AT_ONCE):
            part = slice(place, place + AT_ONCE)
            with self._database.writing() as connection:
                changes, alerts = self._tell(connection, silent[part], again[part], now)
            told[0].extend(changes)
            told[1].extend(alerts)
        return told

    def _listen(self, rows: list[Row]) -> None:
        """How often each speaks."""
        for row in rows:
            at_ms, pulse = milliseconds(row["last_seen_at"]), self._pulses.get(row["id"])
            if pulse is None:
                known = (row["interval_s"],) * REMEMBERED if row["interval_s"] else ()
                self._pulses[row["id"]] = Pulse(heard_ms=at_ms, pauses_s=known)
            elif at_ms > pulse.heard_ms:
                self._pulses[row["id"]] = heard(pulse, at_ms)

    def _is_silent(self, gateway: str, now_ms: int) -> bool:
        pulse = self._pulses[gateway]
        counted = msgspec.structs.replace(pulse, heard_ms=max(pulse.heard_ms, self._since_ms))
        return silent_at_ms(counted, self._silent_after_s) <= now_ms

    def _tell(
        self, connection: Connection, silent: list[Row], again: list[Row], now: datetime
    ) -> tuple[list[Changes], list[AlertChange]]:
        """Facts and their alerts, in one transaction; whoever spoke in the meantime is not silent."""
        seen = silences.still_seen_at(connection, [row["id"] for row in silent])
        silent = [row for row in silent if seen.get(row["id"]) == row["last_seen_at"]]
        told = [self._fell_silent(row) for row in silent] + [_is_back(row) for row in again]
        rows = [(row, row["last_seen_at"]) for row in silent] + [(row, None) for row in again]
        silences.put(
            connection,
            [
                {"gateway_id": row["id"], "interval_s": self._seldom(row["id"]), "silent_since": since}
                for row, since in rows
            ],
        )
        silences.forget_silence(connection, [row["id"] for row in again])
        changes = [Changes(added=[one]) for one in told]
        facts.apply(connection, changes, now)
        return changes, react(connection, Changes(added=told), now)

    def _fell_silent(self, row: Row) -> Fact:
        pulse = self._pulses[row["id"]]
        counted = msgspec.structs.replace(pulse, heard_ms=max(pulse.heard_ms, self._since_ms))
        at_ms = silent_at_ms(counted, self._silent_after_s)
        last_seen_at = rfc3339(row["last_seen_at"])
        return fact(
            "gateway_silent", row["vehicle_id"], at_ms, at_ms, place=f"{row['id']} {last_seen_at}",
            gateway=row["id"], last_seen_at=last_seen_at,
        )  # fmt: skip

    def _seldom(self, gateway: str) -> float:
        usual = interval_s(self._pulses[gateway])
        return round(usual, 1) if usual > SELDOM_S else 0.0


def _is_back(row: Row) -> Fact:
    since, at_ms = rfc3339(row["silent_since"]), milliseconds(row["last_seen_at"])
    return fact(
        "gateway_heard", row["vehicle_id"], at_ms, at_ms, place=f"{row['id']} {since}",
        gateway=row["id"], last_seen_at=rfc3339(instant(at_ms).astimezone(UTC)), silent_since=since,
        duration_s=(at_ms - milliseconds(row["silent_since"])) / 1000,
    )  # fmt: skip
