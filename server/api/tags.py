"""Tags: the inventory, what was last heard of each, how long its battery lasts, and what its sensors said."""

import math
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.api.answers import after, answer, cursor
from server.api.packages import said_binding
from server.api.parts import Asker, OurParts
from server.api.problems import Problem, errors
from server.api.shapes_packages import AddTag, Bindings, PutTag, Tag, TagReadings, Tags
from server.api.times import range_of
from server.domain.battery import BatteryDay, forecast
from server.domain.person import Person
from server.domain.tag_ids import LONGEST, read_tag_id
from server.store import bindings, fences, packages, tags
from server.store.audit import audit, differences
from server.store.schema import Row
from server.store.tag_limits import limit_tag
from server.store.telemetry.heard import READINGS
from wire.messages import instant, milliseconds, rfc3339

router = APIRouter(prefix="/api/v1/tags", tags=["tags"], responses=errors(401, 403, 422, 503))
PLACE = rf"[!-~]{{1,{LONGEST}}}"
SILENT_AFTER = timedelta(days=1)
MONTH = timedelta(days=31)
MOST_POINTS = 20_000
UNITS = {
    "c": "\N{DEGREE SIGN}C",
    "percent": "%",
    "v": "V",
    "hpa": "hPa",
    "g": "g",
    "lux": "lx",
    "dbm": "dBm",
    "s": "s",
    "m": "m",
    "kg": "kg",
    "ppm": "ppm",
    "pa": "Pa",
    "mps": "m/s",
    "mv": "mV",
}
"""Units by the last word of a quantity, as the wire writes them."""


@router.get("", response_model=Tags)
def list_tags(
    request: Request,
    person: Asker,
    parts: OurParts,
    cursor_: Annotated[str | None, Query(alias="cursor")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    q: Annotated[str, Query(max_length=100, description="Part of an id or name, or of its package's id")] = "",
    *,
    low: Annotated[bool, Query(description="Only those whose battery says less than 20 %")] = False,
    silent: Annotated[bool, Query(description="Only those that nobody heard for a day")] = False,
    free: Annotated[bool, Query(description="Only those that are on no package")] = False,
) -> Response:
    """The tags of the inventory in the order of their ids; those on packages that one does not see are not there."""
    now = datetime.now(UTC)
    wanted = tags.Wanted(
        q=q.strip(), low=low, silent_before_ms=milliseconds(now - SILENT_AFTER) if silent else None, free=free,
        after=after(cursor_, PLACE), limit=limit + 1, sees=person.sees,
    )  # fmt: skip
    with parts.database.reading() as connection:
        rows = tags.list_tags(connection, wanted)
        items = _said(connection, rows[:limit], person, now)
    more = len(rows) > limit
    return answer(request, {"items": items, "next": cursor(rows[limit - 1]["id"]) if more else None})


@router.post("", status_code=201, responses=errors(409))
def add_tag(said: AddTag, person: Asker, parts: OurParts) -> Tag:
    """Add a tag to the inventory. Ids are written in one way: addresses in capitals, UUIDs in small letters."""
    try:
        read = read_tag_id(said.id)
    except ValueError as error:
        raise Problem(422, str(error), errors=[{"parameter": "id", "says": str(error)}]) from None
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        if tags.known(connection, [read.id]):
            raise Problem(409, f"There is a tag {read.id!r} already.")
        row = {"id": read.id, **_row(said), "format": said.format or read.format}
        tags.put(connection, [row], now)
        if row["limits"]:
            _judged_by(connection, read.id, row["limits"], now)
        audit(connection, person, "tag_added", read.id, row, now)
        [tag] = _said(connection, [_known(connection, read.id, person)], person, now)
    return Tag.model_validate(tag)


@router.get("/{tag_id:path}/bindings", response_model=Bindings, responses=errors(404))
def list_bindings(request: Request, tag_id: str, person: Asker, parts: OurParts) -> Response:
    """The packages that a tag is and was on, newest first; those that one sees."""
    with parts.database.reading() as connection:
        row = _known(connection, tag_id, person)
        rows = bindings.history(connection, tag=row["id"], sees=person.sees)
    return answer(request, {"items": [said_binding(row) for row in rows]})


@router.get("/{tag_id:path}/readings", response_model=TagReadings, responses=errors(404))
def list_readings(
    request: Request,
    tag_id: str,
    person: Asker,
    parts: OurParts,
    quantity: Annotated[str, Query(pattern="^[a-z][a-z0-9_]{0,39}$")] = "temperature_c",
    from_: Annotated[
        datetime | None, Query(alias="from", description="RFC 3339, inclusive; a day before `to` by default")
    ] = None,
    to: Annotated[datetime | None, Query(description="RFC 3339, exclusive; now by default")] = None,
) -> Response:
    """What a sensor of the tag said, whoever heard it: for a chart. The earliest 20,000 points of the range."""
    start, end = range_of(from_, to, datetime.now(UTC), MONTH)
    with parts.database.reading() as connection:
        row = _known(connection, tag_id, person)
    table = parts.telemetry.heard(READINGS, start, end, tag=[row["id"]], quantity=[quantity])
    if person.sees is not None:
        table = table.filter([_heard_by_seen(scanner, person) for scanner in table["scanner"].to_pylist()])
    pairs = zip(table["at"].to_pylist(), table["value"].to_pylist(), strict=True)
    points = list(dict.fromkeys((rfc3339(at), value) for at, value in pairs if math.isfinite(value)))
    body = {
        "tag_id": row["id"],
        "quantity": quantity,
        "unit": UNITS.get(quantity.rpartition("_")[2], ""),
        "points": points[:MOST_POINTS],
        "limits": [limit for limit in row["limits"] if limit["quantity"] == quantity],
        "cut": len(points) > MOST_POINTS,
    }
    return answer(request, body)


@router.get("/{tag_id:path}", response_model=Tag, responses=errors(404))
def one_tag(request: Request, tag_id: str, person: Asker, parts: OurParts) -> Response:
    """One tag. Its id may hold slashes, written as they are or as %2F."""
    with parts.database.reading() as connection:
        [tag] = _said(connection, [_known(connection, tag_id, person)], person, datetime.now(UTC))
    return answer(request, tag)


@router.put("/{tag_id:path}", responses=errors(404))
def change_tag(tag_id: str, said: PutTag, person: Asker, parts: OurParts) -> Tag:
    """Let a tag of the inventory be as it is said here. Limits count from now on."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        was = _known(connection, tag_id, person)
        row = {"id": was["id"], **_row(said), "format": said.format or was["format"]}
        tags.put(connection, [row], now)
        if row["limits"] != was["limits"]:
            _judged_by(connection, was["id"], row["limits"], now)
        found = _known(connection, was["id"], person)
        if changed := differences(was, found, "name", "format", "limits"):
            audit(connection, person, "tag_changed", was["id"], changed, now)
        [tag] = _said(connection, [found], person, now)
    return Tag.model_validate(tag)


@router.delete("/{tag_id:path}", status_code=204, responses=errors(404, 409))
def remove_tag(tag_id: str, person: Asker, parts: OurParts) -> None:
    """Take a tag out of the inventory. What it was on stays known."""
    now = datetime.now(UTC)
    with parts.database.writing() as connection:
        packages.count_a_change(connection)
        row = _known(connection, tag_id, person)
        if row["package_id"] is not None:
            raise Problem(409, f"The tag is on the package {row['package_id']!r}. Take it off first.")
        tags.remove(connection, row["id"], now)
        audit(connection, person, "tag_removed", row["id"], {"name": row["name"]}, now)


def _known(connection: Connection, tag_id: str, person: Person) -> Row:
    """The tag that a path names, in whatever spelling, or the 404 that says that there is none (to be seen)."""
    row = tags.one_tag(connection, tag_id, person.sees)
    if row is None:
        try:
            row = tags.one_tag(connection, read_tag_id(tag_id).id, person.sees)
        except ValueError:
            row = None
    if row is None:
        raise Problem(404, f"There is no tag {tag_id[:100]!r}.")
    return row


def _judged_by(connection: Connection, tag: str, limits: list[dict[str, Any]], now: datetime) -> None:
    limit_tag(connection, tag, limits, now)
    fences.count_a_change(connection)  # what vehicles, and what they carry, are judged by is read anew


def _row(said: PutTag) -> Row:
    quantities = [limit.quantity for limit in said.limits]
    for limit in said.limits:
        if limit.min is None and limit.max is None:
            says = f"The limit of {limit.quantity} needs a `min` or a `max`."
        elif limit.min is not None and limit.max is not None and limit.min >= limit.max:
            says = f"`min` of {limit.quantity} has to be below `max`."
        elif quantities.count(limit.quantity) > 1:
            says = f"{limit.quantity} has two limits."
        else:
            continue
        raise Problem(422, says, errors=[{"parameter": "limits", "says": says}])
    return {"name": said.name.strip(), "limits": [limit.model_dump() for limit in said.limits]}


def _said(connection: Connection, rows: Collection[Row], person: Person, now: datetime) -> list[dict[str, Any]]:
    """Tags as the API says them, to somebody."""
    days = tags.batteries_of(connection, [row["id"] for row in rows])
    return [_one(row, days.get(row["id"], []), person, now) for row in rows]


def _one(row: Row, days: list[Row], person: Person, now: datetime) -> dict[str, Any]:
    told = forecast(
        [BatteryDay(day=day["day"], percent=day["percent"], volts=day["volts"]) for day in days], now.date()
    )  # fmt: skip
    heard = row["heard_by"] is not None and _heard_by_seen(row["heard_by"], person)
    said = {name: row[name] for name in ("id", "name", "format", "limits", "package_id")}
    dates = {"battery_ends_at": told.ends_on, "battery_ends_from": told.earliest, "battery_ends_to": told.latest}
    return {
        **said,
        "created_at": rfc3339(row["created_at"]),
        "last_heard_at": rfc3339(instant(row["heard_ms"])) if heard else None,
        "last_heard_by": row["heard_by"] if heard else None,
        "battery_percent": row["battery_percent"],
        "battery_v": row["battery_v"],
        "battery_at": rfc3339(instant(row["battery_ms"])) if row["battery_ms"] is not None else None,
        **{name: f"{day.isoformat()}T00:00:00.000Z" if day else None for name, day in dates.items()},
        "battery_says": told.says,
    }


def _heard_by_seen(scanner: str, person: Person) -> bool:
    """Whether somebody may know that this scanner heard something: sites are everybody's, vehicles are not."""
    kind, _, id_ = scanner.partition(":")
    return kind != "vehicle" or person.sees_vehicle(id_)
