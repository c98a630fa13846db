"""The audit log: every change, who made it and from where, written in the transaction of the change itself.

A detail never holds a secret. Failed sign-ins are counted, not listed: whoever guesses does not fill the log.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from server.domain.person import Person
from server.store.schema import Row, audit_log

FAILED = "sign_in_failed"
COUNTED = timedelta(hours=1)
"""Failed sign-ins of one name from one address are one row for so long."""


def audit(
    connection: Connection, who: Person | str, what: str, subject: str, detail: Mapping[str, Any], now: datetime
) -> None:
    """Note a change: `fence_changed`, the fence's id, what is new. `who` is a text where a program of ours does it."""
    if isinstance(who, Person):
        by = {"who": who.name, "kind": "key" if who.machine else "user", "address": who.address}
    else:
        by = {"who": who, "kind": "milepost", "address": ""}
    connection.execute(insert(audit_log).values(at=now, what=what, subject=subject[:200], detail=dict(detail), **by))


def differences(was: Row, now: Row, *names: str) -> dict[str, Any]:
    """What of these has changed, for a detail."""
    return {name: {"was": was[name], "is": now[name]} for name in names if was[name] != now[name]}


def failed_sign_in(connection: Connection, name: str, address: str, now: datetime) -> None:
    """Count a failed sign-in. `name` is empty for one that nobody has: it may be a password, typed too early."""
    same = (audit_log.c.what == FAILED, audit_log.c.subject == name, audit_log.c.address == address)
    asked = select(audit_log.c.number, audit_log.c.detail).where(*same, audit_log.c.at > now - COUNTED)
    row = connection.execute(asked.order_by(audit_log.c.number.desc()).limit(1)).first()
    if row is None:
        person = Person(name=name, role="recipient", address=address)
        audit(connection, person, FAILED, name, {"times": 1, "last_at": now.isoformat()}, now)
        return
    counted = {"times": row.detail["times"] + 1, "last_at": now.isoformat()}
    connection.execute(update(audit_log).where(audit_log.c.number == row.number).values(detail=counted))


def list_audit(
    connection: Connection, *, before: int | None, limit: int, who: str = "", what: str = "", subject: str = ""
) -> list[Row]:
    """What was changed, newest first."""
    asked = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
    if before is not None:
        asked = asked.where(audit_log.c.number < before)
    for column, wanted in ((audit_log.c.who, who), (audit_log.c.what, what), (audit_log.c.subject, subject)):
        if wanted:
            asked = asked.where(column == wanted)
    return [dict(row) for row in connection.execute(asked).mappings()]
