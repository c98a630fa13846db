"""What people call things: vehicles, packages, tags and fences, by their ids."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from server.store.schema import fence_versions, packages, tags, vehicles
from server.store.seen import seen


def of_vehicles(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of these vehicles."""
    rows = connection.execute(select(vehicles.c.id, vehicles.c.name).where(seen(vehicles.c.id, ids)))
    return {row.id: row.name for row in rows}


def of_packages(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of these packages."""
    rows = connection.execute(select(packages.c.id, packages.c.name).where(seen(packages.c.id, ids)))
    return {row.id: row.name for row in rows}


def of_tags(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of these tags, of those that have one."""
    rows = connection.execute(select(tags.c.id, tags.c.name).where(seen(tags.c.id, ids), tags.c.name != ""))
    return {row.id: row.name for row in rows}


def of_fences(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """The names of these fences, as their newest versions say; also of those that have ended."""
    asked = select(fence_versions.c.fence_id, fence_versions.c.feature).where(seen(fence_versions.c.fence_id, ids))
    rows = connection.execute(asked.order_by(fence_versions.c.fence_id, fence_versions.c.version))
    return {row.fence_id: str(row.feature.get("properties", {}).get("name") or row.fence_id) for row in rows}
