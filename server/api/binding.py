"""A tag comes on a package, on whose word whatsoever: a form, a file, a scan. Says why where it cannot."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from server.domain.person import Person
from server.domain.tag_ids import TagId, read_tag_id
from server.store import bindings, packages, tags
from server.store.bindings import Pair
from wire.messages import milliseconds


def now_ms(now: datetime) -> int:
    """A time as bindings have it."""
    return milliseconds(now)


def bind_all(
    connection: Connection,
    person: Person,
    wanted: Sequence[Pair],
    *,
    now: datetime,
    at: datetime | None = None,
    move: bool = False,
) -> list[str]:
    """Put these tags on these packages; for each why not, or nothing.

    A tag that is not in the inventory is added to it when its id is an identity or an address; another word is more
    likely a mistake. Whoever calls has counted a change.
    """
    read = [_read(pair.tag) for pair in wanted]
    held = packages.held_by(connection, {pair.package for pair in wanted})
    known = tags.known(connection, {tag.id for tag in read if isinstance(tag, TagId)})
    refused: list[str] = []
    good: dict[int, Pair] = {}
    taken: set[str] = set()
    for place, (pair, tag) in enumerate(zip(wanted, read, strict=True)):
        package = held.get(pair.package)
        if package is None or not person.sees_vehicle(package["vehicle_id"]):
            why = f"There is no package {pair.package[:70]!r}."
        elif package["closed_at"] is not None:
            why = f"The package {pair.package!r} is closed."
        elif isinstance(tag, str):
            why = tag
        elif tag.id not in known and tag.format is None:
            why = f"There is no tag {tag.id!r}. Add it to the tags first."
        elif taken & {f"tag {tag.id}", f"package {pair.package}"}:
            why = "The tag or the package is there twice."
        else:
            why, good[place] = "", Pair(pair.package, tag.id)
            taken |= {f"tag {tag.id}", f"package {pair.package}"}
        refused.append(why)
    formats = {tag.id: tag.format for place, tag in enumerate(read) if place in good and isinstance(tag, TagId)}
    tags.add_new(connection, formats, now)
    at_ms = now_ms(at or now)
    found = bindings.bind(
        connection, list(good.values()), at_ms=at_ms, by=person.name, move=move, sees=person.sees
    )  # fmt: skip
    for place, why in zip(good, found, strict=True):
        refused[place] = why
    return refused


def _read(tag: str) -> TagId | str:
    try:
        return read_tag_id(tag)
    except ValueError as error:
        return str(error)
