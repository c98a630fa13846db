"""Each vehicle's newest believable position: a table, never a scan. Columns are those of wire.columns."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, select

from server.store.database import upsert
from server.store.fleet import its_gateway
from server.store.schema import Row, latest, vehicles
from server.store.seen import seen
from wire.columns import NAMES

_VALUES = tuple(latest.c[name] for name in NAMES)


def values_of(connection: Connection, ids: Iterable[str]) -> dict[str, Sequence[int | None]]:
    """The newest positions of these vehicles, in the order of NAMES."""
    asked = select(latest.c.vehicle_id, *_VALUES).where(latest.c.vehicle_id.in_(set(ids)))
    return {row[0]: row[1:] for row in connection.execute(asked)}


def rows_of(connection: Connection, ids: Iterable[str]) -> dict[str, Row]:
    """The same as rows of the table."""
    rows = connection.execute(select(latest).where(latest.c.vehicle_id.in_(set(ids)))).mappings()
    return {row["vehicle_id"]: dict(row) for row in rows}


def put(connection: Connection, rows: list[Row]) -> None:
    """Overwrite the newest positions."""
    upsert(connection, latest, rows)


def everywhere(connection: Connection, sees: Collection[str] | None = None) -> list[Row]:
    """The newest position of every vehicle that may be shown, with the vehicle's name and gateway."""
    asked = (
        select(latest, vehicles.c.name, its_gateway().label("gateway"))
        .join(vehicles, vehicles.c.id == latest.c.vehicle_id)
        .where(seen(latest.c.vehicle_id, sees))
        .order_by(latest.c.vehicle_id)
    )
    return [dict(row) for row in connection.execute(asked).mappings()]
