"""Alerts in words: the title and the sentence why, from their first fact and from what people call things now."""

from collections.abc import Collection, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from server.domain.alerts.words import About, Where, because, storm_because, storm_title, title
from server.domain.custody_story import package_of
from server.store import alerts, names
from server.store.alerts import Member
from server.store.schema import Row
from wire.messages import milliseconds

NAMED = 3
"""So many members of a storm are named in its sentence."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """An alert as people read it."""

    title: str
    because: str
    members: tuple[str, ...] = ()
    """Of a storm: those that whoever reads it may see."""


def described(
    connection: Connection,
    rows: Collection[Row],
    facts: Mapping[str, Row],
    *,
    sees: frozenset[str] | None,
    time_zone: str,
    now: datetime,
) -> dict[str, Described]:
    """The words of each alert, by its id. `facts` holds at least the first fact of each."""
    where = Where(zone=ZoneInfo(time_zone), now_ms=milliseconds(now))
    fences = names.of_fences(connection, {row["fence_id"] for row in rows if row["fence_id"]})
    members = alerts.members_of(connection, [row["id"] for row in rows if row["vehicle_id"] is None], sees)
    ids = {row["vehicle_id"] for row in rows if row["vehicle_id"]}
    ids |= {member.vehicle for each in members.values() for member in each[:NAMED]}
    first = {row["id"]: facts.get(row["facts"][0]) if row["facts"] else None for row in rows}
    bodies = {id_: fact["body"] if fact else {} for id_, fact in first.items()}
    ids |= {str(body["planned"]) for body in bodies.values() if body.get("planned")}
    vehicles = names.of_vehicles(connection, ids)
    packages = names.of_packages(connection, {package_of(body) for body in bodies.values()} - {""})
    sensors = names.of_tags(connection, {str(body["sensor"]) for body in bodies.values() if body.get("sensor")})
    found = {}
    for row in rows:
        if row["vehicle_id"] is None:
            found[row["id"]] = _storm(row, members.get(row["id"], []), vehicles, where)
            continue
        body = bodies[row["id"]]
        about = About(
            kind=row["kind"],
            vehicle=vehicles.get(row["vehicle_id"]) or row["vehicle_id"],
            fence=fences.get(row["fence_id"] or "", row["fence_id"] or ""),
            at_ms=row["began_ms"],
            body=body,
            wait_s=(row["opened_ms"] - row["began_ms"]) / 1000,
            package=packages.get(package_of(body), package_of(body)),
            planned=vehicles.get(str(body.get("planned") or ""), str(body.get("planned") or "")),
            sensor=sensors.get(str(body.get("sensor", "")), ""),
        )
        found[row["id"]] = Described(title=title(about), because=because(about, where))
    return found


def _storm(row: Row, members: list[Member], vehicles: Mapping[str, str], where: Where) -> Described:
    since_ms = members[0].opened_ms if members else row["opened_ms"]
    last_ms = members[-1].opened_ms if members else since_ms
    named = list(dict.fromkeys(vehicles.get(member.vehicle, member.vehicle) for member in members[:NAMED]))
    return Described(
        title=storm_title(row["kind"], len(members), since_ms, where),
        because=storm_because(len(members), named, since_ms, last_ms, where),
        members=tuple(member.id for member in members),
    )
