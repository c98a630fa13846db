"""What vehicles are judged by, read from the database when somebody has changed it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from server.domain.engine.rules import DEFAULT, Range, Rules
from server.domain.fences.index import FenceIndex
from server.facts import Judging
from server.store import fences
from server.store.speed_limits import speed_limits
from server.store.tag_limits import limits_of_tags


class Judges:
    """Keeps the index of the fences; asks one small row whether it is still right. Belongs to one thread."""

    def __init__(self, default: Rules = DEFAULT) -> None:
        """Nothing has been read. `default`: the rules of vehicles without their own."""
        self._default = default
        self._changes = -1
        self._judging = Judging()

    def judging(self, connection: Connection) -> Judging:
        """The fences of all times, and the limits of the vehicles and of tags."""
        changes = fences.changes(connection)
        if changes != self._changes:
            self._judging = read_judging(connection, self._default)
            self._changes = changes
        return self._judging


def read_judging(connection: Connection, default: Rules = DEFAULT) -> Judging:
    """Everything anew."""
    found = fences.versions(connection)
    default = msgspec.structs.replace(default, tags=_of_tags(connection))
    rules = {
        vehicle: msgspec.structs.replace(
            default, speed_limits=tuple((from_ms, None if cmps is None else cmps / 100) for from_ms, cmps in limits)
        )
        for vehicle, limits in speed_limits(connection).items()
    }
    return Judging(fences=FenceIndex(found) if found else None, rules=rules, default=default)


def _of_tags(connection: Connection) -> dict[str, tuple[tuple[int, tuple[Range, ...]], ...]]:
    return {
        tag: tuple((from_ms, tuple(_range(limit) for limit in limits)) for from_ms, limits in versions)
        for tag, versions in limits_of_tags(connection).items()
    }


def _range(limit: Mapping[str, Any]) -> Range:
    dwell_s = float(limit.get("dwell_s") or 0.0)
    return Range(quantity=limit["quantity"], low=limit.get("min"), high=limit.get("max"), dwell_s=dwell_s)
