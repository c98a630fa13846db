"""The members of storms: alerts of one rule and kind around a time, and what belongs to which storm."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, select, tuple_, update

from server.domain.alerts.storms import WITHIN_MS, Opened
from server.store.schema import Row, alerts
from server.store.seen import seen

FAR = 1000
"""So many alerts are looked at on each side of a change; in a longer storm the first known one stands for the rest."""
_STEP = 200


def around(
    connection: Connection, rule: str, kind: str, first_ms: int, last_ms: int
) -> list[tuple[Opened, str | None]]:
    """The alerts that may be of one storm with one that opened in this range, and the storm that each is of now."""
    mine = (alerts.c.rule_id == rule, alerts.c.kind == kind, alerts.c.vehicle_id.is_not(None))
    standing = (*mine, alerts.c.withdrawn.is_(False))
    within = alerts.c.opened_ms.between(first_ms - WITHIN_MS, last_ms + WITHIN_MS)
    asked = select(alerts.c.opened_ms, alerts.c.id, alerts.c.folded_into).where(*standing, within)
    found = [(Opened(row.opened_ms, row.id), row.folded_into) for row in connection.execute(asked)]
    for back in (True, False):
        for _ in range(FAR // _STEP if found else 0):
            edge, _storm = min(found) if back else max(found)
            more = _beyond(connection, standing, edge, back=back)
            found += more
            if len(more) < _STEP:
                break
    return sorted(found, key=lambda one: one[0])


def members(connection: Connection, storm: str) -> list[Row]:
    """The members of a storm, oldest first."""
    asked = select(alerts).where(alerts.c.folded_into == storm, alerts.c.withdrawn.is_(False))
    return [dict(row) for row in connection.execute(asked.order_by(alerts.c.opened_ms, alerts.c.id)).mappings()]


def fold_into(connection: Connection, ids: Collection[str], storm: str | None) -> None:
    """Make these alerts members of a storm, which escalates in their place; or of none."""
    connection.execute(update(alerts).where(seen(alerts.c.id, ids)).values(folded_into=storm))
    connection.execute(update(alerts).where(seen(alerts.c.id, ids), alerts.c.state == "open").values(due_ms=None))


def _beyond(
    connection: Connection, mine: Iterable[ColumnElement[bool]], edge: Opened, *, back: bool
) -> list[tuple[Opened, str | None]]:
    """The next ones before or after, as long as no pause of two minutes lies between."""
    here, there = tuple_(alerts.c.opened_ms, alerts.c.id), tuple_(edge.opened_ms, edge.id)
    asked = select(alerts.c.opened_ms, alerts.c.id, alerts.c.folded_into).where(
        *mine, here < there if back else here > there
    )
    order = (alerts.c.opened_ms, alerts.c.id)
    found: list[tuple[Opened, str | None]] = []
    for row in connection.execute(
        asked.order_by(*(column.desc() if back else column for column in order)).limit(_STEP)
    ):
        if abs(row.opened_ms - edge.opened_ms) > WITHIN_MS:
            break
        edge = Opened(row.opened_ms, row.id)
        found.append((edge, row.folded_into))
    return found
